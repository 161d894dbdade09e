"""Findings in a ledger's rows, and checked rows."""

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from libs.workbooks.ledgers.rows import RawRow

PERSONAL_DATA: Final = "personal-data"
"""The code of what names a person: a report hides such cells."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding in a row; `row` is the spreadsheet's row number; a warning is not bad."""

    row: int
    column: str
    code: str
    reason: str
    remedy: str
    is_bad: bool = True


@dataclass(frozen=True, slots=True)
class Checked(Generic[T]):
    """A checked row: its findings and, unless one is bad, the item to store.

    `digest` is of the row's values, independent of their spelling, to detect a changed row of its number.
    """

    raw: RawRow
    findings: list[Finding]
    item: T | None = None
    digest: str = ""


def duplicate_number(row: int, column: str, earlier: int) -> Finding:
    """Return the finding of a row whose number an earlier row has."""
    reason = f"与第 {earlier} 行的{column}相同"
    return Finding(row, column, "duplicate-number", reason, "请删除重复的行或改正编号")


def number_taken(row: int, column: str, remedy: str) -> Finding:
    """Return the finding of a row whose number is stored with other content."""
    return Finding(row, column, "number-taken", f"系统里已有这个{column}，内容不同", remedy)
