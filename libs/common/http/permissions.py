"""The table of authorisations (权限表): each operation with the roles, scopes and objects that its route declares."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from libs.common.aggregate import Stead
from libs.common.auth.callers import SCOPES_OF_ROLES, Role, ScopeColumns, ScopeKind
from libs.common.http.auth import Authenticated
from libs.common.http.commands import By
from libs.common.http.contract import operations
from libs.common.http.guard import calls_of

Holder = tuple[Role, ScopeKind]
"""A role in a kind of scope where it can be held: a column of the table."""

HOLDERS: tuple[Holder, ...] = tuple(
    (role, kind) for role, kinds in SCOPES_OF_ROLES.items() for kind in ScopeKind if kind in kinds
)


@dataclass(frozen=True, slots=True)
class Permission:
    """Who may do one operation, on whose objects: a row of the table.

    `roles` is None where it is open to anyone; `objects` is None where they belong to nobody. `stead` says what staff
    need for an act that belongs to the applicant. `for_others` says that a citizen may do it for another who
    authorised it, as guardian or as agent.
    """

    operation_id: str
    summary: str
    method: str
    path: str
    roles: frozenset[Role] | None
    objects: ScopeColumns | None
    stead: Stead | None
    for_others: bool = False

    def admits(self, holder: Holder) -> bool:
        """Tell whether a role in a kind of scope may do it, on its own objects."""
        role, kind = holder
        if self.roles is None:
            return True
        return role in self.roles and (self.objects is None or self.objects.shown_to(kind))


def permissions_of(routes: Sequence[BaseRoute]) -> Iterator[Permission]:
    """Yield the permissions of the operations of a contract."""
    for route in operations(routes):
        yield _permission(route)


def _permission(route: APIRoute) -> Permission:
    calls = list(calls_of(route.dependant))
    guard = next((call for call in calls if isinstance(call, Authenticated)), None)
    command = next((call for call in calls if isinstance(call, By)), None)
    (method,) = route.methods or {""}
    return Permission(
        operation_id=route.operation_id or "",
        summary=route.summary or "",
        method=method,
        path=route.path_format,
        roles=guard.roles if guard else None,
        objects=guard.of if guard else None,
        stead=command.stead if command else None,
        for_others=guard is not None and guard.for_others,
    )
