"""What the API of authorisations is told and answers; names are masked."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.common.http.dates import CalendarDate
from libs.common.http.fields import DocumentReference
from libs.common.http.labels import Label
from services.registry.domain.authorisations import (
    AUTHORISATION_KIND_NAMES,
    AuthorisationEnd,
    AuthorisationKind,
    AuthorisationState,
)
from services.registry.domain.requests.values import KIND_NAMES, RequestChannel, RequestKind
from services.registry.http.models import DescribedCustomer


class GrantAuthorisation(BaseModel):
    """Who acts for a customer, on which accounts, in which matters, for how long."""

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[
        AuthorisationKind,
        Label("代办身份", names=AUTHORISATION_KIND_NAMES, hint="监护人凭证明文件由办事大厅登记"),
    ]
    customer_id: Annotated[UUID | None, Label("委托人用户编号", hint="办事大厅登记的填写，本人授权不填")] = (
        None
    )
    agent: Annotated[DescribedCustomer, Label("代理人", hint="须填写证件号码；代理人实名登录后即可办理")]
    account_ids: Annotated[
        list[UUID], Field(max_length=100), Label("授权的户", hint="不填为委托人名下所有的户")
    ] = Field(default_factory=list)
    matters: Annotated[
        list[RequestKind],
        Field(max_length=len(KIND_NAMES)),
        Label("可办理的事项", names=KIND_NAMES, hint="不填的只能查看"),
    ] = Field(default_factory=list)
    first: Annotated[CalendarDate | None, Label("开始日期", hint="不填为今日")] = None
    last: Annotated[CalendarDate, Label("截止日期", hint="当日仍有效")] = Field(examples=["2022-12-31"])
    document_ref: Annotated[
        DocumentReference | None,
        Label("证明文件编号", hint="办事大厅登记的须填写：委托书或监护证明；本人授权不填"),
    ] = None


class AuthorisationView(BaseModel):
    """An authorisation, without names."""

    id: UUID
    version: int
    kind: AuthorisationKind
    kind_name: str = Field(examples=["代理人"])
    state: AuthorisationState
    state_name: str = Field(examples=["已授权"])
    in_force: bool = Field(description="Whether anything can be done by it now")
    customer_id: UUID = Field(description="For whom is acted")
    agent_id: UUID = Field(description="Who acts")
    account_ids: list[UUID] = Field(description="None are all accounts that the customer has")
    matters: list[RequestKind]
    matter_names: str = Field(examples=["报停、复用"])
    valid_from: datetime
    valid_until: datetime
    channel: RequestChannel
    channel_name: str = Field(examples=["办事大厅"])
    by_document: bool = Field(description="Whether staff of a hall recorded it by a document")
    granted_at: datetime
    ended_at: datetime | None
    end_reason: AuthorisationEnd | None
    end_reason_name: str | None = Field(examples=["代理人辞任"])


class AuthorisationDetail(AuthorisationView):
    """An authorisation with the names of both sides, masked; the document is for staff."""

    customer_name: str | None = Field(examples=["张**"])
    agent_name: str | None = Field(examples=["王**"])
    document_ref: str | None
