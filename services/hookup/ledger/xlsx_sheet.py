"""Reads the rows of an .xlsx sheet (ECMA-376 part 1, §18.3.1) as they stand; memory holds those of one piece.

What Excel would call damaged is refused and not mended.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from math import isfinite
from typing import Final

from services.hookup.ledger.frames import LAST_COLUMN, LAST_ROW, NO_VALUE, Cell, Merged, damaged
from services.hookup.ledger.number_format import shown, written_day
from services.hookup.ledger.package import Package, xml_pieces
from services.hookup.ledger.xlsx import TAGS, YES, Book, unescaped

_MOST_MERGED: Final = 200_000
_MOST_DIGITS: Final = 400

Row = tuple[int, list[Cell]]


class SheetReader:
    """Reads a sheet's rows by a parser alone; `merged` has, at the end, what is merged over several rows."""

    def __init__(self, book: Book) -> None:
        self.merged: list[Merged] = []
        self._book = book
        self._formats = {str(place): each for place, each in enumerate(book.formats)}
        self._rows: list[Row] = []
        self._is_sheet = False
        self._number, self._written = 0, ""
        self._row: list[Cell] | None = None
        self._columns: dict[str, int] = {}
        self._kind, self._style = "n", "0"
        self._in_cell = self._has_formula = self._aside = False
        self._place = -1
        self._value: str | None = None
        self._taken: list[str] | None = None

    def rows(self, package: Package, part: str) -> Iterator[Row]:
        """Give the rows of a sheet with the numbers that the spreadsheet shows. Raises RefusedError."""
        for _ in xml_pieces(package.open(part), self._start, self._end, self._text):
            yield from self._rows
            self._rows = []
        if not self._is_sheet:
            raise damaged()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        match TAGS.get(name):
            case "c" if self._row is not None:
                reference = attributes.get("r")
                place = self._place + 1 if reference is None else self._column(reference)
                if not self._place < place < LAST_COLUMN:
                    raise damaged()
                self._place = place
                self._in_cell, self._has_formula, self._value = True, False, None
                self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "0")
            case "v" | "t" if self._in_cell and not self._aside:
                self._taken = []
            case "f" if self._in_cell:
                self._has_formula = True
            case "rPh":
                self._aside = True
            case "row":
                self._begin(attributes.get("r"))
            case "mergeCell":
                self._merge(attributes.get("ref", ""))
            case "worksheet":
                self._is_sheet = True

    def _end(self, name: str) -> None:
        match TAGS.get(name):
            case "v" | "t" if self._taken is not None:
                # The texts of a rich one come one after another.
                self._value = (self._value or "") + "".join(self._taken)
                self._taken = None
            case "c" if self._row is not None:
                self._in_cell = False
                if (value := self._cell()) is not None:
                    self._row.extend([None] * (self._place - len(self._row)))
                    self._row.append(value)
            case "rPh":
                self._aside = False
            case "row" if self._row is not None:
                if self._row:
                    self._rows.append((self._number, self._row))
                self._row = None

    def _text(self, data: str) -> None:
        if self._taken is not None:
            self._taken.append(data)

    def _begin(self, number: str | None) -> None:
        last, self._number = self._number, self._number + 1 if number is None else _whole(number)
        if not last < self._number <= LAST_ROW:
            raise damaged()
        self._row, self._place, self._written = [], -1, str(self._number)

    def _column(self, reference: str) -> int:
        written = self._written
        if not reference.endswith(written):
            raise damaged()
        letters = reference[: -len(written)]
        column = self._columns.get(letters)
        if column is None:
            column = self._columns[letters] = _column(letters)
        return column

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        (top, left), (bottom, _) = _corner(first), _corner(last or first)
        if top < bottom:
            self.merged.append((top, bottom, left))
            if len(self.merged) > _MOST_MERGED:
                raise damaged()

    def _cell(self) -> Cell:
        kind, value = self._kind, self._value
        # A formula whose value is the empty text has been calculated.
        if self._has_formula and not value and kind != "str":
            return NO_VALUE
        if value is None:
            return None
        match kind:
            case "n":
                return self._number_of(value.strip())
            case "s":
                place = _whole(value.strip())
                if place >= len(self._book.texts):
                    raise damaged()
                return self._book.texts[place]
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
            # Excel shows fifteen digits: what is behind them came about by reckoning.
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
    """Return the moment that ISO 8601 writes; a day alone and one with a zone stay texts, as if they were written."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return value
    if found.tzinfo is not None:
        return value
    return found.replace(tzinfo=UTC) if "T" in value.upper() else written_day(found)
