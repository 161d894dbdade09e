"""Shared parts of the commands on a case: roles, late entries, and the dependencies of reads."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends

from libs.common.auth.callers import OFFICIALS, USERS, Caller, Role, ScopeKind
from libs.common.http import command, commands
from libs.common.http.auth import require
from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.values.approval import Approver
from services.hookup.domain.values.entries import Claim, Grounds
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.verbs.late_entries import enter
from services.hookup.domain.verbs.materials import check_evidence
from services.hookup.http import models
from services.hookup.http.allowed import DECLARED
from services.hookup.http.entry_models import LateEntryGrounds
from services.hookup.http.views import case_view
from services.hookup.storage.cases import CASES
from services.hookup.storage.rulebook import RuleBook

Given = command.Given[Rules, RuleBook]
CaseCommand = command.Command[Case, Rules, RuleBook]
HOOKUPS: commands.Commands[Case, Rules, RuleBook] = commands.Commands(
    CASES, "/hookups/{case_id}", case_view, models.CaseView, DECLARED
)

# Readers of cases: staff within their scope, users and their apps their own.
Reader = Annotated[Caller, require(*OFFICIALS, *USERS, of=CASES.scopes)]
Staff = Annotated[Caller, require(*OFFICIALS, of=CASES.scopes)]

# Roles of commands: clerks do the utility's own work; what a counter receives, the hall may receive too.
CLERK = (Role.CLERK,)
COUNTER = (Role.WINDOW, Role.CLERK)
HELPERS = (Role.CLERK, Role.AGENT)
# An approver of the utility or its supervisor; the aggregate decides which.
DECIDERS = (Role.APPROVER, Role.SUPERVISOR)
APPLICANT = (*COUNTER, *USERS, Role.AGENT)
# Acts in a user's stead that only the counter with the user present may do.
USER = (*COUNTER, *USERS)
# Acts that the utility may not do for a user: its staff would set its own clock or ask themselves.
USER_OR_HALL = (Role.WINDOW, *USERS)
# Acts of the user only: never of the rated utility or the agent (好差评).
USER_ALONE = USERS


def approver(at: Given) -> Approver:
    """Return the caller as an approver; it supervises unless it belongs to the utility."""
    return Approver(at.subject, at.caller.scope.kind is not ScopeKind.UTILITY)


def happened_at(claimed: datetime | None, at: Given) -> datetime:
    """Return the claimed time of an act, by default now. Raises RuleError for the future."""
    if claimed is not None and claimed > at.now:
        raise RuleError("in-the-future", "时间不能晚于现在", "请核对时间", "at")
    return claimed or at.now


def enter_act(case: Case, claim: Claim, grounds: LateEntryGrounds | None, at: Given) -> None:
    """Perform an act that may have happened earlier, or store it for approval. Raises RuleError."""
    if grounds is not None:
        check_evidence(case, grounds.evidence_ref, "late_entry.evidence_ref")
    reasons = Grounds(grounds.reason, grounds.evidence_ref) if grounds else None
    enter(case, claim, reasons, at.new_id(), at.now, at.subject, at.rules)


Parts = Annotated[command.Parts[RuleBook], Depends(command.parts)]
