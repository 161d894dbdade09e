"""Hookups (报装), declared."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from libs.common.http.fields import Code
from libs.common.places import Supply as Supply
from services.metrics.declare import EVERY, Count, Dimension, Dims, Panel, Source
from services.metrics.domain import names as common
from services.metrics.domain.names import name_in
from services.metrics.events.reader import Reader
from services.metrics.sources.hookup import live, names
from services.metrics.sources.hookup.contacts import CHARGES, CONTACTS
from services.metrics.sources.hookup.ended import ENDED
from services.metrics.sources.hookup.entries import ENTRIES
from services.metrics.sources.hookup.events import KINDS, HookupEvent
from services.metrics.sources.hookup.facts import LIVE_STATES, Case, apply
from services.metrics.sources.hookup.permits import COMMITMENTS, PERMITS
from services.metrics.sources.hookup.ratings import RATINGS
from services.metrics.sources.hookup.times import TIMES

_DISTRICT = Dimension("district", common.district_name)
_UTILITY = Dimension("utility", common.utility_name, query_type=Code)
_SUPPLY = Dimension("supply", common.supply_name, query_type=Supply)
_LENGTH_CLASS = Dimension("length_class", name_in(names.LENGTH_NAMES))
_STAGE = Dimension("stage", name_in(names.STAGE_NAMES), live=live.stage, several=True)
_AGE = Dimension("age", name_in(names.AGE_NAMES), live=live.age)
_REASON = Dimension("reason", name_in(names.REASON_NAMES))

ACTS: Final = (*PERMITS, *COMMITMENTS, *CHARGES, *CONTACTS, *ENTRIES)

_named = {figure.on: HookupEvent for figure in ACTS if isinstance(figure, Count) and figure.on != EVERY}
_READER: Final = Reader("hookup", HookupEvent, _named | KINDS)

_LIVE = tuple(figure.code for figure in live.LIVE)
_COUNTED = tuple(figure.code for figure in (*ENDED, *RATINGS) if not figure.explained_by)
_DONE = tuple(figure.code for figure in ACTS)
_ENTRIES = ("entries.in_time", "in_stead", "begun_anew")
_BOARD = (
    Panel("live", _LIVE),
    Panel("live_by_utility", _LIVE, ("utility",)),
    Panel("live_by_district", _LIVE, ("district",)),
    Panel("live_by_stage_and_age", _LIVE, ("stage", "age")),
    Panel(
        "ended",
        (
            *_COUNTED,
            *(f"cases.limit_{reading}" for reading in ("working", "calendar_roll", "calendar_strict")),
        ),
    ),
    Panel("this_month", ("closed", "cases.limit"), this_month=True),
    Panel("ended_by_utility", _COUNTED, ("utility",)),
    Panel("ended_by_district", _COUNTED, ("district",)),
    Panel("ended_by_month", _COUNTED, ("month",)),
    Panel("stages", ("stages",), ("stage", "supply")),
    Panel("acts", _DONE),
    Panel("entries_by_utility", _ENTRIES, ("utility",)),
    Panel("on_time_by_utility", ("cases.limit",), ("utility",), ranked="cases.limit"),
    Panel("satisfaction_by_utility", ("ratings.satisfied",), ("utility",), ranked="ratings.satisfied"),
    Panel("satisfaction_by_district", ("ratings.satisfied",), ("district",), ranked="ratings.satisfied"),
)


def _subject(event: HookupEvent) -> tuple[str, Dims]:
    return event.case_number, (event.district, event.utility, event.supply, event.length_class)


def _judged_under(event: Any) -> tuple[str, str] | None:
    due = getattr(event, "due", None)
    return (due.policy_version, due.judged) if due else None


def _instant(micros: int | None) -> datetime | None:
    return None if micros is None else datetime.fromtimestamp(micros / 1_000_000, UTC)


def _shown(case: Case) -> Mapping[str, Any]:
    outcome = case.outcome
    return {
        "state": case.state,
        "special": case.special,
        "open_stages": [
            {"code": code, "name": _STAGE.name_of(code)} for code in case.open_stages.split(",") if code
        ],
        "receipt_date": None if case.receipt_day is None else date.fromordinal(case.receipt_day),
        "due_at": _instant(case.due_at),
        "basis": case.basis,
        "on_time": outcome and outcome.judged,
        "gaps": outcome.gaps if outcome else 0,
        "overlap_saved_minutes": outcome and outcome.overlap_saved_minutes,
        "ended_at": _instant(case.ended_at),
        "by_late_entry": outcome and outcome.by_late_entry,
        "from_ledger": outcome and outcome.from_ledger,
        "left_overdue": case.ended_overdue or (case.special and case.special_overdue),
        "score": case.score,
    }


HOOKUP: Final = Source(
    "hookup",
    "报装",
    facts=Case,
    dims=(_DISTRICT, _UTILITY, _SUPPLY, _LENGTH_CLASS),
    more_dims=(_STAGE, _AGE, _REASON),
    read=_READER.read,
    subject=_subject,
    apply=apply,
    is_live=lambda case: case.state in LIVE_STATES,
    ended_in=lambda case: case.month,
    judged_under=_judged_under,
    shown=_shown,
    figures=(*live.LIVE, *ENDED, *TIMES, *ACTS, *RATINGS),
    # Roll-ups, so that the board reads few rows, with and without a period.
    roll_ups={
        "": (
            frozenset({"month"}),
            frozenset({"district", "utility", "supply"}),
            frozenset({"district", "utility", "supply", "month"}),
        ),
        "stages": (
            frozenset({"supply", "stage", "month"}),
            frozenset({"district", "utility", "supply", "stage"}),
        ),
    },
    board=_BOARD,
)
