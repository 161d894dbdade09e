"""Accounts of the simulated city: staff of each utility and reporting unit, who only looks, an app, and a citizen."""

from typing import Final

from libs.common.auth.callers import Assurance, Caller, Scope, ScopeKind
from libs.common.places import load_places
from libs.development.identity import identity

CUSTOMER: Final = identity("customer/laptop")
"""The id of the customer in the registry who is the citizen to sign in with."""

CITIZEN: Final = Caller(
    "c-laptop",
    frozenset({"citizen"}),
    Scope(ScopeKind.CITIZEN, CUSTOMER.upper()),
    "示例用户",
    channel="ISHANDONG",
    assurance=Assurance.REAL_NAME,
)
"""One of the city's users, as 爱山东 signs them in."""

WATCHER = {"simulator-watcher": Caller("m-watcher", frozenset({"supervisor"}), Scope(ScopeKind.CITY))}
AS_CITIZEN = {"simulator-citizen": CITIZEN}
CHANNEL = {
    "simulator-channel": Caller("m-channel", frozenset({"channel"}), Scope(ScopeKind.CHANNEL, "ISHANDONG"))
}


def of_utilities(*roles: str) -> dict[str, Caller]:
    """Return an account for each role at each utility, by `simulator-ROLE-UTILITY`."""
    codes = [utility.code for utility in load_places().utilities()]
    return _staff(ScopeKind.UTILITY, codes, roles)


def of_units(*roles: str) -> dict[str, Caller]:
    """Return an account for each role in each reporting unit, by `simulator-ROLE-UNIT`."""
    codes = [unit.code for unit in load_places().reporting_units]
    return _staff(ScopeKind.DISTRICT, codes, roles)


def _staff(kind: ScopeKind, codes: list[str], roles: tuple[str, ...]) -> dict[str, Caller]:
    return {
        f"simulator-{role}-{code}": Caller(f"m-{role}-{code}", frozenset({role}), Scope(kind, code))
        for role in roles
        for code in codes
    }
