"""What the API answers of the cycles of a grievance, of returns and of the ledger's entry."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from libs.casework.http.people import PersonView
from services.grievances.domain.values.codes import (
    CrossOffGround,
    CycleReason,
    EntryMark,
    EscalationCause,
    LedgerState,
    Level,
    Measure,
    Outcome,
    ReturnReason,
)
from services.grievances.domain.values.kinds import ContactWay


class LimitView(BaseModel):
    """The limit of a cycle: the shortest that holds, by which rule, and its source."""

    rule: str = Field(examples=["REPLY"])
    name: str | None = Field(examples=["诉求答复"])
    number: int
    unit: str = Field(examples=["WORKDAYS"])
    source: str = Field(examples=["山东省政务服务热线管理办法（2020）"])
    version: str


class ActView(BaseModel):
    """Something that the unit did, as it says: when, when that was recorded, and whether the person denies it."""

    at: datetime
    recorded_at: datetime
    way: ContactWay | None
    entry: EntryMark
    denied: bool
    on_time: bool | None


class EscalationView(BaseModel):
    """A hop to the unit above."""

    level: Level
    level_name: str
    cause: EscalationCause
    cause_name: str
    at: datetime
    need: str | None
    answer_by: datetime
    answered_at: datetime | None
    answer: str | None
    overdue: bool


class CallView(BaseModel):
    """One call-back."""

    id: UUID
    at: datetime
    by: PersonView | None
    way: ContactWay
    way_name: str
    reached: bool
    contacted: bool | None
    solved: bool | None
    grade: int | None
    grade_name: str | None
    reason: str | None
    grade_word: str | None = Field(description="The hotline's own word, where it called back")
    recorded_at: datetime | None = Field(
        description="When it was read in from a ledger, from which it counts"
    )
    has_effect: bool = Field(
        True,
        description="False of one that is only kept, from a ledger: it changes nothing and is in no figure",
    )


class ReplyView(BaseModel):
    """What the person was told; the internal part only to the staff."""

    at: datetime
    text: str
    measures: list[Measure]
    measure_names: list[str]
    internal: str | None
    on_time: bool | None


class ExtensionView(BaseModel):
    """A longer time that was asked for."""

    asked_at: datetime
    workdays: int
    reason: str
    told_at: datetime
    decided_at: datetime | None
    granted: bool | None


class ReturnView(BaseModel):
    """That a unit said that it is not its duty."""

    asked_at: datetime
    unit: str
    unit_name: str
    reason: ReturnReason
    reason_name: str
    note: str
    decided_at: datetime | None
    granted: bool | None


class CycleView(BaseModel):
    """One cycle of work; those before the last stay as they were."""

    number: int
    reason: CycleReason
    reason_name: str
    started_at: datetime
    utility: str | None
    utility_name: str | None
    limit: LimitView | None
    reply_by: datetime | None
    dispatched_at: datetime | None
    sign_by: datetime | None
    signed_at: datetime | None
    contact_by: datetime | None
    contact: ActView | None
    arrive_by: datetime | None
    arrive_source: str | None = Field(description="The source of the limit for being on the spot")
    arrival: ActView | None
    verified_at: datetime | None
    finding: str | None
    reasonable: bool | None
    confirmed: bool | None = Field(
        description="Of one found unreasonable: whether another unit agreed; null before"
    )
    extension: ExtensionView | None
    escalations: list[EscalationView]
    reply: ReplyView | None
    call_by: datetime | None
    calls: list[CallView]
    outcome: Outcome | None
    outcome_name: str | None
    ended_at: datetime | None
    overdue: bool
    yellow: bool
    red: bool


class ProgressView(BaseModel):
    """What was done about an entry of the ledger."""

    at: datetime
    by: PersonView | None
    text: str


class LedgerView(BaseModel):
    """The entry of the ledger (清零台账)."""

    entered_at: datetime
    clear_by: datetime
    state: LedgerState
    state_name: str
    owner: PersonView | None
    measures: str | None
    progress: list[ProgressView]
    ground: CrossOffGround | None
    explanation: str | None
    approvals: list[str] = Field(description="The levels that agreed", examples=[["县（市、区）主管部门"]])
    crossed_off_at: datetime | None
    overdue: bool
