"""What is asked and answered of external surveys."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.casework.http.people import PersonView
from libs.common.http.dates import CalendarDate
from libs.common.http.fields import Code, DocumentReference, Whole
from libs.common.http.labels import NO_PERSONAL_DATA, Label
from libs.common.places import Supply
from services.grievances.domain.surveys import SurveyResult
from services.grievances.http.requests import SUPPLY_NAMES, Text

_Number = Annotated[Whole, Field(ge=0, le=1_000_000)]
_Score = Annotated[str, Field(pattern=r"^(100(\.0{1,2})?|[0-9]{1,2}(\.[0-9]{1,2})?)$", examples=["97.35"])]


class EnterSurvey(BaseModel):
    """A result as the surveyor's document has it; a place that is not named is all."""

    model_config = ConfigDict(extra="forbid")

    surveyor: Annotated[str, Label("测评机构", hint=NO_PERSONAL_DATA)] = Field(
        min_length=2, max_length=80, examples=["省统计局社情民意调查中心"]
    )
    first_day: Annotated[CalendarDate, Label("测评开始日期")] = Field(examples=["2022-04-01"])
    last_day: Annotated[CalendarDate, Label("测评结束日期")] = Field(examples=["2022-06-30"])
    district: Annotated[Code | None, Label("县（市、区）", hint="不选为全市")] = None
    supply: Annotated[Supply | None, Label("业务", names=SUPPLY_NAMES, hint="不选为全部业务")] = None
    utility: Annotated[Code | None, Label("专营单位", hint="不选为全部单位")] = None
    sample: Annotated[Whole, Label("样本量", unit="人")] = Field(ge=1, le=1_000_000, examples=[400])
    satisfied: Annotated[
        _Number | None, Label("满意人数", unit="人", hint="含基本满意；与得分至少填一项")
    ] = Field(default=None, examples=[398])
    score: Annotated[_Score | None, Label("得分", hint="百分制，至多两位小数")] = None
    document_ref: Annotated[DocumentReference, Label("来源文件编号")]

    def result(self) -> SurveyResult:
        """Return it as the domain has it."""
        given = self.model_dump(include=set(EnterSurvey.model_fields) - {"score"})
        return SurveyResult(**given, score=None if self.score is None else int(Decimal(self.score) * 100))


class CorrectSurvey(EnterSurvey):
    """The whole result as it is right, and why the former was not."""

    reason: Annotated[Text, Label("更正原因", hint=NO_PERSONAL_DATA)]


class SurveyResultView(BaseModel):
    """A result; counts are exact, the score is a decimal of a hundred points."""

    surveyor: str
    first_day: date
    last_day: date
    district: str | None
    utility: str | None
    supply: Supply | None
    place_name: str = Field(examples=["东昌府区 供水"])
    sample: int
    satisfied: int | None
    score: str | None = Field(examples=["97.35"])
    document_ref: str


class SurveyView(SurveyResultView):
    """The result that stands."""

    id: UUID
    number: str = Field(examples=["CP-371500-20220704-0001"])
    version: int
    meets: bool | None = Field(
        description="Whether satisfied ÷ sample reaches 99.5 %, by the exact fraction; null without that count"
    )
    corrections: int


class SurveyVersionView(SurveyResultView):
    """A result as it was entered, and why it replaced the one before."""

    at: datetime
    person: PersonView
    reason: str | None


class SurveyDetail(SurveyView):
    """A result with all its versions, the newest first."""

    versions: list[SurveyVersionView]
