"""The commands on a case: who gives them, what an act that may be entered late needs, and what reads go by."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends

from libs.common.auth.callers import OFFICIALS, USERS, Caller, Role, ScopeKind
from libs.common.http import commands
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

Given = commands.Given[Rules, RuleBook]
CaseCommand = commands.Command[Case, Rules, RuleBook]
HOOKUPS: commands.Commands[Case, Rules, RuleBook] = commands.Commands(
    CASES, "/hookups/{case_id}", case_view, models.CaseView, DECLARED
)

# Who reads cases: staff those of their scope, users and their apps their own.
Reader = Annotated[Caller, require(*OFFICIALS, *USERS, of=CASES.scopes)]
Staff = Annotated[Caller, require(*OFFICIALS, of=CASES.scopes)]

# Who gives a command. The utility's own work is its clerks'; what a counter receives the hall receives, too.
CLERK = (Role.CLERK,)
COUNTER = (Role.WINDOW, Role.CLERK)
HELPERS = (Role.CLERK, Role.AGENT)
# Of the utility, or of who supervises it: which of them the aggregate says.
DECIDERS = (Role.APPROVER, Role.SUPERVISOR)
APPLICANT = (*COUNTER, *USERS, Role.AGENT)
# What nobody may do in a user's stead but the counter where the user stands.
USER = (*COUNTER, *USERS)
# What the utility says for no user: its own people would set its clock or ask themselves.
USER_OR_HALL = (Role.WINDOW, *USERS)
# What only the user can say: never the rated, nor who helps (好差评).
USER_ALONE = USERS


def approver(at: Given) -> Approver:
    """Return the caller as who decides: one of the utility does not supervise it."""
    return Approver(at.subject, at.caller.scope.kind is not ScopeKind.UTILITY)


def happened_at(claimed: datetime | None, at: Given) -> datetime:
    """Return when something happened: as the caller says, else now. Raises RuleError for the future."""
    if claimed is not None and claimed > at.now:
        raise RuleError("in-the-future", "时间不能晚于现在", "请核对时间", "at")
    return claimed or at.now


def enter_act(case: Case, claim: Claim, grounds: LateEntryGrounds | None, at: Given) -> None:
    """Enter an act that may have happened before now: at once, or to be approved. Raises RuleError."""
    if grounds is not None:
        check_evidence(case, grounds.evidence_ref, "late_entry.evidence_ref")
    reasons = Grounds(grounds.reason, grounds.evidence_ref) if grounds else None
    enter(case, claim, reasons, at.new_id(), at.now, at.subject, at.rules)


Parts = Annotated[commands.Parts[RuleBook], Depends(commands.parts)]
