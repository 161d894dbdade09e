"""What the API takes and gives of agents and work lists."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from libs.casework.domain.work import Light
from libs.casework.http import work_lists
from libs.casework.http.people import PersonView, Subject
from libs.common.http.fields import DocumentReference
from libs.common.http.labels import Label
from libs.common.http.views import View
from services.hookup.domain.values.work import DueOf, Whose, WorkKind


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AssignAgent(_Request):
    """Put an agent of the utility on the case."""

    agent: Annotated[Subject, Label("帮办人员")]


class AuthoriseAgent(_Request):
    """The electronic authorisation (电子授权委托书)."""

    document_ref: Annotated[DocumentReference, Label("授权委托书编号")]


class GiveGuidance(_Request):
    """The document of the access scheme that the user was advised on."""

    document_ref: Annotated[DocumentReference, Label("文书编号")]


class _Shown(BaseModel):
    """What is shown of a part of a case as it is."""

    model_config = ConfigDict(from_attributes=True)


class Agents(BaseModel):
    """The agents of a utility, by the subjects of their accounts."""

    model_config = ConfigDict(extra="forbid")

    agents: Annotated[list[Subject], Label("帮办人员账号", hint="每行一个")] = Field(
        max_length=200, examples=[["u-W-371502-agent"]]
    )


class AgentsView(Agents):
    """The agents of a utility, and the version to save over."""

    version: int


class GuidanceView(_Shown):
    """An access scheme that the user was advised on."""

    document_ref: str
    given_at: datetime
    given_by: str


class AgencyView(View):
    """Who helps the user; free of charge."""

    agent: str
    person: PersonView
    assigned_at: datetime
    automatic: bool
    fee_fen: int = Field(description="帮办代办不收费: always 0")
    authorised_at: datetime | None
    authorisation_ref: str | None


class ToldView(View):
    """Who was told that the date nears or has passed."""

    kind: str
    name: str
    at: datetime
    whom: list[str]


class WorkView(View):
    """Something to do on a case."""

    kind: WorkKind
    name: str = Field(examples=["办理环节"])
    about: str = Field(examples=["外线施工"], description="Which stages, or which permit item and whose")
    whose: Whose
    since: datetime
    due_at: datetime | None
    due_of: DueOf = Field(description="Whose deadline that is: CASE (本件) or TASK (本环节)")
    due_of_name: str = Field(examples=["本环节"])
    overdue: bool
    remaining_minutes: int | None = Field(
        description="Working minutes until it is due, negative after; null where no rule sets a deadline"
    )
    light: Light = Field(
        description="RED: overdue. YELLOW: half of its time is used, or it is due within a working day"
    )
    gap_risk: bool = Field(
        description="空档风险: of HAND_OVER, whether half of the time until the next stage must begin is used"
    )


class WorkCountView(work_lists.WorkCountView[Whose]):
    """How many cases are on a work list."""


class WorkCounts(work_lists.WorkCountsView[WorkCountView]):
    """The work lists as the caller sees them, each with its counts."""
