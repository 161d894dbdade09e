"""Policies and calendar notices as forms: from what a version says to inputs, and from these to a command."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from libs.common.problems import INVALID, FieldError
from services.console.forms import Action, Choice, Field, Kind
from services.console.readers.rules import Value, VersionView
from services.console.show import written

ADMINISTRATOR = frozenset({"administrator"})
_SPAN = re.compile(r"([0-9]{1,2}:[0-9]{2})\s*[-–—至]\s*([0-9]{1,2}:[0-9]{2})")
_WHOLE = re.compile(r"-?[0-9]{1,9}")
_LARGEST_NOTICE = 400

APPROVE_POLICY = Action(
    "approve-policy",
    "approvePolicyDraft",
    "批准",
    "approval",
    ADMINISTRATOR,
    note="批准后半分钟内全部生效，自生效日起受理的件按此办理；已受理的件不变。",
)
WITHDRAW_POLICY = Action("withdraw-policy", "withdrawPolicyDraft", "撤回草案", "withdrawal", ADMINISTRATOR)

HOLIDAYS = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")
_SOURCE = Field("source_document", "依据文件（名称和文号）")

ASK_NOTICE = Action(
    "ask-notice",
    "askCalendarAmendment",
    "提交年度通知",
    "",
    ADMINISTRATOR,
    (
        Field("year", "年份", note="批准后这一年不再是暂定；通知没有列出的日子按周末和法定节假日。"),
        _SOURCE,
        Field(
            "holidays",
            "放假和调休",
            Kind.ROWS,
            lambda _known: [Choice(name, name) for name in HOLIDAYS],
            columns=(
                Field("first", "放假自（如 2027-02-05）", Kind.DAY, required=False),
                Field("last", "至", Kind.DAY, required=False),
                Field("worked", "调休上班日，多个用空格分开", required=False),
            ),
        ),
    ),
)
ASK_DAY = Action(
    "ask-day",
    "askCalendarAmendment",
    "提交单日调整",
    "",
    ADMINISTRATOR,
    (
        Field("date", "日期（如 2022-11-08）", Kind.DAY),
        Field(
            "works",
            "这一天",
            Kind.ONE,
            lambda _known: [Choice("no", "休息"), Choice("yes", "上班")],
        ),
        Field("name", "事由", required=False),
        _SOURCE,
    ),
    note="本地的单日调整；不代替年度通知。",
)
APPROVE_AMENDMENT = Action(
    "approve-amendment",
    "approveCalendarAmendment",
    "批准",
    "approval",
    ADMINISTRATOR,
    note="批准后在办件的受理日、应办结时间和各项期限随之重算；已过的期限和已办结的件不变。",
)
WITHDRAW_AMENDMENT = Action(
    "withdraw-amendment", "withdrawCalendarAmendment", "撤回", "withdrawal", ADMINISTRATOR
)


@dataclass(frozen=True, slots=True)
class OfVersion:
    """What the page of a new version knows: the version that it starts from."""

    base: VersionView


def is_plain(body: Mapping[str, Any]) -> bool:
    """Whether every value has an input of its own: no rows that come and go."""
    return not any(
        isinstance(value, list) and any(isinstance(row, Mapping) for row in value) for value in _values(body)
    )


def _values(body: Mapping[str, Any]) -> list[Any]:
    found: list[Any] = []
    for value in body.values():
        found += _values(value) if isinstance(value, Mapping) else [value]
    return found


def draft_action(base: VersionView) -> Action:
    """Return the form of a new version: its validity, and what it says, as the version that it starts from."""
    if is_plain(base.body):
        body = [_field(each) for each in base.values]
    else:
        text = json.dumps(base.body, ensure_ascii=False, indent=2)
        body = [Field("body", "内容（JSON，逐项照上一版本改）", Kind.LONG, present=lambda _known: text)]
    return Action(
        "draft-policy",
        "draftPolicy",
        "提交草案",
        "drafts",
        ADMINISTRATOR,
        (
            Field("version", "版本号（如 2023-7）"),
            _SOURCE,
            Field("valid_from", "生效日（如 2023-07-01）", Kind.DAY),
            Field("valid_to", "失效日，只有临时版本填写", Kind.DAY, required=False),
            Field("retroactive", "追溯：生效日之后已有件受理，这些件仍按原版本", Kind.YES, required=False),
            *body,
        ),
        note="由另一位市级管理员批准后生效。",
    )


def _field(of: Value) -> Field:
    name, value = f"body.{of.path}", of.value
    if isinstance(value, bool):
        shown = "true" if value else ""
        return Field(name, of.label, Kind.YES, required=False, present=lambda _known: shown)
    if of.choices:
        offered = [Choice(code, text) for code, text in of.choices.items()]
        return Field(name, of.label, Kind.ONE, lambda _known: offered, present=lambda _known: str(value))
    return Field(name, of.label, present=lambda _known: written(value))


def policy_body(base: VersionView, sent: dict[str, object]) -> dict[str, object]:
    """Return the command that a form of `draft_action` means; the service says what is wrong with it."""
    validity, given = {**sent}, sent.get("body", "")
    if not is_plain(base.body):
        return {**validity, "body": _json(str(given))}
    typed_by_path = given if isinstance(given, Mapping) else {}
    body: dict[str, Any] = {}
    for each in base.values:
        typed = typed_by_path.get(each.path)
        if typed is None:
            continue
        *way, last = each.path.split(".")
        inner = body
        for part in way:
            inner = inner.setdefault(part, {})
        inner[last] = _typed(each.value, typed)
    return {**validity, "body": body}


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        line = f"第 {error.lineno} 行" if isinstance(error, json.JSONDecodeError) else "内容"
        fault = FieldError("body", f"{line}不是合法的 JSON", "请检查括号、引号和逗号", "json")
        raise INVALID("请按各项提示修改后重新提交", errors=[fault]) from None


def _typed(like: Any, typed: object) -> object:
    """Return what was typed as the kind of value that was there; what is none stays a text, and is refused."""
    if isinstance(like, bool) or not isinstance(typed, str):
        return typed
    if isinstance(like, int) and _WHOLE.fullmatch(typed):
        return int(typed)
    if isinstance(like, list):
        spans = [[f"{first:0>5}:00", f"{last:0>5}:00"] for first, last in _SPAN.findall(typed)]
        return spans or typed
    return typed


def notice_body(sent: dict[str, object]) -> dict[str, object]:
    """Return the notice of a year as the days that it names. Raises `invalid` for what is no day."""
    rows = sent.pop("holidays", [])
    days: list[dict[str, object]] = []
    for row in rows if isinstance(rows, list) else []:
        name = str(row["code"])
        place = f"holidays.{name}"
        first = _day(f"{place}.first", row.get("first"))
        last = _day(f"{place}.last", row.get("last") or row.get("first"))
        if not 0 <= (last - first).days <= _LARGEST_NOTICE:
            raise _wrong(f"{place}.last", "放假的末日早于首日", "请核对起止日期")
        off = {"is_workday": False, "kind": "holiday", "name": name}
        days += [{"date": str(first + timedelta(days=n)), **off} for n in range((last - first).days + 1)]
        worked = [
            _day(f"{place}.worked", text)
            for text in re.split(r"[\s,，、]+", str(row.get("worked") or ""))
            if text
        ]
        days += [{"date": str(day), "is_workday": True, "kind": "make_up", "name": name} for day in worked]
    year = str(sent.get("year", ""))
    return {**sent, "year": int(year) if _WHOLE.fullmatch(year) else year, "days": days}


def day_body(sent: dict[str, object]) -> dict[str, object]:
    """Return the adjustment of a single day."""
    day = _day("date", sent.get("date"))
    works = sent.get("works") == "yes"
    kind = "make_up" if works and day.weekday() >= 5 else "local"
    row = {"date": str(day), "is_workday": works, "kind": kind, "name": str(sent.get("name", ""))}
    return {"source_document": sent.get("source_document", ""), "days": [row]}


def _day(name: str, text: object) -> date:
    try:
        return date.fromisoformat(str(text or ""))
    except ValueError:
        raise _wrong(name, "日期不正确", "请按年-月-日填写，例如 2027-02-05") from None


def _wrong(name: str, rule: str, remedy: str) -> Exception:
    return INVALID("请按各项提示修改后重新提交", errors=[FieldError(name, rule, remedy, "console")])
