"""Finds the route of a request by the shape of its path, in place of trying a hundred patterns in turn."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from fastapi.params import Form
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match, Router
from starlette.types import ASGIApp, Receive, Scope, Send

Shape = tuple[str, int, str | None]
"""Method, number of slashes, and last segment of a path; None for any last segment that no route names."""


class RouteTable:
    """ASGI middleware just before the application's router, which still serves what the table does not find.

    Routes of one shape are tried in the order in which they were declared, as the router does. Forms are
    left to the router, which gives their limits.
    """

    def __init__(self, router: Router) -> None:
        self._router = router
        self._routed: ASGIApp = router.middleware_stack
        self._candidates = _by_shape(router.routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. With tracing on FastAPI's router names the span of a request."""
        if scope["type"] == "http" and "fastapi.telemetry" not in scope:
            path: str = scope["path"]
            shape = (scope["method"], path.count("/"), path.rpartition("/")[2])
            for route in self._candidates.get(shape) or self._candidates.get((*shape[:2], None), ()):
                match, found = route.matches(scope)
                if match is not Match.FULL:
                    continue
                if takes_form(route):
                    break
                scope.setdefault("router", self._router)
                scope.update(found)
                await route.handle(scope, receive, send)
                return
        await self._routed(scope, receive, send)


def takes_form(route: APIRoute) -> bool:
    """Tell whether the body of a route is a form."""
    return route.body_field is not None and isinstance(route.body_field.field_info, Form)


def _by_shape(routes: Iterable[BaseRoute]) -> Mapping[Shape, Sequence[APIRoute]]:
    taken = [
        (route, method, route.path_format.count("/"), last)
        for route in routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
        for last in [route.path_format.rpartition("/")[2]]
    ]
    named: dict[tuple[str, int], set[str]] = defaultdict(set)
    for _, method, slashes, last in taken:
        if "{" not in last:
            named[method, slashes].add(last)
    table: dict[Shape, list[APIRoute]] = defaultdict(list)
    for route, method, slashes, last in taken:
        lasts: Iterable[str | None] = [last] if "{" not in last else [*named[method, slashes], None]
        for each in lasts:
            table[method, slashes, each].append(route)
    return table
