"""Every error of a request becomes a problem document (RFC 9457)."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import msgspec
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy import exc
from sqlalchemy.exc import DBAPIError, IntegrityError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from libs.common import problems
from libs.common.database.engine import is_unavailable
from libs.common.policy import PolicyError
from libs.common.problems import MEDIA_TYPE, FieldError, Problem, ProblemKind
from libs.common.rules import RecordedRefusalError, RuleError
from libs.common.telemetry import trace_id

log = structlog.get_logger(__name__)

_BY_STATUS: Mapping[int, tuple[ProblemKind, str]] = {
    400: (problems.MALFORMED, "请求内容无法解析"),
    404: (problems.NOT_FOUND, "没有这个地址"),
    405: (problems.METHOD_NOT_ALLOWED, "该地址不支持此方法"),
    408: (problems.REQUEST_TIMEOUT, "请检查网络后重新提交，沿用同一个 Idempotency-Key"),
    413: (problems.TOO_LARGE, "请减小内容或附件后重新提交"),
    415: (problems.UNSUPPORTED_MEDIA_TYPE, "请使用接口说明中的内容类型"),
}

# PostgreSQL stores no NUL, neither in a text nor escaped in JSON.
_NOT_A_CHARACTER = ("22021", "22P05")
# The event number exists already: `reconcile` has fenced the aggregate. The texts of both engines.
_EVENT_NUMBER = ("outbox_aggregate_seq", "outbox.aggregate_seq")
FENCED = problems.define("fenced", 409, "数据恢复后待核对")
UNAVAILABLE = problems.define("database-unavailable", 503, "数据库暂时无法使用")
NO_RULES = problems.define("no-rules-then", 409, "当时没有可适用的规则")


def problem_response(problem: Problem) -> Response:
    """Return the answer for a problem."""
    body = msgspec.json.encode(problem.document(trace_id()))
    return Response(body, problem.kind.status, problem.headers, MEDIA_TYPE)


def of_http(error: HTTPException) -> Problem:
    """Convert an exception of the framework to a problem."""
    kind, detail = _BY_STATUS.get(error.status_code, (None, ""))
    if kind is None:
        kind = ProblemKind(f"http-{error.status_code}", error.status_code, "请求未被接受")
    return kind(detail, headers=error.headers)


def of_rule(error: RuleError) -> Problem:
    """Convert a RuleError to a problem: 409, or 422 for a recorded refusal, with the rule's code as the slug."""
    status = 422 if isinstance(error, RecordedRefusalError) else 409
    kind = ProblemKind(error.code, status, "不符合办理规则")
    return kind(error.text, errors=[FieldError(error.field, error.text, error.remedy, error.code)])


def of_validation(error: RequestValidationError, content_type: str) -> Problem:
    """Convert pydantic's errors to a problem: 415 for another content type, 400 for broken JSON, else 422."""
    errors: list[dict[str, Any]] = list(error.errors())
    # Without a JSON content type FastAPI passes the raw bytes to the model, which refuses them as a whole.
    is_raw = isinstance(error.body, bytes) and any(error["loc"] == ("body",) for error in errors)
    if is_raw and content_type.partition(";")[0].strip().lower() != "application/json":
        return problems.UNSUPPORTED_MEDIA_TYPE("请使用 application/json")
    kind = (
        problems.MALFORMED if any(error["type"] == "json_invalid" for error in errors) else problems.INVALID
    )
    return kind("请按各项提示修改后重新提交", errors=problems.field_errors(errors))


def of_policy() -> Problem:
    """Return the problem for a day on which no version of a policy is in force."""
    text = "该日期还没有可适用的规则"
    remedy = "请核对日期；规则自其生效之日起适用"
    return NO_RULES(text, errors=[FieldError("", text, remedy, NO_RULES.slug)])


def _methods_of(request: Request) -> list[str]:
    """Return all methods of the path, each of which is a route of its own (RFC 9110 §10.2.1)."""
    methods: set[str] = set()
    for route in request.app.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            methods |= getattr(route, "methods", None) or set()
    if "GET" in methods:
        methods.add("HEAD")
    return sorted(methods)


def of_database(error: Exception) -> Problem:
    """Convert known database errors to a problem. Reraises any other: it is a bug."""
    if getattr(getattr(error, "orig", None), "sqlstate", None) in _NOT_A_CHARACTER:
        return problems.INVALID("内容中有无法保存的字符，请删除不可见的字符后重新提交")
    if isinstance(error, IntegrityError) and any(name in str(error.orig) for name in _EVENT_NUMBER):
        return FENCED("该件已发出的后续记录在数据恢复后缺失，暂不能办理，请联系系统管理员")
    if is_unavailable(error):
        log.warning("database_unavailable", error=repr(error))
        return UNAVAILABLE("请稍后重试，提交时沿用同一个 Idempotency-Key", headers={"Retry-After": "5"})
    raise error


def handle_errors(app: FastAPI) -> None:
    """Register the handlers; `Edge` handles every other exception, which is a bug."""

    async def problem(_request: Request, error: Any) -> Response:
        return problem_response(error)

    async def http(request: Request, error: Any) -> Response:
        answer = of_http(error)
        if error.status_code == 405:
            answer = dataclasses.replace(answer, headers={"Allow": ", ".join(_methods_of(request))})
        return problem_response(answer)

    async def validation(request: Request, error: Any) -> Response:
        return problem_response(of_validation(error, request.headers.get("content-type", "")))

    async def rule(_request: Request, error: Any) -> Response:
        return problem_response(of_rule(error))

    async def policy(_request: Request, error: Any) -> Response:
        log.warning("no_policy", reason=str(error))
        return problem_response(of_policy())

    async def database(_request: Request, error: Any) -> Response:
        return problem_response(of_database(error))

    # The server is down: it refuses the connection, or none is available in time.
    for kind in (DBAPIError, exc.TimeoutError, ConnectionError):
        app.add_exception_handler(kind, database)
    app.add_exception_handler(Problem, problem)
    app.add_exception_handler(RuleError, rule)
    app.add_exception_handler(PolicyError, policy)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, validation)
