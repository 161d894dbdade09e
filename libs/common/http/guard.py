"""Gates before a route: no body is read until the caller is authenticated and within the quotas.

FastAPI reads a body, and stores its files, before it resolves the dependencies of a route. Gates run before that and
store their result in the request's scope, so that the dependencies need not repeat the check.
"""

import copy
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

Gate = Callable[[Request], Awaitable[Any]]
"""Raises what the caller is answered, and reads nothing of the body."""

Admission = Callable[[Request], Callable[[], None] | None]
"""Admits a request that has passed its gates, and returns what to call when its answer is sent, if anything."""

Count = Callable[[Request], Awaitable[None]]
"""Counts an admitted request where that costs a statement; raises what the caller is answered."""


def calls_of(dependant: Dependant) -> Iterator[Any]:
    """Yield the dependencies of a route, and the `guards` that a dependency calls itself."""
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from getattr(dependency.call, "guards", ())
        yield from calls_of(dependency)


def guarded(
    routes: Iterable[BaseRoute],
    gate_of: Callable[[Any], Gate | None],
    admission_of: Callable[[APIRoute], Admission | None] = lambda _route: None,
    count_of: Callable[[APIRoute], Count | None] = lambda _route: None,
) -> Iterator[BaseRoute]:
    """Yield routes behind the gates of their dependencies; a route without any is open to anyone."""
    for route in routes:
        gates: list[Gate] = []
        if isinstance(route, APIRoute):
            gates = list(dict.fromkeys(gate for call in calls_of(route.dependant) if (gate := gate_of(call))))
        if gates and isinstance(route, APIRoute):
            # A copy, since applications in this process share a router's routes.
            route = copy.copy(route)
            route.app = _Guard(route.app, gates, admission_of(route), count_of(route))
        yield route


class _Guard:
    def __init__(
        self, app: ASGIApp, gates: Sequence[Gate], admission: Admission | None, count: Count | None
    ) -> None:
        self._app = app
        self._gates = gates
        self._admission = admission
        self._count = count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        for gate in self._gates:
            await gate(request)
        release = self._admission and self._admission(request)
        try:
            if self._count is not None:
                await self._count(request)
            await self._app(scope, receive, send)
        finally:
            if release is not None:
                release()
