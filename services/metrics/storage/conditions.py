"""Which cases are behind a figure: the one place that says it, for live counts and for drill-down."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, case, literal, or_

from libs.common.auth.callers import Place, PlaceColumns, seen_from
from libs.common.clock import local
from services.metrics.domain.ages import AGES, NOT_ACCEPTED, OLDEST, end_of_day
from services.metrics.domain.facts import (
    AWAITING,
    BASES,
    CLOSED,
    LIVE_STATES,
    NO_STAGE,
    OPEN,
    READINGS,
    REFUSED,
    TURNED_ON,
    WITHDRAWN,
    Outcome,
)
from services.metrics.domain.satisfaction import GRADE_NAMES, SATISFIED, WELL_SATISFIED
from services.metrics.storage.tables import case_fact

RATES = (
    *("limit", "limit_working", "limit_calendar_roll", "limit_calendar_strict"),
    *("agreed", "planned", "ceiling"),
)
LIVE_COUNTS = ("open", "due_today", "overdue", "paused", "awaiting_confirmation", "in_gap")
_fact = case_fact.c
_ON_TIME = Outcome._fields.index("on_time")
overlap_saved = _fact.outcome[Outcome._fields.index("overlap_saved_minutes")].as_integer()


def _told(name: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = _fact.outcome[Outcome._fields.index(name)].as_boolean()
    return found


by_late_entry, from_ledger, ceiling_kept = map(_told, ("by_late_entry", "from_ledger", "ceiling_kept"))


@dataclass(frozen=True, slots=True)
class Filter:
    """Which part of the figures is asked for; months are inclusive, as 2022-10. None asks for all."""

    district: str | None = None
    utility: str | None = None
    supply: str | None = None
    stage: str | None = None
    length_class: str | None = None
    age: str | None = None
    month_from: str | None = None
    month_to: str | None = None

    def as_dict(self) -> dict[str, str | None]:
        """Return it in JSON types, for cursors."""
        return asdict(self)


def within(table: Table, wanted: Filter, place: Place) -> list[ColumnElement[bool]]:
    """Return the conditions on a table of cells or facts: what is asked for, and what the caller's place may see."""
    columns = table.c
    conditions = [seen_from(place, PlaceColumns(utility=columns.utility, district=columns.district))]
    for name in ("district", "utility", "supply", "stage", "length_class"):
        value = getattr(wanted, name)
        if value is not None and name in columns:
            conditions.append(columns[name] == value)
    if wanted.month_from is not None:
        conditions.append(columns.month >= wanted.month_from)
    if wanted.month_to is not None:
        conditions.append(columns.month <= wanted.month_to)
    return conditions


def live_counts(now: datetime) -> Mapping[str, ColumnElement[bool]]:
    """Return which cases each live count holds at an instant.

    A case is overdue when its judged due time lies before now and before the instant from which the earliest of its
    open pauses stops the clock: one that was overdue when the pause began stays so. One that only waits for its
    user's confirmation is neither due nor overdue: it has a count of its own.
    """
    running = or_(_fact.stopped_at.is_(None), _fact.due_at < _fact.stopped_at)
    is_open = _fact.state == OPEN
    return {
        "open": _fact.state.in_(LIVE_STATES),
        "due_today": and_(is_open, _fact.due_at >= now, _fact.due_at < end_of_day(now), running),
        "overdue": and_(is_open, _fact.due_at < now, running),
        "paused": and_(_fact.state.in_(LIVE_STATES), _fact.stopped_at.is_not(None)),
        "awaiting_confirmation": _fact.state == TURNED_ON,
        "in_gap": and_(_fact.state.in_(LIVE_STATES), _fact.gap_since.is_not(None)),
    }


def verdict(measure: str) -> ColumnElement[bool]:
    """Return whether a closed case kept what a measure names: its ceiling, or its time in a reading of a day."""
    if measure == "ceiling":
        return ceiling_kept
    reading = measure.removeprefix("limit_")
    if reading not in READINGS:
        return _fact.on_time
    found: ColumnElement[bool] = _fact.outcome[(_ON_TIME, READINGS.index(reading))].as_boolean()
    return found


def ended_counts() -> Mapping[str, ColumnElement[bool]]:
    """Return which cases each count of ended cases holds; those of RATES are the denominators of rates."""
    closed = _fact.state == CLOSED
    plain = and_(closed, ~_fact.special)
    limit, agreed, planned = (
        and_(plain, _fact.basis == basis.upper(), _fact.on_time.is_not(None)) for basis in BASES
    )
    late_entry = and_(_fact.on_time.is_(True), by_late_entry.is_(True))
    return {
        "closed": closed,
        "limit": limit,
        **{f"limit_{each}": and_(limit, verdict(f"limit_{each}").is_not(None)) for each in READINGS[1:]},
        "on_time": and_(limit, _fact.on_time.is_(True)),
        "late": and_(limit, _fact.on_time.is_(False)),
        "on_time_by_late_entry": and_(limit, late_entry),
        "agreed": agreed,
        "agreed_by_late_entry": and_(agreed, late_entry),
        "planned": planned,
        "planned_by_late_entry": and_(planned, late_entry),
        "ceiling": and_(plain, ceiling_kept.is_not(None)),
        "unpromised": and_(plain, _fact.on_time.is_(None)),
        "special": and_(closed, _fact.special),
        "special_overdue": and_(closed, _fact.special, _fact.special_overdue),
        "from_ledger": and_(closed, from_ledger.is_(True)),
        "gap": and_(closed, _fact.gaps > 0),
        "overlap_saved": and_(closed, overlap_saved > 0),
        "withdrawn": _fact.state == WITHDRAWN,
        "withdrawn_overdue": and_(_fact.state == WITHDRAWN, _fact.ended_overdue),
        "refused": _fact.state == REFUSED,
        "refused_overdue": and_(_fact.state == REFUSED, _fact.ended_overdue),
        "rated": and_(closed, _fact.score.is_not(None)),
        "rated_satisfied": and_(closed, _fact.score >= SATISFIED),
        "rated_well_satisfied": and_(closed, _fact.score >= WELL_SATISFIED),
        **{f"rated_{grade}": and_(closed, _fact.score == grade) for grade in GRADE_NAMES},
    }


def stages_open() -> ColumnElement[str]:
    """Return the open stages of a live case, joined by commas; a word of its own where there is none."""
    return case(
        (_fact.state == TURNED_ON, literal(AWAITING)),
        (_fact.open_stages == "", literal(NO_STAGE)),
        else_=_fact.open_stages,
    )


def in_stage(stage: str) -> ColumnElement[bool]:
    """Return the condition that a live case is in a stage."""
    return literal(",").op("||")(stages_open()).op("||")(literal(",")).contains(f",{stage},", autoescape=True)


def age_at(now: datetime) -> ColumnElement[Any]:
    """Return the class of age of a case, as `ages.age_of` gives it."""
    today = local(now).date()
    return case(
        (_fact.receipt_date.is_(None), literal(NOT_ACCEPTED)),
        *((_fact.receipt_date >= today - timedelta(days=last), literal(name)) for name, last in AGES),
        else_=literal(OLDEST),
    )
