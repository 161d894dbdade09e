"""What the API is told and answers of requests by a right that wait for their answer."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.casework.http.people import PersonView
from libs.casework.http.work_lists import TaskView, WorkCountsView, WorkCountView
from libs.common.http.fields import DocumentReference
from libs.common.http.labels import NO_PERSONAL_DATA, Label
from services.registry.domain.rights_cases import (
    REFUSAL_NAMES,
    RIGHTS_KIND_NAMES,
    RightsKind,
    RightsRefusal,
    RightsState,
    RightsTurn,
)

_Text = Annotated[str, Field(min_length=2, max_length=500)]


class OpenRightsCase(BaseModel):
    """What a customer asks for by a right."""

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[RightsKind, Label("请求事项", names=RIGHTS_KIND_NAMES)]
    document_ref: Annotated[
        DocumentReference, Label("请求文件编号", hint="用户签字的申请、来信或通话记录的编号")
    ]
    detail: Annotated[_Text, Field(examples=["要求更正联系电话"]), Label("请求内容", hint=NO_PERSONAL_DATA)]


class AnswerRightsCase(BaseModel):
    """What the customer is told of what was done."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[_Text, Field(examples=["文件已当面交付"]), Label("答复", hint=NO_PERSONAL_DATA)]


class RefuseRightsCase(BaseModel):
    """On what ground it is refused, and what the customer is told."""

    model_config = ConfigDict(extra="forbid")

    ground: Annotated[RightsRefusal, Label("依据", names=REFUSAL_NAMES)]
    text: Annotated[
        _Text,
        Field(examples=["户尚在用，请先销户"]),
        Label("理由", hint=f"告知用户的理由；{NO_PERSONAL_DATA}"),
    ]


class WithdrawRightsCase(BaseModel):
    """Why it is withdrawn."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[_Text, Field(examples=["用户来电撤回"]), Label("说明", hint=NO_PERSONAL_DATA)]


class RightsTask(TaskView[RightsTurn, RightsTurn]):
    """What a request waits for."""

    about: str = ""
    due_at: datetime


class RightsCaseView(BaseModel):
    """A request by a right, without particulars of the customer."""

    id: UUID
    version: int
    customer_id: UUID
    kind: RightsKind
    kind_name: str = Field(examples=["查阅、复制"])
    state: RightsState
    state_name: str = Field(examples=["待答复"])
    asked_at: datetime
    due_at: datetime
    overdue: bool = Field(description="Whether its time passed before its end")
    policy_version: str
    document_ref: str
    detail: str
    answer: str | None = Field(description="What the customer is told")
    ground_name: str | None = Field(description="Why it was refused")
    finished_at: datetime | None
    finished_by: str | None
    work: list[RightsTask] = Field(description="What it waits for: one thing, or nothing after its end")


class RightsCaseDetail(RightsCaseView):
    """A request with its customer, masked."""

    customer_name: str | None = Field(examples=["张**"])
    customer_state_name: str = Field(examples=["有效"])
    finisher: PersonView | None = Field(default=None, description="Who ended it, by name where it is known")


class RightsCount(WorkCountView[RightsTurn]):
    """How many requests are on a work list."""


class RightsCounts(WorkCountsView[RightsCount]):
    """The work lists as the caller sees them, each with its counts."""
