"""Who gives commands to a case, what a command is, and what it depends on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from libs.common.auth.callers import ScopeKind
from services.hookup.domain.case import Case
from services.hookup.domain.values.permit_items import PermitKind
from services.hookup.domain.values.rules import Rules
from tests.services.hookup.domain.oracle import Outcome
from tests.services.hookup.test_api_rules import NOBODY
from tests.support.hookup import Json

UTILITY = ScopeKind.UTILITY, "W-371502"
CLERK, APPROVER, HELPERS = (
    ("clerk-1",),
    ("approver-1", "clerk-1 as approver"),
    ("clerk-1", "agent-1", "agent-2"),
)
# Who may undo what was announced: the last stands outside of the utility.
DECIDER = (*APPROVER, "supervisor-1", "supervisor-1")
COUNTER = ("clerk-1", "window-1")
USER = ("C-1", "channel-1", *COUNTER)
USER_OR_HALL = ("C-1", "channel-1", "window-1")
RATER = ("C-1", "channel-1")
APPLICANT = (*USER, "agent-1", "agent-2")
OFFICE = ("authority-1",)
# Names of a case's events, each with its instant.
Events = list[tuple[str, datetime]]
DOCUMENT = {"document_ref": "OBJ-1"}
# One authority decides on these; what is notified of an emergency is another's.
OUR_OFFICE = "GREENING-371502"
KINDS = (PermitKind.GREEN_LAND, PermitKind.TREES)


@dataclass(frozen=True)
class Command:
    """A command, who may give it, and what becomes of it by the rules of the case; `item` is the permit it is of.

    `of_utility` is what only the utility's people may do, though the route is open to applicants; `roles` are more
    that the route is open to than those of the callers.
    """

    path: str
    body: Json | None
    callers: tuple[str, ...]
    expected: Outcome
    item: str = ""
    of_utility: bool = False
    roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """A file that was uploaded to the case, which commands name."""

    ref: str
    uploaded_at: datetime

    @property
    def grounds(self) -> Json:
        """The grounds of a late entry."""
        return {"reason": "现场记录次日交回", "evidence_ref": self.ref}

    def is_fresh(self, case: Case) -> bool:
        """Whether it was uploaded since the last dispute."""
        return not case.disputes or self.uploaded_at >= case.disputes[-1].disputed_at


@dataclass(frozen=True)
class Context:
    """What a command depends on beside its case; `barred` are the parties that may not commit."""

    random: Random
    now: datetime
    rules: Rules
    barred: frozenset[str]
    evidence: Evidence

    def one(self, ids: Sequence[str]) -> str:
        """The last of some ids, or at random any of them or one that is none."""
        return self.random.choice([*ids, NOBODY]) if self.random.random() < 0.3 or not ids else ids[-1]
