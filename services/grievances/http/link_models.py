"""What the API says of call-backs by a link, and of the messages that carry links."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, Field

from services.grievances.domain.hotline.values import MessageState
from services.grievances.domain.messages import Template


class LinkState(StrEnum):
    """What the bearer of a link can do: answer, or nothing any more."""

    OPEN = "OPEN"
    ANSWERED = "ANSWERED"
    OVER = "OVER"


class LinkedCall(BaseModel):
    """What the bearer of a link sees: which grievance, and whether the call-back can be answered."""

    state: LinkState
    number: str = Field(examples=["SQ-371502-20221115-0001"])
    kind_name: str = Field(examples=["投诉"])
    utility_name: str | None
    replied_on: date
    expires_at: datetime


class LinkMessageView(BaseModel):
    """A message with a link, and whether it went out; neither the number it goes to nor the link."""

    id: UUID
    grievance_id: UUID
    number: str = Field(examples=["SQ-371502-20221115-0001"])
    district: str
    district_name: str
    template: Template
    template_name: str
    made_at: datetime
    expires_at: datetime
    state: MessageState
    state_name: str
    attempts: int
    next_at: datetime | None = Field(description="When it is sent again; null of what does not wait")
    sent_at: datetime | None
    error: str | None = Field(description="Why it did not go out, as a code")
    error_name: str | None = Field(examples=["链接已过期"])
