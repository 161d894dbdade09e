"""Promised operations of an HTTP API, and the changes that break their clients.

An operation is compared as two schemas: of its request, and of its successful answers. Problems are not compared:
the document does not list those of an operation.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools.contracts_compatible import Comparison, Schema, is_annotation, target

# Their keys are names, not keywords.
_NAMING = {"operations", "schemas", "properties"}
_REMEDY = "keep what was released, or offer a new operation beside it (contracts/README.md)"


def promise(document: Schema) -> dict[str, Any]:
    """Return the promise of an OpenAPI document: operations by id, and schemas without descriptions."""
    operations = {
        operation["operationId"]: {
            "address": f"{method.upper()} {path}",
            "request": _request(operation, document),
            "answers": _answers(operation, document),
        }
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    schemas = document.get("components", {}).get("schemas", {})
    bare: dict[str, Any] = _bare({"operations": operations, "components": {"schemas": schemas}})
    return bare


def broken_operations(released: Mapping[str, Schema], present: Mapping[str, Schema]) -> list[str]:
    """Return the changes of the present OpenAPI documents that break clients of released promises (by service)."""
    sentences = []
    for service, was in sorted(released.items()):
        now = promise(present.get(service, {"paths": {}}))
        broken: dict[str, list[str]] = defaultdict(list)
        for operation in was["operations"]:
            for fault in _faults(operation, was, now):
                broken[fault].append(operation)
        sentences += [
            f"{service} {', '.join(operations)}{fault}; {_REMEDY}" for fault, operations in broken.items()
        ]
    return sentences


def _faults(operation: str, released: Schema, present: Schema) -> Iterator[str]:
    was, now = released["operations"][operation], present["operations"].get(operation)
    if now is None:
        yield ": the operation is gone"
        return
    if was["address"] != now["address"]:
        yield f": is {now['address']}, was {was['address']}"
    yield from Comparison(released, present, is_request=True).faults(
        was["request"], now["request"], ".request"
    )
    yield from Comparison(released, present).faults(was["answers"], now["answers"], ".answers")


def _request(operation: Schema, document: Schema) -> Schema:
    parameters = [_followed(parameter, document) for parameter in operation.get("parameters", ())]
    fields = {f"{parameter['in']}.{parameter['name']}": parameter for parameter in parameters}
    schemas = {path: _sendable(parameter["schema"]) for path, parameter in fields.items()}
    if "requestBody" in operation:
        fields["body"] = _followed(operation["requestBody"], document)
        schemas["body"] = _object(_contents(fields["body"]))
    keys = operation.get("security", document.get("security")) or [{}]
    schemas["security"] = {"anyOf": [{"required": list(_claims(key))} for key in keys]}
    return _object(schemas, _required(fields))


def _answers(operation: Schema, document: Schema) -> Schema:
    answers = {}
    for status, reference in operation["responses"].items():
        if status.startswith("2"):
            answer = _followed(reference, document)
            headers = {
                f"header.{name}": _followed(header, document)
                for name, header in answer.get("headers", {}).items()
            }
            schemas = {path: header["schema"] for path, header in headers.items()}
            answers[status] = _object(_contents(answer) | schemas, _required(headers))
    return _object(answers)


def _object(properties: Schema, required: Sequence[str] = ()) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required}


def _required(parts: Mapping[str, Schema]) -> list[str]:
    return [path for path, part in parts.items() if part.get("required")]


def _contents(part: Schema) -> dict[str, Any]:
    """Return the schema of a body or an answer by media type; a stream is the list of its items."""
    return {
        media: {"items": content["itemSchema"]} if "itemSchema" in content else content.get("schema", {})
        for media, content in part.get("content", {}).items()
    }


def _claims(key: Mapping[str, list[str]]) -> Iterator[str]:
    """Return the schemes and scopes of a security requirement."""
    for scheme, scopes in key.items():
        yield scheme
        yield from (f"{scheme} {scope}" for scope in scopes)


def _sendable(schema: Schema) -> Schema:
    """Remove null, which no parameter can be."""
    if "anyOf" not in schema:
        return schema
    return {**schema, "anyOf": [form for form in schema["anyOf"] if form.get("type") != "null"]}


def _followed(part: Schema, document: Schema) -> Schema:
    return target(part["$ref"], document) if "$ref" in part else part


def _bare(node: Any, named: bool = False) -> Any:
    """Remove annotations; keys of `named` schemas are kept."""
    if isinstance(node, dict):
        return {
            key: _bare(value, not named and key in _NAMING)
            for key, value in node.items()
            if named or not is_annotation(key)
        }
    return [_bare(item) for item in node] if isinstance(node, list) else node
