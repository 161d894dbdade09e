"""帮办代办: the agent who helps the user with a case, and the user's authorisation (HK-07; 二（一）4)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Authorisation:
    """The user's electronic authorisation of the agent; it ends when the user revokes it or the agent changes."""

    document_ref: str
    given_at: datetime
    given_by: str


@dataclass(slots=True)
class Agency:
    """The agent of a case; the service is free of charge."""

    agent: str
    assigned_at: datetime
    automatic: bool
    authorisation: Authorisation | None = None


@dataclass(frozen=True, slots=True)
class Guidance:
    """Advice to the user on an access scheme, with the document that holds it."""

    document_ref: str
    given_at: datetime
    given_by: str
