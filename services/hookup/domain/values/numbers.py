"""Case numbers (受理编号): one form whatever their spelling, and which of them the system itself gives.

The system numbers a case when it is submitted, as `W-371502-20220930-0007`: utility, day in Shanghai, count of that
day. Paper ledgers have numbers of their own besides.
"""

import re
from dataclasses import dataclass
from datetime import date

from libs.common.references import normal

_OWN = re.compile(r"([A-Z]-[0-9]{6})-([0-9]{8})-([0-9]{4,9})")


def case_number(text: str) -> str:
    """Return a number's one form: it is the same in any letter case and width, with unseen characters or without."""
    return normal(text)


@dataclass(frozen=True, slots=True)
class OwnNumber:
    """A number as the system gives it, the `count`-th of a utility's day."""

    utility: str
    day: date
    count: int

    @property
    def prefix(self) -> str:
        """Return what the counter of its day is called."""
        return number_prefix(self.utility, self.day)


def number_prefix(utility: str, day: date) -> str:
    """Return what a utility's numbers of a day begin with."""
    return f"{utility}-{day:%Y%m%d}"


def own_number(number: str) -> OwnNumber | None:
    """Read a number, in its one form, as the system's own; None where it has another form."""
    match = _OWN.fullmatch(number)
    if match is None:
        return None
    utility, day, count = match.groups()
    try:
        return OwnNumber(utility, date(int(day[:4]), int(day[4:6]), int(day[6:])), int(count))
    except ValueError:
        return None
