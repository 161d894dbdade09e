"""What the API gives of permit items and commitments."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from libs.casework.domain.work import Light
from libs.common.places import Supply
from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.materials import MaterialKind
from services.hookup.domain.values.permit_details import (
    DigSite,
    EmergencyReason,
    NoPermitReason,
    ReasonCode,
    Task,
)
from services.hookup.domain.values.permit_items import (
    CheckResult,
    CommitmentState,
    Decision,
    PermitKind,
    PermitMode,
    Risk,
)


class CommitmentCheckView(BaseModel):
    """One post-check."""

    model_config = ConfigDict(from_attributes=True)

    result: CheckResult
    checked_at: datetime
    checked_by: str
    document_ref: str


class CommitmentView(BaseModel):
    """A commitment and where it is."""

    state: CommitmentState
    state_name: str
    party: str
    terms: str
    offered_at: datetime
    signed_at: datetime | None
    document_ref: str | None
    check_by: datetime | None
    rectify_by: datetime | None
    is_false: bool
    checks: list[CommitmentCheckView]


class ReasonView(BaseModel):
    """Why an authority refused, or objected."""

    code: ReasonCode
    name: str
    text: str | None


class ObjectionView(BaseModel):
    """An objection within its term."""

    at: datetime
    reason: ReasonView
    document_ref: str


class RiskFindingView(BaseModel):
    """What an authority found that was not declared."""

    model_config = ConfigDict(from_attributes=True)

    risks: list[Risk]
    at: datetime
    document_ref: str


class DigView(BaseModel):
    """The excavation: where, and whether it was an emergency; `stopped` while a permit below it does not stand."""

    sites: list[DigSite]
    emergency: EmergencyReason | None
    document_ref: str | None
    stopped: bool


class NoPermitView(BaseModel):
    """Why no permit, or no further one, is needed."""

    reason: NoPermitReason
    name: str
    document_ref: str
    recorded_at: datetime


class PermitView(BaseModel):
    """One item at one authority."""

    id: str = Field(examples=["01838d6e-3f40-7a06-9f2b-5c0d6c1f7a11"])
    form_id: str | None = Field(description="Null while an emergency's item is still to be filed")
    kind: PermitKind
    name: str = Field(examples=["挖掘城市道路"])
    authority: str = Field(examples=["MUNICIPAL-371502"])
    authority_name: str
    mode: PermitMode
    mode_name: str
    risks: list[Risk]
    filed_at: datetime
    is_parallel: bool
    due_at: datetime | None
    overdue: bool
    decision: Decision | None
    decided_at: datetime | None
    document_ref: str | None
    act_by: datetime | None
    commitment: CommitmentView | None
    basis: str | None
    object_by: datetime | None = Field(description="Until when its authority may object")
    objection: ObjectionView | None
    reason: ReasonView | None = Field(description="Why it was refused")
    findings: list[RiskFindingView]
    mode_exceeded: bool = Field(description="Its mode was not due, which came out after the works")
    emergency: EmergencyReason | None
    file_by: datetime | None = Field(description="Until when an emergency's item is to be filed")
    filing_overdue: bool
    length_m: str | None
    works_from: date | None
    works_to: date | None


class AuthorityPermit(PermitView):
    """An item as its authority sees it: with what is needed to decide, and nothing else of the case."""

    version: int
    task: Task | None = Field(description="What there is to do; null for nothing")
    task_name: str | None = Field(examples=["核查告知承诺是否属实"])
    task_about: str | None = Field(description="What exactly is to be decided or checked, in words")
    remaining_minutes: int | None = Field(
        description="Working minutes until it is to be done (`act_by`), negative after; null where nothing is"
    )
    light: Light = Field(
        description="RED: overdue. YELLOW: half of its time is used, or it is due within a working day"
    )
    site_division: str = Field(examples=["371502008000"])
    case_number: str = Field(examples=["W-371502-20220930-0001"])
    utility: str
    district: str
    supply: Supply
    length_class: LengthClass


class PermitFileView(BaseModel):
    """A file of the case that the authority needs for the item."""

    id: str
    kind: MaterialKind
    name: str
    media_type: str
    size: int
    uploaded_at: datetime


class AuthorityPermitDetail(AuthorityPermit):
    """An item with its files."""

    files: list[PermitFileView]


class BarView(BaseModel):
    """A legal person to whom no commitment is offered until its credit is repaired (NC-04, NC-07)."""

    party: str = Field(examples=["W-371502"])
    item_id: str
    since: datetime


class Bars(BaseModel):
    """The bars in force."""

    items: list[BarView]
