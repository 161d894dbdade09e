"""A reader of the rows of lists and ledgers of grievances: short texts, whole numbers, 是 and 否, times to come."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from libs.workbooks.ledgers.cells import RowReader
from libs.workbooks.ledgers.moments import WORDS, MomentFault, read_day, read_instant
from libs.workbooks.ledgers.rows import text_of
from services.grievances.storage.hotline_imports import FLAGS


@dataclass(slots=True)
class ListRow(RowReader):
    """Reads the cells of a row and collects findings."""

    def short(self, column: str, most: int = 40, *, must: bool = False) -> str | None:
        """Return a text of so many characters at most; None for an empty cell."""
        return self.text(column, must=must, most=most) or None

    def whole(self, column: str, most: int) -> int | None:
        """Return a whole number from 1 on."""
        written = self.text(column)
        if not written:
            return None
        number = int(written) if written.isascii() and written.isdigit() and len(written) < 8 else 0
        if not 1 <= number <= most:
            self.bad(column, "number-invalid", f"{column}不是 1 至 {most} 的整数", f"请核对{column}")
            return None
        return number

    def flag(self, column: str) -> bool | None:
        """Return whether a cell says 是 or a word for it."""
        code = self.word(column, FLAGS, "flag-unknown")
        return None if code is None else code == "YES"

    def until(self, column: str) -> datetime | None:
        """Return an instant that may be to come; a day alone ends with the day."""
        value = self.raw.cells.get(column)
        if value is None:
            return None
        instant = read_instant(value)
        if instant is MomentFault.DAY_ONLY and not isinstance(day := read_day(value), MomentFault):
            return _end_of(day.isoformat())
        if isinstance(instant, MomentFault):
            rule, remedy = WORDS[instant]
            self.bad(column, instant, f"{column}“{text_of(value)[:30]}”{rule}", remedy)
            return None
        return instant

    def matching(
        self, column: str, pattern: re.Pattern[str], remedy: str, *, must: bool = False
    ) -> str | None:
        """Return a text of a form."""
        text = self.text(column, must=must, most=40)
        if text and not pattern.fullmatch(text):
            self.bad(column, "form-invalid", f"{column}的格式不对", remedy)
        return text or None


def _end_of(day: str) -> datetime | None:
    instant = read_instant(f"{day} 23:59")
    return None if isinstance(instant, MomentFault) else instant + timedelta(seconds=59)
