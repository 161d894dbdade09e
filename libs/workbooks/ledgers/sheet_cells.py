"""Writing of workbook cells: no formula injection, and errors beyond the limits of a sheet."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from libs.common.problems import define
from libs.workbooks.files.frames import LAST_ROW

Cell = str | int | float | bool | Decimal | date | datetime | None

TOO_MANY_ROWS = define("ledger-too-many-rows", 422, "台账超过一张工作表的行数")
# Excel's limit of a cell, in UTF-16 units.
MOST_TEXT: Final = 32_767
# Excel's limit of a header is 255 characters, codes included.
_MOST_MARK: Final = 200
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
_ELSEWHERE: Final = "（内容过长，见工作表“超长内容”）"
_BORDER: Final[Mapping[str, object]] = {
    "border": 1,
    "border_color": "#BFBFBF",
    "font_size": 10,
    "valign": "vcenter",
}


class SheetCells:
    """Writes the cells of a workbook's sheets; texts beyond the limit of a cell go to an extra sheet at the end.

    A watermark stands in the header and the footer of every sheet.
    """

    def __init__(self, book: Any, watermark: str = "") -> None:
        self._book = book
        self._watermark = watermark
        self._text = self.format(num_format="@")
        self._instant = self.format(num_format="yyyy-mm-dd hh:mm")
        self._date = self.format(num_format="yyyy-mm-dd")
        self._integer = self.format(num_format="0")
        self._exact = self.format(num_format="0.0#")
        self._long: list[tuple[str, str, str]] = []

    def format(self, **changes: object) -> Any:
        """Return a format with the border of all cells."""
        return self._book.add_format({**_BORDER, **changes})

    def write(self, sheet: Any, row: int, column: int, value: Cell, *, heading: str = "") -> None:
        """Write a cell; row and column are counted from zero. Raises `ledger-too-many-rows`.

        Dates and times have no zone, as in every sheet.
        """
        match value:
            case None:
                code = sheet.write_blank(row, column, None, self._text)
            case str():
                # A text that a spreadsheet would evaluate as a formula is written as a text (supervision.md).
                safe = f"'{value}" if value.startswith(_FORMULA_STARTS) else value
                if _units(safe) > MOST_TEXT:
                    self._long.append((f"{sheet.get_name()} 第 {row + 1} 行", heading, value))
                    safe = _ELSEWHERE
                code = sheet.write_string(row, column, safe, self._text)
            case bool():
                code = sheet.write_boolean(row, column, value, self._text)
            case datetime():
                code = sheet.write_datetime(row, column, value, self._instant)
            case date():
                code = sheet.write_datetime(row, column, value, self._date)
            case Decimal() | float():
                code = sheet.write_number(row, column, float(value), self._exact)
            case int():
                code = sheet.write_number(row, column, value, self._integer)
        check_written(code)

    def close(self) -> None:
        """Add the sheet of long texts, each split into cells below each other, and finish the file."""
        if self._long:
            sheet = self._book.add_worksheet("超长内容")
            for index, heading in enumerate(("位置", "列", "内容")):
                check_written(sheet.write_string(0, index, heading))
            row = 0
            for where, heading, text in self._long:
                for part in _parts(text):
                    row += 1
                    for index, shown in enumerate((where, heading, part)):
                        check_written(sheet.write_string(row, index, shown, self._text))
        if self._watermark:
            # An ampersand begins a code of the header.
            line = self._watermark[:_MOST_MARK].replace("&", "&&")
            for each in self._book.worksheets():
                check_written(each.set_header(f"&C{line}"))
                check_written(each.set_footer(f"&L{line}&R&P/&N"))
        self._book.close()


def check_row(row: int) -> None:
    """Raise `ledger-too-many-rows` beyond the last row of a sheet, counted from zero."""
    if row >= LAST_ROW:
        raise TOO_MANY_ROWS(f"一张工作表最多 {LAST_ROW:,} 行，请按月份、区划或服务类型分次导出")


def check_written(code: int) -> None:
    """Raise RuntimeError for a write that the library refused with a negative return value."""
    if code is not None and code < 0:
        raise RuntimeError(f"a cell was not written: {code}")


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text) if len(text) * 2 > MOST_TEXT else 0


def _parts(text: str) -> list[str]:
    # Half as many characters always fit, with the sign that prevents a formula.
    size = MOST_TEXT // 2 - 1
    parts = [text[start : start + size] for start in range(0, len(text), size)]
    return [f"'{part}" if part.startswith(_FORMULA_STARTS) else part for part in parts]
