"""Events of parallel approval and 告知承诺 (HK-04; NC-01 to NC-07)."""

from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from services.hookup.domain.permits import CheckResult, Decision, PermitKind, PermitMode
from services.hookup.events.base import HookupEvent


class FiledItem(BaseModel):
    """One item of a form; `due_at` is null where no decision is waited for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    item_id: str
    kind: PermitKind
    authority: str = Field(description="Office and district, as MUNICIPAL-371502")
    mode: PermitMode
    due_at: datetime | None


class _OfItem(HookupEvent):
    item_id: str
    kind: PermitKind
    authority: str


class PermitsFiled(HookupEvent):
    """Every item of one form was filed at one instant; not parallel when that was too long after the first."""

    event: ClassVar[str] = "permits_filed"
    form_id: str
    is_parallel: bool
    items: list[FiledItem]


class PermitDecided(_OfItem):
    """An item was decided, or needs no decision (RECORD, EXEMPT), or was committed to (COMMITMENT)."""

    event: ClassVar[str] = "permit_decided"
    mode: PermitMode
    decision: Decision
    filed_at: datetime
    decided_at: datetime
    elapsed_minutes: int
    working_minutes: int
    in_time: bool | None


class PermitOverdue(_OfItem):
    """An item was not decided in its time."""

    event: ClassVar[str] = "permit_overdue"


class CommitmentSigned(_OfItem):
    """A legal person committed in writing; the decision follows at once."""

    event: ClassVar[str] = "commitment_signed"
    party: str


class CommitmentWithdrawn(_OfItem):
    """The applicant chose the ordinary way before the decision."""

    event: ClassVar[str] = "commitment_withdrawn"
    due_at: datetime


class CommitmentCheckDue(_OfItem):
    """A commitment has to be checked now."""

    event: ClassVar[str] = "commitment_check_due"


class CommitmentChecked(_OfItem):
    """A commitment was checked; `rectify_by` where rectification was ordered."""

    event: ClassVar[str] = "commitment_checked"
    party: str
    result: CheckResult
    rectify_by: datetime | None


class RectificationOverdue(_OfItem):
    """What was ordered to be rectified is overdue."""

    event: ClassVar[str] = "rectification_overdue"


class CommitmentRevoked(_OfItem):
    """The decision was revoked; a false commitment bars the legal person from others (NC-07)."""

    event: ClassVar[str] = "commitment_revoked"
    party: str
    is_false: bool


class ExcavationBegun(HookupEvent):
    """The ground was broken; all permits were there."""

    event: ClassVar[str] = "excavation_begun"


PERMIT_EVENTS = (
    PermitsFiled,
    PermitDecided,
    PermitOverdue,
    CommitmentSigned,
    CommitmentWithdrawn,
    CommitmentCheckDue,
    CommitmentChecked,
    RectificationOverdue,
    CommitmentRevoked,
    ExcavationBegun,
)
