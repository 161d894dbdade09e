"""Who may see customers and accounts at all: staff by their scope, a citizen who has proved enough at sign-in."""

from typing import Annotated

from fastapi import Depends, Request

from libs.common.http import command
from libs.common.http.auth import caller_of
from services.registry.identity.assurance import Purpose, check_assurance
from services.registry.identity.policy import IDENTITY_POLICY
from services.registry.storage.rulebook import RuleBook


async def _viewing(request: Request) -> command.Parts[RuleBook]:
    """Return the parts of the service. Raises `assurance-insufficient`."""
    parts: command.Parts[RuleBook] = await command.parts(request)
    check_assurance(caller_of(request), Purpose.VIEW_MASKED, parts.rulebook.policy(IDENTITY_POLICY).levels)
    return parts


Viewing = Annotated[command.Parts[RuleBook], Depends(_viewing)]
