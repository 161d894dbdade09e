"""What callers are offered on a case in memory, under the rules as they ship."""

from datetime import datetime

from libs.common.auth.callers import Caller, Role, Scope, ScopeKind
from libs.common.calendars.seed import published_calendar
from libs.common.http.actions import Actions
from libs.common.policy import PolicyBook
from services.hookup import bootstrap
from services.hookup.domain.case import Case
from services.hookup.http.allowed import withheld_from
from services.hookup.http.commands import HOOKUPS
from services.hookup.http.contact_views import waiting_for
from services.hookup.storage.policies import KINDS
from services.hookup.storage.rulebook import RuleBook
from tests.support.hookup import SHIPPED

# The routes declare the commands.
assert bootstrap

_HOMES = {
    Role.WINDOW: Scope(ScopeKind.DISTRICT, "371502"),
    Role.SUPERVISOR: Scope(ScopeKind.DISTRICT, "371502"),
    Role.ADMINISTRATOR: Scope(ScopeKind.CITY),
    Role.AUTHORITY: Scope(ScopeKind.AUTHORITY, "GREENING-371502"),
    Role.CHANNEL: Scope(ScopeKind.CHANNEL, "ISHANDONG"),
    Role.CITIZEN: Scope(ScopeKind.CITIZEN, "C-1"),
}


class ShippedRules(RuleBook):
    """The rules as they ship, without a database."""

    def __init__(self) -> None:
        self._policies = PolicyBook(KINDS, [version.model_dump() for version in SHIPPED.values()])
        self._agents = {"W-371502": ("a-1", "a-2")}
        self._staff = {}
        self._calendar = published_calendar()


RULEBOOK = ShippedRules()


def caller_as(*roles: Role, subject: str = "u-1") -> Caller:
    """Return somebody with roles where these can be held; the first says where."""
    scope = _HOMES.get(roles[0], Scope(ScopeKind.UTILITY, "W-371502"))
    return Caller(subject, frozenset(roles), scope)


def actions_of(case: Case, caller: Caller, now: datetime, *, explain: bool = False) -> Actions:
    """Return what a caller is offered on a case, as `GET …/{id}/actions` answers."""
    waiting = waiting_for(case, RULEBOOK.of(case), now)
    return HOOKUPS.actions(case, caller, now, RULEBOOK, withheld_from(case, caller), waiting, explain)
