"""Told"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Told:
    """Who was told that a case nears or passes its date: `kind` is the event's name."""

    kind: str
    at: datetime
    whom: tuple[str, ...]
