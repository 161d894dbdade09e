"""What the API of requests on accounts is told and answers."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.casework.domain.work import Light
from libs.casework.http.assignment import AssignmentView
from libs.casework.http.contacts import QuestionView, UrgeView
from libs.casework.http.history import EventView
from libs.casework.http.work_lists import TaskView, WorkCountsView, WorkCountView
from libs.common.http.cursors import Page
from libs.common.http.dates import Instant
from libs.common.http.fields import DocumentReference, Flag, Whole
from libs.common.http.labels import Label
from libs.common.places import Supply
from services.registry.domain.categories import PRICE_NAMES, USE_NAMES, PriceClass, UseType
from services.registry.domain.particulars import LONGEST_ADDRESS, LONGEST_NAME, Particular
from services.registry.domain.requests.values import (
    KIND_NAMES,
    REFUSAL_NAMES,
    EntryMark,
    MaterialKind,
    Party,
    RefusalReason,
    RequestChannel,
    RequestKind,
    RequestState,
    Turn,
    WorkKind,
)
from services.registry.http.models import ADDRESS, CONTACT, LANDLINE, MOBILE, NAME, DescribedCustomer

_Text = Annotated[str, Field(min_length=1, max_length=200)]
_CHANGED = (
    Particular.NAME,
    Particular.MOBILE,
    Particular.LANDLINE,
    Particular.CONTACT,
    Particular.ADDRESS,
)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WishedChange(_Body):
    """What is to be written anew; what is left out stays as it is."""

    use: Annotated[UseType | None, Label("用途", names=USE_NAMES)] = None
    price_class: Annotated[PriceClass | None, Label("价格类别", names=PRICE_NAMES)] = None
    name: Annotated[_Text | None, Field(max_length=LONGEST_NAME), NAME] = None
    mobile: Annotated[_Text | None, MOBILE] = None
    landline: Annotated[_Text | None, LANDLINE] = None
    contact: Annotated[_Text | None, CONTACT] = None
    address: Annotated[_Text | None, Field(max_length=LONGEST_ADDRESS), ADDRESS] = None

    def texts(self) -> dict[str, str | None]:
        """Return the texts by the names of the particulars."""
        return {str(name): getattr(self, name) for name in _CHANGED}


class SubmitRequest(_Body):
    """A request on an account; nothing is charged for it."""

    kind: Annotated[RequestKind, Label("办理事项", names=KIND_NAMES)]
    receiver: Annotated[DescribedCustomer | None, Label("受让人", hint="过户填写")] = None
    change: Annotated[WishedChange | None, Label("变更内容", hint="信息变更填写")] = None
    document_ref: Annotated[
        DocumentReference | None,
        Label("用户签字文件编号", hint="窗口代用户提交的须填写，记为代录；用户本人提交的不填"),
    ] = None


class ApproveRequest(_Body):
    """That nothing is owed on the account, which the utility has checked in its own records."""

    settled: Annotated[Flag, Label("欠费已结清", hint="由专营单位在本单位收费系统中核对")]


class CompleteRequest(_Body):
    """What was done at the meter, and when."""

    at: Annotated[Instant | None, Label("现场办理时间", hint="不填为现在")] = Field(
        default=None, examples=["2022-07-05T09:00:00+08:00"]
    )
    reading: Annotated[
        Whole | None, Field(ge=0, le=10**9), Label("表底数", hint="表上的整数，单位见表盘；供热可不填")
    ] = None


class RefuseRequest(_Body):
    """A reason that is listed for the kind."""

    reason: Annotated[RefusalReason, Label("不予办理的理由", names=REFUSAL_NAMES)]


class ListedMaterialView(BaseModel):
    """A material of the list of a kind."""

    kind: MaterialKind
    name: str = Field(examples=["房屋权属或使用证明"])
    required: bool
    shared_from: str | None = Field(description="Where it is had by sharing: the user is not asked for it")
    note: str | None


class Eligibility(BaseModel):
    """Whether a kind of request can be made on an account today; else by which rule not, and what to do."""

    kind: RequestKind
    kind_name: str = Field(examples=["报停"])
    eligible: bool
    code: str | None = Field(examples=["heat-closing-passed"])
    rule: str | None = Field(examples=["本供热期的停用申请已于10月15日截止"])
    remedy: str | None
    workdays: int = Field(examples=[3], description="The limit in working days from the receipt")
    materials: list[ListedMaterialView]
    policy_version: str


class Eligibilities(BaseModel):
    """Of each kind of request whether it can be made on an account today."""

    items: list[Eligibility]


class AgreementView(BaseModel):
    """A party's agreement."""

    party: Party
    party_name: str = Field(examples=["现用户"])
    at: datetime
    by_document: bool = Field(description="By a signed document that staff recorded, not by the own token")


class MaterialFileView(BaseModel):
    """A file that was handed in."""

    id: UUID
    kind: MaterialKind
    name: str = Field(examples=["房屋权属或使用证明"])
    media_type: str
    size: int = Field(description="Bytes")
    uploaded_at: datetime
    may_open: bool = Field(description="Whether the caller may have a link to it")


class RequestWorkView(TaskView[WorkKind, Turn]):
    """Something to do on a request."""

    about: str = Field(examples=[""], description="What it concerns: the materials that are missing")


class RequestView(BaseModel):
    """A request without particulars of its parties."""

    id: UUID
    number: str = Field(examples=["YW-W-371502-20220704-0001"])
    version: int
    kind: RequestKind
    kind_name: str = Field(examples=["报停"])
    state: RequestState
    state_name: str = Field(examples=["已受理"])
    account_id: UUID
    customer_id: UUID
    receiver_id: UUID | None
    utility: str = Field(examples=["W-371502"])
    utility_name: str
    district: str = Field(examples=["371502"])
    supply: Supply
    supply_name: str = Field(examples=["供水"])
    channel: RequestChannel
    channel_name: str = Field(examples=["爱山东"])
    submitted_at: datetime
    received_at: datetime | None = Field(
        description="Since when nothing is missing; the limit runs from then"
    )
    due_at: datetime | None
    overdue: bool
    on_time: bool | None = Field(description="Of one that is done: whether it was recorded within its time")
    agreements: list[AgreementView]
    missing_agreements: list[Party]
    missing_materials: list[MaterialKind]
    materials: list[MaterialFileView]
    proposed: list[str] = Field(description="Of a change: the names of the fields to be written anew")
    use: UseType | None = Field(description="Of a change: the use that is asked for")
    price_class: PriceClass | None = Field(description="Of a change: the price class that is asked for")
    accepted_at: datetime | None
    approved_at: datetime | None
    acted_at: datetime | None = Field(description="When it was done at the meter, as the utility says")
    recorded_at: datetime | None = Field(description="When that was recorded")
    entry: EntryMark | None = Field(
        description="Whether it was recorded by the close of the next working day"
    )
    reading: int | None = Field(description="Of the meter, in whole units")
    refusal: RefusalReason | None
    refusal_name: str | None
    finished_at: datetime | None
    urges: list[UrgeView]
    questions: list[QuestionView]
    rating: int | None
    assignment: AssignmentView | None = Field(description="Null for the parties")
    note_count: int = Field(description="Internal notes; 0 for the parties")
    work: list[RequestWorkView]


class RequestDetail(RequestView):
    """A request with particulars as the caller may see them: masked, a citizen's own whole."""

    customer_name: str | None = Field(examples=["张**"])
    receiver_name: str | None = Field(examples=["李**"])
    account_number: str | None = Field(examples=["****1234"])
    account_address: str | None = Field(examples=["东昌府区古楼街道****"])
    wished: dict[str, str] = Field(
        examples=[{"mobile": "138****1234"}], description="Of an open change: the texts that are asked for"
    )


class RequestWorkRow(RequestView):
    """A request on a work list; what is due first of those whose list it is."""

    work_due_at: datetime | None
    remaining_minutes: int | None
    light: Light


class RequestWorkCount(WorkCountView[Turn]):
    """How many requests are on a work list."""


class RequestWorkCounts(WorkCountsView[RequestWorkCount]):
    """The work lists as the caller sees them, each with its counts."""


class RequestUpdate(EventView):
    """Something that happened to a request that one watches."""

    position: int = Field(
        examples=[4711], description="The place in the list; what is newer has a greater one"
    )
    unread: bool
    request_id: UUID
    request_number: str


class RequestUpdates(Page[RequestUpdate]):
    """A page of a person's updates, and how many are unread in all."""

    unread: int = Field(examples=[3])
