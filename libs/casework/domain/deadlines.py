"""Recomputation of stored deadlines in working days under an amended calendar.

A deadline is recomputed by the function that first computed it, from the same input: so a case has the same dates
whether it came before or after the amendment. A deadline that has passed is never moved.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

# An act at the very instant of its deadline is in time.
MOMENT: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Moved:
    """A deadline moved by an amended calendar; `ref` is the id of its item, None for the case itself."""

    kind: StrEnum
    ref: str | None
    at: datetime
    before: datetime


def moved_deadline(
    kind: StrEnum, ref: str | None, before: datetime | None, after: datetime, at: datetime
) -> Moved | None:
    """Return how a deadline moves at an instant; None where it stays: there is none, or it has passed."""
    return Moved(kind, ref, after, before) if before is not None and before > at and after != before else None
