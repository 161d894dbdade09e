"""The API of a service, called with the signed-in user's own access token."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, overload

import httpx
import msgspec
import structlog
from pydantic import BaseModel, TypeAdapter

from libs.common.problems import FieldError, ProblemKind, define
from libs.common.telemetry import current_traceparent
from libs.pages.sessions import Session

log = structlog.get_logger(__name__)

UPSTREAM_UNAVAILABLE = define("upstream-unavailable", 503, "服务暂时没有响应")

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")
Query = Mapping[str, str | list[str]]


class SignedOutError(Exception):
    """The user has to sign in: there is no session, or the service does not accept its token any more."""


class _FieldRefusal(msgspec.Struct):
    """What is wrong with one field."""

    field: str
    rule: str = ""
    remedy: str = ""
    code: str = ""


class ChangeSince(msgspec.Struct):
    """What was done since the version that a form was filled in for: `by` is an account, told to officials."""

    name: str
    at: datetime
    by: str | None = None


class _Refusal(msgspec.Struct):
    """What pages read of a problem document."""

    title: str = "请求未被接受"
    detail: str = ""
    code: str = "upstream-refused"
    errors: tuple[_FieldRefusal, ...] = ()
    changes: tuple[ChangeSince, ...] = ()


@dataclass(frozen=True, slots=True)
class Upstream:
    """One service; `title` is its Chinese name."""

    title: str
    client: httpx.AsyncClient

    @overload
    async def get(
        self, path: str, session: Session | None, answer: type[M], query: Query | None = None
    ) -> M: ...

    @overload
    async def get(
        self, path: str, session: Session | None, answer: TypeAdapter[T], query: Query | None = None
    ) -> T: ...

    async def get(self, path: str, session: Session | None, answer: Any, query: Query | None = None) -> Any:
        """Read a resource; without a session one that is open to anyone.

        Raises SignedOutError, or a problem that says in Chinese what is wrong.
        """
        request = self.client.build_request("GET", path, params=query, headers=_headers(session))
        async with self._sent(request) as response:
            content = await response.aread()
        return (
            answer.validate_json(content)
            if isinstance(answer, TypeAdapter)
            else answer.model_validate_json(content)
        )

    async def post(
        self, path: str, session: Session | None, answer: type[M], headers: dict[str, str], **body: Any
    ) -> M:
        """Send a command; without a session one that is open to anyone. Raises as `get` does."""
        request = self.client.build_request("POST", path, headers=_headers(session) | headers, **body)
        async with self._sent(request) as response:
            return answer.model_validate_json(await response.aread())

    async def put(self, path: str, session: Session, answer: type[M], version: int, body: object) -> M:
        """Save over the version that was seen. Raises as `get` does."""
        headers = {"If-Match": f'"{version}"', "Content-Type": "application/json"}
        request = self.client.build_request(
            "PUT", path, headers=_headers(session) | headers, content=msgspec.json.encode(body)
        )
        async with self._sent(request) as response:
            return answer.model_validate_json(await response.aread())

    async def command(
        self, method: str, path: str, session: Session, key: str, version: str | None, **body: Any
    ) -> bytes:
        """Send a command, once for its key, on the version that was seen. Raises as `get` does."""
        headers = {"Idempotency-Key": key} | ({} if version is None else {"If-Match": f'"{version}"'})
        request = self.client.build_request(method, path, headers=_headers(session) | headers, **body)
        async with self._sent(request) as response:
            return await response.aread()

    async def open(
        self,
        path: str,
        session: Session,
        query: Query | None = None,
        headers: dict[str, str] | None = None,
        method: str = "GET",
    ) -> tuple[httpx.Headers, AsyncGenerator[bytes, None]]:
        """Open a resource to pass it on; return its headers and its pieces, none by HEAD. Raises as `get` does."""
        request = self.client.build_request(
            method, path, params=query, headers=_headers(session) | (headers or {})
        )
        stack = AsyncExitStack()
        response = await stack.enter_async_context(self._sent(request))

        async def pieces() -> AsyncGenerator[bytes, None]:
            async with stack:
                async for piece in response.aiter_bytes():
                    yield piece

        return response.headers, pieces()

    @asynccontextmanager
    async def _sent(self, request: httpx.Request) -> AsyncIterator[httpx.Response]:
        try:
            response = await self.client.send(request, stream=True)
        except httpx.TransportError as error:
            log.warning("upstream_unavailable", upstream=self.title, error=repr(error))
            raise UPSTREAM_UNAVAILABLE(f"{self.title}暂时没有响应，请稍后重试") from error
        try:
            if response.status_code == 401:
                raise SignedOutError
            if response.is_error:
                raise await self._problem(response)
            yield response
        finally:
            await response.aclose()

    async def answers(self) -> bool:
        """Tell whether the service is alive."""
        try:
            return (await self.client.get("/livez", timeout=2.0)).is_success
        except httpx.TransportError:
            return False

    async def _problem(self, response: httpx.Response) -> Exception:
        try:
            refusal = msgspec.json.decode(await response.aread(), type=_Refusal)
        except msgspec.MsgspecError:
            refusal = _Refusal()
        if response.status_code >= 500:
            log.warning("upstream_failed", upstream=self.title, status=response.status_code)
            return UPSTREAM_UNAVAILABLE(f"{self.title}出现故障，请稍后重试")
        errors = [FieldError(item.field, item.rule, item.remedy, item.code) for item in refusal.errors]
        headers = {name: response.headers[name] for name in ("Retry-After",) if name in response.headers}
        kind = ProblemKind(refusal.code, response.status_code, refusal.title)
        return kind(refusal.detail, errors=errors, headers=headers, changes=refusal.changes)


def _headers(session: Session | None) -> dict[str, str]:
    headers = {} if session is None else {"Authorization": f"Bearer {session.access_token}"}
    if trace := current_traceparent():
        headers["traceparent"] = trace
    return headers
