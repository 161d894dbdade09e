"""The notice of a year and single days as forms, and what these mean: the days that they name."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import BaseModel

from libs.common.http.actions import Form
from libs.common.http.labels import Label
from libs.common.problems import INVALID, FieldError, Problem
from libs.pages.forms import declared_form

HOLIDAYS = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")
_PATH = "/v1/calendar-amendments"
_WHOLE = re.compile(r"[0-9]{1,9}")
_LONGEST_NOTICE = 400

SourceDocument = Annotated[str, Label("依据文件", hint="名称和文号，例如 国办发明电〔2026〕8号")]


class _Holiday(BaseModel):
    code: Annotated[str, Label("节日")]
    first: Annotated[date, Label("放假自")]
    last: Annotated[date | None, Label("至")] = None
    worked: Annotated[str | None, Label("调休上班日", hint="多个用空格分开，例如 2027-02-06 2027-02-20")] = (
        None
    )


class _Notice(BaseModel):
    year: Annotated[int, Label("年份", hint="批准后这一年不再是暂定；通知没有列出的日子按周末和法定节假日")]
    source_document: SourceDocument
    holidays: Annotated[list[_Holiday], Label("放假和调休")]


class _SingleDay(BaseModel):
    date: Annotated[date, Label("日期")]
    works: Annotated[str, Label("这一天", names={"no": "休息", "yes": "上班"})]
    name: Annotated[str | None, Label("事由")] = None
    source_document: SourceDocument


NOTICE = declared_form(
    Form("askYearlyNotice", "提交年度通知", _PATH, _Notice),
    {"holidays.code": [(name, name) for name in HOLIDAYS]},
)
SINGLE_DAY = declared_form(
    Form("askSingleDay", "提交单日调整", _PATH, _SingleDay),
    {"works": [("no", "休息"), ("yes", "上班")]},
    hint="本地的单日调整；不代替年度通知",
)


def notice_body(entered: dict[str, Any]) -> dict[str, Any]:
    """Return the notice of a year as the days that it names. Raises `invalid` for what is no day."""
    days: list[dict[str, object]] = []
    for row in entered.pop("holidays", []):
        name = row["code"]
        days += _holiday(name, f"holidays.{name}", row)
    year = str(entered.get("year", ""))
    return {**entered, "year": int(year) if _WHOLE.fullmatch(year) else year, "days": days}


def _holiday(name: str, place: str, row: Mapping[str, Any]) -> list[dict[str, object]]:
    first = _day(f"{place}.first", row.get("first"))
    last = _day(f"{place}.last", row.get("last") or row.get("first"))
    if not 0 <= (last - first).days <= _LONGEST_NOTICE:
        raise _wrong(f"{place}.last", "放假的末日早于首日", "请核对起止日期")
    off = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    worked = [
        _day(f"{place}.worked", text) for text in re.split(r"[\s,，、]+", row.get("worked") or "") if text
    ]
    return [
        *({"date": str(day), "is_workday": False, "kind": "holiday", "name": name} for day in off),
        *({"date": str(day), "is_workday": True, "kind": "make_up", "name": name} for day in worked),
    ]


def day_body(entered: dict[str, Any]) -> dict[str, Any]:
    """Return the adjustment of a single day."""
    day = _day("date", entered.get("date"))
    works = entered.get("works") == "yes"
    kind = "make_up" if works and day.weekday() >= 5 else "local"
    row = {"date": str(day), "is_workday": works, "kind": kind, "name": entered.get("name", "")}
    return {"source_document": entered.get("source_document", ""), "days": [row]}


def _day(name: str, text: object) -> date:
    try:
        return date.fromisoformat(str(text or ""))
    except ValueError:
        raise _wrong(name, "日期不正确", "请按年-月-日填写，例如 2027-02-05") from None


def _wrong(name: str, rule: str, remedy: str) -> Problem:
    return INVALID("请按各项提示修改后重新提交", errors=[FieldError(name, rule, remedy, "page")])
