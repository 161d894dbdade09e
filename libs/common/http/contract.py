"""What every operation promises: checked when the application is made, and written into its OpenAPI."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from libs.common.http.auth import Authenticated
from libs.common.http.etags import expected_version
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
    "description": "所依据的版本，即上次读取时的 ETag",
    "schema": {"type": "string"},
    "example": '"7"',
}


class ContractError(Exception):
    """Operations that do not keep the rules of the house; the text names each."""


def operations(routes: Sequence[BaseRoute]) -> Iterator[APIRoute]:
    """Return the routes that belong to the contract."""
    return (each for each in routes if isinstance(each, APIRoute) and each.include_in_schema)


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
    """Look into a model, its list items and its fields: a page is shown by its item's example."""
    pending, seen = [schema], set()
    while pending:
        each = pending.pop()
        if each.keys() & {"example", "examples"}:
            return True
        name = each.get("$ref", "").rpartition("/")[2]
        if name and name not in seen:
            seen.add(name)
            pending.append(document["components"]["schemas"][name])
        parts: Iterable[Any] = (
            each.get("items"),
            *each.get("properties", {}).values(),
            *each.get("anyOf", ()),
        )
        pending += [part for part in parts if isinstance(part, dict)]
    return False


def describe(*, title: str, version: str, routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """Return the OpenAPI document, with the problems, tokens and headers that the house adds."""
    document = get_openapi(title=title, version=version, routes=list(routes))
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    # FastAPI's own 422, which no operation of ours answers.
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    schemas["Problem"] = _PROBLEM
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    for route in operations(routes):
        calls = list(calls_of(route.dependant))
        for method in route.methods or ():
            operation = document["paths"][route.path_format][method.lower()]
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = _PROBLEM_RESPONSE
            if any(isinstance(call, Authenticated) for call in calls):
                operation["security"] = [{"bearer": []}]
            for guard, parameter in ((idempotent, _KEY_PARAMETER), (expected_version, _IF_MATCH_PARAMETER)):
                if guard in calls:
                    operation.setdefault("parameters", []).append(parameter)
    components["schemas"] = dict(sorted(schemas.items()))
    return document
