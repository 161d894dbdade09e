"""The frames that the unpacking process sends, and its limits."""

from datetime import datetime
from typing import Any, Final

import msgspec

MOST_BYTES: Final = 128 * 1_048_576
MOST_UNPACKED: Final = 16 * MOST_BYTES
MOST_ROWS: Final = 400_000
MOST_CELLS: Final = 28_000_000
# Characters of all cells together: a shared text can appear in any number of cells.
MOST_CHARACTERS: Final = 1_073_741_824
# Seconds of CPU and elapsed time: enough for some 400,000 rows of a ledger.
MOST_SECONDS: Final = 300
MOST_MEMORY: Final = 3 * 1_073_741_824
# Rows and columns of a sheet.
LAST_ROW: Final = 1_048_576
LAST_COLUMN: Final = 16_384

NO_VALUE: Final = "#无缓存值"

# Moments are sent as if they were UTC; they are the sheet's wall time.
Cell = bool | int | float | str | datetime | None
Line = tuple[int, list[Cell]]
# First and last row, as the spreadsheet shows them, and first column, counted from zero.
Merged = tuple[int, int, int]


class Refused(msgspec.Struct, frozen=True, tag=True):
    """The file cannot be read: `code` is the kind of fault, `detail` the reason in Chinese."""

    code: str
    detail: str


class Opened(msgspec.Struct, frozen=True, tag=True):
    """The kind of the file; `counts_from_1904` is None where a bare number cannot be read as a day."""

    counts_from_1904: bool | None = None
    has_macro: bool = False
    hidden: tuple[str, ...] = ()


class Begun(msgspec.Struct, frozen=True, tag=True):
    """A visible sheet begins."""

    name: str


class Lines(msgspec.Struct, frozen=True, tag=True):
    """Non-blank rows with the row numbers of the spreadsheet, without trailing blanks."""

    # Any instead of Cell, a union that msgspec cannot decode; values keep their types.
    lines: list[tuple[int, list[Any]]]


class MergedDown(msgspec.Struct, frozen=True, tag=True):
    """Cells of the sheet that are merged over several rows; only the first of each has a value."""

    ranges: list[Merged]


class Finished(msgspec.Struct, frozen=True, tag=True):
    """The last frame of a file."""


Frame = Refused | Opened | Begun | Lines | MergedDown | Finished


class RefusedError(Exception):
    """The file cannot be read; `frame` says why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.frame = Refused(code, detail)


def damaged() -> RefusedError:
    """Return the refusal of a damaged or malformed file."""
    return RefusedError("unreadable", "文件不完整或已损坏，请用 Excel 打开后另存为 .xlsx 再导入")


def locked() -> RefusedError:
    """Return the refusal of a file with a password."""
    return RefusedError("password", "文件有密码保护，请取消密码后另存再导入")
