"""The canonical form of references, codes and case numbers: letter case, width and invisible characters are ignored.

Pure: the API, ledgers, event readers and pages call the same functions. An invalid reference raises
`BadReferenceError`, whose arguments are the rule and the remedy in Chinese.
"""

import re
import unicodedata
from typing import Final
from uuid import UUID

from libs.common.personal_data import PERSONAL_NAMES, find_personal

LONGEST_CUSTOMER: Final = 64
LONGEST_DOCUMENT: Final = 80
CUSTOMER_PATTERN: Final = r"^[A-Z0-9][A-Z0-9_-]*$"

_CUSTOMER: Final = re.compile(CUSTOMER_PATTERN, re.ASCII)
_DASHES: Final = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－"), "-")
# Control characters except white space, and characters without width: soft hyphens, joiners, marks of order,
# direction and variant, blanks that count as letters. Right-to-left marks are kept, since they reverse a text.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a\u202c\u202d\u2060-\u2066\u2068-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U000e0000-\U000e0fff]"
)
_TURNED: Final = re.compile("[\u202b\u202e\u2067]")
# Excel reads a cell that begins with one of these as a formula.
_FORMULA: Final = frozenset("=+-@")


class BadReferenceError(ValueError):
    """A text is no valid reference; `code` is stable, the arguments are the rule and the remedy in Chinese."""

    def __init__(self, code: str, rule: str, remedy: str) -> None:
        super().__init__(rule, remedy)
        self.code = code
        self.rule = rule
        self.remedy = remedy


def visible(text: str) -> str:
    """Return a text without invisible characters; blanks stay."""
    return text if text.isascii() and text.isprintable() else _UNSEEN.sub("", text)


def is_turned(text: str) -> bool:
    """Tell whether a text has characters that display all or part of it reversed."""
    return not text.isascii() and _TURNED.search(text) is not None


def normal(text: str) -> str:
    """Return the canonical form of a case number, a customer's reference, a utility's or other code.

    Narrow capitals without blanks and invisible characters; any dash is a hyphen.
    """
    if text.isascii() and text.isprintable():
        return text.replace(" ", "").upper()
    narrow = unicodedata.normalize("NFKC", visible(text)).translate(_DASHES)
    return "".join(narrow.split()).upper()


def customer_reference(text: str) -> str:
    """Return the canonical form of a 用户编号. Raises BadReferenceError, also for a personal number."""
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
    """Return the visible text of a document or evidence number, with single blanks.

    Raises BadReferenceError for undisplayable characters, a formula and a personal number.
    """
    reference = " ".join(filter(None, visible(text).strip().split(" ")))
    remedy = "请填写文书编号，例如“聊城管字〔2022〕49号”"
    _check_personal(reference, "编号", remedy)
    if not 0 < len(reference) <= longest:
        raise BadReferenceError("reference-invalid", f"编号应为1至{longest}个字", remedy)
    if not reference.isprintable() or is_turned(reference):
        raise BadReferenceError("reference-invalid", "编号中有控制字符", "请删除看不见的字符后重新填写")
    if reference[0] in _FORMULA or not any(map(str.isalnum, reference)):
        raise BadReferenceError("reference-invalid", "编号须含字母、数字或汉字，不能以“=+-@”开头", remedy)
    return reference


def check_personal(text: str) -> None:
    """Raise BadReferenceError for a text that contains a personal number."""
    _check_personal(text, "内容", "请删除个人信息后重新提交")


def _check_personal(text: str, subject: str, remedy: str) -> None:
    if kind := find_personal(text):
        raise BadReferenceError("personal-data", f"{subject}中不能有{PERSONAL_NAMES[kind]}", remedy)


def object_id(text: str) -> str | None:
    """Return the id of an object of ours that a reference is, in its stored form; None for any other reference."""
    try:
        return str(UUID(text))
    except ValueError:
        return None
