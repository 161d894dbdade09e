"""Writes a ledger as .xlsx, row by row, in constant memory."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO

import xlsxwriter

from libs.common.clock import local
from libs.workbooks.ledgers.sheet_cells import Cell, SheetCells, check_row, check_written
from libs.workbooks.ledgers.template import YES, Template, Total

TOTAL = "合计"
_HEADER_ROW = 2


@dataclass(frozen=True, slots=True)
class Signature:
    """The line under the title: who fills in the ledger, and when. The checker signs on paper.

    `selection` is shown beside the title and names the filters of the rows; empty for a complete ledger. A
    `watermark` stands in place of the line, and in the header and footer of every sheet.
    """

    unit: str
    filled_on: date
    filled_by: str = ""
    selection: str = ""
    watermark: str = ""


class LedgerWriter:
    """An open workbook. Not for the event loop: write in a thread."""

    def __init__(
        self, template: Template, target: IO[bytes], signature: Signature, scratch: str | None = None
    ) -> None:
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "tmpdir": scratch,
        }
        self._template = template
        self._book = xlsxwriter.Workbook(target, options)
        self._book.set_properties({"title": template.title, "created": datetime(2022, 1, 1)})  # noqa: DTZ001 - a file's date
        self._cells = SheetCells(self._book, signature.watermark)
        self._total = self._cells.format(bold=True, bg_color="#F2F2F2", num_format="0.0#")
        self._sheet = self._book.add_worksheet(template.sheet)
        self._rows = 0
        self._last_row = _HEADER_ROW
        self._sums = {column.heading: Decimal(0) for column in template.columns if column.total is Total.SUM}
        self._yes = Counter({column.heading: 0 for column in template.columns if column.total is Total.YES})
        self._head(signature)

    def _head(self, signature: Signature) -> None:
        sheet, columns = self._sheet, self._template.columns
        for position, column in enumerate(columns):
            sheet.set_column(position, position, column.width)
        title = self._book.add_format({"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"})
        sheet.set_row(0, 30)
        text = f"{self._template.title}{signature.selection}"
        check_written(sheet.merge_range(0, 0, 0, len(columns) - 1, text, title))
        line = self._book.add_format({"font_size": 10})
        for position, text in _line(signature):
            check_written(sheet.write_string(1, position, text, line))
        header = self._book.add_format(
            {
                "bold": True,
                "border": 1,
                "bg_color": "#DDEBF7",
                "align": "center",
                "text_wrap": True,
                "font_size": 10,
            }
        )
        sheet.set_row(_HEADER_ROW, 32)
        for position, column in enumerate(columns):
            check_written(sheet.write_string(_HEADER_ROW, position, column.heading, header))
        sheet.freeze_panes(_HEADER_ROW + 1, 2)
        sheet.set_landscape()
        sheet.repeat_rows(_HEADER_ROW)

    def write(self, content: Mapping[str, Cell]) -> None:
        """Add a record, numbered, by its headings. Raises `ledger-too-many-rows`."""
        self._rows += 1
        self.write_cells({self._template.serial: self._rows, **content})
        for heading in self._yes:
            self._yes[heading] += content.get(heading) == YES

    def write_cells(self, content: Mapping[str, Cell]) -> None:
        """Add a row as it is given, heading by heading. Raises `ledger-too-many-rows`."""
        # The total needs a row too.
        check_row(self._last_row + 2)
        self._last_row += 1
        for position, column in enumerate(self._template.columns):
            value = content.get(column.heading)
            shown = local(value).replace(tzinfo=None) if isinstance(value, datetime) else value
            self._cells.write(self._sheet, self._last_row, position, shown, heading=column.heading)
            if column.heading in self._sums and isinstance(value, int | Decimal):
                self._sums[column.heading] += value

    def close(self) -> None:
        """Add the 合计 row and finish the file."""
        template, last = self._template, self._last_row
        self._sheet.autofilter(_HEADER_ROW, 0, last, len(template.columns) - 1)
        totals: dict[str, Decimal | int] = {**self._sums, **self._yes}
        labels = {template.serial: TOTAL, template.number: f"{self._rows} {template.unit}"}
        for position, column in enumerate(template.columns):
            if column.heading in totals:
                total = float(totals[column.heading])
                check_written(self._sheet.write_number(last + 1, position, total, self._total))
            else:
                label = labels.get(column.heading, "")
                check_written(self._sheet.write_string(last + 1, position, label, self._total))
        self._cells.close()


def _line(signature: Signature) -> Iterator[tuple[int, str]]:
    """Yield the texts of the line under the title, each with its column."""
    if signature.watermark:
        yield 0, signature.watermark
        return
    yield 1, f"填报单位：{signature.unit}"
    yield 3, f"填报日期：{signature.filled_on.isoformat()}"
    yield 5, f"填报人：{signature.filled_by}"
    yield 9, "审核人："
