"""Detection of numbers that identify a person, in any spelling: only the registry may store them.

Pure. The numbers and their checks: GB 11643 (resident id), GB 32100 (social credit code; that of a sole trader
stands for a person), mobile numbers of eleven digits, landlines with area code. Minimum scope: PIPL §6.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from libs.common.check_digits import CREDIT_CODE_CHARACTERS, MOBILE, PROVINCES, birth_date, credit_code_check


class PersonalNumber(StrEnum):
    """The kind of a personal number."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    RESIDENT_ID = "resident-id"
    SOLE_TRADER = "sole-trader-code"


PERSONAL_NAMES: Final[Mapping[PersonalNumber, str]] = MappingProxyType(
    {
        PersonalNumber.MOBILE: "手机号",
        PersonalNumber.LANDLINE: "固定电话号码",
        PersonalNumber.RESIDENT_ID: "居民身份证号",
        PersonalNumber.SOLE_TRADER: "个体工商户统一社会信用代码",
    }
)

# Fewer digits than the shortest of these numbers: a sole trader's code with as many letters as possible.
_FEWEST_DIGITS: Final = 8
_LONGEST: Final = 18
_NUMERALS: Final = str.maketrans("〇零○幺一壹二贰两三叁四肆五伍六陆七柒八捌九玖", "00011122233445566778899")
_DASHES: Final = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－ー"), "-")
# Object ids and digests hold any digits.
_HEXADECIMAL: Final = re.compile(
    r"[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}|(?<![0-9A-Z])(?=[0-9]*[A-F])[0-9A-F]{32,}(?![0-9A-Z])"
)
_GROUP: Final = re.compile(r"[0-9]+(?:X(?![A-Z]))?")
_BETWEEN: Final = re.compile(r"[ \t_·•()-]{1,3}")
_COUNTRY: Final = re.compile(r"(?<![0-9])(?:\+|00)86")
_MOBILE: Final = re.compile(rf"(?:86|0)?{MOBILE}")
_DOTTED_MOBILE: Final = re.compile(r"(?<![0-9])1[3-9][0-9]([./])[0-9]{4}\1[0-9]{4}(?![0-9])")
_AREA: Final = r"(?:10|2[0-9])(?=[0-9]{8}$)|[3-9][0-9]{2}(?=[0-9]{7,8}$)"
_LANDLINE: Final = re.compile(rf"0(?:{_AREA})([2-8][0-9]+)")
_LANDLINE_FROM_ABROAD: Final = re.compile(rf"86(?:{_AREA})([2-8][0-9]+)")
_DATE: Final = re.compile(r"20[0-4][0-9](?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
# Business numbers begin with a division and a day, as resident ids do. Applicants were born before these years,
# business numbers are from them.
_FIRST_BUSINESS_YEAR: Final = 2015
_NAMED_ID: Final = re.compile(r"(?:身份证|证件号|身份号码)[^0-9]{0,10}(?:[0-9]{17}[0-9X]|[0-9]{15})(?![0-9])")
_SOLE_TRADER: Final = re.compile(rf"(?=(92[0-9]{{6}}[{CREDIT_CODE_CHARACTERS}]{{10}}))")
_MISSPELT_SOLE_TRADER: Final = re.compile(r"(?<![0-9A-Z])92[0-9]{6}MA[0-9A-Z]{8}(?![0-9A-Z])")
_BLANKS: Final = re.compile(r"[\s_·•-]+")


def find_personal(text: str) -> PersonalNumber | None:
    """Return the kind of the first personal number in a text, None without any.

    Full-width and other scripts' digits, Chinese numerals, blanks, hyphens, country codes and invisible characters
    make no difference. Case numbers, dates, amounts, object ids and document numbers do not match.
    """
    plain = _plain(text)
    worded = plain.translate(_NUMERALS)
    if sum(character.isdigit() for character in worded) < _FEWEST_DIGITS:
        return None
    # First without converting Chinese numerals: one next to a number ("唯一138…") would lengthen it.
    for spelling in dict.fromkeys((plain, worded)):
        if kind := _in_spelling(spelling):
            return kind
    return None


def _plain(text: str) -> str:
    """Return a text in narrow capitals and ASCII digits, without invisible and combining characters."""
    if text.isascii():
        return text.upper()
    characters = []
    for character in unicodedata.normalize("NFKC", text).translate(_DASHES):
        category = unicodedata.category(character)
        if category in ("Nd", "No") and (digit := unicodedata.digit(character, -1)) >= 0:
            characters.append(str(digit))
        elif category == "Zs":
            characters.append(" ")
        elif category not in ("Cf", "Cc", "Mn", "Me") or character in "\t\n\r":
            characters.append(character)
    return "".join(characters).upper()


def _in_spelling(text: str) -> PersonalNumber | None:
    text = _COUNTRY.sub("86 ", _HEXADECIMAL.sub("|", text))
    if _is_sole_trader(text):
        return PersonalNumber.SOLE_TRADER
    if _NAMED_ID.search(_BLANKS.sub("", text)):
        return PersonalNumber.RESIDENT_ID
    if _DOTTED_MOBILE.search(text):
        return PersonalNumber.MOBILE
    for groups in _chains(text):
        for first in range(len(groups)):
            for last in range(first, len(groups)):
                parts = groups[first : last + 1]
                joined = "".join(parts)
                if len(joined) > _LONGEST:
                    break
                if _is_one_number(parts) and (kind := _kind(joined, parts)):
                    return kind
    return None


def _chains(text: str) -> Iterator[list[str]]:
    """Yield the groups of digits that are separated only by blanks, hyphens or brackets."""
    chain: list[str] = []
    end = 0
    for group in _GROUP.finditer(text):
        if chain and not _BETWEEN.fullmatch(text, end, group.start()):
            yield chain
            chain = []
        chain.append(group[0])
        end = group.end()
    if chain:
        yield chain


def _is_one_number(parts: Sequence[str]) -> bool:
    """Tell whether groups look like one number in parts: few groups, or equal lengths except for the last."""
    size = len(parts[0])
    return len(parts) <= 4 or (len(parts[-1]) <= size and all(len(part) == size for part in parts[:-1]))


def _kind(joined: str, parts: Sequence[str]) -> PersonalNumber | None:
    if _MOBILE.fullmatch(joined):
        return PersonalNumber.MOBILE
    if _is_resident_id(joined):
        return PersonalNumber.RESIDENT_ID
    landline = _LANDLINE.fullmatch(joined)
    if landline is None and parts[0] == "86":
        landline = _LANDLINE_FROM_ABROAD.fullmatch(joined)
    # A document number may have a date after four digits.
    return PersonalNumber.LANDLINE if landline and not _DATE.fullmatch(landline[1]) else None


def _is_resident_id(digits: str) -> bool:
    """Tell whether eighteen characters have a province and a date of birth; the check digit may be wrong."""
    if len(digits) != _LONGEST or "X" in digits[:-1] or digits[:2] not in PROVINCES:
        return False
    born = birth_date(digits)
    return born is not None and 1900 <= born.year < _FIRST_BUSINESS_YEAR


def _is_sole_trader(text: str) -> bool:
    joined = _BLANKS.sub("", text)
    return _MISSPELT_SOLE_TRADER.search(text) is not None or any(
        code[1][2:4] in PROVINCES and code[1][-1] == credit_code_check(code[1][:-1])
        for code in _SOLE_TRADER.finditer(joined)
    )
