"""The outermost middleware of a service: trace, body limits, timing, access log, headers, a 500 without internals."""

import asyncio
import time
from collections.abc import Sequence

import structlog
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.common import telemetry
from libs.common.http.errors import problem_response
from libs.common.http.forms import MULTIPART, has_plain_charset, media_type
from libs.common.http.security_headers import RawHeader, with_security
from libs.common.problems import INTERNAL

log = structlog.get_logger("access")

MEBIBYTE = 1_048_576
BODY_SECONDS = 30.0
"""How long a body may keep us waiting, besides a second for each BODY_RATE bytes that came."""
BODY_RATE = 16_384
_BODY_LIMIT = "x-body-limit"
# Probes and scrapes are not logged: they come every few seconds.
_QUIET = frozenset({"/livez", "/readyz", "/metrics"})


def body_limit(limit: int) -> dict[str, int]:
    """Return the `openapi_extra` of a route with a body limit of its own, in bytes, such as an upload.

    A limit above the default holds for multipart forms only: they alone are written to disk while they arrive.
    """
    return {_BODY_LIMIT: limit}


def seconds_left(received: int, waited: float) -> float:
    """Return the seconds that a body may still take, given the bytes received so far."""
    return BODY_SECONDS + received / BODY_RATE - waited


class Edge:
    """ASGI middleware around the whole application; an API names the security headers of its answers."""

    def __init__(
        self,
        app: ASGIApp,
        service: str,
        default_body_limit: int = MEBIBYTE,
        headers: Sequence[RawHeader] | None = None,
    ) -> None:
        self._app = app
        self._service = service
        self._headers = headers
        self._body_limit = default_body_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        parent: str | None = None
        length = 0
        kind = b""
        for name, value in scope["headers"]:
            if name == b"traceparent":
                parent = value.decode("latin-1")
            elif name == b"content-length":
                length = int(value) if value.isdigit() else 0
            elif name == b"content-type" and not kind:
                kind = value
        telemetry.enter_request(parent)
        # nginx's status for a client that disconnected before the answer began.
        status = 499
        received = 0
        waited = 0.0
        is_complete = False
        started = time.perf_counter()

        async def limited() -> Message:
            nonlocal received, waited, is_complete
            if is_complete:
                # A further `receive` waits for the disconnect.
                return await receive()
            # The body is first read inside the route, so the route's limit is known by now.
            limit = _own_limit(scope, self._body_limit, kind)
            # FastAPI passes on only this exception from here; it becomes a problem.
            if length > limit:
                raise HTTPException(413)
            if media_type(kind) == MULTIPART and not has_plain_charset(kind):
                raise HTTPException(415)
            read_from = time.perf_counter()
            try:
                async with asyncio.timeout(seconds_left(received, waited)):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, headers={"Connection": "close"}) from None
            waited += time.perf_counter() - read_from
            received += len(message.get("body", b""))
            if received > limit:
                raise HTTPException(413)
            is_complete = not message.get("more_body", False)
            return message

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if self._headers is not None:
                    message["headers"] = with_security(message.get("headers", ()), self._headers)
            await send(message)

        try:
            await self._app(scope, limited, answer)
        except Exception:
            log.exception("request_failed")
            if status != 499:
                # The answer has begun: closing the connection is the only way to signal the error.
                raise
            await problem_response(INTERNAL("请稍后重试；如仍失败，请提供追踪编号"))(scope, receive, answer)
        finally:
            seconds = time.perf_counter() - started
            # The template, not the path: paths hold ids and unguessable tokens.
            route = getattr(scope.get("route"), "path", "unmatched")
            telemetry.REQUEST_SECONDS.labels(self._service, scope["method"], route, status).observe(seconds)
            if route not in _QUIET:
                log.info(
                    "request",
                    method=scope["method"],
                    route=route,
                    status=status,
                    microseconds=int(seconds * 1_000_000),
                    subject=scope.get("sqn.subject"),
                )


def _own_limit(scope: Scope, default: int, kind: bytes) -> int:
    extra = getattr(scope.get("route"), "openapi_extra", None) or {}
    limit: int = extra.get(_BODY_LIMIT, default)
    return limit if media_type(kind) == MULTIPART else min(limit, default)
