"""InStead"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class InStead:
    """An act of staff or an agent in the user's stead (代录), and the document or authorisation that it rests on."""

    event: str
    recorded_at: datetime
    actor: str | None
    document_ref: str | None
