"""One form of an address for comparison: numbers, buildings, units and rooms as they are spelled most."""

import re
from typing import Final

from libs.common.texts import plain

_NUMERALS: Final = "零〇一二两三四五六七八九十百"
_DIGITS: Final = {numeral: value for value, numeral in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_NUMERAL: Final = re.compile(f"(?<![{_NUMERALS}])([{_NUMERALS}]+)(?=#|号|栋|幢|座|单元|层|室|户)")
_ORDINAL: Final = re.compile("第+(?=[0-9])")
_LEADING_ZEROS: Final = re.compile("(?<![0-9A-Z])0+(?=[0-9])")
_BUILDING: Final = re.compile(
    "((?<![0-9])[0-9]+|[A-Z])(?:(?:#|号)(?:住宅)?楼|栋|幢|座|#(?=[0-9]+(?:-|单元)))"
)
_ROOM: Final = re.compile("(?<![0-9])([0-9]+)(?:号?房间?|号室|户)$")
_THREE_NUMBERS: Final = re.compile("(?<![0-9-])([0-9]+)-([0-9]+)-([0-9]+)室?$")
_UNIT_AND_ROOM: Final = re.compile("(?<=号楼)([0-9]+)-([0-9]+)室?$")
_BARE_ROOM: Final = re.compile("(?<=单元)([0-9]+)$")
_PUNCTUATION: Final = re.compile("[^0-9A-Z\u3007\u4e00-\u9fff#-]")
# A hyphen tells numbers apart, and nothing else.
_HYPHEN: Final = re.compile("(?<![0-9])-|-(?![0-9])")


def comparable_address(text: str) -> str:
    """Return an address in its form for comparison: equal forms are one place, unequal ones may be.

    Chinese numerals before 号, 单元 and the like are digits, 栋, 幢, 座 and # are 号楼, 3-1-101 at the end is
    3号楼1单元101室. Apply it to what is below the street (`Place.rest`): how division and street are named then does
    not tell addresses apart.
    """
    form = _HYPHEN.sub("", _PUNCTUATION.sub("", plain(text)))
    form = _NUMERAL.sub(lambda match: _number(match[1]), form)
    form = _LEADING_ZEROS.sub("", _ORDINAL.sub("", form))
    form = _BUILDING.sub(r"\1号楼", form).replace("#", "号")
    form = _ROOM.sub(r"\1室", form)
    form = _THREE_NUMBERS.sub(r"\1号楼\2单元\3室", form)
    form = _UNIT_AND_ROOM.sub(r"\1单元\2室", form)
    return _BARE_ROOM.sub(r"\1室", form)


def _number(numerals: str) -> str:
    """Return the digits of a Chinese number below a thousand, or of numerals one by one, as 一〇一."""
    if not set(numerals) & {"十", "百"}:
        return "".join(str(_DIGITS[numeral]) for numeral in numerals)
    total = digit = 0
    for numeral in numerals:
        if numeral in _DIGITS:
            digit = _DIGITS[numeral]
        else:
            total += (digit or 1) * (100 if numeral == "百" else 10)
            digit = 0
    return str(total + digit)
