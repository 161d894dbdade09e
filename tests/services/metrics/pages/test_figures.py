import pytest

from libs.pages.shown import hours
from services.metrics.http.models import Duration, Label, Minutes, Rate, Value
from services.metrics.pages import figures
from services.metrics.pages.parts import Row
from services.metrics.sources.hookup import HOOKUP


def row(figures_of: dict[str, Value], **group: str) -> Row:
    return Row(group={name: Label(code=code, name=code) for name, code in group.items()}, figures=figures_of)


def live(count: int = 1, **group: str) -> Row:
    return row({"open": count}, **group)


def ended(**group: str) -> Row:
    return row({"closed": 1}, **group)


def test_a_district_with_either_open_or_ended_cases_has_a_row() -> None:
    rows = figures.rows([live(district="371522")], [ended(district="371502")], "district")
    assert [(each.label.code, each.live["open"], each.ended is None) for each in rows] == [
        ("371502", 0, False),
        ("371522", 1, True),
    ]


def test_a_utilitys_row_has_how_its_acts_were_entered() -> None:
    entries = row({"in_stead": 4}, utility="W-1")
    rows = figures.rows([live(utility="W-2")], [ended(utility="W-1")], "utility", [entries])
    assert [(each.label.code, each.entries) for each in rows] == [("W-1", entries), ("W-2", None)]


def test_utilities_are_divided_by_service_and_none_is_lost() -> None:
    rows = figures.rows([live(utility=code) for code in ("H-371502", "W-371502", "X-1")], [], "utility")
    assert [
        (group.name, group.has_limit, [each.label.code for each in group.rows])
        for group in figures.by_supply(rows)
    ] == [("供水", True, ["W-371502"]), ("供热", False, ["H-371502"]), ("其他", True, ["X-1"])]


def test_the_largest_shares_of_special_cases_come_first() -> None:
    def of(code: str, special: int, closed: int) -> Row:
        return row({"cases.special": Rate(numerator=special, denominator=closed, percent=None)}, utility=code)

    found = figures.most_special(
        [
            of("W-2", 1, 3),
            of("W-1", 2, 6),
            of("G-1", 0, 9),
            of("H-1", 1, 2),
            *(of(f"X-{n}", 1, 50) for n in range(9)),
        ]
    )
    assert [each.group["utility"].code for each in found] == [
        "H-1",
        "W-1",
        "W-2",
        *(f"X-{n}" for n in range(5)),
    ]
    assert figures.most_special([of("G-1", 0, 0)]) == []


def test_the_heat_table_is_in_the_order_of_work_and_time() -> None:
    heat = figures.heat(
        [
            live(10, stage="TURN_ON", age="over-20"),
            live(1, stage="ACCEPT", age="0-3"),
            live(6, stage="ACCEPT", age="over-20"),
            live(2, stage="AWAITING_CONFIRMATION", age="over-20"),
        ]
    )
    assert [age.code for age in heat.ages] == ["0-3", "over-20"]
    assert [(stage.code, cells) for stage, cells in heat.rows] == [
        ("ACCEPT", [(1, 1), (6, 3)]),
        ("TURN_ON", [(0, 0), (10, 5)]),
        ("AWAITING_CONFIRMATION", [(0, 0), (2, 1)]),
    ]


def test_each_act_has_cases_and_a_definition_behind_it_and_is_on_the_board() -> None:
    panels = {panel.name: panel.codes for panel in HOOKUP.board}
    sent = {*panels["acts"], *panels["ended"]}
    acts = [act for _, table in figures.ACTS for act in table]
    assert len({act.name for act in acts}) == len(acts) == 34
    defined = {figure.explained_by or figure.code for figure in HOOKUP.figures}
    for act in acts:
        assert act.definition in defined
        assert act.code in sent
        if act.rate:
            assert act.rate in defined & sent
            rate = HOOKUP.rate(act.rate)
            assert rate.part == (act.part.code if act.part else act.code)
        if act.part:
            # 其中 says that the one is of the other: so its source declares it.
            assert HOOKUP.count(act.part.code).part_of == act.code
            assert rate.of == (act.code,)


def test_what_the_templates_show_as_a_part_is_declared_as_one() -> None:
    for part, whole in (
        ("closed_ledger", "closed"),
        ("limit_ledger", "limit"),
        ("limit_by_late_entry", "limit_on_time"),
        ("withdrawn_overdue", "withdrawn"),
        ("refused_overdue", "refused"),
    ):
        assert HOOKUP.count(part).part_of == whole


def took(stage: str, supply: str, p50: float = 60.0) -> Row:
    minutes = Minutes(sum=60, min=60, max=60, p50=p50, p90=2 * p50, p99=2 * p50)
    return row({"stages": Duration(count=1, elapsed=minutes, working=None)}, stage=stage, supply=supply)


def test_durations_are_in_hours_in_the_order_of_the_work_and_of_the_services() -> None:
    found = figures.durations([took("TOTAL", "GAS"), took("ACCEPT", "GAS"), took("ACCEPT", "WATER", 93.0)])
    assert [(row.stage.code, row.supply.code, row.elapsed_p50, row.elapsed_p90) for row in found] == [
        ("ACCEPT", "WATER", 1.6, 3.1),
        ("ACCEPT", "GAS", 1.0, 2.0),
        ("TOTAL", "GAS", 1.0, 2.0),
    ]
    assert figures.durations([row({}, stage="ACCEPT", supply="HEAT")])[0].count == 0


def test_months_are_the_latest_and_the_newest_is_first() -> None:
    months = figures.months([ended(month=f"2022-{n:02d}") for n in range(1, 13)], most=2)
    assert [each.group["month"].code for each in months] == ["2022-12", "2022-11"]


@pytest.mark.parametrize(
    ("minutes", "text"), [(None, "—"), (0, "0.0"), (2, "0.0"), (3, "0.1"), (90, "1.5"), (90_000, "1,500.0")]
)
def test_hours_are_rounded_half_up(minutes: int | None, text: str) -> None:
    assert hours(minutes) == text
