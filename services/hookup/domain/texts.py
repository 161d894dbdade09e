"""Texts as people mean them: what nobody sees, or sees alike, does not tell one from another."""

import re
import unicodedata

# Control characters but for white space, and what has no width: soft hyphens, joiners, marks of order, direction
# and variant, blanks that count as letters. Direction to the left is kept: it shows a text turned round.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a\u202c\u202d\u2060-\u2066\u2068-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U000e0000-\U000e0fff]"
)
_TURNED = re.compile("[\u202b\u202e\u2067]")


def visible(text: str) -> str:
    """Return a text without the characters that nobody sees."""
    return text if text.isascii() and text.isprintable() else _UNSEEN.sub("", text)


def is_turned(text: str) -> bool:
    """Tell whether a text has characters that show it, or a part of it, turned round."""
    return not text.isascii() and _TURNED.search(text) is not None


def narrow(text: str) -> str:
    """Return a text as it is seen, wide characters as narrow ones, without blanks around it."""
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()


def plain(text: str) -> str:
    """Return what tells words apart in any writing: no blanks, narrow characters, capitals, nothing unseen."""
    return "".join(narrow(visible(text)).split()).upper()
