"""Shared parts of the routes of requests: the commands, the roles, and the dependencies of reads."""

from typing import Annotated, Final

from fastapi import Depends

from libs.common.auth.callers import OFFICIALS, Caller, Role
from libs.common.http import command, commands
from libs.common.http.auth import require
from services.registry.domain.requests.request import Request
from services.registry.domain.rules import Rules
from services.registry.http.request_models import RequestView
from services.registry.http.request_views import request_view
from services.registry.storage.requests import REQUESTS
from services.registry.storage.rulebook import RuleBook
from services.registry.usecases.standing import of_request_command

REQUEST_COMMANDS: Final[commands.Commands[Request, Rules, RuleBook]] = commands.Commands(
    REQUESTS, "/requests/{request_id}", request_view, RequestView, standing=of_request_command
)
Given = command.Given[Rules, RuleBook]
RequestCommand = command.Command[Request, Rules, RuleBook]
Reader = Annotated[Caller, require(*OFFICIALS, Role.CITIZEN, of=REQUESTS.scopes, for_others=True)]
Staff = Annotated[Caller, require(*OFFICIALS, of=REQUESTS.scopes)]
Parts = Annotated[command.Parts[RuleBook], Depends(command.parts)]

# Roles as hookup has them: what a counter receives the hall may receive too; the utility does its own work.
COUNTER: Final = (Role.WINDOW, Role.CLERK)
PARTY: Final = (*COUNTER, Role.CITIZEN)
CLERK: Final = (Role.CLERK,)
STEPS: Final = "办理"
PARTIES: Final = "用户"
CONTACT: Final = "联系"
TEAM: Final = "内部协作"
