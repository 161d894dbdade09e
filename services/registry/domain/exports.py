"""The rule of exports of accounts: what a purpose has in them, how many rows, how long and how often a file is given.

How many and how long is the policy `exports` [R]; what a purpose needs is the policy `reveals` (PIPL §6). What an
export shows of persons is masked, whoever asks: the rule of reveals gives single customers to a role, never a list.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from libs.common.rules import RuleError
from services.registry.domain.particulars import Particular
from services.registry.domain.reveals import PURPOSE_NAMES, Purpose, RevealPolicy

SHOWN: Final = (Particular.NUMBER, Particular.NAME, Particular.ADDRESS)
"""The particulars that the list of accounts has."""


@dataclass(frozen=True, slots=True)
class ExportPolicy:
    """One version of the limits; more rows within 24 hours than `rows_per_day` are an alarm and are not refused."""

    version: str = "default"
    source: str = ""
    valid: timedelta = timedelta(hours=72)
    most_downloads: int = 3
    most_rows: int = 200_000
    rows_per_day: int = 50_000


def fields_for(purpose: Purpose, policy: RevealPolicy) -> tuple[Particular, ...]:
    """Return what an export for a purpose shows of persons. Raises RuleError for a purpose that needs nothing."""
    needed = policy.needed.get(purpose, frozenset())
    fields = tuple(name for name in SHOWN if name in needed)
    if not fields:
        raise RuleError(
            "purpose-without-export", f"为“{PURPOSE_NAMES[purpose]}”不能导出户", "请核对目的", "purpose"
        )
    return fields
