"""What the API says and is told of orders of the hotline (12345)."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.common.http.dates import Instant
from libs.common.http.fields import Code, Flag, Whole
from libs.common.http.labels import NO_PERSONAL_DATA, Label
from libs.common.places import Supply
from services.grievances.domain.hotline.values import (
    STATUS_NAMES,
    HotlineStatus,
    MessageKind,
    MessageState,
    OrderState,
    ParkReason,
)
from services.grievances.domain.values.codes import GRADE_NAMES
from services.grievances.domain.values.kinds import KIND_NAMES, GrievanceKind
from services.grievances.http.requests import Words

_Word = Annotated[str, Field(min_length=1, max_length=40)]
_Long = Annotated[str, Field(min_length=1, max_length=80)]
_Number = Annotated[str, Field(pattern="^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$", examples=["DH20220704000123"])]
_Reason = Annotated[str, Field(min_length=2, max_length=500)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class OriginMark(_Body):
    """Whose message a change comes from: `SQN` and the message's id, where it is one of this system's."""

    system: Annotated[str, Field(min_length=1, max_length=20)] = Field(examples=["SQN"])
    message_id: UUID


class HotlineCallBack(_Body):
    """The hotline's own call-back, in its own words."""

    at: Instant
    reached: Flag
    contacted: Flag | None = None
    solved: Flag | None = None
    grade: _Word | None = Field(default=None, examples=["基本满意"])
    steps: Annotated[Whole, Field(ge=2, le=10)] | None = Field(
        default=None, description="How many grades the hotline has; needed where a word is in several scales"
    )
    reason: _Reason | None = None


class PushOrder(_Body):
    """A version of an order; kinds, states, categories, places and grades are the hotline's own words."""

    number: _Number
    version: Annotated[Whole, Field(ge=1, le=1_000_000)] = Field(examples=[1])
    received_at: Instant = Field(description="When the hotline had it; the time runs from then")
    kind: _Word = Field(examples=["投诉"])
    words: Words
    district: _Word = Field(description="Name or division code", examples=["东昌府区"])
    category: _Long | None = Field(default=None, examples=["停水"])
    supply: Supply | None = None
    name: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    phone: Annotated[str, Field(pattern=r"^\+?[0-9][0-9 -]{5,18}[0-9]$")] | None = None
    place: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    confidential: Flag = False
    reply_by: Instant | None = Field(default=None, description="By when the hotline wants the reply")
    status: _Word | None = Field(default=None, examples=["催办"])
    unit: _Long | None = Field(default=None, description="A further unit (加派), by name or code")
    addition: Words | None = Field(default=None, description="What the caller added since the last version")
    call_back: HotlineCallBack | None = None
    origin: OriginMark | None = None


class ResolveOrder(_Body):
    """What the words of a parked order mean; each is known from then on."""

    kind: Annotated[GrievanceKind | None, Label("诉求种类", names=KIND_NAMES)] = None
    status: Annotated[HotlineStatus | None, Label("工单状态的含义", names=STATUS_NAMES)] = None
    district: Annotated[Code | None, Label("县（市、区）")] = None
    category: Annotated[Code | None, Label("诉求类别")] = None
    unit: Annotated[Code | None, Label("加派单位")] = None
    grade: Annotated[
        Annotated[Whole, Field(ge=1, le=5)] | None,
        Label("评价等级", names={str(grade): name for grade, name in GRADE_NAMES.items()}),
    ] = None


class DismissOrder(_Body):
    """Why nothing is done with a parked order."""

    note: Annotated[
        Annotated[str, Field(min_length=2, max_length=500)], Label("理由", hint=NO_PERSONAL_DATA)
    ] = Field(examples=["热线重复推送，已电话核对。"])


class HotlineOrderView(BaseModel):
    """A version of an order, without a word of who called."""

    id: UUID
    version: int
    system: str = Field(examples=["HOTLINE"])
    number: str = Field(examples=["DH20220704000123"])
    order_version: int
    arrived_at: datetime
    state: OrderState
    state_name: str
    reasons: list[ParkReason] = Field(description="Why it is parked")
    reason_names: list[str]
    refusal: str | None = Field(description="The rule that refuses it, in Chinese")
    kind: str = Field(description="The hotline's word")
    status: str | None = Field(description="The hotline's word")
    category: str | None = Field(description="The hotline's word")
    grade: str | None = Field(description="The hotline's word")
    unit: str | None = Field(description="The hotline's word")
    district_word: str
    district: str | None
    district_name: str | None
    grievance_id: UUID | None
    decided_at: datetime | None
    note: str | None


class HotlineOrderDetail(HotlineOrderView):
    """A version of an order with what was told, without numbers and links; null of what was erased."""

    received_at: datetime | None
    reply_by: datetime | None
    words: str | None
    addition: str | None
    place: str | None
    name: str | None
    phone: str | None
    call_reason: str | None


class HotlineMessageView(BaseModel):
    """A message to the hotline, and whether it got there."""

    id: UUID
    number: str = Field(examples=["DH20220704000123"])
    order_version: int
    grievance_id: UUID
    district: str
    district_name: str
    kind: MessageKind
    kind_name: str
    cycle: int
    happened_at: datetime
    state: MessageState
    state_name: str
    attempts: int
    next_at: datetime | None = Field(description="When it is sent again; null of what does not wait")
    sent_at: datetime | None
    error: str | None = Field(description="Why it did not get there, as a code")


class HotlineView(BaseModel):
    """What a grievance has of the hotline: its order, in all versions, and what the hotline was told."""

    system: str = Field(examples=["HOTLINE"])
    number: str = Field(examples=["DH20220704000123"])
    order_version: int
    reply_by: datetime | None
    urged_at: datetime | None
    supervised_at: datetime | None
    return_refused: bool
    helper_names: list[str] = Field(description="Units that the hotline named before it was sent to one")
    orders: list[HotlineOrderDetail]
    messages: list[HotlineMessageView]
