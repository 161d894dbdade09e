"""Periods of the board: months in Shanghai, and the period before, to compare with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from libs.common.clock import local
from libs.common.problems import INVALID, FieldError

PERIODS: Mapping[str, str] = {
    "all": "全部",
    "month": "本月",
    "year": "本年",
    "last-year": "上年",
    "own": "自选月份",
}
_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Period:
    """What a board is narrowed to: `code` of `PERIODS`, for `own` from one month to another."""

    code: str
    first: str = ""
    last: str = ""

    @classmethod
    def of(cls, code: str, first: str, last: str) -> "Period":
        """Read what a form says. Raises `invalid`, by field, for what is no month or no span."""
        if code != "own":
            return cls(code)
        errors = [
            FieldError(name, "月份不正确", "请按年-月填写，例如 2022-09", "month")
            for name, text in (("month_from", first), ("month_to", last))
            if not _MONTH.fullmatch(text)
        ]
        if not errors and first > last:
            errors = [FieldError("month_to", "末月早于首月", "请对调两个月份", "reversed")]
        if errors:
            raise INVALID("请按各项提示修改后重新查询", errors=errors)
        return cls(code, first, last)

    @property
    def query(self) -> dict[str, str]:
        """Return how the metrics API is asked for it."""
        match self.code:
            case "all":
                return {}
            case "own":
                return {"month_from": self.first, "month_to": self.last}
        return {"period": self.code}

    @property
    def page_query(self) -> dict[str, str]:
        """Return how the board's page is asked for it."""
        return (
            {} if self.code == "all" else {"period": self.code} | (self.query if self.code == "own" else {})
        )

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{self.first} 至 {self.last}" if self.code == "own" else PERIODS[self.code]

    def before(self, now: datetime) -> "Period | None":
        """Return the period before: as many months that end where it begins; None before all time.

        This year, as far as it has come, is compared with the same months of the year before.
        """
        wall = local(now)
        this_month = wall.year * 12 + wall.month - 1
        match self.code:
            case "all":
                return None
            case "month":
                return _own(this_month - 1, this_month - 1)
            case "year":
                return _own((wall.year - 1) * 12, this_month - 12)
            case "last-year":
                return _own((wall.year - 2) * 12, (wall.year - 1) * 12 - 1)
        first, last = _number(self.first), _number(self.last)
        return _own(first - (last - first + 1), first - 1)


def _own(first: int, last: int) -> Period:
    return Period("own", *(f"{number // 12:04d}-{number % 12 + 1:02d}" for number in (first, last)))


def _number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1
