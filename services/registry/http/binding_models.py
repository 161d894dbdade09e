"""What the API of bindings is told and answers: of the account what its number proves, of its holder nothing."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.common.http.fields import Code
from libs.common.http.labels import Label
from libs.common.places import Supply
from services.registry.domain.accounts import AccountState
from services.registry.domain.bindings import BindingEnd, BindingProof, BindingState
from services.registry.domain.requests.values import RequestChannel

_Text = Annotated[str, Field(min_length=1, max_length=200)]


class HolderProofGiven(BaseModel):
    """What proves that the account is known: its holder's family name (of a unit its name), and a phone on record."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[_Text, Label("户主姓氏", hint="个人填姓氏或姓名，单位填名称")] = Field(examples=["王"])
    phone: Annotated[_Text, Label("预留电话", hint="户主在专营单位预留的手机号或固定电话")] = Field(
        examples=["13800000001"]
    )


class BindAccount(BaseModel):
    """An account to bind, and the proof."""

    model_config = ConfigDict(extra="forbid")

    utility: Annotated[Code, Label("专营单位")] = Field(examples=["W-371502"])
    number: Annotated[_Text, Label("户号", hint="缴费单上的户号")] = Field(examples=["0001"])
    proof: HolderProofGiven


class BindingView(BaseModel):
    """A binding, without what it shows."""

    id: UUID
    version: int
    state: BindingState
    state_name: str = Field(examples=["已绑定"])
    account_id: UUID
    utility: str = Field(examples=["W-371502"])
    utility_name: str
    district: str = Field(examples=["371502"])
    supply: Supply
    supply_name: str = Field(examples=["供水"])
    own: bool = Field(description="Whether the caller bound it; else the caller is the account's holder")
    proof: BindingProof
    proof_name: str = Field(examples=["户主姓氏和预留电话"])
    channel: RequestChannel
    channel_name: str = Field(examples=["爱山东APP"])
    bound_at: datetime
    ended_at: datetime | None
    end_reason: BindingEnd | None
    end_reason_name: str | None = Field(examples=["本人解绑"])


class BoundAccount(BaseModel):
    """What a binding shows of the account, masked: nothing of its holder."""

    number: str | None = Field(examples=["****1234"])
    address: str | None = Field(examples=["东昌府区古楼街道****"])
    state: AccountState
    state_name: str = Field(examples=["在用"])
    state_since: datetime | None


class BindingDetail(BindingView):
    """A binding with the account while it stands, and to the holder the name of who bound it, masked."""

    account: BoundAccount | None
    bound_by: str | None = Field(examples=["张**"], description="Of another's binding: who bound it")
