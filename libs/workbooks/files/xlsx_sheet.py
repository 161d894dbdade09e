"""Streaming reader of the rows of an .xlsx sheet (ECMA-376 part 1, §18.3.1), with one piece in memory.

A file that Excel would call damaged is refused, not repaired.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from math import isfinite
from typing import Final

from libs.workbooks.files.frames import LAST_COLUMN, LAST_ROW, NO_VALUE, Cell, Merged, damaged
from libs.workbooks.files.number_format import shown, written_day
from libs.workbooks.files.package import Package, xml_pieces
from libs.workbooks.files.xlsx import TAGS, YES, Book, unescaped

_MOST_MERGED: Final = 200_000
_MOST_DIGITS: Final = 400

Row = tuple[int, list[Cell]]


class SheetReader:
    """Reads a sheet's rows from a streaming parser; `merged` has, at the end, the cells merged over several rows."""

    def __init__(self, book: Book) -> None:
        self.merged: list[Merged] = []
        self._book = book
        self._formats = {str(index): number_format for index, number_format in enumerate(book.formats)}
        self._rows: list[Row] = []
        self._is_sheet = False
        self._number, self._written = 0, ""
        self._row: list[Cell] | None = None
        self._columns: dict[str, int] = {}
        self._kind, self._style = "n", "0"
        self._in_cell = self._has_formula = self._aside = self._is_taken = False
        self._index = -1
        # The pieces of a cell's text, several of a rich text; None without a value.
        self._value: list[str] | None = None
        starts = {
            "worksheet": self._begin_sheet,
            "row": self._begin_row,
            "c": self._begin_cell,
            "v": self._begin_text,
            "t": self._begin_text,
            "f": self._begin_formula,
            "rPh": self._begin_aside,
            "mergeCell": self._merge,
        }
        ends = {
            "row": self._end_row,
            "c": self._end_cell,
            "rPh": self._end_aside,
            "v": self._end_text,
            "t": self._end_text,
        }
        self._starts = {name: starts[tag] for name, tag in TAGS.items() if tag in starts}
        self._ends = {name: ends[tag] for name, tag in TAGS.items() if tag in ends}

    def rows(self, package: Package, part: str) -> Iterator[Row]:
        """Yield the rows of a sheet with their row numbers. Raises RefusedError."""
        for _ in xml_pieces(package.open(part), self._start, self._end, self._text):
            yield from self._rows
            self._rows = []
        if not self._is_sheet:
            raise damaged()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if (begin := self._starts.get(name)) is not None:
            begin(attributes)

    def _end(self, name: str) -> None:
        if (end := self._ends.get(name)) is not None:
            end()

    def _text(self, data: str) -> None:
        if self._is_taken and self._value is not None:
            self._value.append(data)

    def _begin_sheet(self, _attributes: dict[str, str]) -> None:
        self._is_sheet = True

    def _begin_row(self, attributes: dict[str, str]) -> None:
        number, last = attributes.get("r"), self._number
        self._number = last + 1 if number is None else _whole(number)
        if not last < self._number <= LAST_ROW:
            raise damaged()
        self._row, self._index, self._written = [], -1, str(self._number)

    def _end_row(self) -> None:
        if self._row:
            self._rows.append((self._number, self._row))
        self._row = None

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        if self._row is None:
            return
        reference = attributes.get("r")
        column = self._index + 1 if reference is None else self._column(reference)
        if not self._index < column < LAST_COLUMN:
            raise damaged()
        self._index = column
        self._in_cell, self._has_formula, self._value = True, False, None
        self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "0")

    def _end_cell(self) -> None:
        self._in_cell = False
        if self._row is not None and (value := self._cell()) is not None:
            self._row.extend([None] * (self._index - len(self._row)))
            self._row.append(value)

    def _begin_text(self, _attributes: dict[str, str]) -> None:
        if self._in_cell and not self._aside:
            self._is_taken = True
            if self._value is None:
                self._value = []

    def _end_text(self) -> None:
        self._is_taken = False

    def _begin_formula(self, _attributes: dict[str, str]) -> None:
        self._has_formula = True

    def _begin_aside(self, _attributes: dict[str, str]) -> None:
        self._aside = True

    def _end_aside(self) -> None:
        self._aside = False

    def _column(self, reference: str) -> int:
        written = self._written
        if not reference.endswith(written):
            raise damaged()
        letters = reference[: -len(written)]
        column = self._columns.get(letters)
        if column is None:
            column = self._columns[letters] = _column(letters)
        return column

    def _merge(self, attributes: dict[str, str]) -> None:
        first, _, last = attributes.get("ref", "").partition(":")
        (top, left), (bottom, _) = _corner(first), _corner(last or first)
        if top < bottom:
            self.merged.append((top, bottom, left))
            if len(self.merged) > _MOST_MERGED:
                raise damaged()

    def _cell(self) -> Cell:
        kind, value = self._kind, None if self._value is None else "".join(self._value)
        # An empty text is a calculated value of a formula.
        if self._has_formula and not value and kind != "str":
            return NO_VALUE
        if value is None:
            return None
        match kind:
            case "n":
                return self._number_of(value.strip())
            case "s":
                index = _whole(value.strip())
                if index >= len(self._book.texts):
                    raise damaged()
                return self._book.texts[index]
            case "str" | "inlineStr":
                return unescaped(value)
            case "b":
                return value.strip() in YES
            case "d":
                return _written(value.strip())
            case "e":
                return value.strip()
        raise damaged()

    def _number_of(self, value: str) -> Cell:
        if not value:
            return None
        try:
            number = float(value)
        except ValueError:
            raise damaged() from None
        if not isfinite(number) or len(value) > _MOST_DIGITS:
            raise damaged()
        if not number.is_integer():
            # Excel shows fifteen digits; further ones are rounding errors.
            number = float(f"{number:.15g}")
        shows = self._formats.get(self._style)
        return number if shows is None else shown(number, shows, since_1904=self._book.since_1904)


def _whole(written: str) -> int:
    if not (written.isascii() and written.isdigit() and len(written) <= 10):
        raise damaged()
    return int(written)


def _column(letters: str) -> int:
    column = 0
    for letter in letters if 1 <= len(letters) <= 3 else "":
        if not "A" <= letter <= "Z":
            raise damaged()
        column = column * 26 + ord(letter) - 64
    if not 1 <= column <= LAST_COLUMN:
        raise damaged()
    return column - 1


def _corner(reference: str) -> tuple[int, int]:
    letters = reference.rstrip("0123456789")
    row = _whole(reference[len(letters) :])
    return row, _column(letters)


def _written(value: str) -> Cell:
    """Parse a moment in ISO 8601; a day alone and a moment with a zone stay texts, as if they were typed."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    if moment.tzinfo is not None:
        return value
    return moment.replace(tzinfo=UTC) if "T" in value.upper() else written_day(moment)
