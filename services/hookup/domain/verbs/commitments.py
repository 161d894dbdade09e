"""Verbs of commitments (告知承诺): sign, withdraw, check (NC-01 to NC-07)."""

from collections.abc import Set as AbstractSet
from datetime import datetime

from libs.common.clock import local
from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.values.permit_items import (
    Check,
    CheckResult,
    Commitment,
    CommitmentState,
    Decision,
    PermitItem,
)
from services.hookup.domain.values.permit_terms import check_by, to_approval
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import Verb
from services.hookup.domain.verbs.permits import check_bar

_OPEN = (CommitmentState.DECIDED, CommitmentState.VERIFY_DUE)


def sign_commitment(
    case: Case, item_id: str, at: datetime, by: str, document_ref: str, rules: Rules, barred: AbstractSet[str]
) -> None:
    """Sign a commitment; the authority's decision follows at once, without further proof (NC-01)."""
    case.check(Verb.SIGN_COMMITMENT)
    item, commitment = _offered(case, item_id)
    check_bar(commitment.party, barred)
    commitment.state = CommitmentState.DECIDED
    commitment.signed_at, commitment.signed_by, commitment.document_ref = at, by, document_ref
    works = case.stage(Stage.EXTERNAL_WORKS)
    commitment.check_by = check_by(at, works.end if works else None, rules.service, rules.calendar)
    case.record_permit("commitment_signed", item, at, party=commitment.party)
    item.decision, item.decided_at, item.decided_by = Decision.GRANTED, at, by
    item.document_ref = document_ref
    case.record_decision(item, at, rules)
    case.settle_permits(at, rules)


def withdraw_commitment(case: Case, item_id: str, at: datetime, rules: Rules) -> None:
    """Withdraw from the commitment before the decision, in favour of an ordinary approval (NC-02)."""
    case.check(Verb.SIGN_COMMITMENT)
    item, _ = _offered(case, item_id)
    to_approval(item, at, rules.service, rules.calendar)
    case.record_permit("commitment_withdrawn", item, at, due_at=item.due_at)


def _offered(case: Case, item_id: str) -> tuple[PermitItem, Commitment]:
    item = case.permit(item_id)
    if item.commitment is None or item.commitment.state is not CommitmentState.OFFERED:
        raise RuleError("commitment-not-offered", "该事项没有待签署的告知承诺", "请刷新后核对", "item_id")
    return item, item.commitment


def check_commitment(
    case: Case, item_id: str, result: CheckResult, at: datetime, by: str, document_ref: str, rules: Rules
) -> None:
    """Record the authority's check of a commitment (NC-05 to NC-07)."""
    case.check(Verb.CHECK_COMMITMENT)
    item = case.permit(item_id)
    commitment = item.commitment
    if commitment is None or commitment.state not in (*_OPEN, CommitmentState.RECTIFYING):
        raise RuleError("commitment-not-to-check", "该事项没有待核查的承诺", "请刷新后核对", "item_id")
    if commitment.signed_at is None or at < commitment.signed_at:
        raise RuleError("before-signing", "核查时间早于签署时间", "请核对时间", "at")
    rectifying = commitment.state is CommitmentState.RECTIFYING
    if (
        rectifying
        and result is CheckResult.MISMATCH
        and commitment.rectify_by
        and at <= commitment.rectify_by
    ):
        raise RuleError(
            "rectification-running", "整改期限未到，不能以未整改撤销决定", "请在整改期满后复查", "result"
        )
    commitment.checks.append(Check(result, at, by, document_ref))
    revoked = result is CheckResult.FALSE or (rectifying and result is CheckResult.MISMATCH)
    if result is CheckResult.OK:
        commitment.state = CommitmentState.OK
    elif revoked:
        commitment.state, commitment.is_false = CommitmentState.REVOKED, result is CheckResult.FALSE
    else:
        last = rules.calendar.add_workdays(local(at).date(), rules.service.rectify_workdays)
        commitment.state, commitment.rectify_by = CommitmentState.RECTIFYING, rules.calendar.close_of(last)
    rectify_by = commitment.rectify_by if commitment.state is CommitmentState.RECTIFYING else None
    party = commitment.party
    case.record_permit("commitment_checked", item, at, party=party, result=result, rectify_by=rectify_by)
    if revoked:
        case.record_permit("commitment_revoked", item, at, party=party, is_false=commitment.is_false)
