"""Forms drawn from the commands that a service offers (`GET …/{id}/actions`), and what they say when they come back.

What is right is the service's to say: a form sends what was entered, and what the service finds wrong goes back
beside the input that it came from. No rule of a command stands here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from starlette.datastructures import FormData

from libs.common.http.actions import Action, Choice, FieldKind, FormField
from libs.common.problems import Problem

FEN = "分"
"""The unit of amounts in commands; people enter yuan."""


@dataclass(frozen=True, slots=True)
class CommandForm:
    """One command as a form; where it can be given to several targets, one of them is chosen."""

    operation_id: str
    title: str
    group: str
    fields: Sequence[FormField]
    targets: Sequence[Choice]
    hrefs: Mapping[str, str]
    takes_file: bool

    @property
    def is_bare(self) -> bool:
        """Whether there is nothing to enter: a button alone."""
        return not self.fields and not self.targets

    @property
    def optional(self) -> Sequence[FormField]:
        """The fields that may be left empty; the rest comes first."""
        return [field for field in self.fields if not field.required]

    @property
    def required(self) -> Sequence[FormField]:
        """The fields that must be filled in."""
        return [field for field in self.fields if field.required]


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
    )


def row_key(rows: FormField) -> FormField | None:
    """Return the field of a row that says which row it is: the first, where it has choices.

    Such rows are drawn for every choice, and those count in which the next field is filled in. Else rows are empty
    lines, and those count in which anything is.
    """
    columns = rows.fields or []
    return columns[0] if columns and columns[0].choices is not None else None


def is_money(field: FormField) -> bool:
    """Tell whether a field holds an amount in fen, which people enter in yuan."""
    return field.kind is FieldKind.WHOLE and field.unit == FEN


@dataclass(frozen=True, slots=True)
class FormErrors:
    """A form that was not accepted: what was entered, and what is wrong, by input or with the whole."""

    operation_id: str
    title: str
    entered: FormData
    status: int
    errors: Mapping[str, str]
    general: Sequence[str]

    @classmethod
    def of(
        cls, form: CommandForm, entered: FormData, problem: Problem, inputs: Mapping[str, str] | None
    ) -> Self:
        """Put what a problem says beside its input; `inputs` are the input of each part of the body."""
        errors, general = dict[str, str](), list[str]()
        for error in problem.errors:
            name = error.field if inputs is None else input_of(inputs, error.field)
            text = "。".join(part for part in (error.rule, error.remedy) if part)
            if name is None:
                general.append(text)
            else:
                # One error per input: the first is enough to go on.
                errors.setdefault(name, text)
        if not problem.errors:
            kind = problem.kind
            general.append(f"{kind.title}。{problem.detail}" if problem.detail else kind.title)
        return cls(form.operation_id, form.title, entered, problem.kind.status, errors, general)

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
