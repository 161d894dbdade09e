"""The commands that a caller may give to a resource now, each with its form (similar to HAL-FORMS templates).

A form is derived from the command's declaration: the title from its summary, the fields from the model of its body
(`labels.py`), the choices from the resource's present state (`Offer`). Commands that the state or the caller's roles
rule out are not offered; other rules are checked when the command is given.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, Field, JsonValue

from libs.common.http.form_fields import Choice, FieldKind, Form, FormField, fields_of


class Due(BaseModel):
    """The work that a command does: of what a thing waits for, until when, and whose turn it is."""

    name: str = Field(examples=["开始下一环节"])
    whose: str = Field(examples=["clerk"], description="The work list that it stands on")
    due_at: datetime | None
    overdue: bool
    remaining_minutes: int | None = Field(description="Working minutes until it is due, negative after")
    light: str = Field(examples=["YELLOW"], description="RED, YELLOW or GREEN, as on the work list")


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
    hint: str | None = Field(default=None, examples=["批准后才停止计时，提出人不能自行批准"])
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

Words = str | Callable[[Any, Any], str | None] | None
"""A text in Chinese, or the function of the aggregate and of `Given` that returns it."""


def _always(_aggregate: Any, _given: Any) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Offer:
    """When a command is offered, and the choices of its form: functions of the aggregate and of `Given`.

    `targets` gives the values of each path parameter beside the aggregate's id, `choices` and `values` those of
    fields of the body (dotted where they are nested). A command without a value for a target is not offered;
    `target_label` says what they are. `otherwise` says why it is not offered, where `when` is false or a target has
    no value. `does` gives the kinds of work that it does now, `hint` says what follows, `consequence` what cannot be
    undone.
    """

    group: str
    when: Callable[[Any, Any], bool] = _always
    targets: Mapping[str, Callable[[Any, Any], Chosen]] = field(default_factory=dict)
    choices: Mapping[str, Callable[[Any, Any], Chosen]] = field(default_factory=dict)
    values: Mapping[str, Callable[[Any, Any], JsonValue]] = field(default_factory=dict)
    target_label: str = "办理对象"
    does: Callable[[Any, Any], Iterable[str]] = lambda _aggregate, _given: ()
    otherwise: Words = None
    hint: Words = None
    consequence: str | None = None

    def __post_init__(self) -> None:
        """Raise TypeError unless an offer that the aggregate may rule out says why it is not made then."""
        if (self.targets or self.when is not _always) and self.otherwise is None:
            raise TypeError(
                f"an offer of {self.group} under a condition has no reason for when it is not made"
            )


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
            fields = _of_aggregate(fields_of(form), offer, aggregate, context)
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
            hint=_in_words(offer.hint, aggregate, context),
            consequence=offer.consequence,
        )


def withheld_by(form: Form, offer: Offer, aggregate: Any, context: Any, why: str | None) -> Withheld:
    """Return a command that cannot be given now; `why` is what the state or the caller's roles say, if they do."""
    return Withheld(
        operation_id=form.operation_id,
        title=form.title,
        group=offer.group,
        why=why or _in_words(offer.otherwise, aggregate, context) or "",
    )


def _in_words(words: Words, aggregate: Any, context: Any) -> str | None:
    return words(aggregate, context) if callable(words) else words


def _of_aggregate(fields: list[FormField], offer: Offer, aggregate: Any, context: Any) -> list[FormField]:
    """Return fields with the choices and values that the aggregate has for them."""
    if not offer.choices and not offer.values:
        return fields

    def filled(item: FormField, prefix: str) -> FormField:
        path, changes = prefix + item.name, dict[str, Any]()
        if path in offer.choices:
            pairs = offer.choices[path](aggregate, context)
            changes["choices"] = [Choice(value=value, label=label) for value, label in pairs]
            changes["kind"] = FieldKind.CHOICES if item.kind is FieldKind.CHOICES else FieldKind.CHOICE
            changes["is_number"] = item.kind is FieldKind.WHOLE
        if path in offer.values:
            changes["default"] = offer.values[path](aggregate, context)
        if item.fields:
            changes["fields"] = [filled(part, f"{path}.") for part in item.fields]
        return item.model_copy(update=changes) if changes else item

    return [filled(item, "") for item in fields]
