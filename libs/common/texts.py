"""Comparison of texts as people read them: visually equal spellings are equal."""

import unicodedata

from libs.common.personal_data import PERSONAL_NAMES, find_personal
from libs.common.references import visible
from libs.common.rules import RuleError


def narrow(text: str) -> str:
    """Return the visible text with narrow characters, stripped of blanks."""
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()


def plain(text: str) -> str:
    """Return the comparison form of a text: narrow capitals without blanks and invisible characters."""
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
