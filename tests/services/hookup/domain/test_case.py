"""What moves several parts of a case: pauses, claimed acts, an amended calendar, and what events say."""

from datetime import date, timedelta

import pytest

from libs.common.aggregate import Actor
from services.hookup.domain.case import Case
from services.hookup.domain.values.deadlines import Deadline
from services.hookup.domain.values.entries import Act, Claim
from services.hookup.domain.values.lengths import LengthKind
from services.hookup.domain.values.pauses import Pause, PauseReason, PauseState
from services.hookup.domain.values.stages import Stage
from tests.services.hookup.domain.entry_samples import case_after
from tests.services.hookup.domain.permit_samples import last
from tests.services.hookup.domain.samples import at
from tests.services.hookup.domain.test_amended_calendars import OLD, under, without_agent
from tests.support.hookup import RULES, go_through, read_in, submitted_case
from tests.support.service import MONDAY

NOW = at("2022-07-05 10:00")


def asked(case: Case, start: str = MONDAY) -> Case:
    case.request_pause(Pause("p", PauseReason.CROSSING, "scan-1", at(start), "clerk-1"), at(start), RULES)
    return case


# -- pauses


def test_a_pause_may_begin_with_the_acceptance_and_is_told_of_when_it_is_asked_for() -> None:
    case = asked(submitted_case())
    told = last(case, "pause_requested")[1]
    assert (told["pause_id"], told["reason"], told["starts_at"]) == ("p", PauseReason.CROSSING, at(MONDAY))


@pytest.mark.parametrize("approve", [True, False])
def test_who_decided_on_a_pause_is_kept_and_told(approve: bool) -> None:
    case = asked(submitted_case())
    case.decide_pause("p", at(MONDAY), "head-1", RULES, approve=approve)
    assert case.pause("p").decided_by == "head-1"
    # The clock stands: nothing is resumed by the approval.
    assert case.pending_events[-1].event == ("case_paused" if approve else "pause_declined")
    assert case.pause("p").state is (PauseState.APPROVED if approve else PauseState.DECLINED)


def test_a_pause_that_a_ledger_tells_of_counts_from_its_start_whenever_it_is_read() -> None:
    case = go_through(submitted_case(declared_dm=0), (Stage.SURVEY_DESIGN, "2022-07-04 10:00", None))
    asked(case, "2022-07-06 16:00")
    case_after(case, "2022-07-20 09:00")
    assert case.breach_announced
    read_in(case).decide_pause("p", at("2022-07-20 09:00"), "ledger", RULES, approve=True)
    assert case.pause("p").counts_from is None
    assert case.pause("p").span.start == at("2022-07-06 16:00")


# -- claimed acts


@pytest.mark.parametrize(
    "claim",
    [
        Claim(act=Act.START_STAGE, claimed_at=NOW),
        Claim(act=Act.COMPLETE_STAGE, claimed_at=NOW),
        Claim(act=Act.RESUME, claimed_at=NOW),
        Claim(act=Act.CHANGE_LENGTH, claimed_at=NOW, length_dm=420),
        Claim(act=Act.CHANGE_LENGTH, claimed_at=NOW, length_kind=LengthKind.DESIGNED),
        Claim(act=Act.AGREE_DATE, claimed_at=NOW, agreed=date(2022, 8, 1)),
        Claim(act=Act.AGREE_DATE, claimed_at=NOW, document_ref="paper-1"),
    ],
)
def test_a_claim_without_what_it_needs_is_a_fault_of_ours(claim: Claim) -> None:
    with pytest.raises(AssertionError, match="a claim without what it needs"):
        submitted_case(declared_dm=2001).perform(claim, "clerk-1", RULES)


@pytest.mark.parametrize(
    ("agreed", "document_ref", "promised"),
    [
        (date(2022, 8, 1), "paper-1", date(2022, 8, 1)),
        (date(2022, 8, 1), None, None),
        (None, "paper-1", None),
        (None, None, None),
    ],
)
def test_a_claimed_length_brings_a_date_that_was_agreed_in_writing(
    agreed: date | None, document_ref: str | None, promised: date | None
) -> None:
    case = submitted_case()
    claim = Claim(
        act=Act.CHANGE_LENGTH,
        claimed_at=NOW,
        length_kind=LengthKind.DESIGNED,
        length_dm=2001,
        agreed=agreed,
        document_ref=document_ref,
    )
    case.perform(claim, "clerk-1", RULES)
    assert (case.designed_dm, case.agreed) == (2001, promised)


# -- an amended calendar


def test_of_the_deadlines_that_move_those_of_the_case_itself_come_first() -> None:
    start = at("2022-10-10 17:00")
    case = without_agent(start, OLD)
    case.apply_calendar(start + timedelta(minutes=40), under({date(2022, 10, 11): False}))
    deadlines = last(case, "deadlines_moved")[1]["deadlines"]
    assert isinstance(deadlines, list)
    assert [item["kind"] for item in deadlines] == [Deadline.AGENT, Deadline.URGE, Deadline.QUESTION]


def test_a_case_that_has_no_date_is_moved_by_no_calendar() -> None:
    case = submitted_case("2022-10-10 09:00", declared_dm=2001, rules=OLD)
    told = len(case.pending_events)
    case.apply_calendar(at("2022-10-10 10:00"), under({date(2022, 10, 11): False}))
    assert len(case.pending_events) == told


# -- what events say


def test_what_who_acts_does_for_himself_is_in_nobodys_stead() -> None:
    case = submitted_case()
    case.actor = Actor(NOW, "clerk-1")
    case.start_stage(Stage.SURVEY_DESIGN, NOW)
    assert last(case, "stage_started")[1]["in_stead"] is False
    assert case.in_stead == []
