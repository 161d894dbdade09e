"""What one case adds to the figures: what leaves a rate is counted, and nothing improves one unseen."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from libs.common.bus import Received
from libs.common.database.bulk import replace
from libs.common.database.engine import Database
from services.metrics.contributions import CountKey, contribution_of
from services.metrics.declare import Rate, Time
from services.metrics.domain import rates
from services.metrics.sources.hookup import HOOKUP, live
from services.metrics.sources.hookup.facts import CLOSED, REFUSED, WITHDRAWN, Case, Outcome
from services.metrics.sources.hookup.ratings import GRADE_NAMES, POINTS, TARGET
from services.metrics.storage.conditions import SqlFacts
from services.metrics.storage.tables import subject
from tests.services.hookup.domain.samples import VECTORS
from tests.services.metrics.lives import arrivals, live_all

ON_TIME = Outcome("LIMIT", True, True, True, True, 0, 0, 0, 0, 0, [], False, False, None)
LATE = msgspec.structs.replace(ON_TIME, judged=False, calendar_roll=False, calendar_strict=False)
DIMS = ("371502", "W-371502", "WATER", "L0_NONE")


def history(random: Random) -> list[Received]:
    """Return the events of some cases as they come from the bus."""
    return list(arrivals(random, live_all(random, 70)))


def but(outcome: Outcome, **changed: Any) -> Outcome:
    return msgspec.structs.replace(outcome, **changed)


def case(outcome: Outcome | None = ON_TIME, state: str = CLOSED, **facts: Any) -> Case:
    return Case(state=state, month="2022-10", outcome=outcome, **facts)


def counted(of: Case) -> dict[str, int]:
    return contribution_of(HOOKUP, DIMS, of).counts.get(CountKey("", "", "2022-10"), {})


PLAIN = {
    "closed": 1,
    **{
        f"limit{reading}{of}": 1
        for reading in ("", "_working", "_calendar_roll", "_calendar_strict")
        for of in ("", "_on_time")
    },
}


def test_a_case_on_time_by_late_entry_counts_as_on_time_and_beside_it() -> None:
    assert counted(case()) == PLAIN
    by_late_entry = but(ON_TIME, by_late_entry=True)
    assert counted(case(by_late_entry)) == PLAIN | {"limit_by_late_entry": 1}
    for basis in ("AGREED", "PLANNED"):
        found = counted(case(but(by_late_entry, basis=basis)))
        assert found[f"{basis.lower()}_by_late_entry"] == found[f"{basis.lower()}_on_time"] == 1
        assert "limit_by_late_entry" not in found


def test_a_case_that_was_closed_for_want_of_an_answer_is_counted_unless_it_was_read_in() -> None:
    silent = but(ON_TIME, confirmed=False)
    assert counted(case(silent)) == PLAIN | {"unconfirmed": 1}
    assert "unconfirmed" not in counted(case(but(silent, from_ledger=True)))


def test_what_is_late_or_special_is_in_no_rate_by_late_entry() -> None:
    late = counted(case(but(LATE, by_late_entry=True)))
    assert late["limit_late"] == 1
    assert "limit_by_late_entry" not in late
    assert counted(case(but(ON_TIME, by_late_entry=True), special=True)) == {"closed": 1, "special": 1}


@pytest.mark.parametrize(("state", "name"), [(WITHDRAWN, "withdrawn"), (REFUSED, "refused")])
def test_what_leaves_the_rate_while_overdue_is_counted(state: str, name: str) -> None:
    assert counted(case(None, state)) == {name: 1}
    assert counted(case(None, state, ended_overdue=True)) == {name: 1, f"{name}_overdue": 1}


def test_a_special_case_that_was_overdue_is_counted_when_it_closes() -> None:
    assert counted(case(LATE, special=True, special_overdue=True)) == {
        "closed": 1,
        "special": 1,
        "special_overdue": 1,
    }
    # What was said of a record that was not approved in the end counts for nothing.
    assert "special_overdue" not in counted(case(LATE, special_overdue=True))


def test_every_rate_tells_its_ledgers_apart() -> None:
    read_in = but(ON_TIME, from_ledger=True, ceiling_kept=False)
    found = counted(case(read_in, score=2))
    rates_of = [figure for figure in HOOKUP.figures if isinstance(figure, Rate) and figure.from_ledger]
    wholes = {whole for rate in rates_of for whole in rate.of if whole in found}
    assert {name for name in found if name.endswith("_ledger")} == {f"{whole}_ledger" for whole in wholes}
    assert found["ceiling_ledger"] == found["closed_ledger"] == found["rated_ledger"] == 1
    assert not any(name.endswith("_ledger") for name in counted(case(ON_TIME, score=2)))


@pytest.mark.parametrize(
    ("kept", "counts"),
    [(None, {}), (False, {"ceiling": 1}), (True, {"ceiling": 1, "ceiling_kept": 1})],
)
def test_a_ceiling_is_a_rate_of_its_own(kept: bool | None, counts: dict[str, int]) -> None:
    nothing = {"judged": None, "working": None, "calendar_roll": None, "calendar_strict": None}
    outcome = but(ON_TIME, basis="NONE", ceiling_kept=kept, **nothing)
    assert counted(case(outcome)) == {"closed": 1, "unpromised": 1} | counts
    assert counted(case(outcome, special=True)) == {"closed": 1, "special": 1}


@pytest.mark.parametrize("score", [1, 2, 3, 4, 5])
def test_a_grade_is_counted_of_closed_cases_alone(score: int) -> None:
    grade = {"rated": 1, f"rated_{score}": 1, "score_sum": score, "points_sum": POINTS[score]}
    grade |= {"satisfied": 1} if score >= 3 else {}
    grade |= {"well_satisfied": 1} if score >= 4 else {}
    assert counted(case(score=score)) == PLAIN | {name: n for name, n in grade.items() if n}
    assert counted(case(None, WITHDRAWN, score=score)) == {"withdrawn": 1}


def test_a_basis_of_a_later_release_is_closed_and_in_no_rate() -> None:
    assert counted(case(but(ON_TIME, basis="BY_LOT", by_late_entry=True))) == {"closed": 1}


def test_two_rounds_of_a_stage_are_two_times_even_in_one_cell() -> None:
    times = [Time("PERMIT", number, f"2022-1{number // 3}", 60 * number, 45) for number in (1, 2, 3)]
    before = contribution_of(HOOKUP, DIMS, case(times=times[:1])).times
    after = contribution_of(HOOKUP, DIMS, case(times=times)).times
    assert before.items() <= after.items()
    assert [time.month for time in after.values()] == ["2022-10", "2022-10", "2022-11"]


def test_e07() -> None:
    """The vector of the seed, with the counts of the figures as they are declared."""
    vector = VECTORS["E07"]
    sums: dict[str, int] = {}
    for grade, times in zip(GRADE_NAMES, (310, 62, 26, 1, 1), strict=True):
        for name, number in counted(case(score=grade)).items():
            sums[name] = sums.get(name, 0) + times * number
    for part, said in (("satisfied", "with_basic"), ("well_satisfied", "without_basic")):
        rate = rates.Rate(sums[part], sums["rated"])
        assert {
            "rated": rate.denominator,
            "good": rate.numerator,
            "rate_pct": rate.percent,
            "meets": rate.reaches(TARGET),
        } == vector[said]
    assert rates.Mean(sums["points_sum"], sums["rated"]).mean == vector["weighted_100_80_60_30_0"]


@pytest.mark.parametrize(
    ("days", "age"),
    [
        *((days, "0-3") for days in (-1, 0, 3)),
        *((days, "4-5") for days in (4, 5)),
        *((days, "6-10") for days in (6, 10)),
        *((days, "11-20") for days in (11, 20)),
        *((days, "over-20") for days in (21, 400)),
        (None, "not-accepted"),
    ],
)
async def test_age_is_in_calendar_days(database: Database, days: int | None, age: str) -> None:
    received = date(2022, 10, 1)
    today = datetime(2022, 10, 1, 4, tzinfo=UTC) + timedelta(days=days or 0)
    facts = Case(receipt_day=None if days is None else received.toordinal())
    row: dict[str, Any] = {
        "source": "hookup",
        "subject_id": "c",
        "number": "1",
        "district": "371502",
        "utility": "W-371502",
    }
    row |= {"dims": DIMS, "is_live": True, "facts": facts}
    async with database.unit_of_work(today) as work:
        await replace(work.connection, subject, [row])
        expression = live.age(SqlFacts(Case, subject.c.facts), today)
        assert await work.connection.scalar(select(expression)) == age
