"""Comparison of texts as people read them: visually equal spellings are equal."""

import re
import unicodedata

from libs.common.personal_data import PERSONAL_NAMES, find_personal
from libs.common.references import visible
from libs.common.rules import RuleError

# Runs of digits with what people write between them; shorter ones tell no number of a person.
_NUMBERS = re.compile(r"(?:[+(（]?[0-9０-９][\s\-–—·.()（）]{0,2}){6,}[0-9０-９Xx]")
MASKED = "******"
HIDDEN = "（内容含个人信息，查看须说明用途）"


def narrow(text: str) -> str:
    """Return the visible text with narrow characters, stripped of blanks."""
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()


def plain(text: str) -> str:
    """Return the comparison form of a text: narrow capitals without blanks and invisible characters."""
    if text.isascii() and text.isprintable():
        return text.replace(" ", "").upper()
    return "".join(narrow(visible(text)).split()).upper()


def check_text(text: str, field: str) -> None:
    """Raise RuleError for a text with a personal number, since free text is stored outside the registry."""
    if kind := find_personal(text):
        raise RuleError(
            "personal-data-in-text",
            f"内容中不能有{PERSONAL_NAMES[kind]}",
            "请删除个人信息后重新提交",
            field,
        )


def without_numbers(text: str) -> str:
    """Return a text with the numbers of persons masked; nothing of it where one is still found (PIPL §6)."""
    masked = _NUMBERS.sub(MASKED, text)
    return HIDDEN if find_personal(masked) else masked
