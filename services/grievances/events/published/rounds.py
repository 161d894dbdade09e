"""Events of rounds, of the visits and calls in them, and of symposia. Neither account nor customer stands in them."""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import ClassVar, Final
from uuid import UUID

from pydantic import Field

from libs.common.events import EventPayload
from libs.common.places import Supply
from services.grievances.domain.rounds.values import (
    Allocation,
    CustomerCategory,
    InterviewResult,
    InterviewState,
    RoundPurpose,
)
from services.grievances.domain.values.kinds import FileKind


class _Event(EventPayload):
    service: ClassVar[str] = "grievances"

    occurred_at: datetime = Field(description="When it happened")
    recorded_at: datetime = Field(description="When it came on record")
    actor: str | None = Field(default=None, description="Id of who gave the command; null for the clock")
    actor_unit: str | None = Field(default=None, description="The actor's unit, as district:371502")


class RoundEvent(_Event):
    """What every event of a round says."""

    round_id: UUID
    round_number: str = Field(description="As HF-371502-20221115-0001")
    purpose: RoundPurpose
    district: str | None = Field(description="The district that holds it; null of the city")


class RoundPrepared(RoundEvent):
    """A round was planned."""

    event: ClassVar[str] = "round_prepared"
    starts_on: date
    ends_on: date
    wanted: int
    question_count: int


class RoundQuestionsAdded(RoundEvent):
    """Its questionnaire became longer."""

    event: ClassVar[str] = "round_questions_added"
    question_count: int


class RoundDrawn(RoundEvent):
    """Its sample was drawn."""

    event: ClassVar[str] = "round_drawn"
    seed: str
    allocation: Allocation
    population: int
    sample: int
    stratum_count: int


class RoundSharedOut(RoundEvent):
    """Customers who are to be asked were shared out among people."""

    event: ClassVar[str] = "round_shared_out"
    people: int
    shared: int


class RoundClosed(RoundEvent):
    """It ended."""

    event: ClassVar[str] = "round_closed"


class RoundCancelled(RoundEvent):
    """It was given up before its sample was drawn."""

    event: ClassVar[str] = "round_cancelled"


class InterviewEvent(_Event):
    """What every event of the visit or call of one customer says."""

    interview_id: UUID
    round_id: UUID
    round_number: str
    purpose: RoundPurpose
    district: str
    utility: str = Field(description="Code of the utility that is asked about, as W-371502")
    supply: Supply
    category: CustomerCategory


class InterviewDrawn(InterviewEvent):
    """A customer is in the sample."""

    event: ClassVar[str] = "interview_drawn"


class InterviewAssigned(InterviewEvent):
    """Who is to ask was named."""

    event: ClassVar[str] = "interview_assigned"
    in_charge: str


class InterviewAttempted(InterviewEvent):
    """Somebody tried to speak with the customer."""

    event: ClassVar[str] = "interview_attempted"
    attempt: int
    result: InterviewResult


class InterviewEnded(InterviewEvent):
    """The customer was asked, refused, or was not to be reached; `grade` is the answer to the first such question."""

    event: ClassVar[str] = "interview_ended"
    outcome: InterviewState
    grade: int | None = Field(ge=1, le=5)
    attempts: int


class InterviewFound(InterviewEvent):
    """A grievance came of it."""

    event: ClassVar[str] = "interview_found"
    grievance_id: UUID


class SymposiumEvent(_Event):
    """What every event of a symposium says."""

    symposium_id: UUID
    symposium_number: str = Field(description="As ZT-371502-20221115-0001")
    district: str | None = Field(description="The district that held it; null of the city")


class SymposiumHeld(SymposiumEvent):
    """A symposium was held."""

    event: ClassVar[str] = "symposium_held"
    invited: int
    attended: int


class SymposiumMinuted(SymposiumEvent):
    """Its minutes were written."""

    event: ClassVar[str] = "symposium_minuted"


class SymposiumFindingNoted(SymposiumEvent):
    """Something that was found was noted."""

    event: ClassVar[str] = "symposium_finding_noted"
    finding: int


class SymposiumFindingSubmitted(SymposiumEvent):
    """A finding became a grievance."""

    event: ClassVar[str] = "symposium_finding_submitted"
    finding: int
    grievance_id: UUID


class SymposiumFileReceived(SymposiumEvent):
    """A file came in."""

    event: ClassVar[str] = "symposium_file_received"
    file_kind: FileKind
    size: int = Field(description="Bytes")
    media_type: str


class SymposiumClosed(SymposiumEvent):
    """It was filed."""

    event: ClassVar[str] = "symposium_closed"
    findings: int


ROUND_EVENTS: Final = (
    RoundPrepared,
    RoundQuestionsAdded,
    RoundDrawn,
    RoundSharedOut,
    RoundClosed,
    RoundCancelled,
)
INTERVIEW_EVENTS: Final = (
    InterviewDrawn,
    InterviewAssigned,
    InterviewAttempted,
    InterviewEnded,
    InterviewFound,
)
SYMPOSIUM_EVENTS: Final = (
    SymposiumHeld,
    SymposiumMinuted,
    SymposiumFindingNoted,
    SymposiumFindingSubmitted,
    SymposiumFileReceived,
    SymposiumClosed,
)
ROUND_EVENT_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "round_prepared": "制定回访、走访方案",
        "round_questions_added": "增加题目",
        "round_drawn": "抽取样本",
        "round_shared_out": "分配人员",
        "round_closed": "结束回访、走访",
        "round_cancelled": "取消回访、走访",
        "interview_drawn": "列入样本",
        "interview_assigned": "指定回访人",
        "interview_attempted": "联系",
        "interview_ended": "访问结果",
        "interview_found": "发现诉求",
        "symposium_held": "召开座谈会",
        "symposium_minuted": "填写纪要",
        "symposium_finding_noted": "记录问题",
        "symposium_finding_submitted": "问题转为诉求",
        "symposium_file_received": "收到附件",
        "symposium_closed": "归档",
    }
)
