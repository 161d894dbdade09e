"""Finds the header of a sheet as offices make it: under title rows, in one row or two, with headings of their own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest

from libs.common.texts import plain
from libs.workbooks.files.frames import Cell, Line

WITHIN = 20
# What is longer is a text and no heading.
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Header:
    """A header: the number of its last row, what stands above each column, and our headings; "" for others."""

    row: int
    written: tuple[str, ...]
    headings: tuple[str, ...]

    @property
    def matches(self) -> int:
        """Return how many of our columns it has."""
        return len(set(self.headings) - {""})


def find_header(lines: Sequence[Line], name: Callable[[str], str]) -> Header | None:
    """Return the best header within the first twenty rows; of equals the shallower, then the upper one.

    `name` gives our heading of a column by what stands above it, "" for one that is not known.
    """
    first = [line for line in lines[:WITHIN] if line[0] <= WITHIN]
    headers = [_header(number, [_text(cell) for cell in row], name) for number, row in first]
    for (upper, above), (lower, below) in pairwise(first):
        if lower == upper + 1:
            headers.append(_header(lower, _joined(above, below, name), name))
    return max(headers, key=lambda header: header.matches, default=None)


def _header(number: int, written: Sequence[str], name: Callable[[str], str]) -> Header:
    headings = [name(text) for text in written]
    # One that bears our own name goes before another that only means the same; then the first.
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
    """Read two rows as one: a heading over several columns goes with each that is under it."""
    over, joined = "", []
    for top, bottom in zip_longest(map(_text, above), map(_text, below), fillvalue=""):
        over = top or (over if bottom else "")
        both = over + bottom
        joined.append(bottom if not name(both) and name(bottom) else both)
    return joined


def _text(value: Cell) -> str:
    return value if isinstance(value, str) and len(value) <= _LONGEST else ""
