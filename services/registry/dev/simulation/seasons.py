"""What customers ask for on a day of the year, and how often: a year of heating country."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from libs.common.places import Supply

SUSPENSION, RESUMPTION, TRANSFER, CLOSURE, CHANGE = (
    "SUSPENSION",
    "RESUMPTION",
    "TRANSFER",
    "CLOSURE",
    "CHANGE",
)
# What is asked for with the same urgency at any supply.
ANY: Final = None


@dataclass(frozen=True, slots=True)
class HeatSeason:
    """The last day for asking to stop heat, and the season's first and last, each as MM-DD."""

    closing: str
    first: str
    last: str


def wishes(day: date, season: HeatSeason) -> Mapping[tuple[str, Supply | None], float]:
    """Return how many requests a working day brings: by kind, and supply where it matters.

    Homes change hands before school begins, in September; heat is stopped in the weeks before the closing date, and
    some ask after it; what stood empty over the winter is used again in spring.
    """
    at = f"{day:%m-%d}"
    is_spring = season.last < at <= "04-30"
    return {
        (CHANGE, ANY): 4.0,
        (TRANSFER, ANY): 12.0 if day.month == 9 else 3.0,
        (CLOSURE, ANY): 1.5,
        (SUSPENSION, Supply.WATER): 2.0 if day.month in (1, 2) else 0.5,
        (SUSPENSION, Supply.GAS): 1.0 if day.month in (1, 2) else 0.3,
        (SUSPENSION, Supply.HEAT): _stopping(at, season),
        (RESUMPTION, ANY): 6.0 if is_spring else 0.5,
    }


def _stopping(at: str, season: HeatSeason) -> float:
    if at >= season.first or at <= season.last:
        return 0.5
    if at > season.closing:
        return 2.0
    return {"10": 14.0, "09": 6.0, "08": 2.0}.get(at[:2], 0.2)
