"""What clients of Open311 do otherwise than ours: the key in the form, no Idempotency-Key, errors as lists."""

import hashlib
import re
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from libs.common.http.errors import of_http, of_rule, of_validation
from libs.common.http.forms import URLENCODED, FormLimits, has_plain_charset, media_type
from libs.common.problems import MALFORMED, UNSUPPORTED_MEDIA_TYPE, Problem, define
from libs.common.rules import RuleError
from services.grievances.domain.open311 import SAME_WITHIN
from services.grievances.http.open311_format import MEDIA_TYPES, Open311Format, refused

KEY_IN_URL: Final = define("open311-key-in-url", 400, "api_key 不能写在地址里")
LARGEST_FORM: Final = 65_536
_MOST_FIELDS: Final = 60
FORM: Final[FormLimits] = {"max_files": 0, "max_fields": _MOST_FIELDS, "max_part_size": LARGEST_FORM}
_TOKEN: Final = re.compile(r"[\x21-\x7e]+")
_KEY: Final = "api_key"
_UNKEYED: Final = "sqn.unkeyed"
Pairs = Sequence[tuple[str, str]]


class Open311Route(APIRoute):
    """A route of GeoReport v2: what its clients send becomes what the house asks of all.

    A key in the form is the bearer token. The form is read before the caller is known only where no token came in
    the header, and is bounded; without a valid key nothing else of it is looked at.
    """

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive)
        try:
            if _KEY in request.query_params:
                raise KEY_IN_URL("地址会留在日志里：请放在表单或 Authorization 请求头中，并更换这个令牌")
            if request.method == "POST" and "authorization" not in request.headers:
                receive = await _with_token(request)
            await super().handle(scope, receive, send)
        except ClientDisconnect:
            # Nobody waits for an answer.
            return
        except (Problem, HTTPException) as error:
            await _refusal(request, error)(scope, receive, send)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers once the caller is known."""
        handler = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handler(await _plain(request) if request.method == "POST" else request)
            except (Problem, RuleError, RequestValidationError, HTTPException) as error:
                return _refusal(request, error)

        return answer


async def _with_token(request: Request) -> Receive:
    """Take the key out of the form into the header; return the body to be read again."""
    body = await request.body()
    for name, value in pairs_of(request, body):
        if name == _KEY and _TOKEN.fullmatch(value):
            request.scope["headers"].append((b"authorization", f"Bearer {value}".encode()))
            break
    return _replay(body)


async def _plain(request: Request) -> Request:
    """Return the request without its key and its empty fields, and with an Idempotency-Key where it has none.

    Without one the same form within five minutes is the same request (`SAME_WITHIN`); an update is known by its own
    id, where it has one.
    """
    scope = dict(request.scope)
    kept = [pair for pair in pairs_of(request, await request.body()) if pair[1] and pair[0] != _KEY]
    headers = scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"content-length"]
    if "idempotency-key" not in request.headers:
        update_id = dict(kept).get("update_id")
        scope[_UNKEYED] = update_id is None
        now = request.app.state.clock.now()
        window = str(now.timestamp() // SAME_WITHIN.total_seconds())
        known_by = ["update_id", update_id] if update_id else [window, urlencode(sorted(kept))]
        text = "\n".join([request.url.path, *known_by])
        headers.append((b"idempotency-key", hashlib.sha256(text.encode()).hexdigest().encode()))
    return Request(scope, _replay(urlencode(kept).encode()))


def is_keyed(request: Request) -> bool:
    """Tell whether the channel itself said, by its Idempotency-Key, which requests are one."""
    return not request.scope.get(_UNKEYED, False)


def pairs_of(request: Request, body: bytes) -> Pairs:
    """Return the fields of a form. Raises `unsupported-media-type` and `malformed`."""
    kind = request.headers.get("content-type", "").encode("latin-1")
    if media_type(kind) != URLENCODED or not has_plain_charset(kind):
        raise UNSUPPORTED_MEDIA_TYPE("请使用 application/x-www-form-urlencoded; charset=utf-8")
    try:
        return parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError as error:
        raise MALFORMED(f"表单须为百分号编码的 UTF-8 文本，至多 {_MOST_FIELDS} 个字段") from error


def _replay(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _refusal(
    request: Request, error: Problem | RuleError | RequestValidationError | HTTPException
) -> Response:
    match error:
        case Problem():
            problem = error
        case RuleError():
            problem = of_rule(error)
        case RequestValidationError():
            problem = of_validation(error, request.headers.get("content-type", ""))
        case _:
            problem = of_http(error)
    form = request.url.path.rpartition(".")[2]
    return refused(problem, form if form in MEDIA_TYPES else Open311Format.XML)
