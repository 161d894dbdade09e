"""Time to obtain a water connection, as the World Bank's Business Ready survey counts it [M].

Its indicators are "Days to obtain a water connection" and the median of it: firms are asked how many days passed
from the application to the day on which the service was received. So these are calendar days, including rest days,
pauses and waiting on either side; they are not the limit of HK-02. Days are those of Shanghai; a connection on the
day of the application took 0 days.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from statistics import median

from libs.common.clock import local
from libs.common.places import Supply
from services.hookup.domain.case import Case
from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.transitions import CaseState


@dataclass(frozen=True, slots=True)
class Connection:
    """A completed water connection. Special cases count, and are marked."""

    number: str
    utility: str
    district: str
    length_class: LengthClass
    submitted_at: datetime
    water_at: datetime
    days: int
    special: bool


@dataclass(frozen=True, slots=True)
class Days:
    """Count, mean and median of the days of connections; mean and median are None without any."""

    connections: int
    special: int
    mean: Fraction | None
    median: Fraction | None


def connection_of(case: Case) -> Connection | None:
    """Return the connection of a case; None for gas and heat, and before water runs."""
    if (
        case.supply is not Supply.WATER
        or case.meter_live_at is None
        or case.state not in (CaseState.TURNED_ON, CaseState.CLOSED)
    ):
        return None
    return Connection(
        case.number,
        case.utility,
        case.district,
        case.length_class,
        case.submitted_at,
        case.meter_live_at,
        (local(case.meter_live_at).date() - local(case.submitted_at).date()).days,
        case.is_special,
    )


def summary(connections: Iterable[tuple[int, bool]]) -> Days:
    """Return count, mean and median of connections, each given as its days and whether it is special."""
    cases = list(connections)
    days = [Fraction(days_taken) for days_taken, _ in cases]
    return Days(
        len(cases),
        sum(special for _, special in cases),
        sum(days, Fraction(0)) / len(days) if days else None,
        median(days) if days else None,
    )
