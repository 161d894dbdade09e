"""Who may sign in on a laptop, and the machine accounts: of whoever works with hookup cases."""

from typing import Final

from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.places import load_places
from libs.development import machines
from services.hookup.domain.values.permit_items import Office, authority
from services.hookup.domain.values.staff import CITY, StaffMember

WATCHER: Final = "watcher"
"""The machine that only looks."""

USERS: Final = {
    "city": Caller("u-city", frozenset({"supervisor", "administrator"}), Scope(ScopeKind.CITY), "市局督导"),
    # What holds for the whole city one drafts and the other approves.
    "city-head": Caller(
        "u-city-head", frozenset({"supervisor", "administrator"}), Scope(ScopeKind.CITY), "市局审核"
    ),
    "district": Caller(
        "u-371502", frozenset({"supervisor"}), Scope(ScopeKind.DISTRICT, "371502"), "东昌府区主管部门"
    ),
    "hall": Caller(
        "u-371502-hall", frozenset({"window"}), Scope(ScopeKind.DISTRICT, "371502"), "东昌府区办事大厅"
    ),
    "utility": Caller(
        "u-W-371502", frozenset({"clerk"}), Scope(ScopeKind.UTILITY, "W-371502"), "东昌府区供水窗口"
    ),
    "utility-head": Caller(
        "u-W-371502-head", frozenset({"approver"}), Scope(ScopeKind.UTILITY, "W-371502"), "东昌府区供水审批"
    ),
    "agent": Caller(
        "u-W-371502-agent", frozenset({"agent"}), Scope(ScopeKind.UTILITY, "W-371502"), "东昌府区供水帮办"
    ),
    "municipal": Caller(
        "u-MUNICIPAL-371502",
        frozenset({"authority"}),
        Scope(ScopeKind.AUTHORITY, "MUNICIPAL-371502"),
        "东昌府区市政审批",
    ),
    "traffic-police": Caller(
        "u-TRAFFIC_POLICE-371502",
        frozenset({"authority"}),
        Scope(ScopeKind.AUTHORITY, "TRAFFIC_POLICE-371502"),
        "东昌府区交管审批",
    ),
    "citizen": machines.CITIZEN,
}
MACHINES: Final = {
    **machines.WATCHER,
    **machines.CHANNEL,
    "simulator-administrator": Caller("m-administrator", frozenset({"administrator"}), Scope(ScopeKind.CITY)),
    # For who writes an app: a channel's back end, and one of its users.
    "app-channel": Caller("m-app", frozenset({"channel"}), Scope(ScopeKind.CHANNEL, "WECHAT")),
    "app-citizen": machines.CITIZEN,
    **machines.AS_CITIZEN,
    **machines.of_utilities("clerk", "approver", "agent"),
    **machines.of_units("window", "supervisor"),
    **{
        f"simulator-{code}": Caller(f"m-{code}", frozenset({"authority"}), Scope(ScopeKind.AUTHORITY, code))
        for unit in load_places().reporting_units
        for code in (authority(office, unit.code) for office in Office)
    },
}
_ROLE_NAMES: Final = {"clerk": "经办", "approver": "审批", "agent": "帮办"}


def _member(caller: Caller, unit: str) -> StaffMember:
    roles = "、".join(_ROLE_NAMES[role] for role in sorted(caller.roles) if role in _ROLE_NAMES)
    return StaffMember(caller.subject, caller.name or f"{unit}{roles}（模拟）", "agent" in caller.roles)


# Who may sign in as an agent takes turns with those whom the simulator plays.
STAFF: Final = {
    **{
        utility.code: [
            _member(caller, utility.name)
            for caller in (*MACHINES.values(), *USERS.values())
            if caller.scope == Scope(ScopeKind.UTILITY, utility.code)
        ]
        for utility in load_places().utilities()
    },
    CITY: [_member(caller, "") for caller in USERS.values() if caller.scope.kind is ScopeKind.CITY],
}


def machine(role: str) -> Caller:
    """Return the account of the simulated city's machine for a role."""
    return MACHINES[f"simulator-{role}"]
