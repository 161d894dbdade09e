"""Read a row of a hotline's list as a version of an order, by the rules of the API."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from libs.workbooks.ledgers.cells import RowReader
from libs.workbooks.ledgers.findings import Checked
from libs.workbooks.ledgers.moments import WORDS, MomentFault, read_day, read_instant
from libs.workbooks.ledgers.rows import RawRow, text_of
from services.grievances.domain.hotline.content import HotlineCall, OrderContent
from services.grievances.storage import hotline_imports as columns

LONGEST_WORDS: Final = 2000
NO_VERSION: Final = 0
"""The version of an order whose list has none: the first, and known again by all that it says."""
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", re.ASCII)
_PHONE = re.compile(r"\+?[0-9][0-9 -]{5,18}[0-9]", re.ASCII)


@dataclass(slots=True)
class _Row(RowReader):
    def short(self, column: str, most: int = 40, *, must: bool = False) -> str | None:
        return self.text(column, must=must, most=most) or None

    def whole(self, column: str, most: int) -> int | None:
        written = self.text(column)
        if not written:
            return None
        number = int(written) if written.isascii() and written.isdigit() and len(written) < 8 else 0
        if not 1 <= number <= most:
            self.bad(column, "number-invalid", f"{column}不是 1 至 {most} 的整数", f"请核对{column}")
            return None
        return number

    def flag(self, column: str) -> bool | None:
        code = self.word(column, columns.FLAGS, "flag-unknown")
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
        text = self.text(column, must=must, most=40)
        if text and not pattern.fullmatch(text):
            self.bad(column, "form-invalid", f"{column}的格式不对", remedy)
        return text or None


def _end_of(day: str) -> datetime | None:
    instant = read_instant(f"{day} 23:59")
    return None if isinstance(instant, MomentFault) else instant + timedelta(seconds=59)


def read_row(raw: RawRow, now: datetime) -> Checked[OrderContent]:
    """Read a row; what is wrong with it are its findings. Words of kinds, states and places are read later."""
    row = _Row(columns.HOTLINE_LEDGER, raw, now)
    if row.findings:
        return Checked(raw, row.findings)
    number = row.matching(columns.NUMBER, _NUMBER, "只能由字母、数字、“-”和“_”组成", must=True)
    received_at = row.instant(columns.RECEIVED, must=True)
    kind, district = row.short(columns.KIND, must=True), row.short(columns.DISTRICT, must=True)
    words = row.text(columns.TOLD, must=True, most=LONGEST_WORDS)
    phone = row.matching(columns.PHONE, _PHONE, "请填写一个电话号码")
    content = OrderContent(
        number=number or "",
        version=row.whole(columns.VERSION, 1_000_000) or NO_VERSION,
        received_at=received_at or now,
        kind=kind or "",
        words=words,
        district=district or "",
        category=row.short(columns.CATEGORY, 80),
        supply=row.word(columns.SUPPLY, columns.SUPPLIES, "supply-unknown"),
        name=row.short(columns.NAME, 60),
        phone=phone,
        place=row.short(columns.PLACE, 200),
        is_confidential=bool(row.flag(columns.CONFIDENTIAL)),
        reply_by=row.until(columns.REPLY_BY),
        status=row.short(columns.STATUS),
        unit=row.short(columns.UNIT, 80),
        addition=row.short(columns.ADDITION, LONGEST_WORDS),
    )
    called_at = row.instant(columns.CALLED)
    if called_at is not None:
        content = replace(content, call=_call(row, called_at))
    return Checked(raw, row.findings) if row.findings else Checked(raw, [], content)


def _call(row: _Row, at: datetime) -> HotlineCall:
    grade = row.short(columns.GRADE)
    return HotlineCall(
        at=at,
        # A list has no column for it: who gave a grade was reached.
        reached=grade is not None,
        contacted=row.flag(columns.CONTACTED),
        solved=row.flag(columns.SOLVED),
        grade=grade,
        steps=row.whole(columns.STEPS, 10),
        reason=row.short(columns.REASON, 500),
    )
