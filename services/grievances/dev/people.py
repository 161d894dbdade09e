"""The machine accounts of who tells, screens, handles and calls back in the simulated city."""

from typing import Final

from libs.common.auth.callers import Caller
from libs.development import machines

USERS: Final[dict[str, Caller]] = {}
MACHINES: Final = {
    **machines.WATCHER,
    **machines.of_utilities("clerk"),
    **machines.of_units("window", "supervisor"),
}
