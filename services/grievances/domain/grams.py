"""The pairs of characters that words are found by, what segments of them merge, and how a match is shown: pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from libs.common.rules import RuleError
from libs.common.texts import plain
from services.grievances.domain.words import shown_words

SHORTEST: Final = 2
LONGEST: Final = 20
_BEFORE: Final = 12
_LONGEST_EXCERPT: Final = 60


def indexed(told: str) -> str:
    """Return what is indexed of what was told: what staff see of it without a purpose, in the form of comparison."""
    return plain(shown_words(told))


def grams(text: str) -> set[str]:
    """Return the pairs of neighbouring characters of a text in the form of comparison."""
    return {text[at : at + SHORTEST] for at in range(len(text) - SHORTEST + 1)}


def sought_words(text: str) -> list[str]:
    """Return the words that are looked for, in the form of comparison. Raises RuleError for one of one character."""
    words = [word for part in text.split() if (word := plain(part))]
    if not words or min(map(len, words)) < SHORTEST:
        raise RuleError(
            "word-too-short",
            "每个词至少两个字",
            "请把词填得长一些；多个词之间用空格分开",
            "words",
        )
    return words


def to_merge(sizes: Sequence[int], largest: int) -> int:
    """Return how many of the newest segments are merged into one, 0 for none; `sizes` are in documents, oldest first.

    A segment stays apart while it is twice as large as all that are newer: so their number grows with the logarithm
    of the documents, up to the `largest`, and each document is written anew as often.
    """
    merged, newer = 0, 0
    for count, size in enumerate(reversed(sizes)):
        if newer + size > largest:
            break
        if count and size < 2 * newer:
            merged = count + 1
        newer += size
    return merged


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of a text; `match` is the first match, empty where it is spelled otherwise."""

    before: str
    match: str
    after: str


def excerpt(shown: str, words: Sequence[str]) -> Excerpt:
    """Return the part of a text that shows the first of the words that stands there as it is spelled."""
    shown = " ".join(shown.split())
    upper = shown.upper()
    # Capitals of a few scripts are longer than the letters: positions would differ.
    at, word = next(
        ((at, word) for word in words if len(upper) == len(shown) and (at := upper.find(word)) >= 0), (0, "")
    )
    end = at + len(word)
    begin = max(at - _BEFORE, 0)
    return Excerpt(
        ("…" if begin else "") + shown[begin:at],
        shown[at:end],
        shown[end : begin + _LONGEST_EXCERPT] + ("…" if len(shown) > begin + _LONGEST_EXCERPT else ""),
    )
