"""Detection of a sheet's header: below title rows, in one row or two, with the office's own headings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest

from libs.common.texts import plain
from libs.workbooks.files.frames import Cell, Line

WITHIN = 20
# A longer text is no heading.
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Header:
    """A header: the number of its last row, the written headings, and our headings, "" for unknown ones."""

    row: int
    written: tuple[str, ...]
    headings: tuple[str, ...]

    @property
    def matches(self) -> int:
        """Return the number of our columns that it has."""
        return len(set(self.headings) - {""})


def find_header(lines: Sequence[Line], name: Callable[[str], str]) -> Header | None:
    """Return the best header within the first twenty rows; of equals the one with fewer rows, then the upper one.

    `name` returns our heading for a written one, "" for an unknown one.
    """
    first = [line for line in lines[:WITHIN] if line[0] <= WITHIN]
    headers = [_header(number, [_text(cell) for cell in row], name) for number, row in first]
    for (upper, above), (lower, below) in pairwise(first):
        if lower == upper + 1:
            headers.append(_header(lower, _joined(above, below, name), name))
    return max(headers, key=lambda header: header.matches, default=None)


def _header(number: int, written: Sequence[str], name: Callable[[str], str]) -> Header:
    headings = [name(text) for text in written]
    # An exact heading takes precedence over an alias; then the first column does.
    exact = {
        heading for heading, text in zip(headings, written, strict=True) if plain(text) == plain(heading)
    }
    used: set[str] = set()
    for index, (heading, text) in enumerate(zip(headings, written, strict=True)):
        if heading in used or (heading in exact and plain(text) != plain(heading)):
            headings[index] = ""
        used.add(headings[index])
    return Header(number, tuple(written), tuple(headings))


def _joined(above: Sequence[Cell], below: Sequence[Cell], name: Callable[[str], str]) -> list[str]:
    """Combine two rows: a heading over several columns is joined with each heading below it."""
    over, joined = "", []
    for top, bottom in zip_longest(map(_text, above), map(_text, below), fillvalue=""):
        over = top or (over if bottom else "")
        both = over + bottom
        joined.append(bottom if not name(both) and name(bottom) else both)
    return joined


def _text(value: Cell) -> str:
    return value if isinstance(value, str) and len(value) <= _LONGEST else ""
