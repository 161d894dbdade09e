"""Parts of names and addresses, as people look for them among the records of one street. Pure.

Parts and texts are compared in their normal forms: a name without punctuation, an address by `comparable_address`.
"""

import re
from dataclasses import dataclass
from typing import Final, Self

from libs.common.texts import plain
from services.registry.domain.address_forms import comparable_address
from services.registry.domain.particulars import CustomerKind

_NO_LETTERS: Final = re.compile(r"[\W_]+")
# Chinese characters that `comparable_address` leaves as they are: no numerals, no words for building or room.
_CHANGING: Final = frozenset("零〇一二两三四五六七八九十百第号栋幢座楼住宅单元层室户房间")
_STABLE: Final = re.compile("[\u4e00-\u9fff]")


def comparable_part(name: str) -> str:
    """Return a name, or the part of one, in its form for comparison."""
    return _NO_LETTERS.sub("", plain(name))


def has_name(name: str, kind: CustomerKind, part: str) -> bool:
    """Tell whether a person's name begins with a part in its form, or an organisation's holds it anywhere.

    A person is looked for by the family name; 王 in the midst of a person's name is another name.
    """
    form = comparable_part(name)
    return form.startswith(part) if kind is CustomerKind.PERSON else part in form


@dataclass(frozen=True, slots=True)
class AddressPart:
    """A part of an address, in its form for comparison."""

    form: str
    pattern: re.Pattern[str]
    stable: frozenset[str]

    @classmethod
    def of(cls, text: str) -> Self:
        """Read a part. Numbers at its ends are whole ones: 2号楼 is no part of 12号楼."""
        form = comparable_address(text)
        before = "(?<![0-9])" if form[:1].isdigit() else ""
        behind = "(?![0-9])" if form[-1:].isdigit() else ""
        stable = frozenset(_STABLE.findall(form)) - _CHANGING
        return cls(form, re.compile(before + re.escape(form) + behind), stable)

    def is_in(self, address: str) -> bool:
        """Tell whether an address holds the part."""
        # First what is quick: of most addresses a street's name or a community's is another one.
        return self.stable.issubset(address) and self.pattern.search(comparable_address(address)) is not None
