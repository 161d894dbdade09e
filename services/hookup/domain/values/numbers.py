"""Case numbers (受理编号): their canonical form, and the numbers that the system itself assigns.

The system numbers a case when it is submitted, as `W-371502-20220930-0007`: utility, day in Shanghai, count of that
day. Paper ledgers have numbers of their own besides.
"""

import re
from dataclasses import dataclass
from datetime import date

from libs.common.references import normal

_OWN = re.compile(r"([A-Z]-[0-9]{6})-([0-9]{8})-([0-9]{4,9})")


def case_number(text: str) -> str:
    """Return the canonical form of a number: without invisible characters, one letter case and width."""
    return normal(text)


@dataclass(frozen=True, slots=True)
class OwnNumber:
    """A number that the system assigned: the `count`-th of a utility on a day."""

    utility: str
    day: date
    count: int

    @property
    def prefix(self) -> str:
        """Return the key of its day's counter."""
        return number_prefix(self.utility, self.day)


def number_prefix(utility: str, day: date) -> str:
    """Return the prefix of a utility's numbers of a day."""
    return f"{utility}-{day:%Y%m%d}"


def own_number(number: str) -> OwnNumber | None:
    """Parse a canonical number that the system assigned; None for any other number."""
    match = _OWN.fullmatch(number)
    if match is None:
        return None
    utility, day, count = match.groups()
    try:
        return OwnNumber(utility, date(int(day[:4]), int(day[4:6]), int(day[6:])), int(count))
    except ValueError:
        return None
