"""Response views of permit items."""

from datetime import datetime

from libs.casework.domain.work import Urgency
from libs.common.places import Supply, load_places
from services.hookup.domain.case import Case
from services.hookup.domain.reports.work import urgency_of
from services.hookup.domain.values.lengths import LengthClass, metres
from services.hookup.domain.values.materials import MATERIAL_NAMES
from services.hookup.domain.values.names import (
    COMMITMENT_NAMES,
    MODE_NAMES,
    NO_PERMIT_NAMES,
    OFFICE_NAMES,
    PERMIT_NAMES,
    REASON_NAMES,
    TASK_NAMES,
)
from services.hookup.domain.values.permit_details import Reason, Task
from services.hookup.domain.values.permit_items import (
    Commitment,
    Decision,
    Office,
    PermitItem,
    all_granted,
    latest,
)
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.work import permit_work
from services.hookup.http import permit_models as models
from services.hookup.storage.permits import Listed


def permit_view(item: PermitItem) -> models.PermitView:
    """Return the view of an item on its case."""
    return models.PermitView.model_validate(_fields(item))


def dig_view(case: Case) -> models.DigView | None:
    """Return the excavation; it is stopped without a valid permit, except for an emergency that is not refused."""
    if case.dig is None:
        return None
    items = latest(case.permits)
    refused = any(item.decision is Decision.REFUSED for item in items)
    stopped = refused if case.dig.emergency else bool(items) and not all_granted(items)
    return models.DigView(
        sites=list(case.dig.sites),
        emergency=case.dig.emergency,
        document_ref=case.dig.document_ref,
        stopped=stopped,
    )


def no_permit_view(case: Case) -> models.NoPermitView | None:
    """Return the reason why no permit is needed."""
    no_permit = case.no_permit
    if no_permit is None:
        return None
    return models.NoPermitView(
        reason=no_permit.reason,
        name=NO_PERMIT_NAMES[no_permit.reason],
        document_ref=no_permit.document_ref,
        recorded_at=no_permit.recorded_at,
    )


def authority_permit(listed: Listed, rules: Rules, now: datetime) -> models.AuthorityPermit:
    """Return the authority's view of an item; the time that is left goes by the business hours of `rules`."""
    return models.AuthorityPermit.model_validate(_of_authority(listed, rules, now))


def authority_permit_detail(listed: Listed, rules: Rules, now: datetime) -> models.AuthorityPermitDetail:
    """Return an item as its authority sees it, with the files that it needs."""
    files = [
        models.PermitFileView(
            id=file.id,
            kind=file.kind,
            name=MATERIAL_NAMES[file.kind],
            media_type=file.media_type,
            size=file.size,
            uploaded_at=file.uploaded_at,
        )
        for file in rules.permits.files_of(listed.item.kind, listed.materials)
    ]
    return models.AuthorityPermitDetail.model_validate(_of_authority(listed, rules, now) | {"files": files})


def _of_authority(listed: Listed, rules: Rules, now: datetime) -> dict[str, object]:
    item = listed.item
    work = permit_work(item)
    urgency = Urgency() if work is None else urgency_of(work, rules, now)
    return _fields(item) | {
        "version": item.version,
        "task": item.task,
        "task_name": item.task and TASK_NAMES[item.task],
        "task_about": item.task and _about(item, item.task),
        "remaining_minutes": urgency.remaining,
        "light": urgency.light,
        "site_division": item.works.site_division,
        "case_number": listed.number,
        "utility": listed.utility,
        "district": listed.district,
        "supply": Supply(listed.supply),
        "length_class": LengthClass(listed.length_class),
    }


def _about(item: PermitItem, task: Task) -> str:
    """Return the text of what is to be checked."""
    name, commitment = PERMIT_NAMES[item.kind], item.commitment
    terms = "" if commitment is None else f"承诺人 {commitment.party} 按《{commitment.terms}》作出的承诺"
    match task:
        case Task.DECIDE:
            return f"{name}：是否准予"
        case Task.REVIEW:
            return f"{name}：按“{item.basis or '—'}”{MODE_NAMES[item.mode]}，期限内不提出异议即可施工"
        case Task.CHECK:
            return f"{name}：{terms}与现场是否相符"
        case Task.RECHECK:
            return f"{name}：{terms}是否已整改到位"
        case Task.AWAIT_FILING:
            return f"{name}：道路已因抢修开挖，等待专营单位补办申报"


def authority_name(code: str) -> str:
    """Return the Chinese name of an authority."""
    office, _, district = code.rpartition("-")
    return load_places().division(district).name + OFFICE_NAMES[Office(office)]


def _fields(item: PermitItem) -> dict[str, object]:
    return {
        "id": item.id,
        "form_id": item.form_id,
        "kind": item.kind,
        "name": PERMIT_NAMES[item.kind],
        "authority": item.authority,
        "authority_name": authority_name(item.authority),
        "mode": item.mode,
        "mode_name": MODE_NAMES[item.mode],
        "risks": item.risks,
        "filed_at": item.filed_at,
        "is_parallel": item.is_parallel,
        "due_at": item.due_at,
        "overdue": item.overdue,
        "decision": item.decision,
        "decided_at": item.decided_at,
        "document_ref": item.document_ref,
        "act_by": item.act_by,
        "commitment": None if item.commitment is None else _commitment(item.commitment),
        "basis": item.basis,
        "object_by": item.object_by,
        "objection": item.objection
        and models.ObjectionView(
            at=item.objection.at,
            reason=_reason(item.objection.reason),
            document_ref=item.objection.document_ref,
        ),
        "reason": item.reason and _reason(item.reason),
        "findings": [models.RiskFindingView.model_validate(finding) for finding in item.findings],
        "mode_exceeded": item.mode_exceeded,
        "emergency": item.emergency,
        "file_by": item.file_by,
        "filing_overdue": item.filing_overdue,
        "length_m": metres(item.works.length_dm),
        "works_from": item.works.begins,
        "works_to": item.works.ends,
    }


def _reason(reason: Reason) -> models.ReasonView:
    return models.ReasonView(code=reason.code, name=REASON_NAMES[reason.code], text=reason.text)


def _commitment(commitment: Commitment) -> models.CommitmentView:
    return models.CommitmentView(
        state=commitment.state,
        state_name=COMMITMENT_NAMES[commitment.state],
        party=commitment.party,
        terms=commitment.terms,
        offered_at=commitment.offered_at,
        signed_at=commitment.signed_at,
        document_ref=commitment.document_ref,
        check_by=commitment.check_by,
        rectify_by=commitment.rectify_by,
        is_false=commitment.is_false,
        checks=[models.CommitmentCheckView.model_validate(check) for check in commitment.checks],
    )
