"""Permit items as the API shows them."""

from libs.common.places import Service, load_places
from services.hookup.domain.lengths import LengthClass
from services.hookup.domain.names import COMMITMENT_NAMES, MODE_NAMES, OFFICE_NAMES, PERMIT_NAMES
from services.hookup.domain.permits import Commitment, Office, PermitItem
from services.hookup.http.permit_models import (
    AuthorityPermit,
    CommitmentCheckView,
    CommitmentView,
    PermitView,
)
from services.hookup.storage.permits import Listed


def permit_view(item: PermitItem) -> PermitView:
    """Return an item as its case shows it."""
    return PermitView.model_validate(_fields(item))


def authority_permit(listed: Listed) -> AuthorityPermit:
    """Return an item as its authority sees it."""
    return AuthorityPermit.model_validate(
        _fields(listed.item)
        | {
            "version": listed.item.version,
            "case_number": listed.number,
            "utility": listed.utility,
            "district": listed.district,
            "supply": Service(listed.supply),
            "length_class": LengthClass(listed.length_class),
        }
    )


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
    }


def _commitment(commitment: Commitment) -> CommitmentView:
    return CommitmentView(
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
        checks=[CommitmentCheckView.model_validate(each) for each in commitment.checks],
    )
