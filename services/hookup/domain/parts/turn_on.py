"""Dispute"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Dispute:
    """The user says that it does not run: the clock goes on until the meter is live again and that is confirmed."""

    disputed_at: datetime
    disputed_by: str
    meter_live_at: datetime
    reason: str
