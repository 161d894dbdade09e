"""What permit items on record say: which count, which stand, which wait."""

from services.hookup.domain.case import Case
from services.hookup.domain.values.permit_items import (
    CommitmentState,
    Decision,
    PermitItem,
    PermitMode,
)


def last_items(case: Case) -> list[PermitItem]:
    """The last item of each kind at each authority."""
    return list({(item.kind, item.authority): item for item in case.permits}.values())


def granted(case: Case) -> bool:
    """Whether works may rest on permits: the last item of each kind at each authority."""
    last = last_items(case)
    return bool(last) and all(stands(item) for item in last)


def stands(item: PermitItem) -> bool:
    """Whether an item was granted and not revoked."""
    revoked = item.mode is PermitMode.COMMITMENT and (
        item.commitment is not None and item.commitment.state is CommitmentState.REVOKED
    )
    return item.decision is Decision.GRANTED and not revoked


def waiting(case: Case) -> list[PermitItem]:
    """The items that an authority has to decide."""
    return [
        item
        for item in case.permits
        if item.mode is PermitMode.APPROVAL and item.decision is None and item.form_id is not None
    ]
