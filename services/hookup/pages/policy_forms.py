"""A new version of a policy as a form: an input for each value of the version that it starts from."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BaseModel

from libs.common.http.dates import CalendarDate
from libs.common.http.fields import Flag
from libs.common.http.form_fields import Choice, FieldKind, Form, FormField
from libs.common.http.labels import Label
from libs.common.http.policy_models import LabelledValue, PolicyVersionView
from libs.common.problems import INVALID, FieldError
from libs.pages.forms import CommandForm, declared_form
from libs.pages.shown import written

_SPAN = re.compile(r"([0-9]{1,2}:[0-9]{2})\s*[-–—至]\s*([0-9]{1,2}:[0-9]{2})")
_WHOLE = re.compile(r"-?[0-9]{1,9}")
_BODY = "body"


class _Validity(BaseModel):
    version: Annotated[str, Label("版本号", hint="例如 2023-7")]
    source_document: Annotated[str, Label("依据文件", hint="名称和文号，例如 聊城管字〔2023〕7号")]
    valid_from: Annotated[CalendarDate, Label("生效日")]
    valid_to: Annotated[CalendarDate | None, Label("失效日", hint="只有临时版本填写")] = None
    retroactive: Annotated[Flag, Label("追溯：生效日之后已有件受理，这些件仍按原版本")] = False


def draft_form(base: PolicyVersionView) -> CommandForm:
    """Return the form of a new version: its validity, and its content, at first that of another version."""
    form = declared_form(
        Form("draftPolicy", "提交草案", f"/v1/policies/{base.policy}/drafts", _Validity),
        hint="由另一位市级管理员批准后生效",
    )
    if _is_plain(base.body):
        content = [_field(value) for value in base.values]
    else:
        text = json.dumps(base.body, ensure_ascii=False, indent=2)
        label = "内容（JSON，逐项照上一版本改）"
        content = [FormField(name=_BODY, label=label, kind=FieldKind.LONG_TEXT, required=True, default=text)]
    return form.with_fields(content)


def draft_body(base: PolicyVersionView, entered: dict[str, Any]) -> dict[str, Any]:
    """Return the command that a form of `draft_form` means; the service says what is wrong with it."""
    validity = {name: value for name, value in entered.items() if not name.startswith(_BODY)}
    if not _is_plain(base.body):
        return {**validity, _BODY: _json(str(entered.get(_BODY, "")))}
    body: dict[str, Any] = {}
    for value in base.values:
        text = entered.get(f"{_BODY}.{value.path}")
        if text is None:
            continue
        *way, last = value.path.split(".")
        inner = body
        for part in way:
            inner = inner.setdefault(part, {})
        inner[last] = _typed(value.value, text)
    return {**validity, _BODY: body}


def _is_plain(body: Mapping[str, Any]) -> bool:
    """Whether every value has an input of its own: no rows that come and go."""
    return not any(
        isinstance(value, list) and any(isinstance(row, Mapping) for row in value) for value in _values(body)
    )


def _values(body: Mapping[str, Any]) -> Iterator[Any]:
    for value in body.values():
        if isinstance(value, Mapping):
            yield from _values(value)
        else:
            yield value


def _field(of: LabelledValue) -> FormField:
    name, value = f"{_BODY}.{of.path}", of.value
    if isinstance(value, bool):
        return FormField(name=name, label=of.label, kind=FieldKind.FLAG, required=False, default=value)
    if of.choices:
        choices = [Choice(value=code, label=text) for code, text in of.choices.items()]
        return FormField(
            name=name,
            label=of.label,
            kind=FieldKind.CHOICE,
            required=True,
            default=str(value),
            choices=choices,
        )
    return FormField(name=name, label=of.label, kind=FieldKind.TEXT, required=True, default=written(value))


def _json(text: str) -> object:
    try:
        body = json.loads(text)
        # What JSON cannot say again cannot be sent: NaN, infinity, half of a surrogate pair.
        json.dumps(body, allow_nan=False, ensure_ascii=False).encode()
        return body
    except (ValueError, RecursionError) as error:
        line = f"第 {error.lineno} 行" if isinstance(error, json.JSONDecodeError) else "内容"
        fault = FieldError(_BODY, f"{line}不是合法的 JSON", "请检查括号、引号和逗号", "json")
        raise INVALID("请按各项提示修改后重新提交", errors=[fault]) from None


def _typed(like: Any, entered: object) -> object:
    """Return what was entered as the kind of value that was there; what is none stays a text, and is refused."""
    if isinstance(like, bool) or not isinstance(entered, str):
        return entered
    if isinstance(like, int) and _WHOLE.fullmatch(entered):
        return int(entered)
    if isinstance(like, list):
        spans = [[f"{first:0>5}:00", f"{last:0>5}:00"] for first, last in _SPAN.findall(entered)]
        return spans or entered
    return entered
