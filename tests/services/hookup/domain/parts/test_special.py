"""Who decides on a special case, and until when."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.parts.special import Special
from services.hookup.domain.reports.work import work
from services.hookup.domain.values.approval import Approver
from services.hookup.domain.values.clock_policy import BreachApproval, ClockPolicy
from services.hookup.domain.values.pauses import PauseReason
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.work import Whose, WorkKind
from tests.services.hookup.domain.entry_samples import case_after
from tests.services.hookup.domain.samples import at
from tests.support.hookup import RULES, submitted_case

HEAD = Approver("head-1", supervises=False)
NOW, OVERDUE = at("2022-07-05 10:00"), "2022-07-08 09:00"


def asked() -> Case:
    """A case that is due on Thursday, 7 July."""
    case = submitted_case(declared_dm=0)
    case.request_special(Special(PauseReason.CROSSING, "scan-3", "clerk-1"))
    return case


def deciders(case: Case, rules: Rules = RULES) -> list[Whose]:
    return [item.whose for item in work(case, rules) if item.kind is WorkKind.DECIDE_SPECIAL]


def test_a_special_case_is_the_supervisors_once_the_breach_is_announced_where_the_policy_says_so() -> None:
    case = asked()
    by_utility = replace(RULES, clock=ClockPolicy(breach_approval=BreachApproval.APPROVER))
    assert (deciders(case), deciders(case, by_utility)) == ([Whose.APPROVER], [Whose.APPROVER])
    case_after(case, OVERDUE)
    assert (deciders(case), deciders(case, by_utility)) == ([Whose.SUPERVISOR], [Whose.APPROVER])


def test_what_is_decided_waits_for_nobody() -> None:
    case = asked()
    case.approve_special(NOW, HEAD, RULES)
    assert deciders(case) == []


def test_a_case_that_has_ended_is_made_no_special_one() -> None:
    case = asked()
    case.withdraw(NOW)
    assert deciders(case) == []
    decisions: tuple[Callable[[], None], ...] = (
        lambda: case.approve_special(NOW, HEAD, RULES),
        lambda: case.decline_special("无依据", NOW, "head-1"),
    )
    for decision in decisions:
        with pytest.raises(RuleError, match="not-in-this-state"):
            decision()
