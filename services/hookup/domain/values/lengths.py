"""Length of the external line (外线工程) and its class; integer decimetres throughout (HK-02)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Protocol

_NUMBER = re.compile(r"-?[0-9]+([.][0-9]+)?")
# The tolerated share by which a line as built may be shorter than designed [R].
_SHORT_BY = Fraction(1, 10)
_MAX_METRES = Decimal("99999.9")


class LengthClass(StrEnum):
    """Class of a hookup by its external line; the limits of HK-02 hang on it."""

    UNKNOWN = "UNKNOWN"
    L0_NONE = "L0_NONE"
    L1_LE50 = "L1_LE50"
    L2_LE200 = "L2_LE200"
    L3_GT200 = "L3_GT200"


class LengthKind(StrEnum):
    """Which of the three kept lengths a number is; the class follows the designed one."""

    DECLARED = "DECLARED"
    DESIGNED = "DESIGNED"
    AS_BUILT = "AS_BUILT"


LENGTH_NAMES: Mapping[LengthKind, str] = MappingProxyType(
    {LengthKind.DECLARED: "申报", LengthKind.DESIGNED: "设计", LengthKind.AS_BUILT: "竣工"}
)


class LengthBounds(Protocol):
    """The upper bounds of the two classes with a limit, in decimetres, inclusive (民法典 §1259)."""

    @property
    def short_max_dm(self) -> int:
        """Longest line of the five-day class."""
        ...

    @property
    def medium_max_dm(self) -> int:
        """Longest line of the ten-day class."""
        ...


@dataclass(frozen=True, slots=True)
class LengthChange:
    """One entry of the audit trail of lengths."""

    kind: LengthKind
    from_dm: int | None
    to_dm: int
    changed_at: datetime
    changed_by: str


def classify(length_dm: int | None, bounds: LengthBounds) -> LengthClass:
    """Return the class of a length in decimetres: None is unknown, 0 is no external line."""
    if length_dm is None:
        return LengthClass.UNKNOWN
    if length_dm < 0:
        raise ValueError("外线长度不能为负数")
    if length_dm == 0:
        return LengthClass.L0_NONE
    if length_dm <= bounds.short_max_dm:
        return LengthClass.L1_LE50
    if length_dm <= bounds.medium_max_dm:
        return LengthClass.L2_LE200
    return LengthClass.L3_GT200


def is_well_below(built_dm: int, designed_dm: int) -> bool:
    """Whether a line was built more than a tenth shorter than it was designed [R]."""
    return built_dm < designed_dm * (1 - _SHORT_BY)


def parse_length(metres: str | Decimal | int) -> int:
    """Turn metres, to one decimal, into decimetres; ValueError, in Chinese, for anything else.

    Trailing zeros are allowed ("50.00"). A finer length is refused and not rounded: 50.04 m is over 50 m.
    """
    text = f"{metres:f}" if isinstance(metres, Decimal) else str(metres).strip()
    if not _NUMBER.fullmatch(text):
        raise ValueError("外线长度应为以米为单位的数字")
    value = Decimal(text)
    if value < 0:
        raise ValueError("外线长度不能为负数")
    if value > _MAX_METRES:
        raise ValueError(f"外线长度不能超过 {_MAX_METRES} 米")
    tenths = value.scaleb(1)
    if tenths != tenths.to_integral_value():
        raise ValueError("外线长度最多保留一位小数")
    return int(tenths)


def metres(decimetres: int | None) -> str | None:
    """Show decimetres as metres with one decimal."""
    return None if decimetres is None else f"{decimetres // 10}.{decimetres % 10}"
