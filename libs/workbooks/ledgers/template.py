"""The template of a kind of ledger: its columns in order, their content, and the words for codes.

A ledger (台账) is an office's table of records in a workbook. Services define templates; this package does not depend
on what the records are.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property, lru_cache
from typing import Any, Final, Generic, TypeVar

from libs.common.texts import plain

YES: Final = "是"
# Additions to a heading without meaning: units, stars, brackets.
_ASIDE = re.compile(r"\((?:米|M|天|日|小时|H|元|必填|选填|年月日|年月日时分|YYYY.*|公历)\)$")
_SAME = str.maketrans("[]{}【】〔〕", "()()()()", "*:：")

Code = TypeVar("Code", bound=str)


class Words(Generic[Code]):
    """Codes and their Chinese words, both ways; a code, in any letter case, also stands for itself."""

    def __init__(self, names: Mapping[Code, str], aliases: Mapping[str, Code] | None = None) -> None:
        self.names = names
        self._codes = {plain(_value(code)): code for code in names}
        self._codes |= {plain(name): code for code, name in names.items()}
        self._codes |= {plain(name): code for name, code in (aliases or {}).items()}

    def read(self, text: str) -> Code | None:
        """Return the code of a word, None for an unknown word."""
        # Most words are written as they are listed.
        return self._codes.get(text) or self._codes.get(plain(text))

    def listed(self) -> str:
        """Return all words, for a remedy."""
        return "、".join(self.names.values())


def _value(code: str) -> str:
    return str(code.value) if isinstance(code, Enum) else code


class Content(Enum):
    """How the cells of a column are read: wide digits and letters are narrowed except in free text.

    An identifier must not lose digits; a bare number in a column of moments (instants or days) is the spreadsheet's
    count of days.
    """

    TEXT = "text"
    IDENTIFIER = "identifier"
    MOMENT = "moment"
    FREE_TEXT = "free text"


class Stored(Enum):
    """Whether a column is stored with the record: not personal data, nor data owned by others.

    A filled column that is not stored causes a note, except for columns that every exported row fills.
    """

    YES = "yes"
    NO = "no"
    NO_AND_NOT_NOTED = "no, and not noted"


class Total(Enum):
    """The total below a column of an exported ledger: the sum of its numbers, or the count of 是."""

    SUM = "sum"
    YES = "yes"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, its width in characters, and whether a ledger must have it.

    `aliases` are other names that offices use; a column with `words` accepts only these.
    """

    heading: str
    width: int = 12
    must: bool = False
    aliases: tuple[str, ...] = ()
    words: Words[Any] | None = None
    content: Content = Content.TEXT
    stored: Stored = Stored.YES
    total: Total | None = None


@dataclass(frozen=True)
class Template:
    """A kind of ledger. `name` is used in operations and leases, `noun` in texts for people.

    `number` is the heading of the column that identifies a record, `serial` that of the row counter, `unit` the
    Chinese classifier of records; `why_not_stored` is the note's reason for columns that are not stored. `constants`
    are the values, by heading, of columns that a file may leave out because every row of it has the same.
    """

    name: str
    noun: str
    title: str
    sheet: str
    number: str
    columns: Sequence[Column]
    serial: str = "序号"
    unit: str = "件"
    why_not_stored: str = ""
    constants: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def fields(self) -> Mapping[str, Column]:
        """Return the columns by heading."""
        return {column.heading: column for column in self.columns}

    @cached_property
    def must(self) -> Sequence[str]:
        """Return the headings of the columns that a file must have."""
        return [
            column.heading for column in self.columns if column.must and column.heading not in self.constants
        ]

    @cached_property
    def words(self) -> Mapping[str, Words[Any]]:
        """Return the words of columns that accept nothing else, by heading."""
        return {column.heading: column.words for column in self.columns if column.words is not None}

    @cached_property
    def not_stored(self) -> frozenset[str]:
        """Return the headings of the columns that are not stored with the record."""
        return frozenset(column.heading for column in self.columns if column.stored is not Stored.YES)

    def holding(self, content: Content) -> frozenset[str]:
        """Return the headings of the columns with a content."""
        return self._by_content[content]

    @cached_property
    def _by_content(self) -> Mapping[Content, frozenset[str]]:
        return {
            content: frozenset(column.heading for column in self.columns if column.content is content)
            for content in Content
        }

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Return the heading by every name of a column, in `plain_heading` form."""
        return {
            self.plain_heading(name): column.heading
            for column in self.columns
            for name in (*column.aliases, column.heading)
        }

    def plain_heading(self, text: str) -> str:
        """Return the comparison form of a heading; our own headings keep their units."""
        return plain_heading(text, self._own)

    @cached_property
    def _own(self) -> frozenset[str]:
        return frozenset(plain(column.heading) for column in self.columns)

    def heading_of(self, written: str) -> str:
        """Return our heading for a written one; "" for an unknown column."""
        return self.names.get(self.plain_heading(written), "")


@lru_cache(maxsize=4_096)
def plain_heading(text: str, own_headings: frozenset[str] = frozenset()) -> str:
    """Return the comparison form of a heading: blanks, widths, kinds of brackets, stars and units are ignored."""
    text = plain(text).translate(_SAME)
    return _ASIDE.sub("", text) if text not in own_headings else text
