"""Words as people mean them: what is seen alike does not tell one from another."""

import unicodedata

from libs.common.personal_data import PERSONAL_NAMES, find_personal
from libs.common.references import visible
from libs.common.rules import RuleError


def narrow(text: str) -> str:
    """Return a text as it is seen, wide characters as narrow ones, without blanks around it."""
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()


def plain(text: str) -> str:
    """Return what tells words apart in any writing: no blanks, narrow characters, capitals, nothing unseen."""
    return "".join(narrow(visible(text)).split()).upper()


def check_text(text: str, field: str) -> None:
    """Raise RuleError for a text with a number of a person: free text is kept outside of the registry."""
    if kind := find_personal(text):
        raise RuleError(
            "personal-data-in-text",
            f"内容中不能有{PERSONAL_NAMES[kind]}",
            "请删除个人信息后重新提交",
            field,
        )
