"""Events of 帮办代办 (HK-07)."""

from typing import ClassVar

from pydantic import Field

from services.hookup.events.base import HookupEvent


class AgentAssigned(HookupEvent):
    """An agent was put on the case, by turn at acceptance or by hand; an earlier authorisation ended."""

    event: ClassVar[str] = "agent_assigned"
    agent: str
    automatic: bool
    agent_before: str | None = Field(default=None, description="Who helped until then")


class AgentOverdue(HookupEvent):
    """No agent was assigned within the office hours allowed after acceptance."""

    event: ClassVar[str] = "agent_overdue"


class AgentAuthorised(HookupEvent):
    """The user authorised the agent electronically."""

    event: ClassVar[str] = "agent_authorised"
    agent: str


class AgentRevoked(HookupEvent):
    """The user withdrew the agent's authorisation."""

    event: ClassVar[str] = "agent_revoked"
    agent: str


class GuidanceGiven(HookupEvent):
    """The user was advised on an access scheme."""

    event: ClassVar[str] = "guidance_given"


AGENT_EVENTS = (AgentAssigned, AgentOverdue, AgentAuthorised, AgentRevoked, GuidanceGiven)
