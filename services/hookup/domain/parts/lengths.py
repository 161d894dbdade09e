"""LengthChange"""

from dataclasses import dataclass
from datetime import datetime

from services.hookup.domain.values.lengths import LengthKind


@dataclass(frozen=True, slots=True)
class LengthChange:
    """One row of the length's audit."""

    kind: LengthKind
    from_dm: int | None
    to_dm: int
    changed_at: datetime
    changed_by: str
