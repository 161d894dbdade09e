"""Rules of every operation: checked when the application is created, and documented in its OpenAPI."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from libs.common.http import headers
from libs.common.http.auth import Authenticated, public
from libs.common.http.etags import IF_MATCH_TEXT, expected_version
from libs.common.http.guard import calls_of
from libs.common.http.idempotency import idempotent
from libs.common.problems import MEDIA_TYPE, is_chinese

_PROBLEM = {
    "type": "object",
    "description": "RFC 9457 问题说明",
    "required": ["type", "title", "status", "detail", "code", "trace_id", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "稳定的错误代码"},
        "trace_id": {"type": ["string", "null"], "description": "追踪编号"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "rule", "remedy", "code"],
                "properties": {name: {"type": "string"} for name in ("field", "rule", "remedy", "code")},
            },
        },
    },
    "examples": [
        {
            "type": "urn:sqn:problem:invalid",
            "title": "填写内容不符合要求",
            "status": 422,
            "detail": "请按各项提示修改后重新提交",
            "code": "invalid",
            "trace_id": "0af7651916cd43dd8448eb211c80319c",
            "errors": [
                {"field": "length", "rule": "不得小于 0", "remedy": "请填写更大的值", "code": "too-small"}
            ],
        }
    ],
}
_PROBLEM_RESPONSE = {
    "description": "问题说明",
    "headers": {
        "Retry-After": {
            "description": "多少秒后可以重试；仅 429 和 503 有",
            "schema": {"type": "integer", "minimum": 0},
            "example": 5,
        },
        "WWW-Authenticate": {
            "description": "应出示的凭据；仅 401 有",
            "schema": {"type": "string"},
            "example": "Bearer",
        },
    },
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_KEY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "每次提交唯一，重试时沿用",
    "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[\\x21-\\x7e]+$"},
    "example": "01920f0c-7a55-7c6e-b7f4-3d1f0a2f9d11",
}
_IF_MATCH_PARAMETER = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": IF_MATCH_TEXT,
    "schema": {"type": "string"},
    "example": '"7"',
}


class Where(Protocol):
    """The settings that tell callers the service's address and the issuer of tokens."""

    @property
    def issuer(self) -> str:
        """The issuer of access tokens."""
        ...

    @property
    def public_url(self) -> str:
        """The address of the service as its callers see it."""
        ...


class ContractError(Exception):
    """Operations break the rules of the contract; the text names each."""


def operations(routes: Sequence[BaseRoute]) -> Iterator[APIRoute]:
    """Return the routes of the contract: those in the OpenAPI document."""
    return (route for route in routes if isinstance(route, APIRoute) and route.include_in_schema)


def check_contract(routes: Sequence[BaseRoute], document: dict[str, Any]) -> None:
    """Raise ContractError unless each operation has an id, a Chinese summary, an example and its guards."""
    listed = list(operations(routes))
    faults = [fault for route in listed for fault in _faults(route, document)]
    ids = Counter(route.operation_id for route in listed)
    faults += [
        f"operation_id {name} is used {count} times" for name, count in ids.items() if name and count > 1
    ]
    if faults:
        raise ContractError("; ".join(faults))


def _faults(route: APIRoute, document: dict[str, Any]) -> Iterator[str]:
    methods = route.methods or set()
    name = f"{','.join(sorted(methods))} {route.path}"
    calls = set(calls_of(route.dependant))
    if public not in calls and not any(isinstance(call, Authenticated) for call in calls):
        yield f"{name} says neither who may call it (`require`) nor that anyone may (`public`)"
    if route.operation_id is None:
        yield f"{name} has no operation_id"
    if not is_chinese(route.summary):
        yield f"{name} has no Chinese summary"
    if "POST" in methods and idempotent not in calls:
        yield f"{name} does not take Once, so a repeated request would take effect twice"
    if methods & {"PUT", "PATCH", "DELETE"} and expected_version not in calls:
        yield f"{name} does not take ExpectedVersion, so it would overwrite unseen changes"
    for method in methods:
        operation = document["paths"][route.path_format].get(method.lower(), {})
        if _has_json(operation) and not _has_example(operation, document):
            yield f"{name} has no example"


def _media(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    succeeding = (body for status, body in operation["responses"].items() if status.startswith("2"))
    for body in (operation.get("requestBody", {}), *succeeding):
        if "application/json" in body.get("content", {}):
            yield body["content"]["application/json"]


def _has_json(operation: dict[str, Any]) -> bool:
    return any(media.get("schema") for media in _media(operation))


def _has_example(operation: dict[str, Any], document: dict[str, Any]) -> bool:
    return any(
        media.keys() & {"example", "examples"} or _schema_has_example(media.get("schema", {}), document)
        for media in _media(operation)
    )


def _schema_has_example(schema: dict[str, Any], document: dict[str, Any]) -> bool:
    """Search a model, its list items and fields: an item's example also serves as its page's."""
    pending, seen = [schema], set()
    while pending:
        part = pending.pop()
        if part.keys() & {"example", "examples"}:
            return True
        name = part.get("$ref", "").rpartition("/")[2]
        if name and name not in seen:
            seen.add(name)
            pending.append(document["components"]["schemas"][name])
        parts: Iterable[Any] = (
            part.get("items"),
            *part.get("properties", {}).values(),
            *part.get("anyOf", ()),
        )
        pending += [inner for inner in parts if isinstance(inner, dict)]
    return False


def describe(*, title: str, version: str, routes: Sequence[BaseRoute], settings: Where) -> dict[str, Any]:
    """Return the OpenAPI document, with the problems, tokens, headers and files that all services have."""
    document = get_openapi(title=title, version=version, routes=list(routes))
    document["servers"] = [{"url": settings.public_url, "description": "本服务"}]
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    # FastAPI's default 422, which no operation answers.
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    schemas["Problem"] = _PROBLEM
    components["responses"] = {"Problem": _PROBLEM_RESPONSE}
    components["headers"] = {**headers.ETAG, **headers.LOCATION}
    components["securitySchemes"] = _security(settings.issuer)
    for route in operations(routes):
        calls = list(calls_of(route.dependant))
        for method in route.methods or ():
            operation = document["paths"][route.path_format][method.lower()]
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = {"$ref": "#/components/responses/Problem"}
            if any(isinstance(call, Authenticated) for call in calls):
                operation["security"] = [{"bearer": []}, {"oidc": []}]
            for guard, parameter in ((idempotent, _KEY_PARAMETER), (expected_version, _IF_MATCH_PARAMETER)):
                if guard in calls:
                    operation.setdefault("parameters", []).append(parameter)
            if expected_version in calls:
                _add_version(operation)
    for schema in schemas.values():
        _describe_files(schema)
    components["schemas"] = dict(sorted(schemas.items()))
    return document


def _security(issuer: str) -> dict[str, Any]:
    return {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "由 oidc 所指的签发者签发的访问令牌",
        },
        "oidc": {
            "type": "openIdConnect",
            "openIdConnectUrl": f"{issuer.rstrip('/')}/.well-known/openid-configuration",
            "description": "签发者的发现文档；其中 token_endpoint 为换取令牌的地址："
            "应用后台用 client_credentials，用户登录用 authorization_code 和 PKCE（S256）",
        },
    }


def _add_version(operation: dict[str, Any]) -> None:
    """Document the ETag of a change's answer, as of the read before it."""
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            response.setdefault("headers", {}).update(headers.refer(headers.ETAG))


def _describe_files(schema: dict[str, Any]) -> None:
    """Mark files in forms the way client generators expect, beside OpenAPI 3.1's form."""
    for field in schema.get("properties", {}).values():
        if field.get("contentMediaType") == "application/octet-stream":
            field["format"] = "binary"
