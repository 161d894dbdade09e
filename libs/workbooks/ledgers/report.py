"""The report of an import as a workbook: each row with findings, in the columns of its own ledger, after the reason
and the remedy. Corrected rows can be imported again from it.

Columns that are not read, and those of people's names, are left out, since reports are stored for a while.
"""

import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

import xlsxwriter

from libs.workbooks.files.packed import Packed
from libs.workbooks.ledgers.findings import PERSONAL_DATA, Finding
from libs.workbooks.ledgers.rows import RawLedger, RawRow
from libs.workbooks.ledgers.sheet_cells import SheetCells, check_written
from libs.workbooks.ledgers.template import Template

SHEET: Final = "问题行"
_BEFORE: Final = ("行号", "结果", "原因", "怎样改")
_HIDDEN: Final = "（已隐去）"
_WIDTHS: Final = (7, 9, 44, 36)


def write_report(template: Template, ledger: RawLedger, findings: Sequence[Finding]) -> bytes:
    """Return the workbook of findings, in the order of their rows. CPU-bound: call it in a thread."""
    by_row: dict[int, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_row[finding.row].append(finding)
    target = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(target, options)
    cells = SheetCells(book)
    columns = [
        (index, heading)
        for index, heading in enumerate(ledger.header.headings)
        if heading and heading not in template.not_stored
    ]
    sheet = book.add_worksheet(SHEET)
    names = {heading: ledger.header.written[index].strip() for index, heading in columns}
    bold = cells.format(bold=True, bg_color="#DDEBF7", text_wrap=True)
    headings = (*_BEFORE, *names.values())
    for index, heading in enumerate(headings):
        sheet.set_column(index, index, _WIDTHS[index] if index < len(_WIDTHS) else 14)
        check_written(sheet.write_string(0, index, heading, bold))
    sheet.freeze_panes(1, len(_BEFORE))
    at = 0
    for row in _rows(ledger.rows, by_row):
        at += 1
        hidden = {finding.column for finding in by_row[row.number] if finding.code == PERSONAL_DATA}
        summary = _summary(row.number, by_row[row.number], names)
        for index, text in enumerate(summary):
            cells.write(sheet, at, index, text, heading=_BEFORE[index])
        for index, (column, heading) in enumerate(columns, start=len(summary)):
            value = row.written[column] if column < len(row.written) else None
            wall = value.replace(tzinfo=None) if isinstance(value, datetime) else value
            cells.write(sheet, at, index, _HIDDEN if heading in hidden else wall, heading=headings[index])
    sheet.autofilter(0, 0, at, len(headings) - 1)
    _notes(book, cells, by_row.get(ledger.header_row, ()))
    cells.close()
    return target.getvalue()


def _rows(rows: Packed[RawRow], by_row: Mapping[int, object]) -> Iterator[RawRow]:
    first = rows[0].number
    # To read all rows again takes long, and often there is something to say of the file alone.
    return (row for row in rows if row.number in by_row) if max(by_row, default=0) >= first else iter(())


def _summary(number: int, findings: Sequence[Finding], names: Mapping[str, str]) -> tuple[int | str, ...]:
    is_bad = any(finding.is_bad for finding in findings)
    reasons = "；".join(
        dict.fromkeys(
            f"{names.get(finding.column, finding.column)}：{finding.reason}" for finding in findings
        )
    )
    remedies = "；".join(dict.fromkeys(finding.remedy for finding in findings))
    return number, "不合格" if is_bad else "需留意", reasons, remedies


def _notes(book: xlsxwriter.Workbook, cells: SheetCells, notes: Iterable[Finding]) -> None:
    sheet = None
    for at, note in enumerate(notes):
        if sheet is None:
            sheet = book.add_worksheet("文件说明")
            sheet.set_column(1, 1, 100)
        for index, text in enumerate((note.column, note.reason)):
            cells.write(sheet, at, index, text)
