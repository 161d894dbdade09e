"""The machine accounts of who tells, screens, handles, calls back and rates in the simulated city, and of 12345."""

from typing import Final

from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.development import machines

USERS: Final[dict[str, Caller]] = {}
MACHINES: Final = {
    **machines.WATCHER,
    **machines.AS_CITIZEN,
    "simulator-hotline": Caller("m-hotline", frozenset({"hotline"}), Scope(ScopeKind.CHANNEL, "HOTLINE")),
    **machines.of_utilities("clerk"),
    **machines.of_units("window", "supervisor"),
}
