"""What the API takes and gives of permit items and commitments."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from libs.common.http.fields import DocumentReference, Flag
from libs.common.places import Service
from services.hookup.domain.lengths import LengthClass
from services.hookup.domain.permits import (
    CheckResult,
    CommitmentState,
    Decision,
    PermitKind,
    PermitMode,
    Risk,
)


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PermitAsked(_Request):
    """One kind of item on the form, and how it is dealt with. By default the utility is who commits."""

    kind: PermitKind = Field(examples=["ROAD_EXCAVATION"])
    mode: PermitMode = Field(examples=["APPROVAL"])
    applicant_commits: Flag = False
    risks: list[Risk] = Field(default=[], max_length=5)


class FilePermits(_Request):
    """One form: every item is filed at one instant."""

    items: list[PermitAsked] = Field(
        min_length=1,
        max_length=6,
        examples=[
            [{"kind": "ROAD_EXCAVATION", "mode": "APPROVAL"}, {"kind": "GREEN_LAND", "mode": "COMMITMENT"}]
        ],
    )


class SignCommitment(_Request):
    """The signed commitment (告知承诺书)."""

    document_ref: DocumentReference


class DecidePermit(_Request):
    """The authority's decision."""

    decision: Decision = Field(examples=["GRANTED"])
    document_ref: DocumentReference


class CheckCommitment(_Request):
    """What the post-check found."""

    result: CheckResult = Field(examples=["OK"])
    document_ref: DocumentReference


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


class PermitView(BaseModel):
    """One item at one authority."""

    id: str = Field(examples=["01838d6e-3f40-7a06-9f2b-5c0d6c1f7a11"])
    form_id: str
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


class AuthorityPermit(PermitView):
    """An item as its authority sees it: with what is needed to decide, and nothing else of the case."""

    version: int
    case_number: str = Field(examples=["W-371502-20220930-0001"])
    utility: str
    district: str
    supply: Service
    length_class: LengthClass


class BarView(BaseModel):
    """A legal person to whom no commitment is offered until its credit is repaired (NC-04, NC-07)."""

    party: str = Field(examples=["W-371502"])
    item_id: str
    since: datetime


class Bars(BaseModel):
    """The bars in force."""

    items: list[BarView]
