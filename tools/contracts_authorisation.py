"""The table of authorisations for auditors: `contracts/authorisation.md`, from the routes' declarations."""

from collections.abc import Iterable, Iterator, Mapping

from libs.common.aggregate import Stead
from libs.common.auth.callers import Role, ScopeColumns, ScopeKind
from libs.common.http.permissions import HOLDERS, Holder, Permission

_ROLES = {
    Role.WINDOW: "大厅窗口",
    Role.CLERK: "经办",
    Role.APPROVER: "审批",
    Role.AGENT: "帮办",
    Role.SUPERVISOR: "督导",
    Role.ADMINISTRATOR: "管理员",
    Role.SYSTEM_ADMINISTRATOR: "系统管理员",
    Role.SECURITY_ADMINISTRATOR: "安全管理员",
    Role.AUDITOR: "审计管理员",
    Role.AUTHORITY: "审批部门",
    Role.CHANNEL: "渠道",
    Role.HOTLINE: "热线系统",
    Role.CITIZEN: "用户",
}
_PLACES = {
    ScopeKind.UTILITY: "专营单位",
    ScopeKind.DISTRICT: "区县",
    ScopeKind.CITY: "市",
    ScopeKind.CHANNEL: "",
    ScopeKind.CITIZEN: "",
    ScopeKind.AUTHORITY: "",
}
_OWN = {
    ScopeKind.UTILITY: "本单位",
    ScopeKind.DISTRICT: "本区县",
    ScopeKind.CITY: "全市",
    ScopeKind.CHANNEL: "本渠道",
    ScopeKind.CITIZEN: "本人",
    ScopeKind.AUTHORITY: "本部门",
}
_NO = "—"
_STAFF = frozenset({Role.WINDOW, Role.CLERK, Role.AGENT})
_HEAD = """# 权限表

由各服务路由的声明生成（`make contracts`），逐格测试（`tests/contracts/test_authorisation.py`）。
未列出的一律不许；没有声明的操作，服务不能启动。

- 列是角色及其所在：同一角色在别处不成立，令牌里多写的角色不算数。
- 格内是可办的范围：范围以外的，与不存在的回答相同（404）；“{no}”为不许（403）；“可”指对象不属于任何一方。
- “监护、代理”：他人授权的监护人、代理人凭自己的实名登录也可办理，只限授权的人、户、事项和期限，留痕注明何人代何人。
- “代·文书”：代用户办理，须注明用户签字的文件，帮办须有用户的电子授权；“代”：代用户办理，留痕；帮办同样须有授权。
"""


def authorisation(services: Mapping[str, tuple[str, Iterable[Permission]]]) -> str:
    """Return the table of services: name to title and permissions."""
    return _HEAD.format(no=_NO) + "".join(
        line for name in sorted(services) for line in _service(name, *services[name])
    )


def _service(name: str, title: str, permissions: Iterable[Permission]) -> Iterator[str]:
    heads = [f"{_ROLES[role]}<br>{_PLACES[kind] or role.value}" for role, kind in HOLDERS]
    yield f"\n## {title} `{name}`\n\n"
    yield _row(["操作", "对象", *heads])
    yield _row(["---"] * (2 + len(heads)))
    for permission in permissions:
        operation = f"{permission.summary}<br>`{permission.operation_id}`"
        cells = [_cell(permission, holder) for holder in HOLDERS]
        yield _row([operation, _objects(permission), *cells])


def _objects(permission: Permission) -> str:
    if permission.roles is None:
        return "凭链接，任何人"
    return permission.objects.label if permission.objects else "公共"


def _cell(permission: Permission, holder: Holder) -> str:
    role, kind = holder
    if not permission.admits(holder):
        return _NO
    text = _scope(permission.objects, kind)
    if permission.for_others and role is Role.CITIZEN:
        return f"{text}；监护、代理"
    if permission.stead is None or role not in _STAFF:
        return text
    return f"{text}（代·文书）" if permission.stead is Stead.DOCUMENT else f"{text}（代）"


def _scope(objects: ScopeColumns | None, kind: ScopeKind) -> str:
    return _OWN[kind] if objects else "可"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"
