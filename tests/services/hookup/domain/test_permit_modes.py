"""In which mode an item may be filed, and what ends one: objections, undeclared risks, a longer line (O20; NC-03)."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.reports.work import work
from services.hookup.domain.values.lengths import LengthClass, LengthKind
from services.hookup.domain.values.permit_details import DigSite, Reason, ReasonCode, Task
from services.hookup.domain.values.permit_items import (
    CheckResult,
    CommitmentState,
    Decision,
    PermitItem,
    PermitKind,
    PermitMode,
    Risk,
)
from services.hookup.domain.values.permit_modes import ModePolicy
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.work import Whose, WorkKind
from services.hookup.domain.verbs.authorities import decide_permit, object_to_permit, report_risk
from services.hookup.domain.verbs.commitments import check_commitment, sign_commitment
from services.hookup.domain.verbs.digging import excavate
from services.hookup.storage.permit_modes import mode_policy
from tests.services.hookup.domain.permit_samples import (
    BASIS,
    LIVE,
    at,
    at_work,
    decide,
    decide_all,
    file,
    filing,
    last,
    surveyed_case,
)
from tests.services.hookup.domain.test_permits import ended, refused
from tests.support.hookup import SHIPPED

MODES = LIVE.permits
SHORT = (LengthClass.L1_LE50, LengthClass.L2_LE200)
ALL = set(PermitMode)
ORDINARY = {PermitMode.APPROVAL, PermitMode.COMMITMENT}
WITHOUT_DECISION = (PermitMode.RECORD, PermitMode.EXEMPT)
NOT_DUE = Reason(ReasonCode.MODE_NOT_DUE)
NOBODY: frozenset[str] = frozenset()
SECOND = timedelta(seconds=1)
# The term of what is filed on Tuesday, 5 July, at 11:00: two working days.
TERM = at("2022-07-07 17:30")


def events(case: Case) -> list[str]:
    return [each.event for each in case.pending_events]


def objected(case: Case, item: PermitItem, moment: datetime, *risks: Risk) -> None:
    object_to_permit(case, item.id, NOT_DUE, risks, moment, "office-1", "doc-1", LIVE)


def found(case: Case, item: PermitItem, moment: str, *risks: Risk) -> None:
    report_risk(case, item.id, risks, at(moment), "office-1", "doc-1", LIVE)


# -- the table


def test_the_shipped_table() -> None:
    """Kind × class × risk, as it is written in the domain's rules."""
    for kind in PermitKind:
        for of in (*SHORT, LengthClass.L3_GT200, LengthClass.UNKNOWN):
            short = of in SHORT and kind is not PermitKind.TREES
            assert set(MODES.allowed(kind, of, [])) == (ALL if short else ORDINARY)
            for risk in Risk:
                assert MODES.allowed(kind, of, [risk]) == [PermitMode.APPROVAL]


@given(
    st.sampled_from(PermitKind), st.sampled_from(LengthClass), st.sets(st.sampled_from(Risk)), st.booleans()
)
def test_approval_may_always_be_chosen_and_a_risk_never_allows_more(
    kind: PermitKind, of: LengthClass, risks: set[Risk], shipped: bool
) -> None:
    policy = MODES if shipped else ModePolicy()
    allowed = policy.allowed(kind, of, risks)
    assert PermitMode.APPROVAL in allowed
    assert set(allowed) <= set(policy.allowed(kind, of, []))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda body: body["modes"].append(body["modes"][0]),
        lambda body: body["modes"][0]["classes"].append("L0_NONE"),
        lambda body: body["modes"][0]["modes"].append("SILENCE"),
        lambda body: body["approval_only"].append("WIND"),
        lambda body: body["files"].update(TREES=["PASSPORT"]),
        lambda body: body.update(objection_workdays=0),
        lambda body: body.update(emergency_filing_hours=-1),
        lambda body: body.update(objection_days=2),
        lambda body: body.pop("approval_only"),
    ],
)
def test_a_version_that_is_not_right_is_refused(wrong: Callable[[dict[str, object]], object]) -> None:
    body = deepcopy(SHIPPED["permit_modes"].body)
    wrong(body)
    with pytest.raises(ValueError):  # noqa: PT011 - of several kinds, each names what is wrong
        mode_policy(SHIPPED["permit_modes"].model_copy(update={"body": body}))


# -- filing


@pytest.mark.parametrize("risk", list(Risk))
@pytest.mark.parametrize("mode", [PermitMode.RECORD, PermitMode.EXEMPT, PermitMode.COMMITMENT])
def test_with_a_risk_only_an_approval_may_be_chosen(mode: PermitMode, risk: Risk) -> None:
    case = surveyed_case()
    form = filing(mode=mode, risks=[risk])
    refused("permit-mode-not-allowed", case, lambda: file(case, form))
    with pytest.raises(RuleError) as error:
        file(case, form)
    assert (error.value.field, error.value.remedy) == ("items[0].mode", "可选：审批")
    assert "第二十九条" in error.value.text
    file(case, filing(risks=[risk]))


def test_a_risk_that_one_item_names_holds_for_all_of_the_line() -> None:
    case = surveyed_case()
    risky, quiet = filing(PermitKind.TREES, risks=[Risk.ANCIENT_TREE]), filing(mode=PermitMode.EXEMPT)
    refused("permit-mode-not-allowed", case, lambda: file(case, risky, quiet))
    file(case, risky)
    # Nor on a form of its own.
    refused("permit-mode-not-allowed", case, lambda: file(case, quiet, moment="2022-07-05 12:00"))


def test_a_risk_that_is_named_later_ends_what_was_filed_without_it() -> None:
    case = surveyed_case()
    (record,) = file(case, filing(PermitKind.GREEN_LAND, PermitMode.RECORD))
    file(case, filing(PermitKind.TREES, risks=[Risk.ANCIENT_TREE]), moment="2022-07-06 09:00")
    assert (record.mode, record.due_at) == (PermitMode.APPROVAL, at("2022-07-13 17:30"))


@pytest.mark.parametrize("mode", WITHOUT_DECISION)
@pytest.mark.parametrize(("length", "allowed"), [(2000, True), (2001, False), (None, False)])
def test_without_a_decision_only_up_to_200_metres(
    mode: PermitMode, length: int | None, allowed: bool
) -> None:
    case = surveyed_case()
    if length is None:
        case.designed_dm, case.declared_dm, case.length_class = None, None, LengthClass.UNKNOWN
    else:
        case.change_length(LengthKind.DESIGNED, length, at("2022-07-05 10:30"), "clerk-1", LIVE)
    if allowed:
        assert {item.mode for item in file(case, filing(mode=mode))} == {mode}
    else:
        refused("permit-mode-not-allowed", case, lambda: file(case, filing(mode=mode)))


def test_felling_trees_is_never_without_a_decision() -> None:
    case = surveyed_case()
    for mode in WITHOUT_DECISION:
        form = filing(PermitKind.TREES, mode)
        refused("permit-mode-not-allowed", case, lambda form=form: file(case, form))  # type: ignore[misc]


@pytest.mark.parametrize("mode", WITHOUT_DECISION)
def test_the_legal_basis_is_cited(mode: PermitMode) -> None:
    case = surveyed_case()
    form = replace(filing(mode=mode), basis=None)
    refused("permit-basis-missing", case, lambda: file(case, form))
    items = file(case, filing(mode=mode))
    assert {item.basis for item in items} == {BASIS}


def test_after_a_refusal_only_an_approval_will_do() -> None:
    case = surveyed_case()
    (item,) = file(case, filing(PermitKind.GREEN_LAND))
    decide(case, item, "2022-07-06 09:00", Decision.REFUSED)
    for mode in (*WITHOUT_DECISION, PermitMode.COMMITMENT):
        form = filing(PermitKind.GREEN_LAND, mode)
        refused(
            "permit-was-refused",
            case,
            lambda form=form: file(case, form, moment="2022-07-06 10:00"),  # type: ignore[misc]
        )
    file(case, filing(PermitKind.GREEN_LAND), moment="2022-07-06 10:00")


# -- the term for an objection


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


# -- what was not declared


@pytest.mark.parametrize("mode", WITHOUT_DECISION)
def test_a_risk_that_the_authority_finds_ends_the_mode_even_when_it_was_granted(mode: PermitMode) -> None:
    case = at_work()
    (item,) = file(case, filing(PermitKind.GREEN_LAND, mode))
    case.catch_up(at("2022-07-08 09:00"), LIVE)
    assert ended(case) is not None
    found(case, item, "2022-07-08 10:00", Risk.ANCIENT_TREE)
    assert (item.mode, item.decision, item.due_at) == (
        PermitMode.APPROVAL,
        None,
        at("2022-07-15 17:30"),
    )
    # The stage goes on, and the ground must not be broken.
    assert ended(case) is None
    now = at("2022-07-08 11:00")
    refused("permits-undecided", case, lambda: excavate(case, [DigSite.GREEN_LAND], now, "c"))
    told = last(case, "undeclared_risk_found")[1]
    assert (told["mode"], told["risks"]) == (mode, [Risk.ANCIENT_TREE])
    assert "UNDECLARED_RISK" in case.violations()
    decide_all(case, "2022-07-11 09:00")
    assert ended(case) == at("2022-07-11 09:00")


def test_it_ends_the_modes_of_every_item_of_the_line_and_of_later_forms() -> None:
    case = surveyed_case()
    (green,) = file(case, filing(PermitKind.GREEN_LAND, PermitMode.RECORD))
    road = file(case, filing(mode=PermitMode.EXEMPT), moment="2022-07-05 12:00")
    found(case, green, "2022-07-05 14:00", Risk.RIVER_CROSSING)
    assert {item.mode for item in case.permits} == {PermitMode.APPROVAL}
    assert events(case).count("permit_mode_ended") == 3
    assert events(case).count("undeclared_risk_found") == 1
    assert road[0].findings == []
    form = filing(PermitKind.TRAFFIC_SAFETY, PermitMode.RECORD)
    refused("permit-mode-not-allowed", case, lambda: file(case, form, moment="2022-07-05 15:00"))


def test_an_objection_may_name_what_was_not_declared() -> None:
    case = surveyed_case()
    (item,) = file(case, filing(PermitKind.GREEN_LAND, PermitMode.RECORD))
    objected(case, item, at("2022-07-06 09:00"), Risk.ANCIENT_TREE)
    assert events(case)[-3:] == ["permit_objected", "undeclared_risk_found", "permit_mode_ended"]
    assert (item.risks, item.findings[0].risks) == ([Risk.ANCIENT_TREE], (Risk.ANCIENT_TREE,))
    assert last(case, "undeclared_risk_found")[1]["mode"] is PermitMode.RECORD


def test_a_commitment_does_not_outlast_a_risk_that_nobody_declared() -> None:
    for signs in (False, True):
        case = surveyed_case()
        (item,) = file(case, filing(PermitKind.TREES, PermitMode.COMMITMENT))
        if signs:
            sign_commitment(case, item.id, at("2022-07-05 14:00"), "c", "scan", LIVE, NOBODY)
        found(case, item, "2022-07-06 09:00", Risk.ANCIENT_TREE)
        assert item.commitment is not None
        state = CommitmentState.REVOKED if signs else CommitmentState.WITHDRAWN
        assert (item.commitment.state, item.mode, item.is_granted) == (state, PermitMode.APPROVAL, False)
        assert ("commitment_revoked" in events(case)) is signs
        with pytest.raises(RuleError):
            sign_commitment(case, item.id, at("2022-07-06 10:00"), "c", "scan", LIVE, NOBODY)
        with pytest.raises(RuleError):
            check_commitment(case, item.id, CheckResult.OK, at("2022-07-06 10:00"), "a", "doc", LIVE)
        decide(case, item, "2022-07-07 09:00")
        assert item.is_granted
        assert ended(case) == at("2022-07-07 09:00")


def test_what_was_declared_is_no_finding() -> None:
    case = surveyed_case()
    (item,) = file(case, filing(PermitKind.TREES, risks=[Risk.ANCIENT_TREE]))
    refused("risk-known", case, lambda: found(case, item, "2022-07-06 09:00", Risk.ANCIENT_TREE))
    found(case, item, "2022-07-06 09:00", Risk.ANCIENT_TREE, Risk.PUBLIC_SAFETY)
    assert [each.risks for each in item.findings] == [(Risk.PUBLIC_SAFETY,)]


def test_once_the_works_are_over_nothing_is_stopped_but_it_stays_on_record() -> None:
    case = at_work()
    (item,) = file(case, filing(PermitKind.GREEN_LAND, PermitMode.RECORD))
    case.catch_up(at("2022-07-08 09:00"), LIVE)
    excavate(case, [DigSite.GREEN_LAND], at("2022-07-08 09:00"), "clerk-1")
    case.complete_stage(Stage.EXTERNAL_WORKS, at("2022-07-08 16:00"), LIVE)
    found(case, item, "2022-07-11 09:00", Risk.ANCIENT_TREE)
    assert (item.mode, item.is_granted, item.mode_exceeded) == (PermitMode.RECORD, True, True)
    assert last(case, "permit_mode_ended")[1]["due_at"] is None
    assert case.violations() == ["PERMIT_MODE_EXCEEDED", "UNDECLARED_RISK"]


# -- a line that grows


def grow(case: Case, kind: LengthKind, length: int, moment: str) -> None:
    case.change_length(kind, length, at(moment), "clerk-1", LIVE)


@pytest.mark.parametrize("kind", [LengthKind.DESIGNED, LengthKind.AS_BUILT])
def test_a_line_that_grows_past_200_metres_after_the_filing_needs_an_approval(kind: LengthKind) -> None:
    case = at_work()
    items = file(case, filing(mode=PermitMode.EXEMPT))
    case.catch_up(at("2022-07-08 09:00"), LIVE)
    grow(case, kind, 2000, "2022-07-08 10:00")
    assert all(item.is_granted for item in items)
    grow(case, kind, 2001, "2022-07-08 11:00")
    assert {(item.mode, item.due_at) for item in items} == {(PermitMode.APPROVAL, at("2022-07-15 17:30"))}
    assert ended(case) is None
    now = at("2022-07-08 12:00")
    refused("permits-undecided", case, lambda: excavate(case, [DigSite.ROAD], now, "clerk-1"))
    # Shorter again, it still waits for the authority that has it on its list.
    grow(case, kind, 1000, "2022-07-08 13:00")
    assert {item.mode for item in items} == {PermitMode.APPROVAL}


def test_a_line_that_is_made_longer_after_the_works_is_on_record() -> None:
    case = at_work()
    (item,) = file(case, filing(PermitKind.GREEN_LAND, PermitMode.RECORD))
    case.catch_up(at("2022-07-08 09:00"), LIVE)
    excavate(case, [DigSite.GREEN_LAND], at("2022-07-08 09:00"), "clerk-1")
    case.complete_stage(Stage.EXTERNAL_WORKS, at("2022-07-08 16:00"), LIVE)
    grow(case, LengthKind.AS_BUILT, 2500, "2022-07-08 17:00")
    assert (item.is_granted, case.violations()) == (True, ["PERMIT_MODE_EXCEEDED"])


def test_an_authority_sees_the_length_as_it_is_until_it_has_decided() -> None:
    case = surveyed_case()
    tree, green = file(case, filing(PermitKind.TREES), filing(PermitKind.GREEN_LAND))
    decide(case, green, "2022-07-06 09:00")
    case.touched.clear()
    grow(case, LengthKind.DESIGNED, 480, "2022-07-06 10:00")
    assert (tree.works.length_dm, green.works.length_dm) == (480, 420)
    assert case.touched == [tree.id]
