"""From application to figures, in processes of their own: on a laptop's files, and on PostgreSQL and Kafka."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.oracle.figures import case_figures, pause_figures, stage_figures
from tests.support.oracle.ledger import OracleCase, read_cases
from tests.support.oracle.rules import READINGS
from tests.support.running_city import RunningCity, laptop_city, servers_city, until

LEDGER = Path(__file__).resolve().parents[2] / "examples" / "ledger-2022.xlsx"
STAGE_CELL = ("district", "utility", "supply", "stage", "length_class", "month")
CASE_CELL = ("district", "utility", "supply", "length_class", "month")
YEAR: dict[str, Any] = {"month_from": "2022-01", "month_to": "2023-12"}
COUNTS = (
    "closed",
    "unpromised",
    "gaps",
    "gap_workdays",
    "gap_minutes",
    "overlap_saved_minutes",
    "violations",
    "withdrawn",
    "refused",
)
RATES = {
    "cases.agreed": ("agreed_on_time", "agreed"),
    "cases.planned": ("planned_on_time", "planned"),
    "cases.special": ("special", "closed"),
    "cases.gap_cases": ("gap_cases", "closed"),
    "cases.ceiling": ("ceiling_kept", "ceiling"),
    "cases.from_ledger": ("closed_ledger", "closed"),
    "cases.limit": ("limit_judged_on_time", "limit_judged"),
    **{
        f"cases.limit_{reading}": (f"limit_{reading}_on_time", f"limit_{reading}")
        for reading in READINGS
        if reading != "judged"
    },
}
# Half a bucket of ratio 1.02, on either side.
QUANTILE_ERROR = 0.0101


@pytest.fixture(scope="module", params=["laptop", "servers"])
def city(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """Run the whole system, in each composition in turn."""
    folder = tmp_path_factory.mktemp(f"city-{request.param}")
    if request.param == "laptop":
        with laptop_city(folder) as running:
            yield running
    else:
        with servers_city(folder, request.getfixturevalue("postgres_server")) as running:
            yield running


def a_case_goes_from_application_to_running_water(city: RunningCity) -> None:
    """The path of the README's first case, and its figures."""
    case = city.post(
        "/v1/hookups",
        json={
            "supply": "WATER",
            "district": "371502",
            "utility": "W-371502",
            "channel": "HALL",
            "customer_ref": "C-000318",
            "customer_category": "ENT",
            "site_division": "371502008000",
            "declared_length_m": "0.0",
        },
    )
    assert case["state"] == "ACCEPTED"
    assert case["length_class"] == "L0_NONE"
    assert until("the open case", lambda: _figures(city, "open")[0]["figures"]["open"] == 1)
    for verb in (
        "stages/SURVEY_DESIGN/start",
        "stages/CONTRACT/start",
        "stages/SURVEY_DESIGN/completion",
        "stages/CONTRACT/completion",
        "stages/TURN_ON/start",
        "meter-live",
        "confirmation",
    ):
        # Staff confirm in the user's stead, by what the user signed.
        body = {"document_ref": "QZ-1"} if verb == "confirmation" else {}
        case = city.post(f"/v1/hookups/{case['id']}/{verb}", version=case["version"], json=body)
    assert case["state"] == "CLOSED"
    assert case["on_time"] is True
    until("the closed case", lambda: _figures(city, "closed")[0]["figures"]["closed"] == 1)
    behind = city.get("metrics", "/v1/drill-down/hookup", code="limit_on_time")["items"]
    assert [each["number"] for each in behind] == [case["number"]]


def the_ledger_survives_killed_workers_and_gives_the_oracles_figures(city: RunningCity) -> None:
    """SIGKILL in the middle of the import, twice; every figure equals the one computed from the workbook."""
    with LEDGER.open("rb") as file:
        job = city.post("/v1/imports", files={"file": (LEDGER.name, file)}, data={"mode": "all"})

    def progress() -> Any:
        return city.get("hookup", f"/v1/imports/{job['id']}")

    for part in (0.25, 0.6):

        def has_come(part: float = part) -> bool:
            return bool(progress()["loaded"] >= part * progress()["rows"])

        until(f"{part:.0%} of the ledger", has_come)
        assert progress()["state"] == "loading"
        city.kill_workers()
        city.start_workers()
    report = until("the end of the import", lambda: (found := progress())["finished_at"] and found)
    assert (report["state"], report["loaded"], report["bad"]) == ("done", report["rows"], 0)
    cases = read_cases(LEDGER)
    assert report["loaded"] == len(cases)
    _until_figures_have(city, cases)

    _compare_stages(city, cases)
    _compare_cases(city, cases)
    _compare_pauses(city, cases)
    # A paper ledger tells of no permits and no agents: its cases count for no coverage.
    assert _figures(city, "agent_in_time", "urged", "permit_filed", by=CASE_CELL, **YEAR) == []


def reading_the_ledger_again_adds_nothing(city: RunningCity) -> None:
    """The same file twice: every row is known, no figure moves."""
    before = _all_figures(city)
    with LEDGER.open("rb") as file:
        job = city.post("/v1/imports", files={"file": (LEDGER.name, file)}, data={"mode": "good"})
    report = until(
        "the second import",
        lambda: (found := city.get("hookup", f"/v1/imports/{job['id']}"))["finished_at"] and found,
    )
    assert (report["state"], report["loaded"], report["repeated"]) == ("done", 0, report["rows"])
    assert _all_figures(city) == before


def rebuilt_figures_are_the_same_to_the_last_digit(city: RunningCity) -> None:
    """Everything is read from the start of the topic again while the worker runs."""
    before, folded = _all_figures(city), city.get("metrics", "/v1/watermark/hookup")["folded"]
    city.rebuild()
    until("the rebuilt figures", lambda: city.get("metrics", "/v1/watermark/hookup")["folded"] == folded)
    assert city.get("metrics", "/v1/watermark/hookup")["generation"] == 2
    assert _all_figures(city) == before


def _figures(city: RunningCity, *codes: str, by: tuple[str, ...] = (), **narrowed: Any) -> list[Any]:
    asked = {"codes": list(codes), "group_by": list(by), **narrowed}
    return list(city.get("metrics", "/v1/figures/hookup", **asked)["items"])


def _until_figures_have(city: RunningCity, cases: list[OracleCase]) -> None:
    ended = sum(case.state == "CLOSED" for case in cases)
    until(
        "the ledger's figures",
        lambda: _figures(city, "closed", **YEAR)[0]["figures"]["closed"] == ended,
    )


def _all_figures(city: RunningCity) -> list[Any]:
    return [
        _figures(city, *codes, by=by)
        for codes, by in (
            (("stages",), STAGE_CELL),
            ((*COUNTS, *RATES), CASE_CELL),
            (("pauses", "pause_days"), (*CASE_CELL, "reason")),
            (("urged", "permit_filed"), CASE_CELL),
        )
    ]


def _cells(city: RunningCity, by: tuple[str, ...], *codes: str) -> dict[tuple[str, ...], Any]:
    items = _figures(city, *codes, by=by, **YEAR)
    return {tuple(each["group"][name]["code"] for name in by): each["figures"] for each in items}


def _compare_stages(city: RunningCity, cases: list[OracleCase]) -> None:
    expected = stage_figures(cases)
    found = {cell: each["stages"] for cell, each in _cells(city, STAGE_CELL, "stages").items()}
    assert found.keys() == expected.keys()
    assert len(found) > 1_000
    for cell, figure in expected.items():
        for measure, minutes in (("elapsed", figure.elapsed), ("working", figure.working)):
            shown, values = found[cell][measure], minutes.values
            assert (found[cell]["count"], shown["sum"], shown["min"], shown["max"]) == (
                len(values),
                sum(values),
                min(values),
                max(values),
            ), cell
            for percent in (50, 90, 99):
                exact = minutes.quantile(percent)
                assert shown[f"p{percent}"] == pytest.approx(exact, rel=QUANTILE_ERROR), (cell, percent)


def _compare_cases(city: RunningCity, cases: list[OracleCase]) -> None:
    expected = case_figures(cases)
    found = _cells(city, CASE_CELL, *COUNTS, *RATES)
    assert found.keys() == expected.keys()
    for cell, counts in expected.items():
        shown = found[cell]
        assert {name: shown[name] for name in COUNTS} == {name: counts[name] for name in COUNTS}, cell
        rates = {name: (shown[name]["numerator"], shown[name]["denominator"]) for name in RATES}
        assert rates == {name: (counts[part], counts[whole]) for name, (part, whole) in RATES.items()}, cell
        ledgers = {name: shown[name]["from_ledger"] for name in RATES if name != "cases.from_ledger"}
        assert ledgers == {name: counts[f"{RATES[name][1]}_ledger"] for name in ledgers}, cell


def _compare_pauses(city: RunningCity, cases: list[OracleCase]) -> None:
    expected = pause_figures(cases)
    found = _cells(city, (*CASE_CELL, "reason"), "pauses", "pause_days")
    assert {cell: (each["pauses"], each["pause_days"]) for cell, each in found.items()} == expected


@pytest.mark.timeout(900)
def test_the_whole_city(city: RunningCity) -> None:
    """One test, since each step goes on from what the one before it has left."""
    a_case_goes_from_application_to_running_water(city)
    the_ledger_survives_killed_workers_and_gives_the_oracles_figures(city)
    reading_the_ledger_again_adds_nothing(city)
    rebuilt_figures_are_the_same_to_the_last_digit(city)
