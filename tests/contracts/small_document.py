"""A small OpenAPI document, and the same with one change."""

import copy
from typing import Any

PATH = "/v1/cases/{case_id}/notes"
DOCUMENT: dict[str, Any] = {
    "paths": {
        PATH: {
            "post": {
                "operationId": "addNote",
                "parameters": [
                    {"name": "case_id", "in": "path", "required": True, "schema": {"format": "uuid"}},
                    {
                        "name": "limit",
                        "in": "query",
                        "schema": {"anyOf": [{"type": "integer", "maximum": 50}, {"type": "null"}]},
                    },
                    {"name": "Trace", "in": "header", "schema": {"type": "string"}},
                ],
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Given"}},
                        "text/plain": {"schema": {"type": "string"}},
                    }
                },
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Note"}},
                            "text/csv": {},
                        },
                        "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
                    },
                    "204": {"description": "Nothing was new"},
                    "default": {"description": "A problem"},
                },
                "security": [{"oidc": ["read"]}],
            }
        }
    },
    "components": {
        "headers": {"ETag": {"required": True, "schema": {"type": "string"}}},
        "schemas": {
            "Kind": {"type": "string", "enum": ["A", "B"]},
            "Dated": {"type": "object", "properties": {"on": {"type": "string", "format": "date"}}},
            "Given": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "text": {"type": "string", "minLength": 1, "maxLength": 9, "pattern": "^[a-z]+$"},
                    "kind": {"$ref": "#/components/schemas/Kind"},
                    "weight": {"type": "number"},
                    "until": {"oneOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
                    "tags": {"type": "array", "items": {"type": "string", "maxLength": 9}, "maxItems": 3},
                    "labels": {
                        "type": "object",
                        "additionalProperties": {"type": "integer"},
                        "propertyNames": {"maxLength": 5},
                    },
                    "place": {
                        "allOf": [{"$ref": "#/components/schemas/Dated"}, {"properties": {"x": {}}}],
                        "required": ["on"],
                    },
                    "inner": {"$ref": "#/components/schemas/Given"},
                },
                "required": ["text"],
            },
            "Note": {
                "type": "object",
                "properties": {
                    "id": {"type": "string", "format": "uuid"},
                    "kind": {"$ref": "#/components/schemas/Kind"},
                    "count": {"type": "integer"},
                    "seen": {"type": ["string", "null"]},
                    "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
                    "answers": {"type": "array", "items": {"$ref": "#/components/schemas/Note"}},
                    "dated": {"allOf": [{"$ref": "#/components/schemas/Dated"}], "required": ["on"]},
                },
                "required": ["id", "kind", "answers"],
            },
        },
    },
}
GONE = object()


def changed(place: str, value: object) -> dict[str, Any]:
    """Return the document with a value at a place, `+` being the end of a list.

    A place is a part of the document and keys below it. `given` is what the operation takes, `note` what it answers.
    """
    document = copy.deepcopy(DOCUMENT)
    operation, schemas = document["paths"][PATH]["post"], document["components"]["schemas"]
    parts = {
        "document": document,
        "operation": operation,
        "parameters": operation["parameters"],
        "answers": operation["responses"],
        "given": schemas["Given"],
        "given.": schemas["Given"]["properties"],
        "note": schemas["Note"],
        "note.": schemas["Note"]["properties"],
    }
    part, *keys, last = place.split()
    holder: Any = parts[part]
    for key in keys:
        holder = holder[int(key) if isinstance(holder, list) else key]
    if last == "+":
        holder.append(value)
    elif value is GONE:
        del holder[int(last) if isinstance(holder, list) else last]
    else:
        holder[last] = value
    assert document != DOCUMENT
    return document
