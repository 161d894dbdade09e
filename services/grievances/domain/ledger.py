"""The ledger of what is to be cleared (清零台账, seed 二（二）2), one entry a grievance."""

from dataclasses import dataclass, field
from datetime import datetime

from services.grievances.domain.values.codes import CrossOffGround, LedgerState, Level


@dataclass(frozen=True, slots=True)
class Progress:
    """What was done about an entry."""

    at: datetime
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Approval:
    """That a level agrees to cross an entry off."""

    level: Level
    at: datetime
    by: str


def cleared_by(rule: datetime, stated: datetime | None) -> datetime:
    """Return when an entry is to be cleared: a stated time joins that of the rule and lengthens none."""
    return rule if stated is None else min(rule, stated)


@dataclass(slots=True)
class LedgerEntry:
    """An entry: owner, measures and progress until it is crossed off (销号)."""

    entered_at: datetime
    cycle: int
    clear_by: datetime
    state: LedgerState = LedgerState.OPEN
    owner: str | None = None
    measures: str | None = None
    progress: list[Progress] = field(default_factory=list)
    ground: CrossOffGround | None = None
    explanation: str | None = None
    approvals: list[Approval] = field(default_factory=list)
    crossed_off_at: datetime | None = None
    overdue: bool = False
    # A time for clearing it that stands in the ledger from which it was read in.
    stated: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it still has to be cleared."""
        return self.state is LedgerState.OPEN

    @property
    def waits_for(self) -> Level | None:
        """The level whose agreement is missing; None before the first one or after both."""
        if not self.is_open or not self.approvals:
            return None
        agreed = {approval.level for approval in self.approvals}
        return next((level for level in Level if level not in agreed), None)
