"""Events of requests on accounts: what was asked for and what became of it, never a text and no reading."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import ClassVar, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.common.places import Supply
from services.registry.domain.requests.values import (
    Deadline,
    EntryMark,
    MaterialKind,
    Party,
    RefusalReason,
    RequestChannel,
    RequestKind,
)
from services.registry.events.base import RegistryEvent


class RequestEvent(RegistryEvent):
    """What every event of a request says; the customer is who has the account when it is made."""

    request_id: UUID
    request_number: str = Field(description="As YW-W-371502-20220704-0001")
    request_kind: RequestKind
    account_id: UUID
    customer_id: UUID
    receiver_id: UUID | None = Field(description="Of a transfer: the customer who gets the account")
    district: str = Field(description="Division code of the reporting unit, as 371502")
    utility: str = Field(description="Code of the utility, as W-371502")
    supply: Supply
    channel: RequestChannel
    on_behalf_of: str | None = Field(
        default=None, description="Id of the customer in whose stead it was done"
    )
    in_stead: bool = Field(
        default=False, description="Done in a customer's stead: by staff (代录), or by an authorisation"
    )
    authorisation_id: UUID | None = Field(
        default=None, description="By which authorisation an agent or a guardian did it"
    )


class RequestSubmitted(RequestEvent):
    """A request was made."""

    event: ClassVar[str] = "request_submitted"
    missing_agreements: list[Party]
    missing_materials: list[MaterialKind]
    proposed: list[str] = Field(description="Of a change: the names of the fields to be written anew")


class RequestAgreed(RequestEvent):
    """The receiver agreed to a transfer."""

    event: ClassVar[str] = "request_agreed"
    party: Party


class RequestMaterialReceived(RequestEvent):
    """A file was handed in; what is in it stays with the request."""

    event: ClassVar[str] = "material_received"
    material: MaterialKind
    size: int = Field(description="Bytes")
    media_type: str


class RequestReceived(RequestEvent):
    """Every agreement and required material is there: the utility's time runs."""

    event: ClassVar[str] = "request_received"
    accept_by: datetime
    due_at: datetime
    policy_version: str


class RequestAccepted(RequestEvent):
    """The utility accepted the request."""

    event: ClassVar[str] = "request_accepted"


class RequestApproved(RequestEvent):
    """An approver of the utility confirmed that nothing is owed."""

    event: ClassVar[str] = "request_approved"
    settled: bool


class RequestDone(RequestEvent):
    """The utility did what was asked for; it occurred when the utility says, and was judged by its record."""

    event: ClassVar[str] = "request_done"
    entry: EntryMark
    on_time: bool
    overdue: bool = Field(description="Whether it was published before that the time had passed")


class RequestRefused(RequestEvent):
    """The request was refused for a listed reason."""

    event: ClassVar[str] = "request_refused"
    reason: RefusalReason
    overdue: bool


class RequestWithdrawn(RequestEvent):
    """A party withdrew the request."""

    event: ClassVar[str] = "request_withdrawn"
    overdue: bool


class RequestOverdue(RequestEvent):
    """The time of an open request has passed."""

    event: ClassVar[str] = "request_overdue"
    due_at: datetime


class RequestDeadline(BaseModel):
    """A deadline that an amended calendar moved; `ref` is its urge or question, null of the request itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Deadline
    ref: str | None
    at: datetime
    before: datetime


class RequestDeadlinesMoved(RequestEvent):
    """An amended calendar moved deadlines that had not passed."""

    event: ClassVar[str] = "deadlines_moved"
    calendar_version: int
    deadlines: list[RequestDeadline]


class Urged(RequestEvent):
    """A party urged the utility on (催办)."""

    event: ClassVar[str] = "urged"
    urge_id: str
    answer_by: datetime


class UrgeAnswered(RequestEvent):
    """An urge was answered."""

    event: ClassVar[str] = "urge_answered"
    urge_id: str
    in_time: bool


class UrgeOverdue(RequestEvent):
    """An urge was not answered in its time."""

    event: ClassVar[str] = "urge_overdue"
    urge_id: str


class QuestionAsked(RequestEvent):
    """A party asked a question."""

    event: ClassVar[str] = "question_asked"
    question_id: str
    answer_by: datetime


class QuestionAnswered(RequestEvent):
    """A question was answered."""

    event: ClassVar[str] = "question_answered"
    question_id: str
    in_time: bool


class RequestRated(RequestEvent):
    """A party rated the request, 1 to 5."""

    event: ClassVar[str] = "case_rated"
    score: int


class AssigneeChanged(RequestEvent):
    """Another person of the utility works on the request, or nobody in particular."""

    event: ClassVar[str] = "assignee_changed"
    assignee_before: str | None
    assignee: str | None


class NoteWritten(RequestEvent):
    """An internal note was written on the request."""

    event: ClassVar[str] = "note_written"
    memo_id: str = Field(description="Id of the internal note")
    mentions: list[str] = Field(description="Subjects of the people whom it mentions")


class NoteCorrected(RequestEvent):
    """The author corrected an internal note shortly after writing it."""

    event: ClassVar[str] = "note_corrected"
    memo_id: str = Field(description="Id of the internal note")


class NoteRetracted(RequestEvent):
    """An internal note was retracted, by its author or by who supervises."""

    event: ClassVar[str] = "note_retracted"
    memo_id: str = Field(description="Id of the internal note")


INTERNAL_EVENTS: Final = (AssigneeChanged, NoteWritten, NoteCorrected, NoteRetracted)
"""What only the staff see of a request's history."""
REQUEST_EVENTS: Final = (
    RequestSubmitted,
    RequestAgreed,
    RequestMaterialReceived,
    RequestReceived,
    RequestAccepted,
    RequestApproved,
    RequestDone,
    RequestRefused,
    RequestWithdrawn,
    RequestOverdue,
    RequestDeadlinesMoved,
    Urged,
    UrgeAnswered,
    UrgeOverdue,
    QuestionAsked,
    QuestionAnswered,
    RequestRated,
    *INTERNAL_EVENTS,
)
REQUEST_EVENT_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "request_submitted": "提交申请",
        "request_agreed": "受让人同意",
        "material_received": "提交材料",
        "request_received": "收件",
        "request_accepted": "受理",
        "request_approved": "审批",
        "request_done": "办结",
        "request_refused": "不予办理",
        "request_withdrawn": "撤回",
        "request_overdue": "超时",
        "deadlines_moved": "期限随日历调整",
        "urged": "催办",
        "urge_answered": "答复催办",
        "urge_overdue": "催办逾期未答复",
        "question_asked": "咨询",
        "question_answered": "答复咨询",
        "case_rated": "评价",
        "assignee_changed": "承办人变更",
        "note_written": "写备注",
        "note_corrected": "更正备注",
        "note_retracted": "撤回备注",
    }
)
