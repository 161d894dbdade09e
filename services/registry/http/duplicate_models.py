"""What the API is told and answers of customers who may be one."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.casework.http.people import PersonView
from libs.common.http.cursors import MOST_COUNTED
from libs.common.http.labels import NO_PERSONAL_DATA, Label
from services.registry.domain.duplicates import Feature
from services.registry.domain.pairs import PairState, PairTurn
from services.registry.http.models import AccountDetail, CustomerDetail

Reason = Annotated[
    str,
    Field(min_length=2, max_length=500, examples=["同名的两个单位，地址和电话不同"]),
    Label("理由", hint=NO_PERSONAL_DATA),
]


class Dismiss(BaseModel):
    """Why two customers are not one."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason


class ProposeMerge(BaseModel):
    """Which of two customers stays, and why they are one."""

    model_config = ConfigDict(extra="forbid")

    survivor_id: Annotated[UUID, Label("保留的用户", hint="另一用户并入该用户，其名下的户随之转入")]
    reason: Reason


class DeclineMerge(BaseModel):
    """Why a merge is not to be."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason


class UndoMerge(BaseModel):
    """Why a merge was wrong."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason


class FeatureView(BaseModel):
    """How alike two customers are in one respect that is known of both."""

    feature: Feature
    name: str = Field(examples=["电话"])
    likeness: float = Field(ge=0, le=1, examples=[1.0])
    agrees: bool = Field(description="Whether it is the same of both")
    weight: int | None = Field(
        examples=[20], description="What it counts in the score; null where that went by another version"
    )


class PairTask(BaseModel):
    """What a pair waits for; no rule sets a deadline."""

    kind: PairTurn
    name: str = Field(examples=["核实是否为同一用户"])
    about: str = ""
    whose: PairTurn
    since: datetime
    due_at: None = None


class SignInView(BaseModel):
    """An account that a customer signs in with."""

    provider_name: str = Field(examples=["爱山东"])
    linked_at: datetime


class PairView(BaseModel):
    """Two customers who may be one, without their particulars; ids that the caller may not see are null."""

    id: UUID
    version: int
    state: PairState
    state_name: str = Field(examples=["待核实"])
    score: float = Field(ge=0, le=1, examples=[0.85])
    policy_version: str
    found_at: datetime
    first_id: UUID | None
    second_id: UUID | None
    survivor_id: UUID | None = Field(description="Who stays, as it was proposed or done")
    proposed_by: str | None
    proposal_reason: str | None
    confirmed_by: str | None
    judged_by: str | None = Field(description="Who found last that the two are not one")
    judged_at: datetime | None
    judgement_reason: str | None
    work: list[PairTask] = Field(description="What it waits for: one thing, or nothing where it is decided")


class PairDetail(PairView):
    """Two customers side by side, masked, with what agrees; of one whom the caller does not see nothing is shown."""

    threshold: float = Field(examples=[0.65], description="From which score on a pair is to be looked at")
    one_side_elsewhere: bool = Field(description="One of the two is outside of what the caller sees")
    features: list[FeatureView] = Field(description="Empty where one side is elsewhere")
    first: CustomerDetail | None
    second: CustomerDetail | None
    proposer: PersonView | None = Field(
        default=None, description="Who proposed the merge, by name where known"
    )
    confirmer: PersonView | None = None
    judge: PersonView | None = Field(default=None, description="Who found last that the two are not one")


class PairAccounts(PairDetail):
    """The same with the newest twenty accounts of each that the caller sees, and the sign-ins of both."""

    first_accounts: list[AccountDetail]
    second_accounts: list[AccountDetail]
    first_sign_ins: list[SignInView]
    second_sign_ins: list[SignInView]


class PairCount(BaseModel):
    """How many pairs are on a work list."""

    whose: PairTurn
    total: int = Field(examples=[12], description=f"Counted up to {MOST_COUNTED}")
    more_than_total: bool = Field(description="Whether there are more: counting stopped there")


class PairCounts(BaseModel):
    """The work lists as the caller sees them, each with its count."""

    as_of: datetime
    items: list[PairCount]
