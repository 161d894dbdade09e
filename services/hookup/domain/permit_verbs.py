"""What is done about permits: filed in parallel, decided, committed to, checked (HK-04; NC-01 to NC-07)."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.case_parts import Rules
from services.hookup.domain.deadlines import close_after
from services.hookup.domain.durations import elapsed_minutes, working_minutes
from services.hookup.domain.names import PERMIT_NAMES, RISK_NAMES
from services.hookup.domain.permits import (
    OFFICES,
    Check,
    CheckResult,
    Commitment,
    CommitmentState,
    Decision,
    PermitItem,
    PermitKind,
    PermitMode,
    Risk,
    all_granted,
    authority,
    check_by,
    decide_by,
    is_parallel,
    latest,
    undecided,
)
from services.hookup.domain.stages import Stage
from services.hookup.domain.transitions import Verb

_OPEN = (CommitmentState.DECIDED, CommitmentState.VERIFY_DUE)


@dataclass(frozen=True, slots=True)
class Filing:
    """One kind of item on the form. `party` is the legal person that would commit."""

    kind: PermitKind
    mode: PermitMode
    party: str
    risks: tuple[Risk, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """The one form: `ids` gives the id of each item by its kind and authority."""

    id: str
    filings: Sequence[Filing]
    ids: Mapping[tuple[PermitKind, str], str]


def file_permits(
    case: Case, form: Form, at: datetime, by: str, rules: Rules, barred: AbstractSet[str]
) -> None:
    """File every item of a form at one instant (在线并联办理); `barred` are legal persons that may not commit."""
    case.check(Verb.FILE_PERMITS)
    works = case.stage(Stage.EXTERNAL_WORKS)
    if works is not None and works.end is not None:
        raise RuleError("works-completed", "外线施工已经完成，不能再报审批", "请核对外线施工环节", "items")
    if len({each.kind for each in form.filings}) < len(form.filings):
        raise RuleError("permit-twice", "同一审批事项只能报一次", "请删除重复的事项", "items")
    for filing in form.filings:
        _check_filing(case, filing, barred)
    permit = case.stage(Stage.PERMIT)
    if permit is None:
        case.start_stage(Stage.PERMIT, at)
    elif at < permit.start:
        raise RuleError("before-start", "报件时间早于并联审批的开始时间", "请核对时间", "at")
    elif permit.end is not None:
        case.reopen(Stage.PERMIT, at)
    together = is_parallel(case.permits, at, rules.service, rules.calendar)
    items = [
        _item(form, filing, code, at, by, rules, together)
        for filing in form.filings
        for code in _open_at(case, filing.kind)
    ]
    case.permits += items
    case.touch(*items)
    case.record(
        "permits_filed",
        at,
        form_id=form.id,
        is_parallel=together,
        items=[
            {
                "item_id": each.id,
                "kind": each.kind,
                "authority": each.authority,
                "mode": each.mode,
                "due_at": each.due_at,
            }
            for each in items
        ],
    )
    for each in items:
        # 备案 and 免审批 need no decision: what is filed may be done.
        if each.mode in (PermitMode.RECORD, PermitMode.EXEMPT):
            _decide(case, each, Decision.GRANTED, at, by, None, rules)
    _settle(case, at, rules)


def _open_at(case: Case, kind: PermitKind) -> Sequence[str]:
    """Return the authorities at which a kind is still to be filed: of a road, one may grant what one refuses."""
    held = {
        each.authority
        for each in latest(case.permits)
        if each.kind is kind and (each.decision is None or each.is_granted)
    }
    return [code for office in OFFICES[kind] if (code := authority(office, case.district)) not in held]


def _check_filing(case: Case, filing: Filing, barred: AbstractSet[str]) -> None:
    name = PERMIT_NAMES[filing.kind]
    if not _open_at(case, filing.kind):
        raise RuleError(
            "permit-on-file", f"{name}已经报过", "请等待审批决定；未获批准的可以重新申报", "items"
        )
    if filing.mode is not PermitMode.COMMITMENT:
        return
    if filing.risks:
        why = "、".join(RISK_NAMES[each] for each in filing.risks)
        raise RuleError(
            "commitment-not-for-this",
            f"{name}涉及{why}，不适用告知承诺（山东省优化营商环境条例第二十九条）",
            "请改为审批方式申报",
            "items",
        )
    _check_bar(filing.party, barred)


def _check_bar(party: str, barred: AbstractSet[str]) -> None:
    if party in barred:
        raise RuleError(
            "commitment-barred",
            "承诺人有尚未修复的虚假承诺记录，不适用告知承诺",
            "请改为审批方式申报，或先完成信用修复",
            "party",
        )


def _item(
    form: Form, filing: Filing, code: str, at: datetime, by: str, rules: Rules, together: bool
) -> PermitItem:
    commits = filing.mode is PermitMode.COMMITMENT
    return PermitItem(
        id=form.ids[filing.kind, code],
        form_id=form.id,
        kind=filing.kind,
        authority=code,
        mode=filing.mode,
        filed_at=at,
        filed_by=by,
        is_parallel=together,
        risks=list(filing.risks),
        due_at=decide_by(at, rules.service, rules.calendar) if filing.mode is PermitMode.APPROVAL else None,
        commitment=Commitment(filing.party, rules.service.commitment_terms, at) if commits else None,
    )


def decide_permit(
    case: Case, item_id: str, decision: Decision, at: datetime, by: str, document_ref: str, rules: Rules
) -> None:
    """The authority grants or refuses an ordinary item."""
    case.check(Verb.DECIDE_PERMIT)
    item = case.permit(item_id)
    if item.mode is not PermitMode.APPROVAL or item.decision is not None:
        raise RuleError("permit-decided", "该事项无需审批或已有决定", "请刷新后核对", "decision")
    if at < item.filed_at:
        raise RuleError("before-filing", "决定时间早于报件时间", "请核对时间", "at")
    _decide(case, item, decision, at, by, document_ref, rules)
    _settle(case, at, rules)


def _decide(
    case: Case,
    item: PermitItem,
    decision: Decision,
    at: datetime,
    by: str,
    document_ref: str | None,
    rules: Rules,
) -> None:
    item.decision, item.decided_at, item.decided_by, item.document_ref = decision, at, by, document_ref
    case.touch(item)
    case.record(
        "permit_decided",
        at,
        item_id=item.id,
        kind=item.kind,
        authority=item.authority,
        mode=item.mode,
        decision=decision,
        filed_at=item.filed_at,
        decided_at=at,
        elapsed_minutes=elapsed_minutes(item.filed_at, at),
        working_minutes=working_minutes(item.filed_at, at, rules.calendar, rules.policy.business_hours),
        in_time=None if item.due_at is None else at <= item.due_at,
    )


def _settle(case: Case, at: datetime, rules: Rules) -> None:
    """End what the decisions end: the ordinary permit's pause (O3), and the stage once all is granted."""
    if not undecided(case.permits):
        case.end_permit_pauses(at, rules)
    permit = case.stage(Stage.PERMIT)
    if permit is not None and permit.end is None and all_granted(case.permits):
        case.complete_stage(Stage.PERMIT, at, rules)


def sign_commitment(
    case: Case, item_id: str, at: datetime, by: str, document_ref: str, rules: Rules, barred: AbstractSet[str]
) -> None:
    """The legal person commits in writing; the authority decides at once without asking for the proof (NC-01)."""
    case.check(Verb.SIGN_COMMITMENT)
    item, commitment = _offered(case, item_id)
    _check_bar(commitment.party, barred)
    commitment.state = CommitmentState.DECIDED
    commitment.signed_at, commitment.signed_by, commitment.document_ref = at, by, document_ref
    works = case.stage(Stage.EXTERNAL_WORKS)
    commitment.check_by = check_by(at, works.end if works else None, rules.service, rules.calendar)
    case.record(
        "commitment_signed",
        at,
        item_id=item_id,
        kind=item.kind,
        authority=item.authority,
        party=commitment.party,
    )
    _decide(case, item, Decision.GRANTED, at, by, document_ref, rules)
    _settle(case, at, rules)


def withdraw_commitment(case: Case, item_id: str, at: datetime, rules: Rules) -> None:
    """Before the decision the applicant may choose the ordinary way (NC-02)."""
    case.check(Verb.SIGN_COMMITMENT)
    item, commitment = _offered(case, item_id)
    commitment.state, commitment.withdrawn_at = CommitmentState.WITHDRAWN, at
    item.mode = PermitMode.APPROVAL
    item.due_at = decide_by(at, rules.service, rules.calendar)
    case.touch(item)
    case.record(
        "commitment_withdrawn",
        at,
        item_id=item_id,
        kind=item.kind,
        authority=item.authority,
        due_at=item.due_at,
    )


def _offered(case: Case, item_id: str) -> tuple[PermitItem, Commitment]:
    item = case.permit(item_id)
    if item.commitment is None or item.commitment.state is not CommitmentState.OFFERED:
        raise RuleError("commitment-not-offered", "该事项没有待签署的告知承诺", "请刷新后核对", "item_id")
    return item, item.commitment


def check_commitment(
    case: Case, item_id: str, result: CheckResult, at: datetime, by: str, document_ref: str, rules: Rules
) -> None:
    """The authority checks whether what was committed to is so (NC-05 to NC-07)."""
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
    case.touch(item)
    revoked = result is CheckResult.FALSE or (rectifying and result is CheckResult.MISMATCH)
    if result is CheckResult.OK:
        commitment.state = CommitmentState.OK
    elif revoked:
        commitment.state, commitment.is_false = CommitmentState.REVOKED, result is CheckResult.FALSE
    else:
        commitment.state = CommitmentState.RECTIFYING
        commitment.rectify_by = close_after(at, rules.service.rectify_workdays, rules)
    whose = {"item_id": item_id, "kind": item.kind, "authority": item.authority, "party": commitment.party}
    rectify_by = commitment.rectify_by if commitment.state is CommitmentState.RECTIFYING else None
    case.record("commitment_checked", at, **whose, result=result, rectify_by=rectify_by)
    if revoked:
        case.record("commitment_revoked", at, **whose, is_false=commitment.is_false)


def excavate(case: Case, at: datetime) -> None:
    """Break the ground: beside the permits only preparation is allowed, so all must be granted or committed to."""
    case.check(Verb.EXCAVATE)
    if case.excavation_at is not None:
        raise RuleError("excavation-begun", "已经登记过开挖", "无需再次登记", "at")
    if not all_granted(case.permits):
        raise RuleError(
            "permits-undecided", "审批事项未全部批准或承诺，不能开挖", "请先完成并联审批", "permits"
        )
    works = case.stage(Stage.EXTERNAL_WORKS)
    if works is None or works.end is not None or at < works.start:
        raise RuleError("stage-not-started", "外线施工未在进行，不能开挖", "请先开始外线施工", "stage")
    granted = max(each.decided_at for each in latest(case.permits) if each.decided_at is not None)
    if at < granted:
        raise RuleError("permits-undecided", "开挖时间早于审批决定", "请核对时间", "at")
    case.excavation_at = at
    case.record("excavation_begun", at)
