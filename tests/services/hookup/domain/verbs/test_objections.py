"""The term for an objection."""

from copy import deepcopy
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.rules import RuleError
from services.hookup.domain.reports.work import work
from services.hookup.domain.values.permit_details import DigSite, Reason, ReasonCode, Task
from services.hookup.domain.values.permit_items import (
    Decision,
    PermitKind,
    PermitMode,
    Risk,
)
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.work import Whose, WorkKind
from services.hookup.domain.verbs.authorities import decide_permit, object_to_permit
from services.hookup.domain.verbs.digging import excavate
from tests.services.hookup.domain.mode_samples import NOT_DUE, SECOND, TERM, WITHOUT_DECISION, objected
from tests.services.hookup.domain.permit_checks import ended, refused
from tests.services.hookup.domain.permit_samples import (
    LIVE,
    at,
    at_work,
    decide,
    file,
    filing,
    last,
    surveyed_case,
)


@pytest.mark.parametrize("mode", WITHOUT_DECISION)
def test_nothing_is_granted_before_the_term_for_an_objection_is_over(mode: PermitMode) -> None:
    case = at_work()
    items = file(case, filing(mode=mode))
    for item in items:
        assert (item.decision, item.task, item.act_by) == (None, Task.REVIEW, TERM)
    assert ended(case) is None
    refused("permits-undecided", case, lambda: excavate(case, [DigSite.ROAD], at("2022-07-07 17:00"), "c"))
    case.catch_up(TERM + SECOND, LIVE)
    assert all(item.decision is None for item in items)
    case.catch_up(TERM + 2 * SECOND, LIVE)
    assert {(item.decision, item.decided_at) for item in items} == {(Decision.GRANTED, TERM + SECOND)}
    assert ended(case) == TERM + SECOND
    excavate(case, [DigSite.ROAD], TERM + 2 * SECOND, "clerk-1")


FILED = {
    "at the close": ("2022-07-05 17:30", "2022-07-07 17:30"),
    "after the close": ("2022-07-05 17:31", "2022-07-08 17:30"),
    "on a Saturday": ("2022-07-09 10:00", "2022-07-13 17:30"),
    "before a make-up Saturday": ("2022-10-03 10:00", "2022-10-10 17:30"),
    "on a make-up Saturday": ("2022-10-08 17:30", "2022-10-10 17:30"),
    "after its close": ("2022-10-08 17:31", "2022-10-11 17:30"),
}


@pytest.mark.parametrize(("filed", "term"), FILED.values(), ids=FILED)
def test_the_term_counts_from_the_receipt_of_the_filing(filed: str, term: str) -> None:
    case = surveyed_case()
    items = file(case, filing(mode=PermitMode.RECORD), moment=filed)
    assert {item.object_by for item in items} == {at(term)}
    assert case.timers(LIVE)[TimerKind.OBJECTION_TERM] == at(term) + SECOND


def test_an_objection_in_time_makes_it_an_approval_from_then_on_and_the_dig_waits() -> None:
    case = at_work()
    municipal, police = file(case, filing(mode=PermitMode.EXEMPT))
    objected(case, municipal, TERM)
    assert (municipal.mode, municipal.due_at) == (PermitMode.APPROVAL, at("2022-07-14 17:30"))
    assert (municipal.task, municipal.filed_at) == (Task.DECIDE, at("2022-07-05 11:00"))
    assert last(case, "permit_objected")[1]["mode"] is PermitMode.EXEMPT
    assert last(case, "permit_mode_ended")[1]["due_at"] == at("2022-07-14 17:30")
    case.catch_up(at("2022-07-08 09:00"), LIVE)
    assert (police.decision, ended(case)) == (Decision.GRANTED, None)
    late = at("2022-07-08 09:00")
    refused("permits-undecided", case, lambda: excavate(case, [DigSite.ROAD], late, "clerk-1"))
    decide(case, municipal, "2022-07-11 09:00")
    assert ended(case) == at("2022-07-11 09:00")
    excavate(case, [DigSite.ROAD], at("2022-07-11 09:00"), "clerk-1")


@given(st.integers(-3 * 24 * 60, 3 * 24 * 60))
def test_whenever_an_objection_comes_it_is_before_any_lawful_dig_or_it_is_refused(minutes: int) -> None:
    case = at_work()
    items = file(case, filing(PermitKind.GREEN_LAND, PermitMode.RECORD))
    now = max(TERM + timedelta(minutes=minutes), items[0].filed_at)
    case.catch_up(now, LIVE)
    dug = True
    try:
        excavate(deepcopy(case), [DigSite.GREEN_LAND], now, "clerk-1")
    except RuleError:
        dug = False
    if now <= TERM:
        objected(case, items[0], now)
        assert not dug
    else:
        refused("objection-not-open", case, lambda: objected(case, items[0], now))


def test_an_authority_may_say_early_that_it_has_no_objection_and_refuses_only_by_one() -> None:
    case = surveyed_case()
    (item,) = file(case, filing(PermitKind.GREEN_LAND, PermitMode.RECORD))
    now = at("2022-07-06 09:00")
    refused(
        "permit-decided",
        case,
        lambda: decide_permit(case, item.id, Decision.REFUSED, now, "a", "doc", LIVE, NOT_DUE),
    )
    decide(case, item, now)
    assert (ended(case), item.decided_by) == (now, "authority-1")
    assert TimerKind.OBJECTION_TERM not in case.timers(LIVE)


@pytest.mark.parametrize("mode", [PermitMode.APPROVAL, PermitMode.COMMITMENT])
def test_there_is_no_objection_to_what_the_authority_decides_itself(mode: PermitMode) -> None:
    case = surveyed_case()
    (item,) = file(case, filing(PermitKind.TREES, mode))
    refused("objection-not-open", case, lambda: objected(case, item, at("2022-07-05 12:00")))


def test_an_objection_says_why_without_personal_data() -> None:
    case = surveyed_case()
    (item,) = file(case, filing(PermitKind.GREEN_LAND, PermitMode.RECORD))
    now = at("2022-07-05 12:00")
    for reason, code in (
        (Reason(ReasonCode.OTHER), "reason-text-missing"),
        (Reason(ReasonCode.OTHER, "联系13800001234"), "personal-data-in-text"),
    ):
        refused(
            code,
            case,
            lambda reason=reason: object_to_permit(case, item.id, reason, [], now, "a", "doc", LIVE),  # type: ignore[misc]
        )


def test_it_stands_on_the_lists_of_those_who_are_waited_for() -> None:
    case = surveyed_case()
    file(case, filing(PermitKind.GREEN_LAND, PermitMode.RECORD))
    (review,) = [each for each in work(case, LIVE) if each.item is not None]
    assert (review.kind, review.whose, review.due_at) == (WorkKind.REVIEW_RECORD, Whose.AUTHORITY, TERM)


@pytest.mark.parametrize("mode", [PermitMode.APPROVAL, PermitMode.COMMITMENT, PermitMode.RECORD])
def test_what_is_decided_or_is_not_the_authoritys_to_decide_is_not_granted_again(mode: PermitMode) -> None:
    case = surveyed_case()
    (item,) = file(case, filing(PermitKind.GREEN_LAND, mode))
    now = TERM + 2 * SECOND
    if mode is PermitMode.APPROVAL:
        decide(case, item, TERM)
    case.catch_up(now, LIVE)
    refused("permit-decided", case, lambda: decide(case, item, now))


def test_an_objection_finds_only_what_was_not_declared_which_holds_for_the_whole_line() -> None:
    case = surveyed_case()
    policy = replace(LIVE.permits, approval_only=frozenset({Risk.ANCIENT_TREE}))
    rules = replace(LIVE, permits=policy)
    declared, new = next(risk for risk in Risk if risk is not Risk.ANCIENT_TREE), Risk.ANCIENT_TREE
    green, road, _ = file(
        case,
        filing(PermitKind.GREEN_LAND, PermitMode.RECORD, risks=[declared]),
        filing(mode=PermitMode.RECORD),
        rules=rules,
    )

    def object_with(*risks: Risk) -> None:
        object_to_permit(case, green.id, NOT_DUE, risks, at("2022-07-05 12:00"), "a", "doc", rules)

    before = deepcopy(case)
    object_with(declared)
    assert (green.findings, green.risks) == ([], [declared])
    assert "undeclared_risk_found" not in [each.event for each in case.pending_events]
    assert road.mode is PermitMode.RECORD
    case = before
    green, road = case.permits[:2]
    object_with(declared, new)
    assert ([item.risks for item in green.findings], green.risks) == ([(new,)], [declared, new])
    assert road.mode is PermitMode.APPROVAL
