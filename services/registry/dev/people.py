"""Who may sign in on a laptop beside the people of hookup, and the machine accounts of who works on requests."""

from typing import Final

from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.development import machines

USERS: Final = {
    # Only heat is stopped by the season.
    "heat": Caller(
        "u-H-371502", frozenset({"clerk"}), Scope(ScopeKind.UTILITY, "H-371502"), "东昌府区供热窗口"
    ),
}
MACHINES: Final = {
    **machines.WATCHER,
    **machines.CHANNEL,
    **machines.of_utilities("clerk", "approver"),
    **machines.of_units("window"),
}
