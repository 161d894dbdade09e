"""The rows of a ledger file: finds the sheet with the header, and returns its cells under our headings.

A fault of the whole file is a Problem. Blocking: not for the event loop.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from libs.common.problems import define
from libs.common.references import normal
from libs.common.texts import narrow, plain
from libs.workbooks.files.frames import Cell, Line, Opened
from libs.workbooks.files.packed import Packed
from libs.workbooks.files.workbook import Sheet, Workbook, open_lines, read_workbook
from libs.workbooks.ledgers.header import WITHIN, Header, find_header
from libs.workbooks.ledgers.merged import MergedDown
from libs.workbooks.ledgers.moments import moment_cell
from libs.workbooks.ledgers.no_records import has_number, is_heading_again, is_note, is_total
from libs.workbooks.ledgers.own_layout import USUAL, Layout
from libs.workbooks.ledgers.template import Content, Template

NO_SHEET = define("ledger-sheet-missing", 422, "找不到台账工作表")
NO_HEADER = define("ledger-header-missing", 422, "找不到台账表头")
EMPTY = define("ledger-empty", 422, "台账没有数据行")

_NEUTRALISED = re.compile(r"^'(?=[=+\-@\t\r])")
_MOST_NOTED = 400

Cells = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row by heading, without blank cells; `written` are its cells as in the file."""

    number: int
    cells: Cells
    written: Sequence[Cell] = ()


@dataclass(frozen=True, slots=True)
class RawLedger:
    """A ledger file. `header` has the spreadsheet's row number.

    `notes` are the skipped parts of the file, by code; `filled` are the headings of non-empty columns. `repeated` are
    the rows whose number an earlier row has, each with that row's number.
    """

    header: Header
    rows: Packed[RawRow]
    notes: Mapping[str, str]
    filled: frozenset[str]
    repeated: Mapping[int, int]

    @property
    def header_row(self) -> int:
        """Return the number of the header's last row."""
        return self.header.row


def open_ledger(template: Template, content: bytes, layout: Layout = USUAL) -> RawLedger:
    """Open a file in its utility's layout. Raises the problems `ledger-…`."""
    book = read_workbook(content)
    sheet, header = _pick(template, book, layout)
    if missing := [heading for heading in template.must if heading not in header.headings]:
        raise NO_HEADER(f"表头缺少：{'、'.join(_both_names(heading, layout) for heading in missing)}")
    reading = _Reading(template, header, layout, book.opened, sheet)
    rows, filled = Packed(reading.rows), set[str]()
    first, repeated = dict[str, int](), dict[int, int]()
    for piece in sheet.lines.pieces:
        read = reading.rows_first(piece)
        rows.add(piece, len(read))
        for row in read:
            filled.update(row.cells)
            number = normal(text_of(row.cells.get(template.number)))
            if number and first.setdefault(number, row.number) != row.number:
                repeated[row.number] = first[number]
    if not rows:
        raise EMPTY(f"请确认{template.noun}已填写")
    notes = {**_notes(book, sheet, header), **reading.notes()}
    return RawLedger(header, rows, notes, frozenset(filled), repeated)


@dataclass(slots=True)
class _Reading:
    """Reads a sheet's rows piece by piece: first all in order, then any of them again."""

    template: Template
    header: Header
    layout: Layout
    opened: Opened
    sheet: Sheet
    _merged: MergedDown = field(init=False)
    _codes: Mapping[str, Mapping[str, str]] = field(init=False)
    # Heading, how its texts are cleaned, and whether it holds moments.
    _columns: Sequence[tuple[str, Callable[[str], str], bool]] = field(init=False)
    _constants: Mapping[str, str] = field(init=False)
    _passed: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._constants = {
            heading: value
            for heading, value in self.template.constants.items()
            if heading not in self.header.headings
        }
        moments = self.template.holding(Content.MOMENT)
        self._columns = [
            (heading, self._cleaning(heading), heading in moments) for heading in self.header.headings
        ]
        columns = (index for index, heading in enumerate(self.header.headings) if heading)
        self._merged = MergedDown(self.sheet.merged, self.header.row, columns)
        self._codes = self.layout.codes()

    def rows_first(self, piece: bytes) -> list[RawRow]:
        """Return a piece's rows on the first pass; collect skipped rows and values of merged cells."""
        rows = []
        for number, values in self._below(piece):
            self._merged.learn(number, values)
            if (row := self._row(number, values, self._passed)) is not None:
                rows.append(row)
        return rows

    def rows(self, piece: bytes) -> list[RawRow]:
        """Return a piece's rows again."""
        return [row for line in self._below(piece) if (row := self._row(*line, [])) is not None]

    def notes(self) -> dict[str, str]:
        """Return the notes of skipped rows and filled cells and columns."""
        notes = {}
        if self._constants:
            values = "、".join(f"{heading}“{value}”" for heading, value in self._constants.items())
            notes["constant-filled"] = f"表中没有的列，各行都按本单位填入：{values}"
        if self._passed:
            rows = "、".join(map(str, self._passed))
            notes["row-passed-over"] = f"第 {rows} 行是签名或说明，未读取"[:_MOST_NOTED]
        if used := self._merged.used():
            cells = "、".join(
                f"{self.header.written[column]}（第 {top} 至 {bottom} 行）" for column, top, bottom in used
            )
            notes["merged-filled"] = f"合并的单元格，各行都按首格的内容读取：{cells}"[:_MOST_NOTED]
        return notes

    def _below(self, piece: bytes) -> Iterator[Line]:
        return (line for line in open_lines(piece) if line[0] > self.header.row)

    def _row(self, number: int, values: list[Cell], passed: list[int]) -> RawRow | None:
        cells = self._cells(values)
        if not has_number(self.template, cells):
            if is_total(self.template, values, cells) or is_heading_again(values, self.header.written):
                return None
            if is_note(self.template, values, cells):
                passed.append(number)
                return None
            if not cells.keys() - {self.template.serial}:
                return None
        if down := self._merged.filled(number, values):
            values = [*values, *[None] * (max(down) + 1 - len(values))]
            for index, value in down.items():
                values[index] = value
            cells = self._cells(values)
        cells.update(self._constants)
        return RawRow(number, cells, values)

    def _cells(self, values: Sequence[Cell]) -> dict[str, object]:
        cells = dict[str, object]()
        for (heading, clean, is_moment), cell in zip(self._columns, values, strict=False):
            if cell is None or not heading:
                continue
            value: object = moment_cell(cell, self.opened) if is_moment else cell
            if isinstance(value, str):
                value = clean(value)
            elif isinstance(value, datetime):
                value = value.replace(tzinfo=None)
            if value != "":
                cells[heading] = value
        for name, words in self._codes.items():
            if code := words.get(plain(text_of(cells.get(name)))):
                cells[name] = code
        return cells

    def _cleaning(self, heading: str) -> Callable[[str], str]:
        """Return the function that normalises a column's texts: narrow characters, canonical numbers."""
        if heading in self.template.holding(Content.FREE_TEXT):
            return str.strip
        return normal if heading == self.template.number else narrow


def _both_names(field: str, layout: Layout) -> str:
    written = layout.written(field)
    return field if written is None else f"{field}（本单位表头为“{written}”）"


def _pick(template: Template, book: Workbook, layout: Layout) -> tuple[Sheet, Header]:
    candidates = [
        (sheet, header)
        for sheet in book.sheets
        if (header := find_header(sheet.lines, layout.naming(template)))
        and template.number in header.headings
    ]
    if not candidates:
        hidden = "；隐藏的工作表不读取，请取消隐藏" if book.opened.hidden else ""
        number = _both_names(template.number, layout)
        raise NO_HEADER(f"前 {WITHIN} 行里没有“{number}”一列，请使用本系统导出的{template.noun}格式{hidden}")
    named = [candidate for candidate in candidates if candidate[0].name == template.sheet] or candidates
    if len(named) > 1:
        names = "、".join(f"“{sheet.name}”" for sheet, _ in named)
        raise NO_SHEET(
            f"工作表{names}都有{template.noun}表头，请把要导入的命名为“{template.sheet}”或分别导入"
        )
    return named[0]


def _notes(book: Workbook, sheet: Sheet, header: Header) -> dict[str, str]:
    notes = {}
    others = [other.name for other in book.sheets if other is not sheet and other.lines]
    if passed := [*others, *(f"{name}（隐藏）" for name in book.opened.hidden)]:
        notes["sheet-passed-over"] = f"只读取工作表“{sheet.name}”，未读取：{'、'.join(passed)}"[:_MOST_NOTED]
    if book.opened.has_macro:
        notes["macro-not-run"] = "文件含宏：只读取数据，未运行宏"
    unknown = [
        text for text, heading in zip(header.written, header.headings, strict=True) if text and not heading
    ]
    if unknown:
        notes["column-passed-over"] = f"未读取的列：{'、'.join(unknown)}"[:_MOST_NOTED]
    return notes


def text_of(value: object) -> str:
    """Return a cell's text; whole numbers without a decimal point."""
    if isinstance(value, str):
        text = value.strip()
        return _NEUTRALISED.sub("", text, count=1) if text.startswith("'") else text
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bool):
        return str(value).upper()
    return "" if value is None else str(value).strip()
