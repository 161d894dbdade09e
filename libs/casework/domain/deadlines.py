"""Deadlines that follow from an instant by working days, and what an amended calendar makes of those that are stored.

A deadline is computed anew by the function that first gave it, from what it was first given: so the same case has the
same dates whether it came before or after the amendment. One that has passed is never moved.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

# What is done at the very instant at which it is due is in time.
MOMENT: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Moved:
    """A deadline that an amended calendar moves; `ref` is the id of what it is of, None for the case itself."""

    kind: StrEnum
    ref: str | None
    at: datetime


def moves(before: datetime | None, after: datetime, at: datetime) -> bool:
    """Whether a deadline that has not passed at an instant is another one from now on."""
    return before is not None and before > at and after != before
