"""The check of access to one utility's objects."""

from sqlalchemy import column

from libs.common.auth.callers import Caller, ScopeColumns, ScopeKind
from libs.common.places import load_places
from libs.common.problems import NOT_FOUND

# Reference data are in no table: the columns have the names of their fields.
UTILITIES = ScopeColumns(column("code"), column("district"), label="专营单位的设置")


def check_utility(caller: Caller, utility: str) -> None:
    """Raise `not-found` unless there is such a utility and it is the caller's, of its district or of the city."""
    try:
        district = load_places().utility(utility).district
    except KeyError:
        raise NOT_FOUND(_NOT_FOUND) from None
    seen = {ScopeKind.CITY: "", ScopeKind.UTILITY: utility, ScopeKind.DISTRICT: district}
    if seen.get(caller.scope.kind) != caller.scope.code:
        raise NOT_FOUND(_NOT_FOUND)


_NOT_FOUND = "没有这个专营单位，或不在您的管辖范围内"
