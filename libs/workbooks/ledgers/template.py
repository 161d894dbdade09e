"""The template of a kind of ledger: its columns in their order, what each holds, and the words that stand for codes.

A ledger (台账) is a table of records as an office keeps it in a workbook. A service hands in its template; nothing
here knows what the records are.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, lru_cache
from typing import Any, Final, Generic, TypeVar

from libs.common.texts import plain

YES: Final = "是"
# What offices put behind a heading, which says nothing of what the column is.
_ASIDE = re.compile(r"\((?:米|M|天|日|小时|H|元|必填|选填|年月日|年月日时分|YYYY.*|公历)\)$")
_SAME = str.maketrans("[]{}【】〔〕", "()()()()", "*:：")

Code = TypeVar("Code", bound=str)


class Words(Generic[Code]):
    """Codes and their Chinese words, both ways; a code, in either case, is a word for itself."""

    def __init__(self, names: Mapping[Code, str], aliases: Mapping[str, Code] | None = None) -> None:
        self.names = names
        self._codes = {plain(_value(code)): code for code in names}
        self._codes |= {plain(name): code for code, name in names.items()}
        self._codes |= {plain(name): code for name, code in (aliases or {}).items()}

    def read(self, text: str) -> Code | None:
        """Return the code that a word stands for, None for a word that is not known."""
        return self._codes.get(plain(text))

    def listed(self) -> str:
        """Return all words, for a remedy."""
        return "、".join(self.names.values())


def _value(code: str) -> str:
    return str(code.value) if isinstance(code, Enum) else code


class Content(Enum):
    """What the cells of a column are read as: wide digits and letters mean the narrow ones but in free text.

    The digits of an identifier must not be lost; a bare number in a column of moments (instants or days) is the
    spreadsheet's count of days.
    """

    TEXT = "text"
    IDENTIFIER = "identifier"
    MOMENT = "moment"
    FREE_TEXT = "free text"


class Stored(Enum):
    """Whether what a column says is stored with the record: personal data are not, nor what others keep.

    That a column is not kept is noted where it is filled, unless it is filled in every row that was ever exported.
    """

    YES = "yes"
    NO = "no"
    NO_AND_NOT_NOTED = "no, and not noted"


class Total(Enum):
    """What stands below a column when a ledger is written: the sum of its numbers, or how many say 是."""

    SUM = "sum"
    YES = "yes"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading and width in characters; `must` for one that a ledger cannot be read without.

    `aliases` are what offices call it instead; a column with `words` takes nothing but these.
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
    """A kind of ledger. `name` is what operations and leases call it, `noun` what people do.

    `number` is the heading of the column that tells one record from another, `serial` that of the one that only
    counts the rows, `unit` the classifier they are counted by; `why_not_kept` is said where columns are not kept.
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

    @cached_property
    def fields(self) -> Mapping[str, Column]:
        """Return the columns by heading."""
        return {column.heading: column for column in self.columns}

    @cached_property
    def must(self) -> Sequence[str]:
        """Return the headings of the columns that a ledger cannot be read without."""
        return [column.heading for column in self.columns if column.must]

    @cached_property
    def words(self) -> Mapping[str, Words[Any]]:
        """Return by heading the words of the columns that take nothing else."""
        return {column.heading: column.words for column in self.columns if column.words is not None}

    @cached_property
    def not_stored(self) -> frozenset[str]:
        """Return the headings of the columns that are not stored with the record."""
        return frozenset(column.heading for column in self.columns if column.stored is not Stored.YES)

    def holding(self, content: Content) -> frozenset[str]:
        """Return the headings of the columns that hold this."""
        return self._by_content[content]

    @cached_property
    def _by_content(self) -> Mapping[Content, frozenset[str]]:
        return {
            content: frozenset(column.heading for column in self.columns if column.content is content)
            for content in Content
        }

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Return by every name of a column, as `plain_heading` writes it, its heading."""
        return {
            self.plain_heading(name): column.heading
            for column in self.columns
            for name in (*column.aliases, column.heading)
        }

    def plain_heading(self, text: str) -> str:
        """Return what tells headings apart, as the function does; our own headings keep their units."""
        return plain_heading(text, self._own)

    @cached_property
    def _own(self) -> frozenset[str]:
        return frozenset(plain(column.heading) for column in self.columns)

    def heading_of(self, written: str) -> str:
        """Return our heading of a column by its name there; "" for a column that is not known."""
        return self.names.get(self.plain_heading(written), "")


@lru_cache(maxsize=4_096)
def plain_heading(text: str, own_headings: frozenset[str] = frozenset()) -> str:
    """Return what tells headings apart: blanks, widths, kinds of bracket, stars and units do not."""
    text = plain(text).translate(_SAME)
    return _ASIDE.sub("", text) if text not in own_headings else text
