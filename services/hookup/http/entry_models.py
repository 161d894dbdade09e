"""What the API takes and shows of acts that are entered late, in a user's stead, or disputed."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from libs.common.http.command import InStead
from libs.common.http.labels import NO_PERSONAL_DATA, Label
from services.hookup.domain.values.entries import Act, ApprovalGround, EntryMark, LateEntryState
from services.hookup.domain.values.lengths import LengthKind
from services.hookup.domain.values.stages import Stage
from services.hookup.http.material_models import EvidenceFile

Reason = Annotated[str, Field(min_length=2, max_length=500, examples=["现场记录次日才交回"])]


EVIDENCE_HINT = "从本件的依据材料中选；没有的，先上传依据材料"


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LateEntryGrounds(_Request):
    """Why an act is entered so late that it needs an approver, and the evidence of when it happened."""

    reason: Annotated[Reason, Label("补录原因")]
    evidence_ref: Annotated[EvidenceFile, Label("补录证据", hint=EVIDENCE_HINT)]


class DisputeMeterLive(InStead):
    """The user says that it does not run."""

    reason: Annotated[Reason, Label("用户说明的情况", hint=NO_PERSONAL_DATA)]


class DeclineLateEntry(_Request):
    """Why an entry is not approved."""

    reason: Annotated[Reason, Label("不同意的原因", hint=NO_PERSONAL_DATA)]


class LateEntryView(BaseModel):
    """An act that waits for its approver, or had the decision."""

    id: str
    act: Act
    act_name: str
    stage: Stage | None
    claimed_at: datetime
    entered_at: datetime
    entered_by: str
    needs: ApprovalGround
    needs_name: str
    reason: str
    evidence_ref: str
    length_kind: LengthKind | None
    length_m: str | None
    agreed_date: date | None
    state: LateEntryState
    decided_by: str | None
    decided_at: datetime | None
    decline_reason: str | None


class MarkedEntryView(BaseModel):
    """An act that was not entered in time (LATE), or came on record by an approval (APPROVED)."""

    act: Act
    act_name: str
    stage: Stage | None
    claimed_at: datetime
    recorded_at: datetime
    recorded_by: str | None
    mark: EntryMark


class InSteadView(BaseModel):
    """An act of staff or an agent in the user's stead (代录)."""

    event: str
    name: str
    recorded_at: datetime
    actor: str | None
    document_ref: str | None


class DisputeView(BaseModel):
    """The user said that it does not run."""

    disputed_at: datetime
    disputed_by: str
    meter_live_at: datetime
    reason: str
    evidence_ref: str | None = Field(description="The file that shows that it runs after all")
