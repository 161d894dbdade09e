"""Masked forms of personal data (脱敏), and their recognition in what is written (PIPL §6, §51).

How many characters are shown is the policy `masking` [R]. Of a masked form nothing can be restored, and no write
accepts one: it would overwrite the datum with its mask.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from libs.common.references import BadReferenceError, visible

STAR: Final = "*"
# Stars that NFKC leaves as they are.
_STARS: Final = dict.fromkeys(map(ord, "∗⁎✱✲٭"), STAR)
# Every character that is a star after NFKC and `_STARS`: a text without any, as most are, is soon known for unmasked.
_STAR_OF_ANY_KIND: Final = re.compile("[*＊﹡∗⁎✱✲٭]")
# One between two digits is a multiplication sign, as in a shop's name 7*24.
_MASKED: Final = re.compile(r"\*\*|(?<![0-9])\*|\*(?![0-9])")
_FEWEST_STARS: Final = 2


class MaskKind(StrEnum):
    """What kind of datum is masked."""

    NAME = "NAME"
    MOBILE = "MOBILE"
    LANDLINE = "LANDLINE"
    RESIDENT_ID = "RESIDENT_ID"
    PAPER = "PAPER"
    CREDIT_CODE = "CREDIT_CODE"
    ACCOUNT_NUMBER = "ACCOUNT_NUMBER"
    ADDRESS = "ADDRESS"


MASK_NAMES: Final[Mapping[MaskKind, str]] = MappingProxyType(
    {
        MaskKind.NAME: "姓名",
        MaskKind.MOBILE: "手机号",
        MaskKind.LANDLINE: "固定电话",
        MaskKind.RESIDENT_ID: "居民身份证号",
        MaskKind.PAPER: "其他证件号",
        MaskKind.CREDIT_CODE: "个体工商户统一社会信用代码",
        MaskKind.ACCOUNT_NUMBER: "户号",
        MaskKind.ADDRESS: "地址",
    }
)


@dataclass(frozen=True, slots=True)
class MaskRule:
    """How many characters are shown at either end, and how many stars stand between; None: as many as are hidden."""

    first: int = 0
    last: int = 0
    stars: int | None = None


@dataclass(frozen=True, slots=True)
class MaskPolicy:
    """One version of the forms; the shipped one is in `policies.yaml`. A kind without a rule is hidden whole."""

    version: str = "default"
    source: str = ""
    rules: Mapping[MaskKind, MaskRule] = field(default_factory=dict)


def mask(kind: MaskKind, value: str, policy: MaskPolicy) -> str:
    """Return the masked form of a datum in its normal form; a value no longer than what is shown is hidden whole.

    Of an address the rule counts what stands in front: `masked_address` gives its form.
    """
    rule = policy.rules.get(kind, MaskRule())
    hidden = len(value) - rule.first - rule.last
    first, last = (rule.first, rule.last) if hidden > 0 else (0, 0)
    stars = max(_FEWEST_STARS, len(value) - first - last if rule.stars is None else rule.stars)
    return value[:first] + STAR * stars + value[len(value) - last :]


def masked_address(public: str, policy: MaskPolicy) -> str:
    """Return the masked form of an address, of which the names of division and street are public."""
    return public + mask(MaskKind.ADDRESS, "", policy)


def is_masked(text: str) -> bool:
    """Tell whether a text is, or contains, a masked form: a star that is no multiplication sign between digits."""
    return _STAR_OF_ANY_KIND.search(text) is not None and _MASKED.search(_narrow(text)) is not None


def refuse_masked(text: str, error: type[BadReferenceError] = BadReferenceError) -> None:
    """Raise an error of code `masked-value` for a masked form, since writing it would destroy the datum."""
    if is_masked(text):
        raise error(
            "masked-value", "内容为脱敏后的值，不能写回", "请填写完整内容；不修改该项的，请勿提交该项"
        )


def _narrow(text: str) -> str:
    return unicodedata.normalize("NFKC", visible(text)).translate(_STARS)
