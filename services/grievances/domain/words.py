"""What the reporter said, as others may see it: pure. Their words are personal data (PIPL §4)."""

import re

from libs.common.texts import without_numbers

_LINKS = re.compile(
    r"(?i)\b(?:https?://|www\.)\S+|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|cn|net|org|top|xyz|vip)\b\S*"
)
NO_LINK = "（链接已略去）"


def without_links(text: str) -> str:
    """Return a text without addresses of the web, as it goes into messages: nobody is led elsewhere by us."""
    return _LINKS.sub(NO_LINK, text)


def shown_words(text: str) -> str:
    """Return what staff see without a purpose."""
    return without_links(without_numbers(text))


def normal_phone(phone: str) -> str:
    """Return the digits of a number, without the country's: it is found however it was written."""
    digits = "".join(character for character in phone if character.isdigit())
    return digits[2:] if len(digits) == 13 and digits.startswith("86") else digits


def masked_name(name: str) -> str:
    """Return the first character of a name."""
    return f"{name[:1]}**"


def masked_phone(phone: str) -> str:
    """Return the first three and the last two digits of a number."""
    return f"{phone[:3]}{'*' * max(4, len(phone) - 5)}{phone[-2:]}" if len(phone) >= 7 else "*" * 7
