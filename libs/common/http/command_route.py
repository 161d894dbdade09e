"""The route of a command: FastAPI documents it, and answers what is wrong; what is right takes a shorter way.

Solving dependencies, exit stacks and response models take FastAPI a sixth of a command's time. None of them does
anything for a command, which has one dependency and answers bytes. So its request is read here, by the same
validators. Whatever these do not accept goes to FastAPI unchanged, which says what is wrong.
"""

import json
from collections.abc import Sequence
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.common.http.forms import media_type

JSON = b"application/json"


class CommandRoute(APIRoute):
    """A route with the command as its one dependency, parameters in its path, a JSON body or none, the request."""

    def __init__(self, path: str, endpoint: Any, **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self.app = _ShortWay(self.app, self)


class _NotAccepted(Exception):  # noqa: N818 - no error of ours: FastAPI answers it
    pass


class _ShortWay:
    def __init__(self, documented: ASGIApp, route: APIRoute) -> None:
        self._documented = documented
        self._endpoint = route.endpoint
        self._path = route.dependant.path_params
        self._body = route.body_field
        # What a command records of who asks, such as an address, it reads from the request.
        self._request_name = route.dependant.request_param_name
        (by,) = route.dependant.dependencies
        if len(route.dependant.body_params) > 1 or by.dependencies or by.body_params:
            raise TypeError(f"{route.path}: a command has one body, and By no dependency of its own")
        self._by: Any = by.call
        self._by_name, self._by_path = str(by.name), by.path_params
        for dependant in (route.dependant, by):
            if dependant.query_params or dependant.header_params or dependant.cookie_params:
                raise TypeError(f"{route.path}: a command reads its path and body only")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        try:
            body = await request.body()
        except ClientDisconnect:
            return
        try:
            values = self._of_path(self._path, scope) | self._of_body(request, body)
            of_command = self._of_path(self._by_path, scope)
        except _NotAccepted:
            await self._documented(scope, _replayed(body, receive), send)
            return
        if self._request_name is not None:
            values[self._request_name] = request
        values[self._by_name] = await self._by(request, **of_command)
        response = await self._endpoint(**values)
        await response(scope, receive, send)

    @staticmethod
    def _of_path(fields: Sequence[Any], scope: Scope) -> dict[str, Any]:
        given = scope["path_params"]
        return {field.name: _validated(field, given[field.alias]) for field in fields}

    def _of_body(self, request: Request, body: bytes) -> dict[str, Any]:
        field = self._body
        if field is None:
            return {}
        if not body:
            if field.field_info.is_required():
                raise _NotAccepted
            return {field.name: field.get_default()}
        if media_type(request.headers.get("content-type", "").encode("latin-1")) != JSON:
            raise _NotAccepted
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            raise _NotAccepted from None
        return {field.name: _validated(field, document)}


def _validated(field: Any, value: Any) -> Any:
    validated, faults = field.validate(value)
    if faults:
        raise _NotAccepted
    return validated


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives a body which has been read, and goes on as before."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay
