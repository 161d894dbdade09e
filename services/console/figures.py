"""The board's figures, arranged as its tables show them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from libs.common.places import Service, load_places
from services.console.readers.metrics import Ended, Label, Live, StageHours

# Stage and age in the order of the work and of time; what is not listed comes last.
_STAGES = (
    "ACCEPT",
    "SURVEY_DESIGN",
    "CONTRACT",
    "PERMIT",
    "EXTERNAL_WORKS",
    "TURN_ON",
    "NONE",
    "AWAITING_CONFIRMATION",
    "TOTAL",
)
_AGES = ("not-accepted", "0-3", "4-5", "6-10", "11-20", "over-20")
HEAT_LEVELS = 5
PERIODS = {"all": "全部", "month": "本月", "year": "本年", "last-year": "上年"}


@dataclass(frozen=True, slots=True)
class Row:
    """One utility or district: what is open there and how it ended."""

    label: Label
    live: Live
    ended: Ended | None


@dataclass(frozen=True, slots=True)
class Group:
    """The utilities of one service; heat has no 3/5/10 limit, it is judged by the dates agreed with its users."""

    name: str
    has_limit: bool
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Heat:
    """A table of open cases by stage and age; each cell is its count and its level from 0 to HEAT_LEVELS."""

    ages: list[Label]
    rows: list[tuple[Label, list[tuple[int, int]]]]


def rows(live: Iterable[Live], ended: Iterable[Ended], dimension: str) -> list[Row]:
    """Join what is open and what has ended by a dimension, in the order of its codes."""
    open_here = {each.group[dimension].code: each for each in live}
    ended_here = {each.group[dimension].code: each for each in ended}
    found = []
    for code in sorted(open_here.keys() | ended_here.keys()):
        closed = ended_here.get(code)
        label = (closed or open_here[code]).group[dimension]
        found.append(Row(label, open_here.get(code) or Live(group={}), closed))
    return found


def by_supply(utilities: Sequence[Row]) -> list[Group]:
    """Divide the utilities among water, gas and heat; those that the places do not know come last."""
    places = load_places()
    known = {each.code: each.service for each in places.utilities()}
    groups = [
        Group(
            places.service_name(supply),
            supply is not Service.HEAT,
            [row for row in utilities if known.get(row.label.code) is supply],
        )
        for supply in Service
    ]
    groups.append(Group("其他", True, [row for row in utilities if row.label.code not in known]))
    return [group for group in groups if group.rows]


def heat(live: Iterable[Live]) -> Heat:
    """Arrange open cases by stage and age."""
    counts = {(each.group["stage"], each.group["age"]): each.open for each in live}
    stages = sorted({stage for stage, _ in counts}, key=lambda label: _place(_STAGES, label))
    ages = sorted({age for _, age in counts}, key=lambda label: _place(_AGES, label))
    most = max(counts.values(), default=0)
    return Heat(
        ages,
        [
            (
                stage,
                [
                    (n := counts.get((stage, age), 0), -(-n * HEAT_LEVELS // most) if most else 0)
                    for age in ages
                ],
            )
            for stage in stages
        ],
    )


def durations(found: Iterable[StageHours]) -> list[tuple[Label, dict[str, StageHours]]]:
    """Arrange stage durations: a row for each stage, in it a cell for each service's code."""
    cells: dict[Label, dict[str, StageHours]] = {}
    for each in found:
        cells.setdefault(each.stage, {})[each.supply.code] = each
    return sorted(cells.items(), key=lambda item: _place(_STAGES, item[0]))


def services_of(found: Iterable[StageHours]) -> list[Label]:
    """Return the services that have a duration, in the order water, gas, heat."""
    order = tuple(Service)
    return sorted({each.supply for each in found}, key=lambda label: _place(order, label))


def months(ended: Iterable[Ended], most: int = 24) -> list[Ended]:
    """Return the latest months, the newest first."""
    return sorted(ended, key=lambda each: each.group["month"].code, reverse=True)[:most]


def _place(order: Sequence[str], label: Label) -> tuple[int, str]:
    return (order.index(label.code) if label.code in order else len(order), label.code)
