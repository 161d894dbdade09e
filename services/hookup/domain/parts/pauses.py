"""Pauses of a case."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.hookup.domain.values.pauses import PauseReason, PauseSpan


class PauseState(StrEnum):
    """A pause stops the clock only once it is approved."""

    REQUESTED = "REQUESTED"
    APPROVED = "APPROVED"
    DECLINED = "DECLINED"


@dataclass(slots=True)
class Pause:
    """A pause: asked for with evidence, decided by somebody else."""

    id: str
    reason: PauseReason
    evidence_ref: str
    starts_at: datetime
    asked_by: str
    state: PauseState = PauseState.REQUESTED
    decided_by: str | None = None
    ended_at: datetime | None = None
    # From when it counts where its approval came late; else its start.
    counts_from: datetime | None = None

    @property
    def span(self) -> PauseSpan:
        """The time that it takes or would take."""
        start = self.counts_from or self.starts_at
        end = None if self.ended_at is None else max(start, self.ended_at)
        return PauseSpan(self.reason, start, end)
