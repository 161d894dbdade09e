"""Proposes a layout from a sheet's header and words, for a person to confirm; nothing is applied.

Columns that are not read or hold personal data are shown without values. Blocking: not for the event loop.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from enum import StrEnum
from typing import Final

from libs.common.personal_data import find_personal
from libs.common.texts import plain
from libs.workbooks.files.frames import Cell, Line
from libs.workbooks.files.workbook import read_workbook
from libs.workbooks.ledgers.header import WITHIN, Header, find_header
from libs.workbooks.ledgers.no_records import is_total
from libs.workbooks.ledgers.own_layout import USUAL, Layout
from libs.workbooks.ledgers.rows import EMPTY, NO_HEADER, text_of
from libs.workbooks.ledgers.template import Content, Template

SAMPLES: Final = 5
# A web form with two inputs per column and three per word stays below the thousand fields that servers accept.
MOST_COLUMNS: Final = 150
MOST_WORDS: Final = 20
MOST_LETTERS: Final = 40
# More different texts of a column are not reviewed by anyone.
MOST_TEXTS: Final = 1_000
# A header with fewer of our columns is not trusted.
_FEW: Final = 3
# The cutoff of difflib's ratio: 户主编号 is near 户号, 联系电话 is near nothing.
_NEAR: Final = 0.66


class ColumnSource(StrEnum):
    """Why a column is taken for a field."""

    LAYOUT = "layout"
    NAME = "name"
    NEAR = "near"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Word:
    """An unknown word, and its code by the layout; "" for none."""

    text: str
    code: str


@dataclass(frozen=True, slots=True)
class ProposedColumn:
    """A column by its heading, the field proposed for it ("" for none) and why, some of its values, its words."""

    heading: str
    field: str
    source: ColumnSource
    samples: Sequence[str]
    words: Sequence[Word]


@dataclass(frozen=True, slots=True)
class Proposal:
    """The proposed meaning of a file's columns; `header_row` is the spreadsheet's row number."""

    sheet: str
    header_row: int
    columns: Sequence[ProposedColumn]

    def missing(self, template: Template) -> list[str]:
        """Return the required fields that no column holds."""
        fields = {column.field for column in self.columns}
        return [heading for heading in template.must if heading not in fields]


def propose(template: Template, content: bytes, layout: Layout = USUAL) -> Proposal:
    """Read a file and propose a layout; the given layout takes precedence. Raises the problems `ledger-…`."""
    sheets = [sheet for sheet in read_workbook(content).sheets if sheet.lines]
    if not sheets:
        raise EMPTY(f"请确认{template.noun}已填写")
    candidates = [(_header(template, sheet.lines, layout), sheet) for sheet in sheets]
    header, sheet = max(candidates, key=lambda candidate: candidate[0].matches)
    if not any(header.written):
        raise NO_HEADER(f"前 {WITHIN} 行里没有表头")
    return Proposal(sheet.name, header.row, _columns(template, header, sheet.lines, layout))


def _header(template: Template, lines: Sequence[Line], layout: Layout) -> Header:
    name = layout.naming(template)
    header = find_header(lines, name)
    if header is not None and header.matches >= _FEW:
        return header
    number, row = max(lines[:WITHIN], key=lambda line: sum(isinstance(cell, str) for cell in line[1]))
    written = tuple(cell if isinstance(cell, str) else "" for cell in row)
    return Header(number, written, tuple(map(name, written)))


def _columns(
    template: Template, header: Header, lines: Sequence[Line], layout: Layout
) -> list[ProposedColumn]:
    index_of: dict[str, int] = {}
    for index, written in enumerate(header.written):
        if heading := template.plain_heading(written):
            index_of.setdefault(heading, index)
    shown = list(index_of.values())[:MOST_COLUMNS]
    name = layout.naming(template)
    mapped = set(map(template.plain_heading, layout.columns))
    named = {index: name(header.written[index]) for index in shown}
    used = set(named.values())
    first: set[str] = set()
    texts = _texts(template, shown, header, lines)
    columns = []
    for index in shown:
        written, field = header.written[index].strip(), named[index]
        source = (
            ColumnSource.LAYOUT
            if template.plain_heading(written) in mapped
            else ColumnSource.NAME
            if field
            else ColumnSource.NONE
        )
        if source is ColumnSource.NAME and field in first:
            field, source = "", ColumnSource.NONE
        elif source is ColumnSource.NONE and (field := _near(template, written, used)):
            source = ColumnSource.NEAR
            used.add(field)
        first.add(field)
        columns.append(_column(template, written, field, source, texts[index], layout))
    return columns


def _texts(
    template: Template, indexes: Sequence[int], header: Header, lines: Iterable[Line]
) -> dict[int, list[str]]:
    """Return the first different texts below the header in each of some columns."""
    texts: dict[int, dict[str, None]] = {index: {} for index in indexes}
    for number, values in lines:
        if number <= header.row or is_total(template, values[:3], {}):
            continue
        for index, below in texts.items():
            if index < len(values) and len(below) < MOST_TEXTS and values[index] is not None:
                below[_shown(values[index])] = None
    return {index: [text for text in below if text] for index, below in texts.items()}


def _near(template: Template, written: str, used: set[str]) -> str:
    """Return the field whose name is closest to a heading, unless it is used; "" where none is near."""
    for name in get_close_matches(template.plain_heading(written), template.names, n=1, cutoff=_NEAR):
        return "" if template.names[name] in used else template.names[name]
    return ""


def _column(
    template: Template, heading: str, field: str, source: ColumnSource, texts: Sequence[str], layout: Layout
) -> ProposedColumn:
    is_free_text = field in template.holding(Content.FREE_TEXT)
    if not field or is_free_text or {field, template.heading_of(heading)} & template.not_stored:
        return ProposedColumn(heading, field, source, (), ())
    seen = [text for text in texts if not find_personal(text)]
    samples = [text[:MOST_LETTERS] for text in seen[:SAMPLES]]
    if field not in template.words:
        return ProposedColumn(heading, field, source, samples, ())
    codes = layout.codes().get(field, {})
    words = [
        Word(text, codes.get(plain(text), ""))
        for text in seen
        if len(text) <= MOST_LETTERS and (plain(text) in codes or template.words[field].read(text) is None)
    ]
    # Undecided words first.
    words.sort(key=lambda word: word.code != "")
    return ProposedColumn(heading, field, source, samples, words[:MOST_WORDS])


def _shown(cell: Cell) -> str:
    return cell.strftime("%Y-%m-%d %H:%M") if isinstance(cell, datetime) else text_of(cell)
