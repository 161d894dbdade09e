"""Which level is needed for what, how a binding is proved, how often it may fail, and the policy that says so."""

import copy
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from libs.common.auth.callers import Assurance, Caller, Scope, ScopeKind
from libs.common.policy import PolicyVersion
from libs.common.problems import Problem
from libs.common.rules import RecordedRefusalError
from services.registry.domain.bindings import BindingProof
from services.registry.identity.assurance import PURPOSE_NAMES, Purpose, check_assurance
from services.registry.identity.binding import (
    Attempts,
    Bill,
    BillProof,
    HolderProof,
    OnRecord,
    check_attempts,
    prove,
)
from services.registry.identity.policy import IDENTITY_POLICY
from services.registry.identity.tokens import citizen
from tests.services.registry.samples import SHIPPED, shipped

POLICY = shipped(IDENTITY_POLICY)
TODAY = date(2022, 9, 30)
NOW = datetime(2022, 9, 30, 2, 0, tzinfo=UTC)


def signed_in(assurance: Assurance) -> Caller:
    return citizen("C-1", "WECHAT", assurance)


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("held", Assurance)
def test_each_purpose_needs_its_level(purpose: Purpose, held: Assurance) -> None:
    required = Assurance.MOBILE if purpose is Purpose.VIEW_MASKED else Assurance.REAL_NAME
    if held >= required:
        check_assurance(signed_in(held), purpose, POLICY.levels)
        return
    with pytest.raises(Problem) as caught:
        check_assurance(signed_in(held), purpose, POLICY.levels)
    problem = caught.value
    assert (problem.kind.slug, problem.kind.status) == ("assurance-insufficient", 401)
    assert problem.headers["WWW-Authenticate"] == (
        f'Bearer error="insufficient_user_authentication", acr_values="{required.acr}"'
    )
    assert problem.extra == {"required": required.acr, "held": held.acr}
    assert PURPOSE_NAMES[purpose] in problem.detail


def test_a_token_that_says_no_level_has_the_lowest() -> None:
    bare = Caller("C-1", frozenset({"citizen"}), Scope(ScopeKind.CITIZEN, "C-1"))
    with pytest.raises(Problem):
        check_assurance(bare, Purpose.VIEW_MASKED, POLICY.levels)
    check_assurance(bare, Purpose.VIEW_MASKED, {Purpose.VIEW_MASKED: Assurance.ACCOUNT})


def test_of_staff_no_level_is_asked() -> None:
    clerk = Caller("u-1", frozenset({"clerk"}), Scope(ScopeKind.UTILITY, "W-371502"))
    check_assurance(clerk, Purpose.CHANGE_DATA, POLICY.levels)


PHONES = ("13800000001", "0635-8220000")
BILLS = (Bill(date(2022, 9, 1), 8650), Bill(date(2022, 7, 2), 100), Bill(date(2022, 7, 1), 7777))
PERSON = OnRecord("欧阳测试", is_person=True, phones=PHONES, bills=BILLS)
COMPANY = OnRecord("测试（聊城）有限公司", is_person=False, phones=PHONES)


@pytest.mark.parametrize(
    ("claimed", "on_record", "proof"),
    [
        (HolderProof("欧阳", PHONES[0]), PERSON, BindingProof.HOLDER),
        (HolderProof("欧", PHONES[1]), PERSON, BindingProof.HOLDER),
        (HolderProof(" 欧 阳 测试", PHONES[0]), PERSON, BindingProof.HOLDER),
        (HolderProof("测试(聊城)有限公司", PHONES[0]), COMPANY, BindingProof.HOLDER),
        (BillProof(8650), PERSON, BindingProof.BILL),
        # The first of 90 days.
        (BillProof(100), PERSON, BindingProof.BILL),
    ],
)
def test_a_binding_is_proved(
    claimed: HolderProof | BillProof, on_record: OnRecord, proof: BindingProof
) -> None:
    assert prove(claimed, on_record, POLICY.bill_days, TODAY) is proof


@pytest.mark.parametrize(
    ("claimed", "on_record"),
    [
        (HolderProof("欧阳", PHONES[0]), None),
        (BillProof(8650), None),
        (HolderProof("王", PHONES[0]), PERSON),
        (HolderProof("", PHONES[0]), PERSON),
        (HolderProof("阳", PHONES[0]), PERSON),
        (HolderProof("欧阳测", PHONES[0]), PERSON),
        (HolderProof("欧阳测试一", PHONES[0]), PERSON),
        (HolderProof("欧阳", "13800000002"), PERSON),
        (HolderProof("欧阳", ""), PERSON),
        (HolderProof("欧阳", "13800000001"), OnRecord("欧阳测试", is_person=True)),
        (HolderProof("", ""), OnRecord("", is_person=True, phones=("",))),
        # A family name of one character is no whole name of two, and the other way round.
        (HolderProof("测试", PHONES[0]), COMPANY),
        (HolderProof("测", PHONES[0]), COMPANY),
        (HolderProof("李四", PHONES[0]), OnRecord("李三", is_person=True, phones=PHONES)),
        (BillProof(8651), PERSON),
        # Older than 90 days, and of tomorrow.
        (BillProof(7777), PERSON),
        (BillProof(5), OnRecord("李三", is_person=True, bills=[Bill(TODAY + timedelta(days=1), 5)])),
        (BillProof(0), OnRecord("李三", is_person=True, bills=[Bill(TODAY, 0)])),
        (BillProof(-5), OnRecord("李三", is_person=True, bills=[Bill(TODAY, -5)])),
        (BillProof(8650), OnRecord("李三", is_person=True)),
    ],
)
def test_nothing_else_proves_a_binding_and_all_refusals_are_alike(
    claimed: HolderProof | BillProof, on_record: OnRecord | None
) -> None:
    with pytest.raises(RecordedRefusalError) as caught:
        prove(claimed, on_record, POLICY.bill_days, TODAY)
    assert (caught.value.code, caught.value.text) == ("binding-not-proved", "户号与所填信息不一致")


def test_what_is_claimed_and_on_record_is_not_shown() -> None:
    shown = repr(PERSON) + repr(HolderProof("欧阳", PHONES[0])) + repr(BillProof(8650))
    for datum in ("欧阳", "138", "8650"):
        assert datum not in shown


@pytest.mark.parametrize(
    ("by_citizen", "on_account", "is_refused"),
    [(0, 0, False), (4, 4, False), (5, 0, True), (0, 5, True), (9, 9, True)],
)
def test_so_many_proofs_may_fail_on_a_day(by_citizen: int, on_account: int, is_refused: bool) -> None:
    failed = Attempts(by_citizen, on_account)
    if not is_refused:
        check_attempts(failed, POLICY.attempts, NOW)
        return
    with pytest.raises(Problem) as caught:
        check_attempts(failed, POLICY.attempts, NOW)
    assert (caught.value.kind.slug, caught.value.kind.status) == ("binding-attempts-used", 429)
    # It is ten in the morning: the day has fourteen hours left.
    assert 14 * 3600 <= int(caught.value.headers["Retry-After"]) <= 14 * 3600 + 1


def changed(change: Callable[[dict[str, Any]], object]) -> PolicyVersion:
    body = copy.deepcopy(SHIPPED[IDENTITY_POLICY.name].body)
    change(body)
    return SHIPPED[IDENTITY_POLICY.name].model_copy(update={"body": body})


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda body: body.update(token_minutes=121), "不得大于"),
        (lambda body: body.update(token_minutes=0), "不得小于"),
        (lambda body: body["attempts"].update(by_citizen=0), "不得小于"),
        (lambda body: body["levels"].update(VIEW_FULL="L4"), "规定的值"),
        (lambda body: body["levels"].update(VIEW_FULL=3), "规定的值"),
        (lambda body: body["levels"].update(FLY="L1"), "规定的值"),
        (lambda body: body["levels"].pop("CONSENT"), "缺少“同意、撤回同意”的认证等级"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(
    change: Callable[[dict[str, Any]], object], rule: str
) -> None:
    faults = IDENTITY_POLICY.faults(changed(change))
    assert any(rule in fault.rule for fault in faults), faults


def test_a_version_may_lower_what_a_binding_needs() -> None:
    """Who signs in by WeChat with a mobile number could then bind an account by its proof."""
    lowered = IDENTITY_POLICY.read(changed(lambda body: body["levels"].update(BIND_ACCOUNT="L2")))
    check_assurance(signed_in(Assurance.MOBILE), Purpose.BIND_ACCOUNT, lowered.levels)
