"""Pauses and what was announced before them."""

from dataclasses import replace
from datetime import date

import pytest

from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.reports.work import work
from services.hookup.domain.values.clock_policy import BreachApproval, ClockPolicy
from services.hookup.domain.values.lengths import LengthKind
from services.hookup.domain.values.pauses import Pause, PauseReason, PauseState
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import CaseState
from services.hookup.domain.values.work import Whose, WorkKind
from tests.services.hookup.domain.entry_samples import case_after, last
from tests.services.hookup.domain.samples import VECTORS, at
from tests.support.hookup import RULES, submitted_case


def paused_from(start: str, approved: str | None = None) -> Case:
    case = submitted_case(declared_dm=0)
    case_after(case, start)
    pause = Pause("p", PauseReason.CROSSING, "scan-1", at(start), "clerk-1")
    case.request_pause(pause, at(start), RULES)
    case_after(case, approved or start)
    case.decide_pause("p", at(approved or start), "head-1", RULES, approve=True)
    return case


def test_a_pause_begun_after_the_breach_hides_nothing() -> None:
    case = paused_from("2022-07-08 09:00")
    assert case.state is CaseState.PAUSED
    assert case.is_overdue(at("2022-07-08 09:00"))
    assert case.running_due_at == at("2022-07-07 17:30")


@pytest.mark.parametrize("start", ["2022-07-06 08:31", "2022-07-07 17:29"])
def test_what_is_asked_for_after_the_breach_does_not_begin_before_it(start: str) -> None:
    """The due time would move behind the instant at which the breach was published (二（一）1)."""
    case = submitted_case(declared_dm=0)
    case_after(case, "2022-07-07 18:00")
    asked = at("2022-07-07 18:00")
    with pytest.raises(RuleError, match="pause-after-breach"):
        case.request_pause(Pause("p", PauseReason.CROSSING, "scan-1", at(start), "clerk-1"), asked, RULES)
    case.request_pause(
        Pause("p", PauseReason.CROSSING, "scan-1", at("2022-07-07 17:30"), "clerk-1"), asked, RULES
    )
    case.decide_pause("p", at("2022-07-08 09:00"), "head-1", RULES, approve=True)
    case.resume("p", at("2022-07-11 09:00"), RULES)
    assert case.breach_announced
    assert case.is_overdue(at("2022-07-11 09:00"))


def test_the_day_on_which_a_pause_begins_is_consumed_and_may_be_missed() -> None:
    case = paused_from("2022-07-07 10:00")
    assert not case.is_overdue(at("2022-07-07 17:30"))
    case_after(case, "2022-07-07 17:31")
    assert case.is_overdue(at("2022-07-07 17:31"))
    assert case.pending_events[-1].event == "case_overdue"


def test_a_pause_before_the_last_day_stops_the_clock() -> None:
    case = paused_from("2022-07-06 10:00")
    case_after(case, "2022-07-20 09:00")
    assert not case.is_overdue(at("2022-07-20 09:00"))
    assert case.running_due_at is None


def test_a_late_approval_takes_out_only_what_lies_after_it() -> None:
    case = submitted_case("2022-07-04 09:00", declared_dm=2000)
    asked = at("2022-07-05 10:00")
    case.request_pause(Pause("p", PauseReason.CROSSING, "scan-1", asked, "clerk-1"), asked, RULES)
    case.decide_pause("p", at("2022-08-08 09:00"), "head-1", RULES, approve=True)
    told = last(case, "case_paused")
    assert told["counts_from"] == date.fromisoformat(VECTORS["E20"]["counts_from"])
    assert told["stops_at"] == at("2022-08-05 00:00")
    before = case.due
    case.resume("p", at("2022-08-09 17:00"), RULES)
    # It was due on 14 July: nothing of August moves that.
    assert before is not None
    assert case.due == before


# -- what was asked for before an announcement, and is approved after it


def kept_in_reserve(start: str, until: str, *, staged: bool = True) -> Case:
    """A case whose pause was asked for in time and is undecided while the breach, or a gap, is announced."""
    case = submitted_case(declared_dm=0)
    if staged:
        case.start_stage(Stage.SURVEY_DESIGN, at("2022-07-04 10:00"))
    case_after(case, start)
    case.request_pause(Pause("p", PauseReason.CROSSING, "scan-1", at(start), "clerk-1"), at(start), RULES)
    case_after(case, until)
    return case


def decide(case: Case, moment: str, *, approve: bool = True, supervises: bool = False) -> None:
    case.decide_pause("p", at(moment), "head-1", RULES, approve=approve, supervises=supervises)


def test_the_utility_does_not_undo_an_announced_breach_by_a_pause_kept_in_reserve() -> None:
    case = kept_in_reserve("2022-07-06 16:00", "2022-07-08 09:00")
    assert case.breach_announced
    (waiting,) = [item for item in work(case, RULES) if item.kind is WorkKind.DECIDE_PAUSE]
    assert waiting.whose is Whose.SUPERVISOR
    with pytest.raises(RuleError, match="supervisor-needed"):
        decide(case, "2022-07-08 09:00")
    assert (case.pauses[0].state, case.pauses[0].decided_by) == (PauseState.REQUESTED, None)
    decide(case, "2022-07-08 09:00", supervises=True)
    assert case.state is CaseState.PAUSED


def test_the_utility_declines_what_it_may_not_approve() -> None:
    case = kept_in_reserve("2022-07-06 16:00", "2022-07-08 09:00")
    decide(case, "2022-07-08 09:00", approve=False)
    assert case.pauses[0].state is PauseState.DECLINED


@pytest.mark.parametrize(("start", "needed"), [("2022-07-05 17:29", True), ("2022-07-05 17:30", False)])
def test_a_pause_that_begins_before_a_gap_was_announced_needs_who_supervises(
    start: str, needed: bool
) -> None:
    """Nothing follows the acceptance of Monday: that is announced with the close of Tuesday."""
    case = kept_in_reserve(start, "2022-07-06 09:00", staged=False)
    assert case.gap_since is not None
    if needed:
        with pytest.raises(RuleError, match="supervisor-needed"):
            decide(case, "2022-07-06 09:00")
    else:
        decide(case, "2022-07-06 09:00")
        assert case.state is CaseState.PAUSED


def test_a_breach_by_a_date_that_has_moved_since_is_undone_by_no_pause() -> None:
    case = kept_in_reserve("2022-07-06 16:00", "2022-07-08 09:00")
    pause = case.pauses[0]
    assert case.reaches_behind_announced(pause, RULES)
    case.change_length(LengthKind.DESIGNED, 2000, at("2022-07-08 09:00"), "clerk-1", RULES)
    assert case.overdue_for is not None
    assert not case.reaches_behind_announced(pause, RULES)


def test_a_pause_is_anybody_elses_to_decide_until_it_is_or_the_case_has_ended() -> None:
    def deciders(case: Case, rules: Rules = RULES) -> list[Whose]:
        return [item.whose for item in work(case, rules) if item.kind is WorkKind.DECIDE_PAUSE]

    case = kept_in_reserve("2022-07-06 16:00", "2022-07-07 09:00")
    assert deciders(case) == [Whose.APPROVER]
    case_after(case, "2022-07-08 09:00")
    assert deciders(case) == [Whose.SUPERVISOR]
    by_utility = replace(RULES, clock=ClockPolicy(breach_approval=BreachApproval.APPROVER))
    assert deciders(case, by_utility) == [Whose.APPROVER]
    decide(case, "2022-07-08 09:00", supervises=True)
    assert deciders(case) == []
    ended = kept_in_reserve("2022-07-06 16:00", "2022-07-07 09:00")
    ended.withdraw(at("2022-07-07 10:00"))
    assert deciders(ended) == []


def test_nobody_supervises_who_is_not_said_to() -> None:
    case = kept_in_reserve("2022-07-06 16:00", "2022-07-08 09:00")
    with pytest.raises(RuleError, match="supervisor-needed"):
        case.decide_pause("p", at("2022-07-08 09:00"), "head-1", RULES, approve=True)
