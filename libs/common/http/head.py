"""HEAD is answered as GET, without the content (RFC 9110 §9.3.2), on whatever can be read."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class _Enough(Exception):  # noqa: N818 - no error: the answer's head was all that was asked for
    pass


class HeadAsGet:
    """ASGI middleware: the application sees a GET, and stops when the head of its answer is there."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        # A copy, since the server has to know that it is a HEAD; what is found out on the way is told to the outside.
        inner = {**scope, "method": "GET"}

        async def head(message: Message) -> None:
            if message["type"] != "http.response.body":
                scope.update({name: value for name, value in inner.items() if name not in scope})
                await send(message)
                return
            # Not earlier: what was opened for a content is closed by whoever has begun to read it.
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            if message.get("more_body"):
                # A stream would go on for good, a ledger be written to its end.
                raise _Enough

        try:
            await self._app(inner, receive, head)
        except BaseExceptionGroup as group:
            if group.split(_Enough)[1] is not None:
                raise
        except _Enough:
            pass
