"""The schemas of the published events, and the check that they hold no personal data."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from libs.common import discovery
from libs.common.events import EventPayload

PERSONAL = re.compile(
    r"(^|_)("
    r"name|surname|nickname|person|applicant|owner|resident|gender|sex|age|birth\w*|nation\w*|"
    r"id_(number|card|no)|idcard|identity|passport|licen[cs]e|plate|"
    r"phone|telephone|tel|mobile|fax|e?mail|wechat|weixin|openid|contact|"
    r"address|addr|street|house|building|room|latitude|longitude|lat|lon|lng|location|coordinates?|"
    r"account|bank|card|ip|signature|photo|picture|image|voice|face|fingerprint|"
    r"customer_(ref|id)|user_id|caller|(asked|approved|decided|changed|opened)_by|remarks?|notes?|comments?|text|message|description"
    r")s?(_|$)"
)


def published() -> list[type[EventPayload]]:
    """Return every event that a service promises, as `services/<name>/events/published.py` lists them."""
    modules = (discovery.module_of(name, "events.published") for name in discovery.names())
    return [event for module in modules if module is not None for event in module.PUBLISHED]


class _Plain(GenerateJsonSchema):
    """Without titles that only repeat a field's name."""

    def field_title_should_be_set(self, _schema: Any) -> bool:
        return False

    def datetime_schema(self, schema: Any) -> JsonSchemaValue:
        # `outgoing` sees to it.
        return {**super().datetime_schema(schema), "pattern": "Z$"}


def schema_of(event: type[EventPayload]) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of an event's data."""
    schema = event.model_json_schema(mode="serialization", schema_generator=_Plain)
    # A released event may get more fields: only its publisher is strict, never its readers.
    for part in (schema, *schema.get("$defs", {}).values()):
        part.pop("additionalProperties", None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:sqn:event:{event.type()}",
        **schema,
    }


def personal_data(schemas: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the fields of the events (type to schema) whose names say that they hold something of a person."""
    return [
        f"{event}.{field}: no event may carry personal data"
        for event, schema in sorted(schemas.items())
        for field in sorted(set(_fields(schema)))
        if PERSONAL.search(_snake(field))
    ]


def _fields(schema: Any) -> Iterator[str]:
    if isinstance(schema, Mapping):
        yield from (name for name, kind in schema.get("properties", {}).items() if not _is_object(name, kind))
        for inner in schema.values():
            yield from _fields(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _fields(inner)


def _is_object(name: str, kind: Any) -> bool:
    """Tell whether a field is of ids of our objects, which say nothing of a person: `account_id`, `account_ids`."""
    if not isinstance(kind, Mapping):
        return False
    if name.endswith("_ids"):
        kind = kind.get("items", {})
    forms = kind.get("anyOf", [kind])
    return name.endswith(("_id", "_ids")) and "uuid" in {
        form.get("format") for form in forms if form != {"type": "null"}
    }


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
