"""What is asked and answered of rounds of visits and calls."""

from datetime import date, datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.casework.http.people import PersonView, Subject
from libs.common.http.dates import CalendarDate
from libs.common.http.fields import Code, Whole
from libs.common.http.labels import NO_PERSONAL_DATA, Label
from libs.common.places import Supply
from services.grievances.domain.rounds.values import (
    ALLOCATION_NAMES,
    CUSTOMER_CATEGORY_NAMES,
    PURPOSE_NAMES,
    QUESTION_NAMES,
    RESULT_NAMES,
    STRATIFIED_NAMES,
    Allocation,
    CustomerCategory,
    InterviewResult,
    InterviewState,
    QuestionKind,
    RoundPurpose,
    RoundState,
    StratifiedBy,
)
from services.grievances.domain.values.kinds import KIND_NAMES, REPORTER_NAMES, GrievanceKind, ReporterKind
from services.grievances.http.requests import SUPPLY_NAMES, Place, Site, Words

MOST_SAMPLE: Final = 5_000
_Title = Annotated[str, Field(min_length=2, max_length=80, examples=["2022年第三季度供水满意度回访"])]
_Answer = Annotated[str | None, Field(max_length=300)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class QuestionBody(_Body):
    """One question; options are of a choice alone."""

    text: Annotated[str, Label("题目", hint=NO_PERSONAL_DATA)] = Field(
        min_length=2, max_length=120, examples=["您对供水服务是否满意？"]
    )
    kind: Annotated[QuestionKind, Label("题型", names=QUESTION_NAMES)]
    options: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=40)]], Label("选项", hint="单选题填写，一行一个")
    ] = Field(default=[], max_length=20)


class PrepareRound(_Body):
    """A round: whom it asks, how its sample is drawn, and what it asks; an empty list is all."""

    title: Annotated[_Title, Label("名称", hint=NO_PERSONAL_DATA)]
    purpose: Annotated[RoundPurpose, Label("方式", names=PURPOSE_NAMES)]
    starts_on: Annotated[CalendarDate, Label("开始日期")] = Field(examples=["2022-07-04"])
    ends_on: Annotated[CalendarDate, Label("结束日期")] = Field(examples=["2022-07-29"])
    categories: Annotated[
        list[CustomerCategory], Label("用户类别", hint="不选为全部", names=CUSTOMER_CATEGORY_NAMES)
    ] = Field(default=[], max_length=5)
    supplies: Annotated[list[Supply], Label("业务", hint="不选为全部", names=SUPPLY_NAMES)] = Field(
        default=[], max_length=3
    )
    districts: Annotated[list[Code], Label("县（市、区）", hint="不选为全部")] = Field(
        default=[], max_length=20
    )
    utilities: Annotated[list[Code], Label("专营单位", hint="不选为全部")] = Field(default=[], max_length=50)
    number: Annotated[Whole, Label("样本数", unit="户")] = Field(ge=1, le=MOST_SAMPLE, examples=[200])
    stratified_by: Annotated[list[StratifiedBy], Label("分层依据", names=STRATIFIED_NAMES)] = Field(
        default=[], max_length=3
    )
    allocation: Annotated[Allocation, Label("各层样本", names=ALLOCATION_NAMES)] = Allocation.PROPORTIONAL
    questions: Annotated[list[QuestionBody], Label("问卷")] = Field(
        min_length=1,
        max_length=20,
        examples=[[{"text": "您对供水服务是否满意？", "kind": "GRADE"}]],
    )


class AddQuestions(_Body):
    """What is asked besides."""

    questions: Annotated[list[QuestionBody], Label("题目")] = Field(
        min_length=1, max_length=20, examples=[[{"text": "维修是否及时？", "kind": "YES_NO"}]]
    )


class ShareOut(_Body):
    """Among whom those are shared out whom nobody is to ask yet."""

    people: Annotated[list[Subject], Label("回访人账号", hint="依次轮流分配，每次至多500户")] = Field(
        min_length=1, max_length=50, examples=[["u-371502"]]
    )
    district: Annotated[Code | None, Label("只分配这个县（市、区）的")] = None


class AssignInterview(_Body):
    """Who is to ask."""

    assignee: Annotated[Subject, Label("回访人账号")]


class RecordInterview(_Body):
    """How an attempt ended, and what was answered, question by question: a code, or words."""

    result: Annotated[InterviewResult, Label("结果", names=RESULT_NAMES)]
    q1: Annotated[_Answer, Label("第1题")] = None
    q2: Annotated[_Answer, Label("第2题")] = None
    q3: Annotated[_Answer, Label("第3题")] = None
    q4: Annotated[_Answer, Label("第4题")] = None
    q5: Annotated[_Answer, Label("第5题")] = None
    q6: Annotated[_Answer, Label("第6题")] = None
    q7: Annotated[_Answer, Label("第7题")] = None
    q8: Annotated[_Answer, Label("第8题")] = None
    q9: Annotated[_Answer, Label("第9题")] = None
    q10: Annotated[_Answer, Label("第10题")] = None
    q11: Annotated[_Answer, Label("第11题")] = None
    q12: Annotated[_Answer, Label("第12题")] = None
    q13: Annotated[_Answer, Label("第13题")] = None
    q14: Annotated[_Answer, Label("第14题")] = None
    q15: Annotated[_Answer, Label("第15题")] = None
    q16: Annotated[_Answer, Label("第16题")] = None
    q17: Annotated[_Answer, Label("第17题")] = None
    q18: Annotated[_Answer, Label("第18题")] = None
    q19: Annotated[_Answer, Label("第19题")] = None
    q20: Annotated[_Answer, Label("第20题")] = None

    @property
    def answers(self) -> list[str | None]:
        """The answers in the order of the questions."""
        return [getattr(self, f"q{place}") for place in range(1, 21)]


class ReportGrievance(_Body):
    """A grievance that was heard of in a visit or call, about the customer's own account."""

    kind: Annotated[GrievanceKind, Label("诉求种类", names=KIND_NAMES)]
    category: Annotated[Code, Label("诉求类别", hint="选到最末一级")] = Field(examples=["SUPPLY-NONE"])
    words: Annotated[Words, Label("诉求内容", hint="加密保存；办理人员看到的内容已隐去号码")]
    site: Annotated[Site | None, Label("街道、乡镇")] = None
    place: Annotated[Place | None, Label("地点", hint="加密保存")] = None
    reporter: Annotated[ReporterKind, Label("身份", names=REPORTER_NAMES)] = ReporterKind.NAMED


class QuestionView(BaseModel):
    """A question."""

    text: str
    kind: QuestionKind
    kind_name: str
    options: list[str]


class RoundView(BaseModel):
    """A round."""

    id: UUID
    number: str = Field(examples=["HF-371502-20220704-0001"])
    version: int
    title: str
    purpose: RoundPurpose
    purpose_name: str
    district: str | None = Field(description="The district that holds it; null of the city")
    unit_name: str
    state: RoundState
    state_name: str
    starts_on: date
    ends_on: date
    wanted: int = Field(description="How many are to be asked")
    population: int | None = Field(description="How many accounts there were when it was drawn")
    sample: int | None
    prepared_at: datetime
    drawn_at: datetime | None
    ended_at: datetime | None


class CoverageView(BaseModel):
    """How many were asked and what came of it, as far as the caller sees them."""

    asked: int
    reached: int
    refused: int
    unreachable: int
    waiting: int
    coverage: float | None = Field(description="Reached of those asked, 0 to 1; null where nobody was drawn")


class StratumView(CoverageView):
    """A stratum of the sample."""

    name: str
    population: int
    weight: str | None = Field(
        description="How many accounts one of the sample stands for", examples=["250/3"]
    )


class RoundDetail(RoundView):
    """A round with its sample and questionnaire."""

    selection: str = Field(description="Whom it asks", examples=["居民用户，供水"])
    stratified_by: list[str]
    allocation_name: str
    seed: str
    questions: list[QuestionView]
    coverage: CoverageView
    strata: list[StratumView]


class EstimateView(BaseModel):
    """An estimate for the population, with its interval of 95 %; null without enough answers."""

    name: str = Field(examples=["平均分"])
    value: float | None
    low: float | None
    high: float | None


class QuestionResult(BaseModel):
    """What was answered to a question."""

    text: str
    kind: QuestionKind
    answered: int
    counts: dict[str, int] = Field(description="Answers by their names, unweighted")
    estimates: list[EstimateView]
    left_out: float = Field(
        description="The part of the population in strata that nobody answered for, 0 to 1"
    )


class RoundResults(BaseModel):
    """The results of a round, question by question."""

    as_of: datetime
    items: list[QuestionResult]


class AttemptView(BaseModel):
    """One attempt."""

    at: datetime
    result_name: str
    person: PersonView | None


class AnswerView(BaseModel):
    """An answer, in words."""

    text: str
    answer: str | None


class InterviewView(BaseModel):
    """One customer who is asked; the registry has the particulars, by the account's id."""

    id: UUID
    version: int
    round_id: UUID
    round_number: str
    purpose_name: str
    position: int
    account_id: UUID
    customer_id: UUID
    utility: str
    utility_name: str
    district: str
    district_name: str
    supply_name: str
    category_name: str
    state: InterviewState
    state_name: str
    assignee: PersonView | None
    attempts: list[AttemptView]
    answers: list[AnswerView]
    questions: list[QuestionView]
    grievances: list[UUID] = Field(description="Grievances that came of it")
    ended_at: datetime | None


class NextInterview(BaseModel):
    """Whom to ask next, and how many there are for the caller."""

    item: InterviewView | None
    waiting: int
