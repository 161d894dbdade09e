"""Shared parts of the routes of grievances: the commands, the roles, and the dependencies of reads."""

from typing import Annotated, Final

from fastapi import Depends, Request

from libs.common.auth.callers import OFFICIALS, Caller, Role
from libs.common.http import command, commands
from libs.common.http.auth import require
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.rules import Rules
from services.grievances.http.models import GrievanceView
from services.grievances.http.views import grievance_view
from services.grievances.storage.grievances import GRIEVANCES
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.senders import Origin

COMMANDS: Final[commands.Commands[Grievance, Rules, RuleBook]] = commands.Commands(
    GRIEVANCES, "/grievances/{grievance_id}", grievance_view, GrievanceView
)
Given = command.Given[Rules, RuleBook]
GrievanceCommand = command.Command[Grievance, Rules, RuleBook]
Reader = Annotated[Caller, require(*OFFICIALS, Role.CITIZEN, of=GRIEVANCES.scopes)]
Staff = Annotated[Caller, require(*OFFICIALS, of=GRIEVANCES.scopes)]
Parts = Annotated[command.Parts[RuleBook], Depends(command.parts)]

# The desk of a district or of the city screens, decides on returns and calls back; a utility does its own work.
DESK: Final = (Role.WINDOW, Role.SUPERVISOR)
CLERK: Final = (Role.CLERK,)
ABOVE: Final = (Role.SUPERVISOR,)
SCREENING: Final = "受理派单"
STEPS: Final = "办理"
OVERSIGHT: Final = "督办"
CALLING: Final = "回访"
LEDGER: Final = "清零台账"
REPORTERS: Final = "诉求人"
CONTACT: Final = "联系"
TEAM: Final = "内部协作"


def origin_of(request: Request) -> Origin:
    """Return from where a request comes, as the server knows it (it believes trusted proxies alone)."""
    address = "" if request.client is None else request.client.host
    return Origin(address, request.headers.get("user-agent", ""))
