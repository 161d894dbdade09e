"""Parsing of instants and days in files and requests, the same for ledgers, pauses and logs.

A value without a time of day is no instant, and placeholder dates of other systems are refused.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Final

from libs.common.clock import SHANGHAI
from libs.workbooks.files.frames import Cell, Opened
from libs.workbooks.files.number_format import moment

# The working calendar's first year, and the first after its last.
_FIRST_YEAR: Final = 2000
_YEAR_AFTER: Final = 2100
# Placeholder dates of spreadsheets, databases and programs; also years before 1900 and from 2100 on.
_FIRST_REAL_YEAR: Final = 1900
_PLACEHOLDERS: Final = frozenset({date(1900, 1, 1), date(1904, 1, 1), date(1970, 1, 1), date(2099, 12, 31)})
# The Unix epoch: a placeholder as a day alone or at midnight only.
_MILLENNIUM: Final = date(2000, 1, 1)

_STROKES = str.maketrans(
    {"年": "-", "月": "-", "日": " ", "时": ":", "点": ":", "分": ":", "秒": "", "T": " "}
)
_ONE_DIGIT = re.compile(r"(?<=[时点])([0-9])(?=分)")
_DATE = r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})"
_WRITTEN = (
    re.compile(
        rf"{_DATE}(?: +([0-9]{{1,2}}):([0-9]{{2}})(?::([0-9]{{2}})(?:\.([0-9]{{1,6}}))?)?)?", re.ASCII
    ),
    re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?: *([0-9]{2}):?([0-9]{2})(?::?([0-9]{2}))?)?()", re.ASCII),
)
_MOST_WRITTEN: Final = 40


class MomentFault(StrEnum):
    """Why a value is no instant or no day; the values are codes of findings."""

    NONE = "time-invalid"
    NOT_A_DAY = "date-invalid"
    PLACEHOLDER = "placeholder-date"
    DAY_ONLY = "time-missing"


def read_instant(value: object) -> datetime | MomentFault:
    """Return a value's instant in UTC; a time without a zone is Shanghai's."""
    wall = read_wall(value)
    return wall if isinstance(wall, MomentFault) else wall.replace(tzinfo=SHANGHAI).astimezone(UTC)


def read_wall(value: object) -> datetime | MomentFault:
    """Return a value's wall time in Shanghai, of the years of the working calendar."""
    moment = _read(value)
    if isinstance(moment, MomentFault):
        return moment
    wall, has_time = moment
    return wall if has_time else MomentFault.DAY_ONLY


def read_day(value: object) -> date | MomentFault:
    """Return the day of a value without a time, or at midnight."""
    moment = _read(value)
    if isinstance(moment, MomentFault):
        return MomentFault.NOT_A_DAY if moment is MomentFault.NONE else moment
    wall, _ = moment
    return wall.date() if wall.time() == time() else MomentFault.NOT_A_DAY


def _read(value: object) -> tuple[datetime, bool] | MomentFault:
    """Return a value's wall time in Shanghai, midnight for a day alone, and whether it has a time of day."""
    moment = _written(value) if isinstance(value, str) else (value, True)
    if isinstance(moment, MomentFault):
        return moment
    wall, has_time = moment
    if not isinstance(wall, datetime):
        return MomentFault.NONE
    try:
        wall = wall if wall.tzinfo is None else wall.astimezone(SHANGHAI).replace(tzinfo=None)
    except OverflowError:
        return MomentFault.PLACEHOLDER
    if _stands_for_none(wall):
        return MomentFault.PLACEHOLDER
    return (wall, has_time) if _FIRST_YEAR <= wall.year < _YEAR_AFTER else MomentFault.NONE


def _written(text: str) -> tuple[datetime, bool] | MomentFault:
    text = text.strip()
    if len(text) > _MOST_WRITTEN:
        return MomentFault.NONE
    plain = _ONE_DIGIT.sub(r"0\1", text).translate(_STROKES).strip(" :")
    try:
        for pattern in _WRITTEN:
            if match := pattern.fullmatch(plain):
                year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
                # Databases write 0000-00-00, and spreadsheets show their count 0 as 1900-01-00.
                if year == 0 or (year == _FIRST_REAL_YEAR and day == 0):
                    return MomentFault.PLACEHOLDER
                fraction = int((match[7] or "").ljust(6, "0"))
                wall = datetime(year, month, day, hour, minute, second, fraction)  # noqa: DTZ001 - wall time
                return wall, match[4] is not None
        # With a time zone (RFC 3339).
        zoned = datetime.fromisoformat(text)
    except ValueError:
        return MomentFault.NONE
    return (zoned, True) if zoned.tzinfo is not None else MomentFault.NONE


def _stands_for_none(wall: datetime) -> bool:
    day = wall.date()
    if day.year < _FIRST_REAL_YEAR or day.year >= _YEAR_AFTER or day in _PLACEHOLDERS:
        return True
    return day == _MILLENNIUM and wall.time() == time()


# Rule and remedy of each fault, for people.
WORDS: Final[Mapping[MomentFault, tuple[str, str]]] = {
    MomentFault.NONE: ("不是日期和时间", "请按 2022-03-01 09:10 的形式填写"),
    MomentFault.NOT_A_DAY: ("不是日期", "请按 2022-03-01 的形式填写"),
    MomentFault.PLACEHOLDER: ("是系统填充的占位日期，不是真实时间", "请填写真实时间；没有发生的请留空"),
    MomentFault.DAY_ONLY: ("只有日期，没有时刻", "请按 2022-03-01 09:10 的形式补填时刻"),
}


def moment_cell(cell: Cell, opened: Opened) -> object:
    """Return the value of a cell of moments: a bare number is the spreadsheet's count of days."""
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=None)
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return cell
    # A date typed as one number, such as 20220305.
    if cell > 20_000_000:
        return f"{cell:.0f}"
    if opened.counts_from_1904 is None or cell <= 0:
        return cell
    instant = moment(cell, since_1904=opened.counts_from_1904)
    return instant.replace(tzinfo=None) if isinstance(instant, datetime) else instant
