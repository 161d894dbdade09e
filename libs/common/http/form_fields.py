"""Forms of commands: the fields that a body declares (`labels.py`), as a user interface draws them."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, Field, JsonValue

from libs.common.http.labels import HINT, NAMES, UNIT

LONG_TEXT = 200


class Choice(BaseModel):
    """A value to choose, and how it is called."""

    value: str = Field(examples=["CONTRACT"])
    label: str = Field(examples=["签订合同"])


class FieldKind(StrEnum):
    """How a field is filled in."""

    TEXT = "TEXT"
    LONG_TEXT = "LONG_TEXT"
    WHOLE = "WHOLE"
    FLAG = "FLAG"
    DATE = "DATE"
    INSTANT = "INSTANT"
    CHOICE = "CHOICE"
    CHOICES = "CHOICES"
    ROWS = "ROWS"
    GROUP = "GROUP"
    FILE = "FILE"


class FormField(BaseModel):
    """A field of a form. What it holds goes into the body under its name; `fields` are of a group or of each row."""

    name: str = Field(examples=["length_m"])
    label: str = Field(examples=["长度"])
    kind: FieldKind = Field(examples=["TEXT"])
    required: bool
    unit: str | None = Field(default=None, examples=["米"])
    hint: str | None = Field(default=None, examples=["最多一位小数；没有外线填 0"])
    default: JsonValue = None
    pattern: str | None = None
    most: int | None = Field(default=None, description="Most characters of a text, or rows")
    choices: list[Choice] | None = None
    is_number: bool = Field(default=False, description="Whether a choice goes into the body as a number")
    fields: list["FormField"] | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Form:
    """The declared data of a command from which its actions are made: operation, path and model of the body."""

    operation_id: str
    title: str
    path: str
    body: type[BaseModel] | None
    takes_file: bool = False


@lru_cache(maxsize=512)
def fields_of(form: Form) -> list[FormField]:
    """Return the fields of a command's form, as its body is declared."""
    if form.takes_file:
        return [FormField(name="file", label="文件", kind=FieldKind.FILE, required=True)]
    if form.body is None:
        return []
    schema = form.body.model_json_schema()
    return list(_of_object(schema, schema.get("$defs", {})))


def _of_object(schema: Mapping[str, Any], types: Mapping[str, Any]) -> Iterator[FormField]:
    required = set(schema.get("required", ()))
    for name, declared in schema["properties"].items():
        yield _of_field(name, declared, types, name in required)


def _of_field(name: str, declared: Mapping[str, Any], types: Mapping[str, Any], required: bool) -> FormField:
    schema = _whole(declared, types)
    kind, fields, codes = _kind_of(schema, types)
    names: Mapping[str, str] = schema.get(NAMES, {})
    return FormField(
        name=name,
        label=schema.get("title", name),
        kind=kind,
        required=required,
        unit=schema.get(UNIT),
        hint=schema.get(HINT),
        default=schema.get("default"),
        pattern=schema.get("pattern"),
        most=schema.get("maxLength", schema.get("maxItems")),
        choices=None
        if codes is None
        else [Choice(value=code, label=names.get(code, code)) for code in codes],
        is_number=codes is not None and schema.get("type") == "integer",
        fields=fields,
    )


def _whole(declared: Mapping[str, Any], types: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema with its references resolved and without the null alternative; the field's own keywords win."""
    schema = dict(declared)
    forms = [form for form in schema.pop("anyOf", ()) if form.get("type") != "null"]
    reference = schema.pop("$ref", None)
    for under in (*forms[:1], *([types[reference.rpartition("/")[2]]] if reference else ())):
        schema = _whole(under, types) | schema
    return schema


def _kind_of(
    schema: Mapping[str, Any], types: Mapping[str, Any]
) -> tuple[FieldKind, list[FormField] | None, Collection[str] | None]:
    """Return the kind of input of a schema, the fields of its parts, and its codes."""
    if "enum" in schema:
        return FieldKind.CHOICE, None, list(map(str, schema["enum"]))
    match schema.get("type"):
        case "array":
            items = _whole(schema["items"], types)
            if "properties" in items:
                return FieldKind.ROWS, list(_of_object(items, types)), None
            return FieldKind.CHOICES, None, items.get("enum")
        case "object":
            return FieldKind.GROUP, list(_of_object(schema, types)), None
        case "integer":
            # Each step of a scale has a name.
            return (
                (FieldKind.CHOICE, None, schema[NAMES]) if NAMES in schema else (FieldKind.WHOLE, None, None)
            )
        case "boolean":
            return FieldKind.FLAG, None, None
    match schema.get("format"):
        case "date-time":
            return FieldKind.INSTANT, None, None
        case "date":
            return FieldKind.DATE, None, None
    long = schema.get("maxLength", 0) > LONG_TEXT
    return FieldKind.LONG_TEXT if long else FieldKind.TEXT, None, None
