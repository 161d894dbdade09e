"""What the hookup API takes and gives. Lengths are metres with one decimal as text; instants carry a zone."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue

from libs.common.http.dates import CalendarDate, Instant
from libs.common.http.fields import Code, CustomerReference, DocumentReference, Flag
from libs.common.http.labels import NO_PERSONAL_DATA, Label
from libs.common.places import Service
from services.hookup.domain.values.channels import Channel
from services.hookup.domain.values.codes import CustomerCategory, RefusalCode, Source
from services.hookup.domain.values.entries import EntryMark
from services.hookup.domain.values.lengths import LENGTH_NAMES, LengthClass, LengthKind, parse_length
from services.hookup.domain.values.materials import MATERIAL_NAMES, MaterialKind
from services.hookup.domain.values.names import REFUSAL_NAMES
from services.hookup.domain.values.pauses import PAUSE_GROUNDS, PauseReason, PauseState
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import CaseState, Verb
from services.hookup.events.published import DueTimes, OnTime
from services.hookup.http.charge_models import QuoteView
from services.hookup.http.contact_models import (
    AgencyView,
    GuidanceView,
    QuestionView,
    ToldView,
    UrgeView,
    WorkView,
)
from services.hookup.http.entry_models import (
    EVIDENCE_HINT,
    DisputeView,
    InSteadView,
    LateEntryGrounds,
    LateEntryView,
    MarkedEntryView,
    Reason,
)
from services.hookup.http.material_models import EvidenceFile, MaterialFileView
from services.hookup.http.permit_models import DigView, NoPermitView, PermitView


def _in_words(metres: object) -> object:
    """Let the domain say in Chinese what is wrong with a length; the pattern is for programs."""
    if isinstance(metres, str):
        try:
            parse_length(metres)
        except ValueError as error:
            raise ValueError(str(error), "请以米为单位填写，最多一位小数；没有外线填 0") from None
    return metres


Metres = Annotated[
    str, Field(pattern=r"^[0-9]{1,5}([.][0-9]0{0,5})?$", examples=["42.0"]), BeforeValidator(_in_words)
]
At = Annotated[
    Instant | None,
    Field(default=None, description="When it happened; now if absent; never in the future"),
]


Site = Annotated[
    str,
    Field(pattern=r"^3715[0-9]{8}$", examples=["371502008000"], description="统计用区划代码，12位"),
]
ChannelEntered = Annotated[
    Channel | None,
    Field(
        default=None,
        examples=["HALL"],
        description="窗口登记的填 HALL 或 PHONE；渠道和应用的由访问令牌确定，可不填，填写的须与之相同",
    ),
]


_AT = Label("时间", hint="不填即现在")
_DOCUMENT = Label("文书编号")
_EVIDENCE = Label("依据", hint=EVIDENCE_HINT)
_WHEN_LATE = (
    "录入距发生已超过规定的工作日，登记会改变已公布的超时、空档，或会推迟约定日期、勘查设计完成后的办结时限的，"
    "须填写原因和证据，经他人审批后生效；其他情形不填"
)
PAUSE_NAMES = {reason: ground.name for reason, ground in PAUSE_GROUNDS.items()}


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SubmitHookup(_Request):
    """A hookup application. It names the customer by reference only: who it is stays in the registry."""

    supply: Service
    district: str = Field(examples=["371502"])
    utility: Code = Field(examples=["W-371502"])
    channel: ChannelEntered = None
    customer_ref: CustomerReference
    customer_category: CustomerCategory = Field(examples=["ENT"])
    site_division: Site
    declared_length_m: Metres | None = None
    complete: Flag = Field(default=True, description="Everything on the material list is there")
    not_duplicate: Flag = Field(
        default=False,
        description="It was checked: another application than the open one that `probable-duplicate` names",
    )


class RequestCorrection(_Request):
    """Everything that is missing, listed once, by the codes of the material list."""

    materials: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=40)]],
        Label("需补正的材料", hint="只能告知一次，请全部选上", names=MATERIAL_NAMES),
    ] = Field(min_length=1, max_length=20, examples=[["PREMISES_PROOF"]])
    reason: Annotated[Reason | None, Label("已提交的为何不能用", hint="要求的材料用户已提交过的，须填写")] = (
        Field(default=None, description="Needed for what is on file already: why that will not do")
    )


class _EnteredLate(_Request):
    late_entry: Annotated[LateEntryGrounds | None, Label("补录", hint=_WHEN_LATE)] = Field(
        default=None,
        description="Needed for what waits for an approver: very late, undoing what was announced, or putting off",
    )


class MoveStage(_EnteredLate):
    """Start or complete a stage."""

    at: Annotated[At, _AT] = None


class ChangeLength(_EnteredLate):
    """Set or change one of the three lengths; a line that grows beyond 200 m brings the date agreed for it."""

    kind: Annotated[LengthKind, Label("类别", names=LENGTH_NAMES)]
    length_m: Annotated[Metres, Label("长度", unit="米", hint="最多一位小数；没有外线填 0")]
    agreed_date: Annotated[CalendarDate | None, Label("与用户约定的日期", hint="外线增至超过200米时填写")] = (
        None
    )
    document_ref: Annotated[DocumentReference | None, Label("约定文书编号")] = None


class RequestPause(_Request):
    """Ask for the clock to stand still."""

    reason: Annotated[PauseReason, Label("原因", names=PAUSE_NAMES)]
    evidence_ref: Annotated[EvidenceFile, _EVIDENCE]
    starts_at: Annotated[At, Label("暂停开始", hint="不填即现在；等待审批的自报件起")] = None


class ResumePause(_EnteredLate):
    """End a pause."""

    at: Annotated[At, _AT] = None


class AgreeDate(_EnteredLate):
    """A date agreed with the user in writing."""

    agreed_date: Annotated[CalendarDate, Label("约定日期")]
    document_ref: Annotated[DocumentReference, _DOCUMENT]


class RequestSpecialCase(_Request):
    """Ask to take the case out of the limit statistics (特殊情况)."""

    reason: Annotated[PauseReason, Label("原因", names=PAUSE_NAMES)]
    evidence_ref: Annotated[EvidenceFile, _EVIDENCE]


class DeclineSpecialCase(_Request):
    """Why the case is no 特殊情况; no personal data."""

    reason: Annotated[
        Annotated[str, Field(min_length=1, max_length=500, examples=["现场照片不能证明穿越河道。"])],
        Label("理由", hint=NO_PERSONAL_DATA),
    ]


class ReportMeterLive(_EnteredLate):
    """Water, gas or heat runs."""

    at: Annotated[At, _AT] = None


class RefuseCase(_Request):
    """Refuse for one of the allowed reasons."""

    code: Annotated[RefusalCode, Label("原因", names=REFUSAL_NAMES)] = Field(examples=["OUT_OF_COVERAGE"])
    duplicate_of: Annotated[Code | None, Label("另一件的受理编号", hint="原因为重复申请的，须填写")] = Field(
        default=None,
        description="Needed for DUPLICATE: the number of the user's other case at the site that goes on or is done",
    )


class StageView(BaseModel):
    """A stage and its time."""

    stage: Stage
    name: str
    public_step: int | None = Field(
        description="The public 环节 that it belongs to; null for contract, permits and works, which are not counted"
    )
    started_at: datetime
    start_recorded_at: datetime | None
    completed_at: datetime | None
    completion_recorded_at: datetime | None
    elapsed_minutes: int | None
    working_minutes: int | None


class PauseView(BaseModel):
    """A pause, asked for or approved."""

    id: str
    reason: PauseReason
    name: str
    state: PauseState
    starts_at: datetime
    ended_at: datetime | None
    days: int
    evidence_ref: str
    asked_by: str
    decided_by: str | None


class GapView(BaseModel):
    """The time between two stages; a gap (空档) from two working days on."""

    after: Stage
    before: Stage | None = Field(description="Null while the time still runs")
    from_: datetime = Field(serialization_alias="from")
    to: datetime
    workdays: int
    minutes: int
    is_gap: bool


class OverlapView(BaseModel):
    """Two stages side by side (压茬)."""

    first: Stage
    second: Stage
    from_: datetime = Field(serialization_alias="from")
    to: datetime
    minutes: int
    allowed: bool


class TimeSheetView(BaseModel):
    """Where the time went, in minutes: elapsed = stages + pauses + gaps."""

    elapsed: int
    net: int = Field(description="Elapsed minutes, all paused time taken out")
    working: int = Field(description="Business minutes")
    net_working: int
    stages: int
    pauses: int
    gaps: int
    overlap_saving: int


class LengthView(BaseModel):
    """The three lengths, in metres."""

    declared_m: str | None
    designed_m: str | None
    as_built_m: str | None


class LengthChangeView(BaseModel):
    """One row of the length's audit."""

    kind: LengthKind
    from_m: str | None
    to_m: str
    changed_at: datetime
    changed_by: str


class SpecialView(BaseModel):
    """The special-case record."""

    reason: PauseReason
    name: str
    evidence_ref: str
    asked_by: str
    approved_by: str | None
    declined_by: str | None
    declined_for: str | None


class CaseRow(BaseModel):
    """One case in a list."""

    id: str = Field(examples=["01838d6e-3f40-7a06-9f2b-5c0d6c1f7a11"])
    number: str = Field(examples=["W-371502-20220930-0001"])
    state: CaseState
    supply: Service
    district: str
    utility: str
    channel: Channel
    customer_category: CustomerCategory
    length_m: str | None
    length_class: LengthClass
    open_stages: list[Stage]
    submitted_at: datetime
    accepted_at: datetime | None
    due_at: datetime | None
    finished_at: datetime | None
    overdue: bool
    on_time: bool | None
    on_time_by_late_entry: bool = Field(
        description="On time although it had been published that the case is overdue"
    )
    special: bool
    paused: bool


class JudgedByView(BaseModel):
    """A version of a policy that a case is judged by, and the document that it rests on."""

    model_config = ConfigDict(from_attributes=True)

    policy: str = Field(examples=["hookup_limits"])
    title: str = Field(examples=["报装时限规则"])
    version: str = Field(examples=["2022-49"])
    source_document: str


class CaseView(CaseRow):
    """One case with its timeline, as of an instant: what is open runs until then."""

    as_of: datetime
    version: int
    customer_ref: str
    site_division: str
    receipt_date: date | None
    due: DueTimes | None
    judged_by: list[JudgedByView] = Field(
        description="From the acceptance on the versions of the receipt date, until then those of the submission"
    )
    agreed_date: date | None
    on_time_readings: OnTime | None
    length: LengthView
    length_changes: list[LengthChangeView]
    stages: list[StageView]
    pauses: list[PauseView]
    gaps: list[GapView]
    overlaps: list[OverlapView]
    violations: list[str]
    source: Source = Field(description="LEDGER for a case that was read in")
    late_entries: list[LateEntryView]
    marked_entries: list[MarkedEntryView]
    in_stead: list[InSteadView]
    breached: bool = Field(description="Whether it was ever published that the case is overdue")
    why_late: str | None = Field(
        description="One sentence: which stages, gaps and pauses took how much of the limit"
    )
    time_sheet: TimeSheetView
    special_case: SpecialView | None
    correction_items: list[str] | None
    correction_reason: str | None = Field(description="Why what is on file already was asked for again")
    correction_materials: list[MaterialKind]
    materials: list[MaterialFileView]
    missing_materials: list[MaterialKind] = Field(description="What the user must still hand in")
    may_open_files: bool = Field(description="Whether the caller gets links to the files of its materials")
    meter_live_at: datetime | None
    meter_live_recorded_at: datetime | None
    confirm_by: datetime | None = Field(description="Until when the user may confirm or dispute a live meter")
    confirmed_at: datetime | None
    disputes: list[DisputeView]
    confirmed_by_user: bool | None
    refusal_code: RefusalCode | None
    permits: list[PermitView]
    excavation_at: datetime | None
    dig: DigView | None
    no_permit: NoPermitView | None
    agent: AgencyView | None
    guidance: list[GuidanceView]
    urges: list[UrgeView]
    questions: list[QuestionView]
    rating: int | None
    told: list[ToldView]
    work: list[WorkView]
    joint_id: str | None
    quote: QuoteView | None
    allowed: list[Verb] = Field(
        description="What the present state has an edge for and the caller may do; other rules may still refuse it"
    )


class CaseEvent(BaseModel):
    """Something that happened to a case, as it was published; the case's own number and place are left out."""

    seq: int = Field(examples=[7], description="Counts the case's events from 1")
    event: str = Field(examples=["stage_completed"])
    name: str = Field(examples=["环节完成"])
    at: datetime = Field(description="When it happened, as claimed")
    recorded_at: datetime | None = Field(
        description="When it was recorded; null of events from before this was kept"
    )
    entry: EntryMark | None = Field(description="How an act with a claimed time was entered")
    actor: str | None = Field(description="Id of who gave the command; null for the clock")
    on_behalf_of: str | None
    in_stead: bool = Field(description="Done in the user's stead (代录)")
    particulars: dict[str, JsonValue] = Field(
        examples=[{"stage": "SURVEY_DESIGN", "elapsed_minutes": 1440, "working_minutes": 480}]
    )


class WorkRow(CaseRow):
    """A case on a work list, with what there is to do."""

    work_due_at: datetime | None = Field(description="What is due first of those whose list it is")
    work: list[WorkView]
