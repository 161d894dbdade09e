"""What is found in a ledger's rows, and a row that was checked."""

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from libs.workbooks.ledgers.rows import RawRow

PERSONAL_DATA: Final = "personal-data"
"""The code of what names a person: a report hides such cells."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found in a row: `row` is the number that the spreadsheet shows; a warning is not bad."""

    row: int
    column: str
    code: str
    reason: str
    remedy: str
    is_bad: bool = True


@dataclass(frozen=True, slots=True)
class Checked(Generic[T]):
    """A row that was checked: its findings and, unless one is bad, what is to be stored of it.

    `digest` tells it from another row with its number: it is of what the row says, not of how it is written.
    """

    raw: RawRow
    findings: list[Finding]
    item: T | None = None
    digest: str = ""


def duplicate_number(row: int, column: str, earlier: int) -> Finding:
    """Return what is wrong with a row whose number an earlier row has."""
    reason = f"与第 {earlier} 行的{column}相同"
    return Finding(row, column, "duplicate-number", reason, "请删除重复的行或改正编号")


def number_taken(row: int, column: str, remedy: str) -> Finding:
    """Return what is wrong with a row whose number is stored with other content."""
    return Finding(row, column, "number-taken", f"系统里已有这个{column}，内容不同", remedy)
