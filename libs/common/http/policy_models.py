"""What the API takes and gives of a service's policies, their versions and drafts."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from libs.common.http.dates import CalendarDate
from libs.common.http.fields import Flag

Body = Annotated[
    dict[str, JsonValue],
    Field(examples=[{"permit_workdays": 5}], description="As the version before; see the differences"),
]
Choices = dict[str, str] | None


class _Model(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class PolicyVersionRow(_Model):
    """A version of a policy: its validity, the document that it rests on, and who brought it into force."""

    version: str = Field(examples=["2022-49"])
    valid_from: date
    valid_to: date | None = Field(description="The last day; null for one that the next version ends")
    source_document: str
    retroactive: bool = Field(description="It began before its approval; what was accepted keeps its version")
    drafted_by: str | None = Field(description="Null for a version that a release has shipped")
    drafted_at: datetime | None
    approved_by: str
    approved_at: datetime
    in_force: bool = Field(description="Today")
    readable: bool = Field(description="One that cannot be read is out of force")


class PolicyDraftRow(_Model):
    """A draft that waits for its approval."""

    id: str
    version: str
    valid_from: date
    valid_to: date | None
    source_document: str
    retroactive: bool
    drafted_by: str
    drafted_at: datetime


class Policy(BaseModel):
    """A policy, its versions in the order of their beginning, and the drafts, which only the city sees."""

    policy: str = Field(examples=["hookup_limits"])
    title: str = Field(examples=["报装时限规则"])
    versions: list[PolicyVersionRow]
    drafts: list[PolicyDraftRow]


class Policies(BaseModel):
    """The policies of the service."""

    items: list[Policy]


class ValueDifference(_Model):
    """A value that differs from the version before; null is where a version does not have it."""

    path: str = Field(examples=["limit_days.WATER.L0_NONE"])
    label: str = Field(examples=["时限（天） · 供水 · 无外线"])
    before: JsonValue
    after: JsonValue
    choices: Choices = Field(description="Names of the codes that the value may be; null where it is no code")


class LabelledValue(_Model):
    """A value of a body, with its path and its Chinese name."""

    path: str
    label: str
    value: JsonValue
    choices: Choices


class Fault(_Model):
    """What is wrong with a version, by field."""

    field: str
    rule: str
    remedy: str
    code: str


class _Content(BaseModel):
    policy: str
    title: str
    body: Body
    values: list[LabelledValue] = Field(description="The body, value by value")
    compared_with: str | None = Field(description="The version before; null for the first one")
    differences: list[ValueDifference]
    faults: list[Fault]


class PolicyVersionView(PolicyVersionRow, _Content):
    """A version with what it says, and how that differs from the version before."""


class PolicyDraftView(PolicyDraftRow, _Content):
    """A draft with what it says, how that differs, what keeps it from coming into force, and what became of it."""

    approved_by: str | None
    approved_at: datetime | None
    withdrawn_by: str | None
    withdrawn_at: datetime | None


class DraftPolicy(BaseModel):
    """A new version of a policy; it is in force once somebody else has approved it, from its first day on."""

    model_config = ConfigDict(extra="forbid")

    version: str = Field(min_length=1, max_length=40, examples=["2023-7"])
    valid_from: CalendarDate
    valid_to: CalendarDate | None = None
    source_document: str = Field(min_length=4, max_length=400, examples=["聊城管字〔2023〕7号"])
    retroactive: Flag = False
    body: Body


class PolicyDrafted(BaseModel):
    """A draft that was kept or taken back."""

    id: str = Field(examples=["0192d3c5-6f0e-7c1b-9b61-0f4f4d0f7e11"])
    policy: str
    version: str
