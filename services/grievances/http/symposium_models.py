"""What is asked and answered of symposia."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.casework.http.people import PersonView
from libs.common.http.dates import Instant
from libs.common.http.fields import Code, Whole
from libs.common.http.labels import NO_PERSONAL_DATA, Label
from libs.common.places import Supply
from services.grievances.domain.symposia import SymposiumState
from services.grievances.domain.values.kinds import (
    KIND_NAMES,
    REPORTER_NAMES,
    GrievanceKind,
    ReporterKind,
)
from services.grievances.http.models import FileView
from services.grievances.http.requests import SUPPLY_NAMES, Name, Phone, Place, Site, Text, Words

_Number = Annotated[Whole, Field(ge=0, le=10_000)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RegisterSymposium(_Body):
    """A symposium that was held."""

    title: Annotated[str, Label("主题", hint=NO_PERSONAL_DATA)] = Field(
        min_length=2, max_length=80, examples=["企业用气座谈会"]
    )
    held_at: Annotated[Instant, Label("座谈时间")] = Field(examples=["2022-07-01T14:30:00+08:00"])
    place: Annotated[str, Label("地点", hint=NO_PERSONAL_DATA)] = Field(
        min_length=1, max_length=80, examples=["区政务服务中心三楼"]
    )
    invited: Annotated[_Number, Label("邀请", unit="人")] = Field(examples=[30])
    attended: Annotated[_Number, Label("到会", unit="人")] = Field(examples=[24])


class WriteMinutes(_Body):
    """What was said."""

    minutes: Annotated[str, Label("纪要", hint=NO_PERSONAL_DATA)] = Field(
        min_length=2, max_length=10_000, examples=["会上反映老旧小区水压不足。"]
    )


class NoteFinding(_Body):
    """What was found."""

    text: Annotated[Text, Label("问题", hint=NO_PERSONAL_DATA)]


class SubmitFinding(_Body):
    """A finding as a grievance, in the words of who told it."""

    kind: Annotated[GrievanceKind, Label("诉求种类", names=KIND_NAMES)]
    category: Annotated[Code, Label("诉求类别", hint="选到最末一级")] = Field(examples=["SUPPLY-NONE"])
    supply: Annotated[Supply | None, Label("业务", names=SUPPLY_NAMES)] = None
    district: Annotated[Code, Label("县（市、区）")] = Field(examples=["371502"])
    site: Annotated[Site | None, Label("街道、乡镇")] = None
    words: Annotated[Words, Label("诉求内容", hint="加密保存；办理人员看到的内容已隐去号码")]
    place: Annotated[Place | None, Label("地点", hint="加密保存")] = None
    reporter: Annotated[ReporterKind, Label("身份", names=REPORTER_NAMES)] = ReporterKind.ANONYMOUS
    name: Annotated[Name | None, Label("姓名或称呼")] = None
    phone: Annotated[Phone | None, Label("联系电话")] = None


class FindingView(BaseModel):
    """A finding, and the grievance that it became."""

    number: int
    text: str
    noted_at: datetime
    person: PersonView | None
    grievance_id: UUID | None


class SymposiumView(BaseModel):
    """A symposium."""

    id: UUID
    number: str = Field(examples=["ZT-371502-20220704-0001"])
    version: int
    title: str
    district: str | None = Field(description="The district that held it; null of the city")
    unit_name: str
    state: SymposiumState
    state_name: str
    held_at: datetime
    place: str
    invited: int
    attended: int
    finding_count: int
    submitted_count: int = Field(description="Findings that became grievances")
    closed_at: datetime | None


class SymposiumDetail(SymposiumView):
    """A symposium with its minutes, findings and files."""

    minutes: str | None
    findings: list[FindingView]
    files: list[FileView]
