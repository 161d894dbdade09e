"""References, codes and case numbers in one form: letter case, width and what nobody sees make no difference.

Pure: the API, ledgers, event readers and pages call the same functions. What cannot be a reference is a
`BadReferenceError`, whose arguments are the rule and the remedy in Chinese.
"""

import re
import unicodedata
from typing import Final

from libs.common.personal_data import PERSONAL_NAMES, find_personal

LONGEST_CUSTOMER: Final = 64
LONGEST_DOCUMENT: Final = 80
CUSTOMER_PATTERN: Final = r"^[A-Z0-9][A-Z0-9_-]*$"

_CUSTOMER: Final = re.compile(CUSTOMER_PATTERN, re.ASCII)
_DASHES: Final = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－"), "-")
# Characters that take no place although they are no format characters: fillers, joiners, variation selectors.
_NOTHING: Final = frozenset("\u034f\u115f\u1160\u3164\uffa0\u2800") | {chr(n) for n in range(0xFE00, 0xFE10)}
# What is behind one of these is shown in another order than it is stored in.
_REORDERING: Final = frozenset("\u202b\u202d\u202e\u2067")
# Excel takes a cell that begins with one of these for a formula.
_FORMULA: Final = frozenset("=+-@")


class BadReferenceError(ValueError):
    """A text cannot be a reference; `code` is stable, the arguments are the rule and the remedy in Chinese."""

    def __init__(self, code: str, rule: str, remedy: str) -> None:
        super().__init__(rule, remedy)
        self.code = code
        self.rule = rule
        self.remedy = remedy


def visible(text: str) -> str:
    """Return what is seen of a text: without characters of no width, and without blanks around it."""
    if text.isascii():
        return text.strip()
    return "".join(
        character
        for character in text
        if character not in _NOTHING and (unicodedata.category(character) != "Cf" or character in _REORDERING)
    ).strip()


def normal(text: str) -> str:
    """Return the one form of a case number, a customer's reference, a utility's or other code.

    Narrow capitals without blanks and without what nobody sees; any dash is a hyphen.
    """
    narrow = unicodedata.normalize("NFKC", visible(text)).translate(_DASHES)
    return "".join(narrow.split()).upper()


def customer_reference(text: str) -> str:
    """Return a 用户编号 in its one form. Raises BadReferenceError, also for a person's number."""
    reference = normal(text)
    _check_personal(reference, "用户编号", "请填写用户底数库中的用户编号")
    if len(reference) > LONGEST_CUSTOMER or not _CUSTOMER.fullmatch(reference):
        raise BadReferenceError(
            "reference-invalid",
            f"用户编号为1至{LONGEST_CUSTOMER}个字母、数字、“-”或“_”，以字母或数字开头",
            "请填写用户底数库中的用户编号",
        )
    return reference


def document_reference(text: str, longest: int = LONGEST_DOCUMENT) -> str:
    """Return the number of a document or piece of evidence as it is seen, with single blanks.

    Raises BadReferenceError for what cannot be shown, for a formula and for a person's number.
    """
    reference = " ".join(visible(text).split(" "))
    remedy = "请填写文书编号，例如“聊城管字〔2022〕49号”"
    _check_personal(reference, "编号", remedy)
    if not 0 < len(reference) <= longest:
        raise BadReferenceError("reference-invalid", f"编号应为1至{longest}个字", remedy)
    if not reference.isprintable() or not _REORDERING.isdisjoint(reference):
        raise BadReferenceError("reference-invalid", "编号中有控制字符", "请删除看不见的字符后重新填写")
    if reference[0] in _FORMULA or not any(map(str.isalnum, reference)):
        raise BadReferenceError("reference-invalid", "编号须含字母、数字或汉字，不能以“=+-@”开头", remedy)
    return reference


def check_personal(text: str) -> None:
    """Raise BadReferenceError for a text that holds a number of a person."""
    _check_personal(text, "内容", "请删除个人信息后重新提交")


def _check_personal(text: str, what: str, remedy: str) -> None:
    if kind := find_personal(text):
        raise BadReferenceError("personal-data", f"{what}中不能有{PERSONAL_NAMES[kind]}", remedy)
