"""Forms of commands: what a form asks for, and what it says when it comes back.

An action names a command of the hookup API and the fields of its form. What is right is the service's to say: a form
sends what was typed, and what the service finds wrong goes back beside the field that it came from.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Self
from urllib.parse import quote

from starlette.datastructures import FormData, UploadFile

from libs.common.clock import SHANGHAI
from libs.common.problems import INVALID, FieldError, Problem

_YUAN = re.compile(r"([0-9]{1,10})(?:[.]([0-9]{1,2})0*)?")
# What may stand in an address: codes and ids, nothing that leads elsewhere.
_SEGMENT = re.compile(r"[A-Za-z0-9_-]{1,80}")
_LAST_STEP = re.compile(r"(\.[^.\[]+|\[[0-9]+\])$")


class Choice(NamedTuple):
    """A code and its Chinese name."""

    code: str
    name: str


class Kind(StrEnum):
    """How a field is filled in."""

    TEXT = "text"
    LONG = "long"
    REFERENCE = "reference"
    DAY = "day"
    MOMENT = "moment"
    MONEY = "money"
    YES = "yes"
    ONE = "one"
    SOME = "some"
    FILE = "file"
    LINES = "lines"
    ROWS = "rows"


# From what a page knows; the page and the table of its actions agree on what that is.
Choices = Callable[[Any], Sequence[Choice]]


@dataclass(frozen=True, slots=True)
class Field:
    """One field: `name` is the command's, or a part of its path; `late_entry.reason` is a part of `late_entry`.

    ROWS has a row for each choice, with `columns`; a row counts where its first column is filled or ticked, and says
    under `key` which it is.
    """

    name: str
    label: str
    kind: Kind = Kind.TEXT
    choices: Choices | None = None
    required: bool = True
    note: str = ""
    columns: tuple[Self, ...] = ()
    key: str = "code"
    present: Callable[[Any], str] = lambda _known: ""

    def offered(self, known: Any) -> Sequence[Choice]:
        """Return what there is to choose from."""
        return self.choices(known) if self.choices else ()


@dataclass(frozen=True, slots=True)
class Action:
    """A command in the words of who gives it; `path` is below the page's own resource.

    It is shown to `roles`, while `verb` is allowed, if `ready`, and only where there is something to choose from
    wherever something must be chosen. `needs` names what the page has to read first.
    """

    code: str
    operation: str
    title: str
    path: str
    roles: frozenset[str]
    fields: tuple[Field, ...] = ()
    verb: str | None = None
    group: str = ""
    ready: Callable[[Any], bool] = lambda _known: True
    needs: frozenset[str] = frozenset()
    note: str = ""
    method: str = "POST"

    @property
    def takes_file(self) -> bool:
        """Whether the form carries a file."""
        return any(each.kind is Kind.FILE for each in self.fields)

    def is_for(self, roles: Collection[str], allowed: Collection[str]) -> bool:
        """Tell whether a role may do this in the present state."""
        return not self.roles.isdisjoint(roles) and (self.verb is None or self.verb in allowed)

    def is_open(self, known: Any) -> bool:
        """Tell whether there is something to do it to."""
        choosing = [each for each in self.fields if each.choices and each.required]
        return self.ready(known) and all(each.offered(known) for each in choosing)


@dataclass(frozen=True, slots=True)
class Submission:
    """A form as a command: its path, its body, its file, and which input each part of the body came from."""

    path: str
    body: dict[str, object]
    file: UploadFile | None
    inputs: Mapping[str, str]

    def input_of(self, path: str) -> str | None:
        """Return the input that a path of the service's means, None where the form has none for it."""
        path = path.removeprefix("path.")
        while path not in self.inputs:
            shorter = _LAST_STEP.sub("", path)
            if shorter == path:
                return None
            path = shorter
        return self.inputs[path]


def read(action: Action, form: FormData) -> Submission:
    """Return the command that a form means. Raises `invalid` for what could not be sent at all."""
    body, parts = dict[str, object](), dict[str, dict[str, object]]()
    inputs = {each.name: each.name for each in action.fields}
    for each in action.fields:
        # What is said of the whole stands beside the first of its parts.
        inputs.setdefault(each.name.partition(".")[0], each.name)
    file: UploadFile | None = None
    for each in action.fields:
        if each.kind is Kind.FILE:
            given = form.get(each.name)
            file = given if isinstance(given, UploadFile) and given.filename else None
            if file is None:
                raise _wrong(each.name, "必填", "请选择文件")
        elif each.kind is Kind.ROWS:
            body[each.name] = _rows(each, form, inputs)
        elif (value := _value(each, each.name, form)) is not None:
            whole, _, part = each.name.partition(".")
            if part:
                parts.setdefault(whole, {})[part] = value
            else:
                body[whole] = value
    body |= parts
    path = action.path
    for name in re.findall(r"\{(\w+)\}", path):
        part = str(body.pop(name, ""))
        if not _SEGMENT.fullmatch(part):
            raise _wrong(name, "必填", "请从列出的项目中选择")
        path = path.replace(f"{{{name}}}", quote(part, safe=""))
    return Submission(path, body, file, inputs)


def _rows(each: Field, form: FormData, inputs: dict[str, str]) -> list[dict[str, object]]:
    first = each.columns[0].name
    rows: list[dict[str, object]] = []
    for name in form:
        start, _, key = name.removesuffix(f".{first}").rpartition(".")
        if start != each.name or not name.endswith(f".{first}"):
            continue
        values = {
            column.name: value
            for column in each.columns
            if (value := _value(column, f"{each.name}.{key}.{column.name}", form)) is not None
        }
        if values.get(first, False) is not False:
            at = f"{each.name}[{len(rows)}]"
            inputs |= {f"{at}.{column.name}": f"{each.name}.{key}.{column.name}" for column in each.columns}
            inputs[at] = name
            rows.append({each.key: key, **values})
    return rows


def _value(each: Field, name: str, form: FormData) -> object | None:
    given = [value.strip() for value in form.getlist(name) if isinstance(value, str) and value.strip()]
    if each.kind is Kind.SOME:
        return given
    if each.kind is Kind.YES:
        # What a tick sends; any other word might mean no.
        if given not in ([], ["true"]):
            raise _wrong(name, "只能勾选或不勾选", "请刷新页面后重新填写")
        return bool(given)
    if each.kind is Kind.LINES:
        return [line.strip() for text in given for line in text.splitlines() if line.strip()]
    if not given:
        return None
    match each.kind:
        case Kind.MOMENT:
            return _instant(name, given[0])
        case Kind.MONEY:
            return _fen(name, given[0])
        case _:
            return given[0]


def _fen(name: str, text: str) -> int:
    found = _YUAN.fullmatch(text)
    if found is None:
        raise _wrong(name, "金额不正确", "请以元填写，最多两位小数")
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def _instant(name: str, text: str) -> str:
    try:
        # strptime would take any script's digits.
        wall = datetime.strptime(text if text.isascii() else "", "%Y-%m-%d %H:%M")  # noqa: DTZ007 - the city's wall clock, as below
    except ValueError:
        raise _wrong(name, "时间不正确", "请按年-月-日 时:分填写，例如 2022-10-08 09:00") from None
    return wall.replace(tzinfo=SHANGHAI).isoformat()


def _wrong(name: str, rule: str, remedy: str) -> Problem:
    return INVALID("请按各项提示修改后重新提交", errors=[FieldError(name, rule, remedy, "console")])


@dataclass(frozen=True, slots=True)
class FormErrors:
    """A form that was not accepted: what it said, and what is wrong, by input or with the whole."""

    action: Action
    given: FormData
    status: int
    errors: Mapping[str, str]
    said: Sequence[str]

    @classmethod
    def of(cls, action: Action, form: FormData, problem: Problem, sent: Submission | None) -> Self:
        """Put what a problem says where it belongs."""
        errors, said = dict[str, str](), list[str]()
        for each in problem.errors:
            place = sent.input_of(each.field) if sent else each.field
            text = "。".join(part for part in (each.rule, each.remedy) if part)
            if place is None:
                said.append(text)
            else:
                # One is enough to go on by.
                errors.setdefault(place, text)
        if not problem.errors:
            said.append(f"{problem.kind.title}。{problem.detail}" if problem.detail else problem.kind.title)
        return cls(action, form, problem.kind.status, errors, said)

    @property
    def is_outdated(self) -> bool:
        """Whether somebody else has changed what the form was filled in for."""
        return self.status == 412

    def values(self, name: str) -> Sequence[object]:
        """Return what was typed into an input."""
        return self.given.getlist(name)
