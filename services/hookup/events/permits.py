"""Events of parallel approval and 告知承诺 (HK-04; NC-01 to NC-07)."""

from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from services.hookup.domain.values.permit_details import DigSite, EmergencyReason, NoPermitReason, ReasonCode
from services.hookup.domain.values.permit_items import CheckResult, Decision, PermitKind, PermitMode, Risk
from services.hookup.domain.values.permit_modes import ModeEnd
from services.hookup.events.base import HookupEvent


class FiledItem(BaseModel):
    """One item of a form; `due_at` is null where no decision is waited for, `object_by` where none may object.

    An emergency's road had been dug up before.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    item_id: str
    kind: PermitKind
    authority: str = Field(description="Office and district, as MUNICIPAL-371502")
    mode: PermitMode
    risks: list[Risk] = []
    due_at: datetime | None
    object_by: datetime | None = None
    emergency: bool = False


class _OfItem(HookupEvent):
    item_id: str
    kind: PermitKind
    authority: str


class PermitsFiled(HookupEvent):
    """Every item of one form was filed at one instant; not parallel when the PERMIT stage had run for too long."""

    event: ClassVar[str] = "permits_filed"
    form_id: str
    is_parallel: bool
    items: list[FiledItem]


class PermitDecided(_OfItem):
    """An item was decided, was committed to (COMMITMENT), or was not objected to in its term (RECORD, EXEMPT).

    A refusal has its reason's code. An item whose mode ended is decided again.
    """

    event: ClassVar[str] = "permit_decided"
    mode: PermitMode
    decision: Decision
    reason: ReasonCode | None = None
    filed_at: datetime
    decided_at: datetime
    elapsed_minutes: int
    working_minutes: int
    in_time: bool | None


class PermitOverdue(_OfItem):
    """An item was not decided in its time."""

    event: ClassVar[str] = "permit_overdue"


class PermitObjected(_OfItem):
    """The authority objected to a 备案 or 免审批 (`mode`) within its term."""

    event: ClassVar[str] = "permit_objected"
    mode: PermitMode
    reason: ReasonCode


class UndeclaredRiskFound(_OfItem):
    """An authority found that the line touches what nobody had declared; `mode` is the item's until then."""

    event: ClassVar[str] = "undeclared_risk_found"
    mode: PermitMode
    risks: list[Risk]


class PermitModeEnded(_OfItem):
    """An item in another mode needs an approval now, due at `due_at`; null where the works were over already."""

    event: ClassVar[str] = "permit_mode_ended"
    mode: PermitMode
    cause: ModeEnd
    due_at: datetime | None


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


class NoPermitNeeded(HookupEvent):
    """It was recorded why the works need no permit, or none beside those that are granted."""

    event: ClassVar[str] = "no_permit_needed"
    reason: NoPermitReason


class ExcavationBegun(HookupEvent):
    """The ground was broken: all permits were there, or it was an emergency, to be filed by `file_by`."""

    event: ClassVar[str] = "excavation_begun"
    sites: list[DigSite]
    emergency: EmergencyReason | None
    file_by: datetime | None


class EmergencyUnfiled(_OfItem):
    """A road was dug up in an emergency, and the form did not follow in its hours (城市道路管理条例 §34)."""

    event: ClassVar[str] = "emergency_unfiled"


PERMIT_EVENTS = (
    PermitsFiled,
    PermitDecided,
    PermitOverdue,
    PermitObjected,
    UndeclaredRiskFound,
    PermitModeEnded,
    CommitmentSigned,
    CommitmentWithdrawn,
    CommitmentCheckDue,
    CommitmentChecked,
    RectificationOverdue,
    CommitmentRevoked,
    NoPermitNeeded,
    ExcavationBegun,
    EmergencyUnfiled,
)
