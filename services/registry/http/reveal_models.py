"""What is asked and answered where particulars are shown whole, and what a second person says of exceptions."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.common.http.fields import Flag, Impersonal
from libs.common.http.labels import NO_PERSONAL_DATA, Label
from services.registry.domain.particulars import OF_ACCOUNT, OF_CUSTOMER, PARTICULAR_NAMES, Particular
from services.registry.domain.reveals import PURPOSE_NAMES, BreakGlassState, Purpose

ImpersonalText = Annotated[str, Field(min_length=2, max_length=200), Impersonal]
_FIELDS = Label("内容", names=PARTICULAR_NAMES)
OfCustomer = Literal[
    Particular.NAME, Particular.IDENTIFIER, Particular.MOBILE, Particular.LANDLINE, Particular.CONTACT
]
OfAccount = Literal[Particular.NUMBER, Particular.ADDRESS]


class _Reveal(BaseModel):
    model_config = ConfigDict(extra="forbid")

    purpose: Annotated[Purpose, Label("目的", names=PURPOSE_NAMES)]
    reason: Annotated[
        ImpersonalText | None,
        Label("事由", hint=f"督导人员应急访问须填写，{NO_PERSONAL_DATA}"),
        Field(examples=["东关街爆管，需通知受影响用户"]),
    ] = None


class RevealCustomer(_Reveal):
    """Which particulars of a customer are to be shown whole, and what for."""

    fields: Annotated[
        list[OfCustomer], Field(min_length=1, max_length=len(OF_CUSTOMER), examples=[["mobile"]]), _FIELDS
    ]


class RevealAccount(_Reveal):
    """Which particulars of an account are to be shown whole, and what for."""

    fields: Annotated[
        list[OfAccount], Field(min_length=1, max_length=len(OF_ACCOUNT), examples=[["address"]]), _FIELDS
    ]


class RevealedField(BaseModel):
    """A particular, whole; null where none is on record."""

    field: Particular
    name: str = Field(examples=["手机号"])
    text: str | None = Field(examples=["13800000001"])


class Revealed(BaseModel):
    """The particulars asked for and no others; `confirmed_by` where a second person has to confirm it until then."""

    customer_id: UUID
    items: list[RevealedField]
    confirmed_by: datetime | None = Field(description="Until when an exception is to be confirmed")


class BreakGlassView(BaseModel):
    """Particulars that were shown beyond the rule in an emergency, and what a second person said of it."""

    id: UUID
    customer_id: UUID
    account_id: UUID | None
    actor: str
    fields: list[str] = Field(examples=[["identifier"]])
    field_names: str = Field(examples=["证件号码"])
    reason: str
    shown_at: datetime
    due_at: datetime
    overdue: bool
    state: BreakGlassState
    state_name: str = Field(examples=["待确认"])
    decided_by: str | None
    decided_at: datetime | None
    opinion: str | None


class DecideBreakGlass(BaseModel):
    """Whether an exception was in order."""

    model_config = ConfigDict(extra="forbid")

    confirmed: Annotated[Flag, Label("确有必要")]
    opinion: Annotated[ImpersonalText | None, Label("意见", hint=f"有异议的须填写，{NO_PERSONAL_DATA}")] = (
        None
    )


class AlarmView(BaseModel):
    """An account that had more particulars shown within an hour or a day than is in order."""

    id: UUID
    actor: str
    unit: str = Field(examples=["utility:W-371502"])
    period: str = Field(examples=["HOUR"])
    period_name: str = Field(
        examples=["一小时"], description="Where it names rows, `count` is of exported rows"
    )
    count: int
    most: int
    raised_at: datetime
