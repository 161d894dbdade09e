"""A ledger's rows as they stand in the file: the sheet with the header, and its cells under our headings.

What is wrong with the file as a whole is a Problem. Not for the event loop.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from libs.common.problems import define
from libs.common.references import normal
from services.hookup.ledger.header import WITHIN, Header, find_header
from services.hookup.ledger.layout import COLUMNS, FREE_TEXT, MOMENTS, SHEET, TOTAL, plain
from services.hookup.ledger.own_layout import USUAL, Layout
from services.hookup.ledger.packed import Packed
from services.hookup.ledger.unpack import Cell, Opened
from services.hookup.ledger.workbook import Sheet, Workbook, open_lines, read_workbook

NO_SHEET = define("ledger-sheet-missing", 422, "找不到台账工作表")
NO_HEADER = define("ledger-header-missing", 422, "找不到台账表头")
EMPTY = define("ledger-empty", 422, "台账没有数据行")

_NEUTRALISED = re.compile(r"'(?=[=+\-@\t\r])")
# Counts of days from the years 2000 to 2100, by the year that they count from.
_DAY_ZERO = {False: datetime(1899, 12, 30), True: datetime(1904, 1, 1)}  # noqa: DTZ001 - wall time
_YEARS = range(2000, 2100)

Cells = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row of the sheet by heading; blank cells are left out."""

    number: int
    cells: Cells


@dataclass(frozen=True, slots=True)
class RawLedger:
    """A ledger as it stands in the file. `header_row` is the number that the spreadsheet shows.

    `notes` say, each by its code, what of the file was passed over; `filled` are the headings with a cell below.
    `repeated` has the rows whose 受理编号 an earlier row has, each with that row's number.
    """

    header_row: int
    rows: Packed[RawRow]
    notes: Mapping[str, str]
    filled: frozenset[str]
    repeated: Mapping[int, int]


def open_ledger(content: bytes, layout: Layout = USUAL) -> RawLedger:
    """Read the file, laid out as its utility does. Raises the problems `ledger-…`."""
    book = read_workbook(content)
    sheet, header = _pick(book, layout)
    if missing := [each.heading for each in COLUMNS if each.must and each.heading not in header.headings]:
        raise NO_HEADER(f"表头缺少：{'、'.join(_both_names(each, layout) for each in missing)}")
    codes = layout.codes()

    def read(piece: bytes) -> list[RawRow]:
        found = []
        for number, values in open_lines(piece):
            if number <= header.row:
                continue
            cells = {
                heading: value
                for heading, cell in zip(header.headings, values, strict=False)
                if heading and (value := _clean(heading, cell, book.opened)) not in ("", None)
            }
            for field, words in codes.items():
                if code := words.get(plain(text_of(cells.get(field)))):
                    cells[field] = code
            if cells.keys() - {"序号"} and not _is_total(cells):
                found.append(RawRow(number, cells))
        return found

    rows, filled = Packed(read), set[str]()
    first, repeated = dict[str, int](), dict[int, int]()
    for piece in sheet.lines.pieces:
        found = read(piece)
        rows.add(piece, len(found))
        for row in found:
            filled.update(row.cells)
            number = normal(text_of(row.cells.get("受理编号")))
            if number and first.setdefault(number, row.number) != row.number:
                repeated[row.number] = first[number]
    if not rows:
        raise EMPTY("请确认台账已填写")
    return RawLedger(header.row, rows, _notes(book, sheet, header), frozenset(filled), repeated)


def _both_names(field: str, layout: Layout) -> str:
    written = layout.written(field)
    return field if written is None else f"{field}（本单位表头为“{written}”）"


def _pick(book: Workbook, layout: Layout) -> tuple[Sheet, Header]:
    found = [
        (sheet, header)
        for sheet in book.sheets
        if (header := find_header(sheet.lines, layout.naming())) and "受理编号" in header.headings
    ]
    if not found:
        hidden = "；隐藏的工作表不读取，请取消隐藏" if book.opened.hidden else ""
        raise NO_HEADER(
            f"前 {WITHIN} 行里没有“{_both_names('受理编号', layout)}”一列，请使用本系统导出的台账格式{hidden}"
        )
    named = [each for each in found if each[0].name == SHEET] or found
    if len(named) > 1:
        names = "、".join(f"“{sheet.name}”" for sheet, _ in named)
        raise NO_SHEET(f"工作表{names}都有台账表头，请把要导入的命名为“{SHEET}”或分别导入")
    return named[0]


def _notes(book: Workbook, sheet: Sheet, header: Header) -> dict[str, str]:
    notes = {}
    others = [each.name for each in book.sheets if each is not sheet and each.lines]
    if passed := [*others, *(f"{name}（隐藏）" for name in book.opened.hidden)]:
        notes["sheet-passed-over"] = f"只读取工作表“{sheet.name}”，未读取：{'、'.join(passed)}"[:400]
    if book.opened.has_macro:
        notes["macro-not-run"] = "文件含宏：只读取数据，未运行宏"
    unknown = [
        text for text, heading in zip(header.written, header.headings, strict=True) if text and not heading
    ]
    if unknown:
        notes["column-passed-over"] = f"未读取的列：{'、'.join(unknown)}"[:400]
    return notes


def _clean(heading: str, cell: Cell, opened: Opened) -> object:
    """Return what a cell says: narrow characters, and moments for the counts of days that stand for them."""
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=None)
    if isinstance(cell, str):
        is_plain = cell.isascii() or heading in FREE_TEXT
        return (cell if is_plain else unicodedata.normalize("NFKC", cell)).strip()
    if heading in MOMENTS and isinstance(cell, int | float) and not isinstance(cell, bool):
        return _moment(cell, opened.counts_from_1904)
    return cell


def _moment(number: float, since_1904: bool | None) -> object:
    """Return the moment of a bare number; a date written as one number (20220305) as its text, else the number."""
    if number > 20_000_000:
        return text_of(number)
    if since_1904 is None or not 0 < number < 100_000:
        return number
    # A spreadsheet holds a moment to the millisecond.
    moment = _DAY_ZERO[since_1904] + timedelta(milliseconds=round(number * 86_400_000))
    return moment if moment.year in _YEARS else number


def _is_total(cells: Cells) -> bool:
    return any(str(cells.get(name, "")).strip() == TOTAL for name in ("序号", "受理编号"))


def text_of(value: object) -> str:
    """Return a cell's text; a whole number is written without a point."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else _NEUTRALISED.sub("", str(value).strip(), count=1)


_STROKES = str.maketrans(
    {"年": "-", "月": "-", "日": " ", "时": ":", "点": ":", "分": ":", "秒": "", "T": " "}
)
_ONE_DIGIT = re.compile(r"(?<=[时点])([0-9])(?=分)")
_DATE = r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})"
_WRITTEN = (
    re.compile(rf"{_DATE}(?: +([0-9]{{1,2}}):([0-9]{{2}})(?::([0-9]{{2}}))?)?"),
    re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?: *([0-9]{2}):?([0-9]{2})(?::?([0-9]{2}))?)?"),
)


def wall_time(value: object) -> datetime | None:
    """Return a cell's wall time, without a zone; midnight where only a day is written."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    for part in _parts(value):
        try:
            return datetime(*(int(each or 0) for each in part))  # type: ignore[arg-type]  # noqa: DTZ001 - six whole numbers; the zone is the caller's
        except ValueError:
            return None
    return None


def is_only_a_day(value: object) -> bool:
    """Tell whether a text names a day and no time of it."""
    return any(part[3] is None for part in _parts(value))


def _parts(value: object) -> list[tuple[str | None, ...]]:
    if not isinstance(value, str):
        return []
    text = _ONE_DIGIT.sub(r"0\1", value.strip()).translate(_STROKES).strip(" :")
    return [found.groups() for pattern in _WRITTEN if (found := pattern.fullmatch(text))]
