"""What one case adds to the figures: what leaves a rate is counted, and nothing improves one unseen."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.metrics.domain.facts import (
    CASE_COUNTS,
    CLOSED,
    DENOMINATORS,
    REFUSED,
    WITHDRAWN,
    Case,
    Dims,
    Outcome,
    StageTime,
    contribution_of,
    counts_of,
)

ON_TIME = Outcome("LIMIT", (True, True, True, True), 0, 0, 0, 0, 0, ())
LATE = ON_TIME._replace(on_time=(False, True, False, False))
DIMS = Dims("371502", "W-371502", "WATER", "L0_NONE")


def case(outcome: Outcome | None = ON_TIME, state: str = CLOSED, **facts: Any) -> Case:
    return Case("c", "BZ-1", DIMS, state=state, month="2022-10", outcome=outcome, **facts)


def counted(of: Case) -> dict[str, int]:
    """What is counted and is not zero."""
    counts = counts_of(of)
    assert counts.keys() <= set(CASE_COUNTS)
    return {name: count for name, count in counts.items() if count}


PLAIN = {
    "closed": 1,
    **{
        f"limit_{reading}{of}": 1
        for reading in ("judged", "working", "calendar_roll", "calendar_strict")
        for of in ("", "_on_time")
    },
}


def test_a_case_on_time_by_late_entry_counts_as_on_time_and_beside_it() -> None:
    assert counted(case()) == PLAIN
    by_late_entry = ON_TIME._replace(by_late_entry=True)
    assert counted(case(by_late_entry)) == PLAIN | {"limit_by_late_entry": 1}
    for basis in ("AGREED", "PLANNED"):
        found = counted(case(by_late_entry._replace(basis=basis)))
        assert found[f"{basis.lower()}_by_late_entry"] == found[f"{basis.lower()}_on_time"] == 1
        assert "limit_by_late_entry" not in found


def test_what_is_late_or_special_is_in_no_rate_by_late_entry() -> None:
    assert "limit_by_late_entry" not in counted(case(LATE._replace(by_late_entry=True)))
    assert counted(case(ON_TIME._replace(by_late_entry=True), special=True)) == {"closed": 1, "special": 1}


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
    read_in = ON_TIME._replace(from_ledger=True, ceiling_kept=False)
    found = counted(case(read_in, score=2))
    assert {name for name in found if name.endswith("_ledger")} == {
        *(f"{name}_ledger" for name in DENOMINATORS if name in found),
        "rated_ledger",
    }
    assert found["ceiling_ledger"] == found["closed_ledger"] == 1
    assert not any(name.endswith("_ledger") for name in counted(case(ON_TIME, score=2)))


@pytest.mark.parametrize(
    ("kept", "counts"),
    [(None, {}), (False, {"ceiling": 1}), (True, {"ceiling": 1, "ceiling_kept": 1})],
)
def test_a_ceiling_is_a_rate_of_its_own(kept: bool | None, counts: dict[str, int]) -> None:
    outcome = ON_TIME._replace(basis="NONE", on_time=(None,) * 4, ceiling_kept=kept)
    assert counted(case(outcome)) == {"closed": 1, "unpromised": 1} | counts
    assert counted(case(outcome, special=True)) == {"closed": 1, "special": 1}


@pytest.mark.parametrize("score", [1, 2, 3, 4, 5])
def test_a_grade_is_counted_of_closed_cases_alone(score: int) -> None:
    assert counted(case(score=score)) == PLAIN | {f"rated_{score}": 1}
    assert counted(case(None, WITHDRAWN, score=score)) == {"withdrawn": 1}


def test_a_basis_of_a_later_release_is_closed_and_in_no_rate() -> None:
    assert counted(case(ON_TIME._replace(basis="BY_LOT", by_late_entry=True))) == {"closed": 1}


def test_two_rounds_of_a_stage_are_two_times_even_in_one_cell() -> None:
    time = StageTime("2022-10", 60, 45)
    later = StageTime("2022-11", 90, 45)
    once = case(stages={("PERMIT", 1): time})
    again = replace(once, stages={("PERMIT", 1): time, ("PERMIT", 2): time, ("PERMIT", 3): later})
    before, after = contribution_of(once).stages, contribution_of(again).stages
    assert before.items() <= after.items()
    assert [cell.month for (cell, _) in after] == ["2022-10", "2022-10", "2022-11"]


def test_the_earliest_stop_of_the_open_pauses_counts() -> None:
    stops = [datetime(2022, 10, day, tzinfo=UTC) for day in (9, 4, 7)]
    paused = case(None, "OPEN", pauses={str(stop): stop for stop in stops})
    assert paused.stopped_at == stops[1]
    assert case(None, "OPEN").stopped_at is None
