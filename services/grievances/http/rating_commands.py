"""Shared parts of the routes of ratings: the commands, the roles, and from where a request comes."""

from typing import Annotated, Final

from libs.common.auth.callers import OFFICIALS, Caller, Role
from libs.common.http import command, commands
from libs.common.http.auth import require
from services.grievances.domain.ratings.rating import Rating
from services.grievances.domain.rules import Rules
from services.grievances.http.rating_models import RatingView
from services.grievances.http.rating_views import rating_view
from services.grievances.storage.ratings import RATINGS
from services.grievances.storage.rulebook import RuleBook

COMMANDS: Final[commands.Commands[Rating, Rules, RuleBook]] = commands.Commands(
    RATINGS, "/ratings/{rating_id}", rating_view, RatingView
)
Given = command.Given[Rules, RuleBook]
RatingCommand = command.Command[Rating, Rules, RuleBook]
Reader = Annotated[Caller, require(*OFFICIALS, Role.CITIZEN, of=RATINGS.scopes)]
Staff = Annotated[Caller, require(*OFFICIALS, of=RATINGS.scopes)]
# The rated unit neither takes ratings down, nor calls back, nor has links made.
DESK: Final = (Role.WINDOW, Role.SUPERVISOR)
UNIT: Final = (Role.CLERK, Role.APPROVER)
RATING: Final = "评价"
BAD: Final = "差评办理"
APPEALS: Final = "申诉"
