"""The commands that a caller may give to a resource now, each with its form (similar to HAL-FORMS templates).

A form is derived from the command's declaration: the title from its summary, the fields from the model of its body
(`labels.py`), the choices from the resource's present state (`Offer`). Commands that the state or the caller's roles
rule out are not offered; other rules are checked when the command is given.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from itertools import product
from types import MappingProxyType
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


class Due(BaseModel):
    """The work that a command does: of what a thing waits for, until when, and whose turn it is."""

    name: str = Field(examples=["开始下一环节"])
    whose: str = Field(examples=["clerk"], description="The work list that it stands on")
    due_at: datetime | None
    overdue: bool


class Action(BaseModel):
    """A command that can be given now: `POST` to `href` with the version seen and a new key."""

    operation_id: str = Field(examples=["startStage"])
    title: str = Field(examples=["开始一个环节"])
    group: str = Field(examples=["受理与环节"])
    target: Choice | None = Field(description="What of the thing it is done to, where there are several")
    target_label: str | None = Field(default=None, examples=["环节"], description="What the targets are")
    method: str = Field(examples=["POST"])
    href: str = Field(examples=["/v1/hookups/01920f0c-7a55-7c6e-b7f4-3d1f0a2f9d11/stages/CONTRACT/start"])
    content_type: str = Field(examples=["application/json"])
    fields: list[FormField]
    due: Due | None = Field(default=None, description="The work that waits for this command, if any does")
    hint: str | None = Field(default=None, examples=["批准后才停止计时，申请人不能自行批准"])
    consequence: str | None = Field(
        default=None,
        examples=["本件到此结束，不能恢复"],
        description="What cannot be undone: to be confirmed before",
    )


class Withheld(BaseModel):
    """A command that cannot be given now, and why."""

    operation_id: str = Field(examples=["acceptHookup"])
    title: str = Field(examples=["受理"])
    group: str = Field(examples=["受理与环节"])
    why: str = Field(examples=["此件已受理，不能受理"])


class Actions(BaseModel):
    """What the caller may do to the thing at a version of it."""

    version: int
    items: list[Action]
    withheld: list[Withheld] = Field(
        default=[], description="With `withheld=true`: what the caller's roles include and cannot be done now"
    )


Chosen = Iterable[tuple[str, str]]
"""Values and how they are called."""


@dataclass(frozen=True, slots=True)
class Offer:
    """When a command is offered, and the choices of its form: functions of the aggregate and of `Given`.

    `targets` gives the values of each path parameter beside the aggregate's id, `choices` those of fields of the body
    (dotted where they are nested). A command without a value for a target is not offered; `target_label` says what
    they are. `does` gives the kinds of work that it does now, `hint` says what follows, `consequence` what cannot be
    undone.
    """

    group: str
    when: Callable[[Any, Any], bool] = lambda _aggregate, _given: True
    targets: Mapping[str, Callable[[Any, Any], Chosen]] = field(default_factory=dict)
    choices: Mapping[str, Callable[[Any, Any], Chosen]] = field(default_factory=dict)
    target_label: str = "办理对象"
    does: Callable[[Any, Any], Iterable[str]] = lambda _aggregate, _given: ()
    hint: str | None = None
    consequence: str | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Form:
    """The declared data of a command from which its actions are made: operation, path and model of the body."""

    operation_id: str
    title: str
    path: str
    body: type[BaseModel] | None
    takes_file: bool = False


def doing(*kinds: str) -> Callable[[Any, Any], Iterable[str]]:
    """Return the `does` of a command that always does the same kinds of work."""
    return lambda _aggregate, _given: kinds


def actions_on(
    form: Form,
    offer: Offer,
    aggregate: Any,
    context: Any,
    base: Mapping[str, str],
    waiting: Mapping[str, Due] = MappingProxyType({}),
) -> Iterator[Action]:
    """Yield the actions of a command on an aggregate now, one per target.

    `base` are the path parameters of the aggregate itself, `waiting` is the work that it waits for, by its kind.
    """
    if not offer.when(aggregate, context):
        return
    names = [name for name in re.findall(r"{(\w+)}", form.path) if name not in base]
    choices = [list(offer.targets[name](aggregate, context)) for name in names]
    fields: list[FormField] | None = None
    due = next((waiting[kind] for kind in offer.does(aggregate, context) if kind in waiting), None)
    for chosen in product(*choices):
        if fields is None:
            fields = _with_choices(fields_of(form), offer, aggregate, context)
        values = {**base, **{name: value for name, (value, _) in zip(names, chosen, strict=True)}}
        label = "，".join(label for _, label in chosen)
        yield Action(
            operation_id=form.operation_id,
            title=form.title,
            group=offer.group,
            target=Choice(value=chosen[-1][0], label=label) if chosen else None,
            target_label=offer.target_label if chosen else None,
            method="POST",
            href=form.path.format(**values),
            content_type="multipart/form-data" if form.takes_file else "application/json",
            fields=fields,
            due=due,
            hint=offer.hint,
            consequence=offer.consequence,
        )


def withheld_by(form: Form, offer: Offer, why: str | None) -> Withheld:
    """Return a command that cannot be given now; without a reason there is nothing that it could be given to."""
    return Withheld(
        operation_id=form.operation_id,
        title=form.title,
        group=offer.group,
        why=why or "现在没有可以这样办理的对象",
    )


def _with_choices(fields: list[FormField], offer: Offer, aggregate: Any, context: Any) -> list[FormField]:
    if not offer.choices:
        return fields

    def filled(item: FormField, prefix: str) -> FormField:
        path = prefix + item.name
        if path in offer.choices:
            chosen = [
                Choice(value=value, label=label) for value, label in offer.choices[path](aggregate, context)
            ]
            kind = FieldKind.CHOICES if item.kind is FieldKind.CHOICES else FieldKind.CHOICE
            is_number = item.kind is FieldKind.WHOLE
            return item.model_copy(update={"choices": chosen, "kind": kind, "is_number": is_number})
        if item.fields:
            return item.model_copy(update={"fields": [filled(part, f"{path}.") for part in item.fields]})
        return item

    return [filled(item, "") for item in fields]


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
