"""Validation of query parameter names: an unknown one is refused, since a misspelt filter must not be ignored."""

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import Request

from libs.common.problems import INVALID, FieldError, shown_name

Parameters = Mapping[tuple[str, str], Mapping[str, bool]]


def parameters_of(document: Mapping[str, Any]) -> Parameters:
    """Return, by path and method, the query parameters of an OpenAPI document, and whether each is a list."""
    return {
        (path, method.upper()): {
            parameter["name"]: _is_list(parameter["schema"])
            for parameter in operation.get("parameters", ())
            if parameter["in"] == "query"
        }
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }


def _is_list(schema: Mapping[str, Any]) -> bool:
    return any(form.get("type") == "array" for form in (schema, *schema.get("anyOf", ())))


async def known_query(request: Request) -> None:
    """Raise `invalid` for parameters that the operation does not have, and for one value given twice."""
    route = request.scope.get("route")
    # Called before routing: the operation calls it again.
    if route is None or not request.scope["query_string"]:
        return
    parameters = request.app.state.parameters.get((route.path_format, request.method), {})
    if errors := list(_faults(request, parameters)):
        raise INVALID("请按各项提示修改后重新提交", errors=errors)


def _faults(request: Request, parameters: Mapping[str, bool]) -> Iterator[FieldError]:
    for name in dict.fromkeys(request.query_params.keys()):
        field = shown_name(f"query.{name}"[:200])
        if name not in parameters:
            rule = f"没有这个查询条件；可用的有：{'、'.join(parameters) or '无'}"
            yield FieldError(field, rule, "请删除或改正该条件", "unknown-field")
        elif not parameters[name] and len(request.query_params.getlist(name)) > 1:
            yield FieldError(field, "同一查询条件只能给一次", "请删除重复的条件", "given-twice")
