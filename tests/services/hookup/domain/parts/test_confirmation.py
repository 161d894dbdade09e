"""The live meter, the user and the clock (vectors E22)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from libs.common.aggregate import Actor
from services.hookup.domain.case import Case
from services.hookup.domain.parts.promises import Promise
from services.hookup.domain.values.entries import (
    Act,
    Claim,
    EntryMark,
)
from services.hookup.domain.values.lengths import LengthKind
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import CaseState
from services.hookup.domain.verbs.late_entries import enter
from tests.services.hookup.domain.entry_samples import (
    act,
    case_after,
    last,
    nothing_outside,
    refused,
)
from tests.services.hookup.domain.samples import VECTORS, at
from tests.support.hookup import RULES, designed, go_through, new_case, submitted_case


def turned_on_at_five() -> Case:
    case = nothing_outside()
    act(case, "2022-07-07 17:05", "2022-07-07 17:00")
    return case


def test_e22_the_meter_stops_the_clock_when_the_user_confirms_or_says_nothing() -> None:
    vector = VECTORS["E22"]
    confirmed = turned_on_at_five()
    confirmed.confirm(at("2022-07-07 18:00"), RULES)
    silent = turned_on_at_five()
    assert silent.confirm_by(RULES) == at("2022-07-08 17:05")
    case_after(silent, "2022-07-08 17:06")
    for case, key in ((confirmed, "confirmed 07-07 18:00"), (silent, "no answer by 07-08 17:05")):
        assert case.finished_at == at(vector[key]["stop"])
        assert case.on_time is not None
        assert case.on_time.judged is vector[key]["on_time"]


def disputed() -> Case:
    """A case whose user says on the next morning, at nine, that no water runs."""
    case = turned_on_at_five()
    case_after(case, "2022-07-08 09:00")
    case.dispute_meter_live("没有水", at("2022-07-08 09:00"), "C-1")
    return case


def test_after_a_dispute_a_live_meter_needs_evidence() -> None:
    case = case_after(disputed(), "2022-07-08 09:01")
    refused("evidence-after-dispute", case, lambda: act(case, "2022-07-08 09:01"))
    act(case, "2022-07-08 11:00", evidence_ref="photo-1")
    assert case.confirm_by(RULES) == at("2022-07-09 11:00")
    assert [dispute.evidence_ref for dispute in case.disputes] == ["photo-1"]


def test_after_a_dispute_only_the_user_confirms() -> None:
    case = disputed()
    act(case, "2022-07-08 11:00", evidence_ref="photo-1")
    signed = at("2022-07-08 12:00")
    case.actor = Actor(signed, "clerk-1", "C-1", in_stead=True, document_ref="paper-1")
    refused("confirmation-after-dispute", case, lambda: case.confirm(signed, RULES))
    case.actor = Actor(signed, "C-1")
    case.confirm(signed, RULES)
    assert case.state is CaseState.CLOSED


def test_without_a_dispute_the_counter_confirms_by_the_users_document() -> None:
    case = turned_on_at_five()
    signed = at("2022-07-07 18:00")
    case.actor = Actor(signed, "clerk-1", "C-1", in_stead=True, document_ref="paper-1")
    case.confirm(signed, RULES)
    assert case.state is CaseState.CLOSED


def test_e22_a_dispute_keeps_the_clock_running_until_live_is_confirmed() -> None:
    vector = VECTORS["E22"]["disputed 07-08 09:00, live again 07-08 11:00, confirmed 07-08 12:00"]
    case = disputed()
    assert (case.state, case.meter_live_at) == (CaseState.IN_PROGRESS, None)
    assert last(case, "meter_live_disputed")["meter_live_at"] == at("2022-07-07 17:00")
    assert case.is_overdue(at("2022-07-08 09:00"))
    # Live again cannot have been before the user said that it was not.
    refused(
        "before-dispute",
        case_after(case, "2022-07-08 11:00"),
        lambda: act(case, "2022-07-08 11:00", "2022-07-08 08:59", evidence_ref="photo-1"),
    )
    act(case, "2022-07-08 11:00", evidence_ref="photo-1")
    case.confirm(at("2022-07-08 12:00"), RULES)
    assert case.finished_at == at(vector["stop"])
    assert case.on_time is not None
    assert case.on_time.judged is vector["on_time"]


def urge(case: Case) -> None:
    case.urge("u-1", at("2022-07-07 17:20"), "C-1", RULES)


def ask_why(case: Case) -> None:
    case.ask("q-1", "为什么没有水？", at("2022-07-07 17:20"), "C-1", RULES)


@pytest.mark.parametrize(
    ("say", "answer"),
    [
        (urge, lambda case: case.answer_urge("u-1", "已派人核查", at("2022-07-09 10:00"), "clerk-1")),
        (ask_why, lambda case: case.answer_question("q-1", "已派人核查", at("2022-07-09 10:00"), "clerk-1")),
    ],
    ids=["urge", "question"],
)
def test_who_waits_for_an_answer_is_not_silent(
    say: Callable[[Case], None], answer: Callable[[Case], None]
) -> None:
    case = turned_on_at_five()
    say(case)
    # He is to be answered by the close of the next working day.
    assert case.confirm_by(RULES) == at("2022-07-09 17:30")
    case_after(case, "2022-07-09 10:00")
    assert case.state is CaseState.TURNED_ON
    answer(case)
    # He has the hours anew from the answer, to confirm or dispute it.
    assert case.confirm_by(RULES) == at("2022-07-10 10:00")
    case_after(case, "2022-07-10 10:01")
    assert (case.state, case.finished_at) == (CaseState.CLOSED, at("2022-07-07 17:00"))
    assert case.confirmed_by_user is False


def test_an_urge_that_is_never_answered_keeps_no_case_from_its_end() -> None:
    # Or a utility would leave it unanswered for as long as the case would count as late.
    case = turned_on_at_five()
    urge(case)
    case_after(case, "2022-07-12 10:00")
    assert (case.state, case.confirmed_by_user) == (CaseState.CLOSED, False)
    told = [event.event for event in case.pending_events]
    assert told.index("urge_overdue") < told.index("case_closed")


def test_a_meter_that_is_recorded_late_gives_the_user_a_day_from_then() -> None:
    case = nothing_outside()
    act(case, "2022-07-08 17:00", "2022-07-07 17:31")
    assert case.confirm_by(RULES) == at("2022-07-09 17:00")
    case.confirm(at("2022-07-09 17:00"), RULES)
    assert case.finished_at == at("2022-07-07 17:31")


def signed(length_dm: int) -> Case:
    return go_through(
        submitted_case(declared_dm=length_dm),
        (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00"),
        (Stage.CONTRACT, "2022-07-05 10:00", "2022-07-06 10:00"),
    )


def test_a_line_that_grows_after_the_contract_brings_its_date_with_it() -> None:
    case = signed(2000)
    promise = Promise(date(2022, 8, 1), "paper-1")
    case.change_length(LengthKind.DESIGNED, 2001, at("2022-07-07 10:00"), "clerk-1", RULES, promise)
    assert case.violations() == []
    assert case.due is not None
    assert case.due.judged_at == at("2022-08-01 17:30")


def test_a_correction_takes_back_what_rested_on_the_error() -> None:
    case = signed(2000)
    designed(case, 2001, "2022-07-07 10:00")
    assert case.violations() == ["NO_PROMISED_DATE"]
    designed(case, 1999, "2022-07-07 11:00")
    assert case.violations() == []


def test_a_date_that_is_agreed_after_the_contract_is_a_violation_for_good() -> None:
    case = signed(2001)
    case.agree_date(date(2022, 8, 1), "paper-1", at("2022-07-06 10:01"), RULES)
    assert case.violations() == ["NO_PROMISED_DATE"]


def test_what_is_read_in_is_neither_late_nor_in_time() -> None:
    case = new_case()
    case.actor = Actor(at("2023-01-01 09:00"), "reader", read_in=True)
    case.submit(declared_dm=0, complete=True, rules=RULES)
    claim = Claim(act=Act.START_STAGE, claimed_at=at("2022-07-04 10:00"), stage=Stage.SURVEY_DESIGN)
    enter(case, claim, None, "e-1", at("2023-01-01 09:00"), "reader", RULES)
    assert {each.data["entry"] for each in case.pending_events} == {EntryMark.LEDGER}
    assert not case.late_entries


@pytest.mark.parametrize("minutes", [0, 1])
def test_the_breach_is_announced_a_moment_after_the_due_time(minutes: int) -> None:
    case = nothing_outside()
    now: datetime = at("2022-07-07 17:30") + timedelta(minutes=minutes)
    case.catch_up(now, RULES)
    assert case.breach_announced is bool(minutes)
