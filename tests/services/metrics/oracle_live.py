"""Live cases again, computed in the plainest way from whole lives."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.hookup.events import application, clock, ending, stages
from services.hookup.events.base import HookupEvent
from tests.services.metrics.oracle import SHANGHAI


@dataclass
class LiveCase:
    """One case that is not finished, as its life tells it."""

    place: tuple[str, str, str]
    length_class: str
    stages: set[str]
    age: str
    flags: dict[str, bool]


def live_case(life: Sequence[HookupEvent], now: datetime) -> LiveCase | None:
    """Return a case that is live at an instant, None for one that has ended."""
    ended = (ending.CaseClosed, ending.CaseWithdrawn, ending.CaseRefused)
    if any(isinstance(event, ended) for event in life):
        return None
    last = life[-1]
    said = [event for event in life if isinstance(event, ending.MeterLive | ending.MeterLiveDisputed)]
    turned_on = bool(said) and isinstance(said[-1], ending.MeterLive)
    open_stages, due, received, gap = {"ACCEPT"}, None, None, False
    pauses: dict[str, datetime] = {}
    for event in life:
        dues: Any = getattr(event, "due", None)
        due = dues.judged_at if dues is not None else due
        match event:
            case application.CaseAccepted():
                received = event.receipt_date
            case stages.StageStarted():
                open_stages.add(str(event.stage))
                gap = False
            case stages.StageCompleted():
                open_stages.discard(str(event.stage))
            case clock.CasePaused():
                assert event.stops_at is not None
                pauses[event.pause_id] = event.stops_at
            case clock.CaseResumed():
                del pauses[event.pause_id]
            case clock.GapDetected():
                gap = True
    today = now.astimezone(SHANGHAI).date()
    # Of a paused case time stands still at the earliest stop.
    counts_on = due is not None and all(due < stop for stop in pauses.values())
    if received is None:
        age = "not-accepted"
    else:
        days = (today - received).days
        age = "0-3" if days <= 3 else "4-5" if days <= 5 else "6-10" if days <= 10 else "11-20"
        age = "over-20" if days > 20 else age
    return LiveCase(
        (last.district, last.utility, str(last.supply)),
        str(last.length_class),
        {"AWAITING_CONFIRMATION"} if turned_on else open_stages or {"NONE"},
        age,
        {
            "open": True,
            "due_today": bool(
                not turned_on
                and due is not None
                and counts_on
                and due >= now
                and due.astimezone(SHANGHAI).date() == today
            ),
            "overdue": not turned_on and due is not None and due < min([now, *pauses.values()]),
            "paused": bool(pauses),
            "awaiting_confirmation": turned_on,
            "in_gap": gap,
        },
    )
