"""How values are shown: the filters of the templates."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from markupsafe import Markup, escape

from libs.casework.http.contacts import SCORE_NAMES
from libs.casework.http.people import PersonView
from libs.common.clock import local
from libs.common.places import Supply, load_places

# 08:30–12:00, 13:30–17:30 in every version so far; only for showing how long something is.
WORKDAY_MINUTES = 450


SOMEBODY = "工作人员"

# The number of a case of any service's, within a text: the service's mark, a utility, a day and a counter.
_NUMBERS = re.compile(r"\b((?:[A-Z]{2}-)?[A-Z]-[0-9]{6}-[0-9]{8}-[0-9]{4,9})\b", re.ASCII)


def when(instant: datetime | None) -> str:
    """Show an instant on the city's clock, to the minute."""
    return "—" if instant is None else f"{local(instant):%Y-%m-%d %H:%M}"


def day(value: date | None) -> str:
    """Show a day."""
    return "—" if value is None else value.isoformat()


def hours(minutes: int | None) -> str:
    """Show whole minutes as hours with one decimal, rounded half up."""
    if minutes is None:
        return "—"
    tenths = (minutes + 3) // 6
    return f"{tenths // 10:,}.{tenths % 10}"


def minutes_until(start: datetime, end: datetime) -> int:
    """Return the whole minutes between two instants."""
    return int((end - start).total_seconds()) // 60


def time_left(minutes: int | None) -> str:
    """Show how long it is until something is due, or has been since, in calendar time, rounded down to one unit."""
    if minutes is None:
        return "—"
    length = abs(minutes)
    if length >= 1440:
        shown = f"{length // 1440} 个自然日"
    else:
        shown = f"{length // 60} 小时" if length >= 60 else f"{length} 分钟"
    return f"剩 {shown}" if minutes >= 0 else f"已超时 {shown}"


def worktime(minutes: int | None) -> str:
    """Show working minutes as working days, hours or minutes, rounded down to one of them."""
    if minutes is None:
        return "—"
    if minutes >= WORKDAY_MINUTES:
        return f"{minutes // WORKDAY_MINUTES} 个工作日"
    return f"{minutes // 60} 小时" if minutes >= 60 else f"{minutes} 分钟"


def minutes(microseconds: int | None) -> str:
    """Show microseconds as minutes with two decimals, rounded half up."""
    if microseconds is None:
        return "—"
    hundredths = (microseconds + 300_000) // 600_000
    return f"{hundredths // 100:,}.{hundredths % 100:02}"


def number(value: int) -> str:
    """Show a whole number with separators."""
    return f"{value:,}"


def percent(text: str | None) -> str:
    """Show a percentage."""
    return "—" if text is None else f"{text}%"


def supply(code: str) -> str:
    """Name a public service."""
    try:
        return load_places().service_name(Supply(code))
    except ValueError:
        return code


def district(code: str) -> str:
    """Name a division."""
    try:
        return load_places().division(code).name
    except KeyError:
        return code


def utility(code: str) -> str:
    """Name a utility."""
    try:
        return load_places().utility(code).name
    except KeyError:
        return code


def street(code: str | None) -> str:
    """Name a street by its statistical code; a village or community in it by its street and its own code."""
    if not code:
        return "—"
    named = load_places().street(f"{code[:9]}000")
    if named is None:
        return code
    name = f"{district(named.division)}{named.name}"
    return name if code == named.site else f"{name}（{code}）"


def recipient(address: str, people: Mapping[str, PersonView] = MappingProxyType({})) -> str:
    """Name who was told of a date: a utility, a district or an agent, as `utility:W-371502`."""
    kind, _, code = address.partition(":")
    match kind:
        case "utility":
            return utility(code)
        case "district":
            return f"{district(code)}主管部门"
        case _:
            return Markup("帮办人员 {}").format(person(people[code])) if code in people else "帮办人员"


def yuan(fen: int) -> str:
    """Show 分 as 元 with two decimals."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02}"


def kilobytes(size: int) -> str:
    """Show bytes as whole KB, rounded up."""
    return f"{-(-size // 1024):,} KB"


def written(value: Any, choices: Mapping[str, str] | None = None) -> str:
    """Show a value of a policy as people write it: a code by its name, hours as 08:30–12:00，13:30–17:30."""
    if value is None:
        return "—"
    if choices and isinstance(value, str):
        return choices.get(value, value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        if value and all(isinstance(row, list) and len(row) == 2 for row in value):
            return "，".join(f"{str(first)[:5]}–{str(last)[:5]}" for first, last in value)
        return "、".join(written(row) for row in value)
    return str(value)


# What these fields hold, whatever has them.
_BY_FIELD: Mapping[str, Callable[[str], str]] = {"district": district, "utility": utility, "supply": supply}


def field(thing: object, name: str) -> str:
    """Show a field of a thing as people write it: a place by its name, a time on the city's clock."""
    value: Any = getattr(thing, name)
    if isinstance(value, datetime):
        return when(value)
    if isinstance(value, date):
        return day(value)
    if name in _BY_FIELD and isinstance(value, str):
        return _BY_FIELD[name](value)
    return written(value) or "—"


def person(view: PersonView) -> str:
    """Return what somebody of the staff is called and by which unit; without a name by unit and role.

    The account is said when one points at it.
    """
    if view.name is not None:
        return f"{view.name}（{view.unit}）"
    role = view.role or ("" if view.unit else SOMEBODY)
    return Markup('<span title="账号 {}">{}{}</span>').format(view.subject, view.unit or "", role)


def known(subject: str | None, people: Mapping[str, PersonView]) -> str:
    """Return what an account is called among the people of a thing; "—" where nobody is told.

    Who is shown no people sees that it was somebody of the staff.
    """
    if not subject:
        return "—"
    return person(people[subject]) if subject in people else SOMEBODY


def all_known(subjects: Iterable[str], people: Mapping[str, PersonView]) -> str:
    """Return what those accounts are called that are among some people."""
    return Markup("、").join(person(people[subject]) for subject in subjects if subject in people)


def linked(text: str) -> Markup:
    """Return a text in which numbers of cases are links, which leave what was filled in as it is."""
    pieces = _NUMBERS.split(text)
    link = Markup('<a href="/search?q={0}" target="_blank" rel="noopener">{0}</a>')
    return Markup("").join(link.format(piece) if at % 2 else escape(piece) for at, piece in enumerate(pieces))


def score(value: int) -> str:
    """Name the rating of a user."""
    return SCORE_NAMES.get(value, str(value))


FILTERS: tuple[Callable[..., str | int], ...] = (
    when, day, hours, minutes, minutes_until, time_left, worktime, number, percent,
    supply, district, street, utility, recipient, yuan, kilobytes, written, person, known, linked, score,
)  # fmt: skip
