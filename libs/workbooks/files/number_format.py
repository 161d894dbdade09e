"""The displayed form of stored numbers: dates, times, zero-padded digits (ECMA-376 part 1, §18.8.30)."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from libs.workbooks.files.frames import Cell

# Built-in formats of dates and times, those of Chinese included.
_DATES: Final = frozenset((14, 15, 16, 17, 22, *range(27, 32), 36, *range(50, 55), 57, 58))
_TIMES: Final = frozenset((18, 19, 20, 21, 22, 32, 33, 34, 35, 45, 46, 47, 55, 56))

# Parts of a format without digits: literal texts and characters, padding, colours and locales.
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_HALVES = re.compile(r"am/pm|a/p|上午/下午", re.IGNORECASE)
# Identifiers that are stored as numbers. A text after the digits is a unit and not part of an identifier.
_PADDED = re.compile(r'((?:"[^"]*"|\\.|-)*)(0{1,15})')
_QUOTED = re.compile(r'"([^"]*)"|\\(.)')

_DAY_LIMIT: Final = 2_958_466
_DAY_MS: Final = 86_400_000
_ZERO = datetime(1899, 12, 31, tzinfo=UTC)
_ZERO_1904 = datetime(1904, 1, 1, tzinfo=UTC)
# The spreadsheet's calendar has a 29 February 1900, which did not exist.
_FALSE_DAY: Final = 60


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """The content of a format: a day, a time, or at least `digits` digits after a text."""

    has_day: bool = False
    has_time: bool = False
    digits: int = 0
    before: str = ""


def built_in(number: int) -> NumberFormat | None:
    """Return a built-in format; None for one that shows the number."""
    if number in _DATES or number in _TIMES:
        return NumberFormat(number in _DATES, number in _TIMES)
    return None


def number_format(code: str) -> NumberFormat | None:
    """Parse a format code; None for one that shows the number as such."""
    first = code[:255].partition(";")[0]
    if first != "0" and (padded := _PADDED.fullmatch(first)):
        return NumberFormat(digits=len(padded[2]), before=_literal(padded[1]))
    bare = _HALVES.sub("h", _LITERAL.sub("", first)).lower()
    if "general" in bare or "通用格式" in bare:
        return None
    has_time = any(letter in bare for letter in "hs")
    has_day = any(letter in bare for letter in "yd") or ("m" in bare and not has_time) or "aaa" in bare
    return NumberFormat(has_day, has_time) if has_day or has_time else None


def _literal(written: str) -> str:
    return _QUOTED.sub(lambda match: match[1] if match[2] is None else match[2], written)


def shown(number: float, shows: NumberFormat | None, *, since_1904: bool) -> Cell:
    """Return a cell's displayed value: the moment, day or digits, else the number.

    A day without a time is returned as a text, as if it were typed: no time is invented.
    """
    if shows is None:
        return number
    if shows.digits:
        if not number.is_integer() or not 0 <= number < 10**15:
            return number
        return f"{shows.before}{int(number):0{shows.digits}d}"
    if not shows.has_day and 0 <= number < 1:
        return f"{_ZERO + timedelta(milliseconds=round(number * _DAY_MS)):%H:%M:%S}"
    return moment(number, since_1904=since_1904, has_time=shows.has_time)


def moment(number: float, *, since_1904: bool, has_time: bool = False) -> Cell:
    """Return the moment of a count of days, to the millisecond as in a spreadsheet.

    A whole count is a day, unless `has_time`: then it is midnight. A number out of range is returned unchanged.
    """
    if not 0 <= number < _DAY_LIMIT:
        return number
    days, milliseconds = divmod(round(number * _DAY_MS), _DAY_MS)
    is_day = milliseconds == 0 and not has_time
    time_of_day = timedelta(milliseconds=milliseconds)
    if not since_1904 and days in (0, _FALSE_DAY):
        text = "1900-01-00" if days == 0 else "1900-02-29"
        return text if is_day else f"{text} {_ZERO + time_of_day:%H:%M:%S}"
    try:
        at = (_ZERO_1904 if since_1904 else _ZERO) + timedelta(
            days=days - (not since_1904 and days > _FALSE_DAY)
        )
        at += time_of_day
    except OverflowError:
        return number
    return written_day(at) if is_day else at


def written_day(at: datetime) -> str:
    """Return the text of a moment's day."""
    return f"{at.year:04d}-{at.month:02d}-{at.day:02d}"
