"""Finds the header of a sheet as offices make it: under title rows, in one row or two, with headings of their own."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, zip_longest

from services.hookup.domain.values.texts import plain
from services.hookup.ledger.frames import Cell, Line
from services.hookup.ledger.layout import COLUMNS

WITHIN = 20
# What is longer is a text and no heading.
_LONGEST = 200
# What offices put behind a heading, which says nothing of what the column is.
_ASIDE = re.compile(r"\((?:米|M|天|日|小时|H|元|必填|选填|年月日|年月日时分|YYYY.*|公历)\)$")


@dataclass(frozen=True, slots=True)
class Header:
    """A header: the number of its last row, what stands above each column, and our headings; "" for others."""

    row: int
    written: tuple[str, ...]
    headings: tuple[str, ...]

    @property
    def known(self) -> int:
        """Return how many of our columns it has."""
        return len(set(self.headings) - {""})


@lru_cache(maxsize=4_096)
def plain_heading(text: str) -> str:
    """Return what tells headings apart: blanks, widths, kinds of bracket, stars and units do not."""
    text = plain(text).translate(_SAME)
    return _ASIDE.sub("", text) if text not in _OWN else text


_SAME = str.maketrans("[]{}【】〔〕", "()()()()", "*:：")
_OWN = {plain(each.heading) for each in COLUMNS}
# Every name of a column, as `plain_heading` writes it, and our heading.
NAMES = {plain_heading(name): each.heading for each in COLUMNS for name in (*each.aliases, each.heading)}


def our_heading(written: str) -> str:
    """Return our heading of a column by its name there; "" for a column that is not known."""
    return NAMES.get(plain_heading(written), "")


def find_header(lines: Sequence[Line], name: Callable[[str], str] = our_heading) -> Header | None:
    """Return the best header within the first twenty rows; of equals the shallower, then the upper one."""
    first = [line for line in lines[:WITHIN] if line[0] <= WITHIN]
    found = [_header(number, [_text(each) for each in row], name) for number, row in first]
    for (upper, above), (lower, below) in pairwise(first):
        if lower == upper + 1:
            found.append(_header(lower, _joined(above, below, name), name))
    return max(found, key=lambda each: each.known, default=None)


def _header(number: int, written: Sequence[str], name: Callable[[str], str]) -> Header:
    headings = [name(each) for each in written]
    # One that bears our own name goes before another that only means the same; then the first.
    own = {heading for heading, text in zip(headings, written, strict=True) if plain(text) == plain(heading)}
    taken: set[str] = set()
    for place, (heading, text) in enumerate(zip(headings, written, strict=True)):
        if heading in taken or (heading in own and plain(text) != plain(heading)):
            headings[place] = ""
        taken.add(headings[place])
    return Header(number, tuple(written), tuple(headings))


def _joined(above: Sequence[Cell], below: Sequence[Cell], name: Callable[[str], str]) -> list[str]:
    """Read two rows as one: a heading over several columns goes with each that is under it."""
    over, joined = "", []
    for top, bottom in zip_longest(map(_text, above), map(_text, below), fillvalue=""):
        over = top or (over if bottom else "")
        whole = over + bottom
        joined.append(bottom if not name(whole) and name(bottom) else whole)
    return joined


def _text(value: Cell) -> str:
    return value if isinstance(value, str) and len(value) <= _LONGEST else ""
