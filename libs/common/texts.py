"""Words as people mean them: what is seen alike does not tell one from another."""

import unicodedata

from libs.common.references import visible


def narrow(text: str) -> str:
    """Return a text as it is seen, wide characters as narrow ones, without blanks around it."""
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()


def plain(text: str) -> str:
    """Return what tells words apart in any writing: no blanks, narrow characters, capitals, nothing unseen."""
    return "".join(narrow(visible(text)).split()).upper()
