"""Forms drawn from the commands that a service offers (`GET …/{id}/actions`), and what they say when they come back.

What is right is the service's to say: a form sends what was entered, and what the service finds wrong goes back
beside the input that it came from. No rule of a command stands here.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Self

from pydantic import JsonValue
from starlette.datastructures import FormData

from libs.common.http.actions import Action, Due, Offer, actions_on
from libs.common.http.form_fields import Choice, FieldKind, Form, FormField
from libs.common.problems import Problem
from libs.pages.upstreams import ChangeSince

FEN = "分"
"""The unit of amounts in commands; people enter yuan."""


@dataclass(frozen=True, slots=True)
class CommandForm:
    """One command as a form; where it can be given to several targets, one of them is chosen.

    `parts` are the titles of groups of fields that are filled in one after another, each with its fields' names.
    """

    operation_id: str
    title: str
    group: str
    fields: Sequence[FormField]
    targets: Sequence[Choice]
    hrefs: Mapping[str, str]
    takes_file: bool = False
    method: str = "POST"
    target_label: str | None = None
    due: Due | None = None
    hint: str | None = None
    consequence: str | None = None
    parts: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def given_to(self, targets: Iterable[tuple[str, str, str]]) -> Self:
        """Return the form for one of several targets: each its value, what it is called, and where it is sent."""
        listed = list(targets)
        return replace(
            self,
            targets=[Choice(value=value, label=label) for value, label, _ in listed],
            hrefs={value: href for value, _, href in listed},
        )

    def with_fields(self, fields: Iterable[FormField]) -> Self:
        """Return the form with more fields at its end."""
        return replace(self, fields=[*self.fields, *fields])

    def in_parts(self, parts: Mapping[str, Sequence[str]]) -> Self:
        """Return the form in parts; what none of them names stands behind them."""
        return replace(self, parts=parts)

    @property
    def by_part(self) -> Sequence[tuple[str, Sequence[FormField]]]:
        """The parts by their titles, each with those of its fields that the form has."""
        fields = {field.name: field for field in self.fields}
        return [
            (title, [fields[name] for name in names if name in fields]) for title, names in self.parts.items()
        ]

    @property
    def optional(self) -> Sequence[FormField]:
        """The fields of no part that may be left empty; the rest comes first."""
        return [field for field in self._others if not field.required]

    @property
    def required(self) -> Sequence[FormField]:
        """The fields of no part that must be filled in."""
        return [field for field in self._others if field.required]

    @property
    def _others(self) -> Sequence[FormField]:
        in_parts = {name for names in self.parts.values() for name in names}
        return [field for field in self.fields if field.name not in in_parts]


def command_forms(actions: Iterable[Action]) -> Sequence[CommandForm]:
    """Return a form for each command that is offered, in the order in which they are offered."""
    by_operation: dict[str, list[Action]] = {}
    for action in actions:
        by_operation.setdefault(action.operation_id, []).append(action)
    return [_form(offered) for offered in by_operation.values()]


def _form(offered: Sequence[Action]) -> CommandForm:
    first = offered[0]
    targets = [action.target for action in offered if action.target is not None]
    return CommandForm(
        first.operation_id,
        first.title,
        first.group,
        first.fields,
        targets,
        {"" if action.target is None else action.target.value: action.href for action in offered},
        first.content_type.startswith("multipart/"),
        first.method,
        first.target_label,
        next((action.due for action in offered if action.due is not None), None),
        first.hint,
        first.consequence,
    )


def declared_form(
    form: Form,
    choices: Mapping[str, Iterable[tuple[str, str]]] = MappingProxyType({}),
    *,
    without: Collection[str] = (),
    values: Mapping[str, JsonValue] = MappingProxyType({}),
    method: str = "POST",
    hint: str | None = None,
) -> CommandForm:
    """Return the form of a command that belongs to no aggregate, as its body declares it.

    `choices` are those of fields, `values` what fields hold at first; fields `without` an input (dotted where
    they are nested) are filled in by the page.
    """
    offer = Offer("", choices={name: _always(list(pairs)) for name, pairs in choices.items()}, hint=hint)
    (action,) = actions_on(form, offer, None, None, {})
    fields = [
        field.model_copy(update={"default": values[field.name]}) if field.name in values else field
        for field in _left(action.fields, without)
    ]
    return _form([action.model_copy(update={"fields": fields, "method": method})])


def _left(fields: Sequence[FormField], without: Collection[str], prefix: str = "") -> list[FormField]:
    return [
        field.model_copy(update={"fields": _left(field.fields, without, f"{prefix}{field.name}.")})
        if field.fields
        else field
        for field in fields
        if f"{prefix}{field.name}" not in without
    ]


def _always(pairs: Sequence[tuple[str, str]]) -> Callable[[Any, Any], Sequence[tuple[str, str]]]:
    return lambda _aggregate, _context: pairs


def row_key(rows: FormField) -> FormField | None:
    """Return the field of a row that says which row it is: the first, where it has choices.

    Such rows are drawn for every choice, and those count in which the next field is filled in, or that are ticked
    (`has_tick`). Else rows are empty lines, and those count in which anything is.
    """
    columns = rows.fields or []
    return columns[0] if columns and columns[0].choices is not None else None


def has_tick(rows: FormField) -> bool:
    """Tell whether a tick says which of the rows with a key count: where all else may be left empty."""
    return row_key(rows) is not None and not any(column.required for column in (rows.fields or [])[1:2])


def is_money(field: FormField) -> bool:
    """Tell whether a field holds an amount in fen, which people enter in yuan."""
    return field.kind is FieldKind.WHOLE and field.unit == FEN


@dataclass(frozen=True, slots=True)
class FormErrors:
    """A form that was not accepted: what was entered, and what is wrong, by input or with the whole.

    `changes` is what others did since the page was shown.
    """

    operation_id: str
    title: str
    entered: FormData
    status: int
    errors: Mapping[str, str]
    general: Sequence[str]
    changes: Sequence[ChangeSince] = ()

    @classmethod
    def of(
        cls, form: CommandForm, entered: FormData, problem: Problem, inputs: Mapping[str, str] | None
    ) -> Self:
        """Put what a problem says beside its input; `inputs` are the input of each part of the body."""
        errors, general = dict[str, str](), list[str]()
        for error in problem.errors:
            is_input = inputs is None or error.field in inputs.values()
            name = error.field if is_input else input_of(inputs or {}, error.field)
            text = "。".join(part for part in (error.rule, error.remedy) if part)
            if name is None:
                general.append(text)
            else:
                # One error per input: the first is enough to go on.
                errors.setdefault(name, text)
        if not problem.errors:
            kind = problem.kind
            general.append(f"{kind.title}。{problem.detail}" if problem.detail else kind.title)
        changes = problem.extra.get("changes", ())
        return cls(form.operation_id, form.title, entered, problem.kind.status, errors, general, changes)

    @property
    def is_outdated(self) -> bool:
        """Whether somebody else has changed what the form was filled in for."""
        return self.status == 412

    def values(self, name: str) -> Sequence[object]:
        """Return what was entered into an input."""
        return self.entered.getlist(name)


def input_of(inputs: Mapping[str, str], path: str) -> str | None:
    """Return the input of a path in the body or address, or of the nearest part around it; None without one."""
    path = path.removeprefix("path.")
    while path not in inputs:
        dot, bracket = path.rfind("."), path.rfind("[")
        at = max(dot, bracket)
        if at <= 0:
            return None
        path = path[:at]
    return inputs[path]
