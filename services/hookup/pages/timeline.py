"""The geometry of a case's timeline: pure, from the case and the calendar to shapes that a template draws."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from libs.common.clock import local, midnight
from services.hookup.http.calendar_routes import CalendarDay
from services.hookup.http.models import CaseView

WIDTH = 1000
LEFT = 128
RIGHT = 16
AXIS = 40
LANE = 26
BAR = 14
MOST_TICKS = 14
_STEPS = (1, 2, 5, 10, 15, 30, 60, 90, 180, 365)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch on the time axis, in units of the drawing."""

    x: float
    width: float
    title: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """An instant on the time axis; `anchor` keeps its label inside the drawing."""

    x: float
    label: str
    anchor: str = "middle"


@dataclass(slots=True)
class Lane:
    """One row: a stage, the pauses or the gaps; `y` is its top."""

    name: str
    y: int
    spans: list[Span] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Timeline:
    """A drawing of a case, `WIDTH` wide and `height` high."""

    height: int
    lanes: list[Lane]
    rest: list[Span]
    ticks: list[Mark]
    promised: Mark | None
    now: Mark | None


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps instants between two midnights of the city onto the drawing; others are cut at its edges."""

    first: date
    last: date

    def x(self, instant: datetime) -> float:
        """Return where an instant lies."""
        start = midnight(self.first)
        share = (instant - start) / (midnight(self.last + _DAY) - start)
        return round(LEFT + min(max(share, 0.0), 1.0) * (WIDTH - LEFT - RIGHT), 1)

    def span(self, start: datetime, end: datetime, title: str = "", kind: str = "") -> Span:
        """Return a stretch, at least wide enough to be seen."""
        x = self.x(start)
        return Span(x, round(max(self.x(end) - x, 1.5), 1), title, kind)


def window(case: CaseView) -> tuple[date, date]:
    """Return the first and the last day that the drawing of a case shows, both inclusive."""
    instants = [case.submitted_at, *(each.started_at for each in case.stages)]
    instants += [each.completed_at for each in case.stages if each.completed_at]
    if case.due and case.due.judged_at:
        instants.append(case.due.judged_at)
    instants.append(case.finished_at or case.as_of)
    return local(min(instants)).date(), local(max(instants)).date()


def draw(case: CaseView, days: Iterable[CalendarDay]) -> Timeline:
    """Lay out stages, pauses, gaps and overlaps of a case against its promised date."""
    scale = Scale(*window(case))
    until = case.finished_at or case.as_of
    lanes = _stage_lanes(case, scale, until)
    stage_names = {each.stage: each.name for each in case.stages}
    pauses = [
        scale.span(each.starts_at, each.ended_at or until, each.name)
        for each in case.pauses
        if each.state == "APPROVED"
    ]
    gaps = [
        scale.span(
            each.from_,
            each.to,
            f"{stage_names[each.after]}至{stage_names[each.before] if each.before else '今'}，"
            f"{each.workdays}个工作日",
        )
        for each in case.gaps
        if each.is_gap
    ]
    for name, spans, kind in (("暂停", pauses, "pause"), ("空档", gaps, "gap")):
        if spans:
            lanes.append(_lane(name, len(lanes), [Span(s.x, s.width, s.title, kind) for s in spans]))
    promised = case.due.judged_at if case.due else None
    return Timeline(
        height=AXIS + LANE * len(lanes) + 6,
        lanes=lanes,
        rest=_rest(days, scale),
        ticks=_ticks(scale),
        promised=_mark(scale, promised, "承诺"),
        now=_mark(scale, None if case.finished_at else case.as_of, "现在"),
    )


def _stage_lanes(case: CaseView, scale: Scale, until: datetime) -> list[Lane]:
    lanes: dict[str, Lane] = {}
    for each in case.stages:
        lane = lanes.setdefault(each.stage, _lane(each.name, len(lanes), []))
        kind = "stage" if each.completed_at or case.finished_at else "stage open"
        lane.spans.append(scale.span(each.started_at, each.completed_at or until, each.name, kind))
    for overlap in case.overlaps:
        if overlap.minutes <= 0:
            continue
        names = f"{lanes[overlap.first].name}与{lanes[overlap.second].name}压茬"
        kind = "overlap" if overlap.allowed else "overlap unlisted"
        for stage in (overlap.first, overlap.second):
            lanes[stage].spans.append(scale.span(overlap.from_, overlap.to, names, kind))
    return list(lanes.values())


def _lane(name: str, position: int, spans: list[Span]) -> Lane:
    return Lane(name, AXIS + LANE * position, spans)


def _rest(days: Iterable[CalendarDay], scale: Scale) -> list[Span]:
    """Return the stretches of days that are not worked, neighbours joined."""
    runs: list[tuple[date, date]] = []
    for each in sorted((each for each in days if not each.is_workday), key=lambda day: day.date):
        if runs and runs[-1][1] + _DAY == each.date:
            runs[-1] = (runs[-1][0], each.date)
        else:
            runs.append((each.date, each.date))
    return [scale.span(midnight(first), midnight(last + _DAY)) for first, last in runs]


def _ticks(scale: Scale) -> list[Mark]:
    count = (scale.last - scale.first).days + 1
    step = next((step for step in _STEPS if count <= step * MOST_TICKS), _STEPS[-1])
    days = [scale.first + n * _DAY for n in range(0, count, step)]
    return [Mark(scale.x(midnight(each)), f"{each:%m-%d}", "start") for each in days]


def _mark(scale: Scale, instant: datetime | None, word: str) -> Mark | None:
    if instant is None:
        return None
    x = scale.x(instant)
    middle = LEFT + (WIDTH - LEFT - RIGHT) / 2
    return Mark(x, f"{word} {local(instant):%m-%d %H:%M}", "end" if x > middle else "start")
