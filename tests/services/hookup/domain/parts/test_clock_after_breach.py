"""Gaps, dates and limits that nobody claims away."""

from datetime import date
from typing import Any

import pytest

from libs.casework.domain.work import places_on_lists
from services.hookup.domain.case import Case
from services.hookup.domain.reports.work import work
from services.hookup.domain.values.entries import (
    Act,
    ApprovalGround,
    EntryMark,
    Grounds,
)
from services.hookup.domain.values.lengths import LengthKind
from services.hookup.domain.values.pauses import Pause, PauseReason
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.work import Whose
from tests.services.hookup.domain.entry_samples import (
    GROUNDS,
    HEAD,
    SUPERVISOR,
    act,
    case_after,
    decide,
    last,
    refused,
)
from tests.services.hookup.domain.samples import at
from tests.support.hookup import RULES, go_through, submitted_case


def handed_over(stage_started: str) -> Case:
    """A case whose survey ended on Monday, 4 July, 10:00, so that a gap is announced on Tuesday at 17:30."""
    case = go_through(
        submitted_case("2022-07-01 09:00", declared_dm=2000),
        (Stage.SURVEY_DESIGN, "2022-07-01 10:00", "2022-07-04 10:00"),
    )
    case_after(case, stage_started)
    return case


def start_contract(case: Case, now: str, claimed: str, grounds: Grounds | None = None) -> None:
    act(case, now, claimed, what=Act.START_STAGE, stage=Stage.CONTRACT, grounds=grounds)


def test_a_gap_that_was_announced_is_not_claimed_away() -> None:
    case = handed_over("2022-07-06 09:00")
    assert last(case, "gap_detected")["since"] == at("2022-07-04 10:00")
    refused(
        "late-entry-needs-approval",
        case,
        lambda: start_contract(case, "2022-07-06 09:00", "2022-07-05 17:00"),
    )
    start_contract(case, "2022-07-06 09:00", "2022-07-05 17:00", GROUNDS)
    assert case.late_entries[0].needs is ApprovalGround.AFTER_GAP
    assert Whose.SUPERVISOR in places_on_lists(work(case, RULES))
    refused("supervisor-needed", case, lambda: decide(case, "2022-07-06 10:00", HEAD))
    decide(case, "2022-07-06 10:00", SUPERVISOR)
    assert case.open_stages == [Stage.CONTRACT]


def test_a_gap_is_not_covered_afterwards_by_another_stage_either() -> None:
    case = handed_over("2022-07-06 09:00")
    start_contract(case, "2022-07-06 09:00", "2022-07-06 09:00")
    assert case.open_stages == [Stage.CONTRACT]
    refused(
        "late-entry-needs-approval",
        case,
        lambda: act(case, "2022-07-06 09:30", "2022-07-05 11:00", what=Act.START_STAGE, stage=Stage.PERMIT),
    )


@pytest.mark.parametrize(
    ("now", "claimed"),
    [
        # Before it is announced: the hand-over of the next working day, entered on it.
        ("2022-07-05 17:29", "2022-07-05 09:00"),
        # The gap stays as long as it is on the day of its entry.
        ("2022-07-06 09:00", "2022-07-06 08:30"),
    ],
)
def test_what_leaves_the_gap_as_it_is_waits_for_nobody(now: str, claimed: str) -> None:
    case = handed_over(now)
    start_contract(case, now, claimed)
    assert case.open_stages == [Stage.CONTRACT]


def with_a_date(agreed: date) -> Case:
    case = submitted_case("2022-07-01 09:00", declared_dm=2001)
    act(case, "2022-07-01 10:00", what=Act.AGREE_DATE, agreed=agreed, document_ref="paper-1")
    return case


def test_a_date_is_put_off_by_somebody_else_and_brought_forward_by_anybody() -> None:
    case = with_a_date(date(2022, 7, 20))
    act(case, "2022-07-04 10:00", what=Act.AGREE_DATE, agreed=date(2022, 7, 19), document_ref="paper-2")
    assert last(case, "date_agreed")["agreed_before"] == date(2022, 7, 20)
    later: dict[str, Any] = {"agreed": date(2022, 7, 20), "document_ref": "paper-3"}
    case_after(case, "2022-07-18 10:00")
    refused(
        "late-entry-needs-approval", case, lambda: act(case, "2022-07-18 10:00", what=Act.AGREE_DATE, **later)
    )
    act(case, "2022-07-18 10:00", what=Act.AGREE_DATE, grounds=GROUNDS, **later)
    assert (case.agreed, case.late_entries[0].needs) == (date(2022, 7, 19), ApprovalGround.LATER_DUE)
    assert Whose.APPROVER in places_on_lists(work(case, RULES))
    decide(case, "2022-07-18 11:00", HEAD)
    assert case.agreed == date(2022, 7, 20)


def test_a_length_brings_no_later_date_with_it() -> None:
    case = with_a_date(date(2022, 7, 20))
    refused(
        "late-entry-needs-approval",
        case,
        lambda: act(
            case,
            "2022-07-04 10:00",
            what=Act.CHANGE_LENGTH,
            length_kind=LengthKind.DESIGNED,
            length_dm=2500,
            agreed=date(2022, 7, 21),
            document_ref="paper-2",
        ),
    )


def lengthened(case: Case, now: str, length_dm: int, grounds: Grounds | None = None) -> None:
    act(
        case,
        now,
        what=Act.CHANGE_LENGTH,
        length_kind=LengthKind.DESIGNED,
        length_dm=length_dm,
        grounds=grounds,
    )


@pytest.mark.parametrize("length_dm", [501, 2001], ids=["ten days", "no limit"])
def test_a_longer_limit_after_the_survey_needs_an_approver(length_dm: int) -> None:
    case = go_through(
        submitted_case("2022-07-01 09:00", declared_dm=500),
        (Stage.SURVEY_DESIGN, "2022-07-01 10:00", None),
    )
    # While it is surveyed the design is being made.
    lengthened(case, "2022-07-01 11:00", 501)
    lengthened(case, "2022-07-01 11:30", 500)
    # But what was designed is lengthened by nobody alone, however long the survey is kept open.
    refused("late-entry-needs-approval", case, lambda: lengthened(case, "2022-07-01 11:45", length_dm))
    case.complete_stage(Stage.SURVEY_DESIGN, at("2022-07-01 12:00"), RULES)
    refused("late-entry-needs-approval", case, lambda: lengthened(case, "2022-07-04 09:00", length_dm))
    lengthened(case, "2022-07-04 09:00", 400)
    lengthened(case, "2022-07-04 09:00", length_dm, GROUNDS)
    assert (case.designed_dm, case.late_entries[0].needs) == (400, ApprovalGround.LATER_DUE)
    decide(case, "2022-07-04 10:00", HEAD)
    assert case.designed_dm == length_dm


@pytest.mark.parametrize(
    ("designed_dm", "built_dm", "violations"),
    [
        (600, 540, []),
        (520, 500, []),
        (600, 500, ["CLASS_NOT_AS_BUILT"]),
        (1900, 501, []),
        (480, 1, []),
    ],
    ids=["of its class", "a tenth shorter", "of a shorter class", "of its class all the same", "shortest"],
)
def test_a_limit_that_was_designed_and_not_built_is_a_violation(
    designed_dm: int, built_dm: int, violations: list[str]
) -> None:
    case = submitted_case("2022-07-01 09:00", declared_dm=designed_dm)
    lengthened(case, "2022-07-01 10:00", designed_dm)
    assert case.violations() == []
    act(
        case,
        "2022-07-01 11:00",
        what=Act.CHANGE_LENGTH,
        length_kind=LengthKind.AS_BUILT,
        length_dm=built_dm,
    )
    assert case.violations() == violations


@pytest.mark.parametrize(
    ("end", "now", "mark"),
    [
        ("2022-07-04 10:01", "2022-07-04 10:01", None),
        ("2022-07-05 10:00", "2022-07-05 10:00", EntryMark.IN_TIME),
        ("2022-07-04 10:01", "2022-07-06 09:00", EntryMark.LATE),
    ],
    ids=["a minute", "a day", "a minute, entered late"],
)
def test_the_end_of_a_pause_counts_as_entered_in_time_if_it_took_a_day_out(
    end: str, now: str, mark: EntryMark | None
) -> None:
    case = submitted_case("2022-07-01 09:00", declared_dm=2000)
    start = at("2022-07-04 10:00")
    case_after(case, "2022-07-04 10:00")
    case.request_pause(Pause("p", PauseReason.CROSSING, "scan-1", start, "clerk-1"), start, RULES)
    case.decide_pause("p", start, "head-1", RULES, approve=True)
    act(case, now, end, what=Act.RESUME, pause_id="p")
    assert last(case, "case_resumed").get("entry") is mark


# -- what the limit is compared with


def measured(
    case: Case,
    kind: LengthKind,
    length_dm: int,
    grounds: Grounds | None = None,
    now: str = "2022-07-04 11:00",
) -> None:
    act(case, now, what=Act.CHANGE_LENGTH, length_kind=kind, length_dm=length_dm, grounds=grounds)


@pytest.mark.parametrize("length_dm", [501, 2001], ids=["ten days", "no limit"])
def test_what_the_user_declared_is_not_lengthened_by_the_utility_alone(length_dm: int) -> None:
    case = go_through(submitted_case(declared_dm=500), (Stage.SURVEY_DESIGN, "2022-07-04 10:00", None))
    refused("late-entry-needs-approval", case, lambda: measured(case, LengthKind.DECLARED, length_dm))
    measured(case, LengthKind.DECLARED, 400)
    measured(case, LengthKind.DECLARED, length_dm, GROUNDS)
    assert (case.declared_dm, case.late_entries[0].needs) == (400, ApprovalGround.LATER_DUE)


def test_a_length_on_record_as_built_is_not_lengthened_by_the_utility_alone() -> None:
    case = submitted_case(declared_dm=600)
    measured(case, LengthKind.AS_BUILT, 200)
    assert case.violations() == ["CLASS_NOT_AS_BUILT"]
    refused("late-entry-needs-approval", case, lambda: measured(case, LengthKind.AS_BUILT, 541))
    measured(case, LengthKind.AS_BUILT, 190)
    measured(case, LengthKind.AS_BUILT, 541, GROUNDS)
    decide(case, "2022-07-04 12:00", HEAD)
    assert case.violations() == []


def test_a_limit_that_was_declared_and_not_built_is_a_violation_where_nothing_was_designed() -> None:
    case = submitted_case(declared_dm=2000)
    measured(case, LengthKind.AS_BUILT, 200)
    assert case.violations() == ["CLASS_NOT_AS_BUILT"]


@pytest.mark.parametrize("in_works", [False, True])
def test_a_date_is_agreed_before_the_works_begin(in_works: bool) -> None:
    case = go_through(
        submitted_case(declared_dm=2001),
        (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-04 11:00"),
        (Stage.CONTRACT, "2022-07-04 11:00", None),
        *([(Stage.EXTERNAL_WORKS, "2022-07-04 12:00", None)] if in_works else []),
    )
    agreeing: dict[str, Any] = {"agreed": date(2022, 8, 1), "document_ref": "paper-1"}
    if in_works:
        refused(
            "late-entry-needs-approval",
            case,
            lambda: act(case, "2022-07-04 13:00", what=Act.AGREE_DATE, **agreeing),
        )
        act(case, "2022-07-04 13:00", what=Act.AGREE_DATE, grounds=GROUNDS, **agreeing)
        assert (case.agreed, case.late_entries[0].needs) == (None, ApprovalGround.LATER_DUE)
    else:
        act(case, "2022-07-04 13:00", what=Act.AGREE_DATE, **agreeing)
        assert case.agreed == date(2022, 8, 1)
