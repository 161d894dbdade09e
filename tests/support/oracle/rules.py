"""The rules, by loops over days and minutes: due times, what pauses take out, gaps, and violations."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from itertools import combinations
from typing import Any, NamedTuple

from tests.support.oracle.calendar import (
    CLOSE,
    DAY,
    business_minutes,
    minutes,
    walk,
    workdays_between,
    worked,
)

LIMITS = {"L0_NONE": 3, "L1_LE50": 5, "L2_LE200": 10}
HEAT_PLANNED = 8
READINGS = ("judged", "working", "calendar_roll", "calendar_strict")
STAGES = ("ACCEPT", "SURVEY_DESIGN", "CONTRACT", "PERMIT", "EXTERNAL_WORKS", "TURN_ON")
MAY_OVERLAP = (
    {"ACCEPT", "SURVEY_DESIGN"},
    {"SURVEY_DESIGN", "CONTRACT"},
    {"SURVEY_DESIGN", "PERMIT"},
    {"CONTRACT", "PERMIT"},
    {"CONTRACT", "EXTERNAL_WORKS"},
    {"PERMIT", "EXTERNAL_WORKS"},
)


class Span(NamedTuple):
    """From wall time to wall time; an open one has no end."""

    start: datetime
    end: datetime | None


class StageTime(NamedTuple):
    """A completed stage (or TOTAL): minutes on the clock, minutes of business, and the month it ended in."""

    elapsed: int
    working: int
    month: str


def net_of(whole: Span, pauses: Iterable[Span]) -> StageTime:
    """The time of a whole case without what was paused of it, minute by minute of the clock and of business."""
    assert whole.end
    gross = time_of(whole)
    paused = working = 0
    reached = whole.start
    for pause in sorted(pauses):
        start, end = max(pause.start, reached), min(pause.end or whole.end, whole.end)
        if start < end:
            paused += minutes(start, end)
            working += business_minutes(start, end)
            reached = end
    return StageTime(gross.elapsed - paused, gross.working - working, gross.month)


def ceiling_used_of(done: Mapping[str, Span], excluded: set[date]) -> int:
    """The working days after the first one that survey and design, and acceptance, took together."""
    return sum(
        workdays_between(span.start.date(), span.end.date(), excluded)
        for stage, span in done.items()
        if stage in ("SURVEY_DESIGN", "TURN_ON") and span.end
    )


def class_of(length: float | None) -> str:
    """The class of a length in metres."""
    if length is None:
        return "UNKNOWN"
    bounds = ((0, "L0_NONE"), (50, "L1_LE50"), (200, "L2_LE200"))
    return next((name for most, name in bounds if length <= most), "L3_GT200")


def days_out(spans: list[Span]) -> set[date]:
    """The days that pauses take out: those after each first one up to its last.

    Working days only as many as the paused office minutes make, rounded up, the earliest; without any, no day at
    all. That holds for each pause alone, and for all of a case together.
    """
    ended = [span for span in spans if span.end]
    alone = {day for span in ended for day in bounded(days_of(span), [span])}
    return bounded(sorted(alone), ended)


def bounded(days: Iterable[date], spans: list[Span]) -> set[date]:
    """Without the latest working days beyond what the paused office minutes make; none without any."""
    minutes = office_minutes(spans)
    left, found = -(-minutes // 450), set()
    for day in days if minutes else ():
        if not worked(day) or left > 0:
            found.add(day)
            left -= worked(day)
    return found


def days_of(span: Span) -> Iterable[date]:
    """The days after the one on which a pause starts, up to the one on which it ends."""
    day = span.start.date()
    while span.end and day < span.end.date():
        day += DAY
        yield day


def office_minutes(spans: Iterable[Span]) -> int:
    """Office minutes that some pause covers, each once."""
    total = 0
    reached: datetime | None = None
    for span in sorted(spans):
        start = max(span.start, reached or span.start)
        if span.end and span.end > start:
            total += business_minutes(start, span.end)
            reached = span.end
    return total


def due_of(
    receipt: date | None, supply: str, length_class: str, agreed: date | None, excluded: set[date]
) -> tuple[str, dict[str, datetime | None]]:
    """What a due time rests on, and the due times in all readings."""
    nothing: dict[str, datetime | None] = dict.fromkeys(READINGS)
    if receipt is None:
        return "NONE", nothing
    if supply == "HEAT" or length_class == "L3_GT200":
        if agreed:
            return "AGREED", dict.fromkeys(READINGS, datetime.combine(agreed, CLOSE))
        if supply != "HEAT":
            return "NONE", nothing
        planned = walk(receipt, HEAT_PLANNED, excluded, only_worked=True)
        return "PLANNED", dict.fromkeys(READINGS, datetime.combine(planned, CLOSE))
    limit = LIMITS["L0_NONE" if length_class == "UNKNOWN" else length_class]
    strict = rolled = walk(receipt, limit, excluded, only_worked=False)
    while not worked(rolled) or rolled in excluded:
        rolled += DAY
    working = walk(receipt, limit, excluded, only_worked=True)
    days = {"judged": rolled, "working": working, "calendar_roll": rolled, "calendar_strict": strict}
    return "LIMIT", {reading: datetime.combine(day, CLOSE) for reading, day in days.items()}


def time_of(span: Span) -> StageTime:
    """The time a completed span took."""
    assert span.end
    return StageTime(
        minutes(span.start, span.end), business_minutes(span.start, span.end), f"{span.end:%Y-%m}"
    )


def in_order(spans: Mapping[str, Span]) -> list[tuple[str, Span]]:
    """Stages by their start; the usual order where they begin together."""
    return sorted(spans.items(), key=lambda each: (each[1].start, STAGES.index(each[0])))


def gaps_of(done: Mapping[str, Span], excluded: set[date]) -> list[int]:
    """The working days of each gap of two or more."""
    found, covered = [], None
    for _, span in in_order(done):
        if covered is not None and span.start > covered:
            days = workdays_between(covered.date(), span.start.date(), excluded)
            found += [days] if days >= 2 else []
        covered = max(covered or span.start, span.end or span.start)
    return found


def union(spans: Iterable[Span], first: datetime, last: datetime) -> int:
    """Minutes of a window that some span covers."""
    edges = sorted(
        (minutes(first, max(span.start, first)), minutes(first, min(span.end or last, last)))
        for span in spans
    )
    total = reached = 0
    for start, end in edges:
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total


def pause_figures_of(pauses: list[tuple[str, Span]]) -> dict[str, tuple[int, int]]:
    """By reason: how many pauses, and how many of the days taken out are theirs, each alone."""
    by_reason: dict[str, list[Span]] = defaultdict(list)
    out = days_out([span for _, span in pauses])
    for reason, span in pauses:
        by_reason[reason].append(span)
    return {
        reason: (len(spans), len(out & {day for each in spans for day in bounded(days_of(each), [each])}))
        for reason, spans in by_reason.items()
    }


def violations_of(
    row: Mapping[str, Any], spans: Mapping[str, Span], supply: str, length_class: str, agreed: date | None
) -> frozenset[str]:
    """What went against HK-03 and the rule of agreed dates."""
    found = set()
    for (first, one), (second, other) in combinations(in_order(spans), 2):
        if {first, second} == {"EXTERNAL_WORKS", "TURN_ON"}:
            works, turn_on = spans["EXTERNAL_WORKS"], spans["TURN_ON"]
            if works.end is None or turn_on.start < works.end:
                found.add("UNSAFE_OVERLAP")
        elif (first, second) == ("EXTERNAL_WORKS", "SURVEY_DESIGN"):
            found.add("UNSAFE_OVERLAP")
        elif {first, second} in MAY_OVERLAP or other.end == other.start:
            continue
        elif one.end is None or one.end > other.start:
            found.add("OVERLAP_NOT_LISTED")
    contract = spans.get("CONTRACT")
    needs = supply == "HEAT" or length_class == "L3_GT200"
    late = agreed is None or "签订合同时未约定日期" in (row["违规情形"] or "")
    if needs and contract and contract.end and late:
        found.add("NO_PROMISED_DATE")
    return frozenset(found)
