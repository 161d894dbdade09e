"""What was entered into a form, read as the command that it means."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from starlette.datastructures import FormData, UploadFile

from libs.common.clock import SHANGHAI
from libs.common.http.form_fields import Choice, FieldKind, FormField
from libs.common.problems import INVALID, FieldError, Problem
from libs.pages.forms import CommandForm, has_tick, is_money, row_key

TARGET = "target"
"""The input that says to what a command is given, where there are several."""
CONFIRMED = "confirmed"
"""The tick that confirms what cannot be undone."""
SEEN = "if-match"
"""The input with the version that was seen: no field of a body can be called so, as one can be called `version`."""
# What a form sends that nobody has typed.
_HIDDEN = frozenset({"csrf", "key", SEEN, TARGET, CONFIRMED})
EMPTY_ROWS = 3
"""So many lines are drawn of rows without a key."""

_YUAN = re.compile(r"([0-9]{1,10})(?:[.]([0-9]{1,2})0*)?")
_WHOLE = re.compile(r"-?[0-9]{1,15}")
_MOMENTS = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M")


@dataclass(frozen=True, slots=True)
class Submission:
    """A form as a command: where it is sent, its body, its file, and which input each part of the body came from."""

    href: str
    body: dict[str, object]
    file: UploadFile | None = None
    inputs: Mapping[str, str] = field(default_factory=dict)


def read(form: CommandForm, data: FormData) -> Submission:
    """Return the command that a filled-in form means. Raises `invalid` for what could not be sent at all."""
    reading = _Reading(data, {})
    body = reading.group(form.fields, "", "")
    href = form.hrefs.get(_chosen(form.targets, TARGET, _text(data, TARGET) or ""))
    if href is None:
        raise _wrong(TARGET, "必填", "请从列出的项目中选择")
    if form.consequence and data.get(CONFIRMED) != "true":
        raise _wrong(CONFIRMED, "须先确认", "请确认后再提交")
    upload = next((item.name for item in form.fields if item.kind is FieldKind.FILE), None)
    file = None if upload is None else _file(data, upload)
    return Submission(href, body, file, reading.inputs)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One form as it is read; `inputs` grows: the input of each path of the body."""

    data: FormData
    inputs: dict[str, str]

    def group(self, fields: Sequence[FormField], path: str, prefix: str) -> dict[str, object]:
        """Return the values of fields; `path` is where they are in the body, `prefix` begins the names of inputs."""
        values = dict[str, object]()
        for item in fields:
            if item.kind is FieldKind.FILE:
                continue
            at, name = f"{path}{item.name}", f"{prefix}{item.name}"
            self.inputs[at] = name
            value = self.value(item, at, name)
            if value is not None:
                values[item.name] = value
        return values

    def value(self, item: FormField, at: str, name: str) -> object | None:
        """Return the value of a field, None where nothing was entered."""
        match item.kind:
            case FieldKind.GROUP:
                parts = self.group(item.fields or [], f"{at}.", f"{name}.")
                # What is said of the whole stands beside its first part.
                self.inputs[at] = f"{name}.{item.fields[0].name}" if item.fields else name
                return parts if item.required or any(part is not False for part in parts.values()) else None
            case FieldKind.ROWS:
                return self.rows(item, at, name)
            case FieldKind.CHOICES:
                return self.chosen(item, name)
            case FieldKind.FLAG:
                ticked = self.data.getlist(name)
                # What a tick sends; any other word might mean no.
                if ticked not in ([], ["true"]):
                    raise _wrong(name, "只能勾选或不勾选", "请刷新页面后重新填写")
                return bool(ticked)
        text = _text(self.data, name)
        if text is not None and item.choices is not None:
            text = _chosen(item.choices, name, text)
        return None if text is None else _single(item, name, text)

    def chosen(self, item: FormField, name: str) -> list[str] | None:
        """Return what was ticked; of a list without choices, the lines of a text."""
        texts = [value.strip() for value in self.data.getlist(name) if isinstance(value, str)]
        if item.choices is None:
            texts = [line.strip() for text in texts for line in text.splitlines()]
        entered = [text for text in texts if text]
        return entered if entered or item.required else None

    def rows(self, item: FormField, at: str, name: str) -> list[dict[str, object]]:
        """Return the rows that count, see `row_key`."""
        columns, key = item.fields or [], row_key(item)
        rows: list[dict[str, object]] = []
        if key is None:
            rest, labels = columns, [str(number) for number in range(EMPTY_ROWS)]
        else:
            rest, labels = columns[1:], [choice.value for choice in key.choices or ()]
        for label in labels:
            place, prefix = f"{at}[{len(rows)}]", f"{name}.{label}."
            values = self.group(rest, f"{place}.", prefix)
            if key is None:
                counts, first = (
                    any(value is not False for value in values.values()),
                    f"{prefix}{rest[0].name}",
                )
            elif has_tick(item):
                counts, first = self.data.get(f"{name}.{label}") == "true", f"{name}.{label}"
            else:
                counts, first = rest[0].name in values, f"{prefix}{rest[0].name}"
            if not counts:
                continue
            self.inputs[place] = first
            if key is not None:
                self.inputs[f"{place}.{key.name}"] = first
                values = {key.name: int(label) if key.is_number else label, **values}
            rows.append(values)
        return rows


def _chosen(choices: Sequence[Choice], name: str, text: str) -> str:
    """Return the value of a choice: what was typed into a combobox is a value, its label, or not listed."""
    if any(choice.value == text for choice in choices):
        return text
    values = {choice.value for choice in choices if choice.label == text}
    if len(values) > 1:
        raise _wrong(name, "有几项叫这个名称", "请填写其编码")
    return values.pop() if values else text


def _single(item: FormField, name: str, text: str) -> object:
    if is_money(item):
        return _fen(name, text)
    if item.kind is FieldKind.INSTANT:
        return _instant(name, text)
    if item.kind is FieldKind.WHOLE or item.is_number:
        # Anything else the service refuses in its own words.
        return int(text) if text.isascii() and _WHOLE.fullmatch(text) else text
    return text


def _text(data: FormData, name: str) -> str | None:
    texts = (value.strip() for value in data.getlist(name) if isinstance(value, str))
    return next((text for text in texts if text), None)


def _file(data: FormData, name: str) -> UploadFile:
    file = data.get(name)
    if not isinstance(file, UploadFile) or not file.filename:
        raise _wrong(name, "必填", "请选择文件")
    return file


def _fen(name: str, text: str) -> int:
    amount = _YUAN.fullmatch(text)
    if amount is None:
        raise _wrong(name, "金额不正确", "请以元填写，最多两位小数，例如 1280.50")
    return int(amount[1]) * 100 + int((amount[2] or "").ljust(2, "0"))


def _instant(name: str, text: str) -> str:
    for pattern in _MOMENTS:
        try:
            # strptime would take any script's digits.
            wall = datetime.strptime(text if text.isascii() else "", pattern)  # noqa: DTZ007 - Shanghai's wall clock
        except ValueError:
            continue
        return wall.replace(tzinfo=SHANGHAI).isoformat()
    raise _wrong(name, "时间不正确", "请按年-月-日 时:分填写，例如 2022-10-08 09:00")


def _wrong(name: str, rule: str, remedy: str) -> Problem:
    return INVALID("请按各项提示修改后重新提交", errors=[FieldError(name, rule, remedy, "page")])


def typed(form: FormData) -> list[str]:
    """Return the texts that somebody entered into a form, in their order."""
    return [
        value.strip()
        for name, value in form.multi_items()
        if isinstance(value, str) and name not in _HIDDEN and value.strip()
    ]
