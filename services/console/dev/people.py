"""Who looks after the system itself on a laptop: the three administrators, of whom nobody may be two."""

from typing import Final

from libs.common.auth.callers import Caller, Role, Scope, ScopeKind

_NAMES: Final = {
    "system": (Role.SYSTEM_ADMINISTRATOR, "系统管理员"),
    "security": (Role.SECURITY_ADMINISTRATOR, "安全管理员"),
    "auditor": (Role.AUDITOR, "审计管理员"),
}
USERS: Final = {
    login: Caller(f"u-{login}", frozenset({role}), Scope(ScopeKind.CITY), name)
    for login, (role, name) in _NAMES.items()
}
MACHINES: Final[dict[str, Caller]] = {}
