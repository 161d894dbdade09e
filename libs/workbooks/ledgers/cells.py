"""A reader of a row's cells, with faults as findings. Services add methods for their own columns."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from libs.common.personal_data import PERSONAL_NAMES, find_personal
from libs.common.references import normal
from libs.workbooks.ledgers.cell_faults import cell_faults
from libs.workbooks.ledgers.findings import PERSONAL_DATA, Finding
from libs.workbooks.ledgers.moments import WORDS, MomentFault, read_day, read_instant
from libs.workbooks.ledgers.rows import RawRow, text_of
from libs.workbooks.ledgers.template import Code, Template, Words

_RECKONED = re.compile(r"[0-9]{1,6}\.[0-9]{10,20}", re.ASCII)
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*", re.ASCII)


@dataclass(slots=True)
class RowReader:
    """Reads the cells of a row and collects findings.

    The faults of `cell_faults` are collected at the start.
    """

    template: Template
    raw: RawRow
    now: datetime
    findings: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        for fault in cell_faults(self.template, self.raw.cells):
            self.bad(*fault)

    def bad(self, column: str, code: str, reason: str, remedy: str) -> None:
        """Add a finding that rejects the row."""
        self.findings.append(Finding(self.raw.number, column, code, reason, remedy))

    def text(self, column: str, *, must: bool = False, most: int = 200) -> str:
        """Return a cell's text, with a finding beyond so many characters."""
        text = text_of(self.raw.cells.get(column))
        if not text and must:
            self.missing(column)
        if len(text) > most:
            self.bad(column, "too-long", f"{column}超过 {most} 个字", "请缩短内容")
        return text

    def missing(self, column: str) -> None:
        """Add the finding of an empty required cell."""
        self.bad(column, "missing", f"{column}未填写", f"请填写{column}")

    def impersonal(self, column: str, text: str) -> None:
        """Add the finding of a personal number, which only the registry may store."""
        if kind := find_personal(text):
            self.bad(
                column,
                PERSONAL_DATA,
                f"{column}中不能有{PERSONAL_NAMES[kind]}",
                "请删除，或填写用户底数库中的用户编号",
            )

    def word(self, column: str, words: Words[Code], code: str, *, must: bool = False) -> Code | None:
        """Return the code of a cell's word; `code` is that of the finding for an unknown word."""
        text = self.text(column, must=must)
        value = words.read(text) if text else None
        if text and value is None:
            self.bad(column, code, f"“{text[:30]}”不是规定的{column}", f"请填写：{words.listed()[:400]}")
        return value

    def reference(self, column: str, most: int) -> str:
        """Return the canonical form of a reference."""
        text = normal(self.text(column, must=True, most=most))
        self.impersonal(column, text)
        if text and not _REFERENCE.fullmatch(text):
            self.bad(column, "reference-invalid", f"{column}只能由字母、数字和“-”组成", "请填写系统编号")
        return text

    def instant(self, column: str, *, must: bool = False) -> datetime | None:
        """Return a cell's instant in UTC, which is not in the future."""
        value = self.raw.cells.get(column)
        if value is None:
            if must:
                self.missing(column)
            return None
        instant = read_instant(value)
        if isinstance(instant, MomentFault):
            self._no_moment(column, value, instant)
            return None
        if instant > self.now:
            self.bad(column, "in-the-future", f"{column}晚于现在", "请核对时间")
        return instant

    def day(self, column: str) -> date | None:
        """Return a cell's day."""
        value = self.raw.cells.get(column)
        day = None if value is None else read_day(value)
        if isinstance(day, MomentFault):
            self._no_moment(column, value, day)
            return None
        return day

    def _no_moment(self, column: str, value: object, fault: MomentFault) -> None:
        rule, remedy = WORDS[fault]
        self.bad(column, fault, f"{column}“{text_of(value)[:30]}”{rule}", remedy)

    def decimal_text(self, column: str) -> tuple[str, str] | None:
        """Return the text of a number, with a note where its cell stores more decimals than it displays.

        None for an empty cell.
        """
        value = self.raw.cells.get(column)
        if value is None:
            return None
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        text = f"{Decimal(repr(value)):f}" if is_number else text_of(value)
        if _RECKONED.fullmatch(text):
            # Excel shows fifteen digits; further ones are rounding errors.
            text = f"{float(text):.15g}"
        return text, f"（单元格里存的是 {text[:20]}）" if is_number and "." in text[:-2] else ""
