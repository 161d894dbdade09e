"""HEAD for every GET route (RFC 9110 §9.3.2)."""

from typing import Final

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ASKED: Final = "sqn.head"


def is_head(request: Request) -> bool:
    """Tell whether a route that is served as GET was asked for the head of its answer alone."""
    return _ASKED in request.scope


class _Enough(Exception):  # noqa: N818 - no error: the answer's head was all that was asked for
    pass


class HeadAsGet:
    """ASGI middleware: the application sees a GET and is stopped after the head of its answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        # A copy, since the server must still see a HEAD; what the application adds to the scope is copied back.
        inner = {**scope, "method": "GET", _ASKED: True}

        async def head(message: Message) -> None:
            if message["type"] != "http.response.body":
                scope.update({name: value for name, value in inner.items() if name not in scope})
                await send(message)
                return
            # Not earlier: a file opened for the content is closed by its reader.
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            if message.get("more_body"):
                # Otherwise a stream would never end, and a ledger would be written completely.
                raise _Enough

        try:
            await self._app(inner, receive, head)
        except BaseExceptionGroup as group:
            if group.split(_Enough)[1] is not None:
                raise
        except _Enough:
            pass
