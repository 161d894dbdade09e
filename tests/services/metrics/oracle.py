"""The figures again, computed in the plainest way from whole lives: nothing is folded, nothing is taken away."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.hookup.events import agents, charges, contacts, materials, permits, published

SHANGHAI = ZoneInfo("Asia/Shanghai")
READINGS = ("judged", "working", "calendar_roll", "calendar_strict")


def month(instant: datetime) -> str:
    return instant.astimezone(SHANGHAI).strftime("%Y-%m")


@dataclass
class Oracle:
    """Raw durations by stage cell, counts by case cell, pauses by cell and reason."""

    stages: dict[tuple[str, ...], list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    cases: dict[tuple[str, ...], dict[str, int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )
    pauses: dict[tuple[str, ...], tuple[int, int]] = field(
        default_factory=lambda: defaultdict(lambda: (0, 0))
    )


def figures(lives: Sequence[Sequence[published.HookupEvent]]) -> Oracle:
    oracle = Oracle()
    for life in lives:
        if not life:
            continue
        last = life[-1]
        place = (last.district, last.utility, str(last.supply))
        kind = str(last.length_class)
        for event in life:
            match event:
                case published.StageCompleted():
                    cell = (*place, str(event.stage), kind, month(event.completed_at))
                    oracle.stages[cell].append((event.elapsed_minutes, event.working_minutes))
                case published.CaseClosed():
                    cell = (*place, "TOTAL", kind, month(event.finished_at))
                    oracle.stages[cell].append((event.elapsed_minutes, event.working_minutes))
                    _closed(oracle, event, (*place, kind, month(event.finished_at)), last.special)
                case published.CaseWithdrawn():
                    oracle.cases[(*place, kind, month(event.occurred_at))]["withdrawn"] += 1
                case published.CaseRefused():
                    oracle.cases[(*place, kind, month(event.occurred_at))]["refused"] += 1
    return oracle


def activities(
    lives: Sequence[Sequence[published.HookupEvent]],
) -> dict[tuple[str, ...], tuple[int, int]]:
    """By case, place, month and activity: how often, and minutes or scores."""
    found: dict[tuple[str, ...], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for life in lives:
        first = next(
            (each for each in life if isinstance(each, agents.AgentAssigned | agents.AgentOverdue)), None
        )
        for event in life:
            for name, (times, amount) in _acts(event, first is event).items():
                place = (event.district, event.utility, str(event.supply))
                cell = (event.case_id, *place, month(event.occurred_at), name)
                before = found[cell]
                found[cell] = before[0] + times, before[1] + amount
    return {cell: counts for cell, counts in found.items() if counts != (0, 0)}


def _acts(event: published.HookupEvent, decides_agent: bool) -> dict[str, tuple[int, int]]:
    counts: dict[str, int] = {}
    match event:
        case permits.PermitsFiled():
            counts = {"permit_filed": len(event.items)}
            counts["permit_parallel"] = len(event.items) * event.is_parallel
        case permits.PermitDecided() if event.mode == "APPROVAL":
            return {
                "permit_decided": (1, event.working_minutes),
                "permit_in_time": (int(event.in_time is True), 0),
                "permit_refused": (int(event.decision == "REFUSED"), 0),
            }
        case permits.PermitOverdue():
            counts = {"permit_overdue": 1}
        case permits.PermitObjected():
            counts = {"permit_objected": 1}
        case permits.UndeclaredRiskFound():
            counts = {"undeclared_risk": 1}
        case permits.NoPermitNeeded():
            counts = {"no_permit_needed": 1}
        case permits.ExcavationBegun():
            counts = {"emergency_dig": event.emergency is not None}
        case permits.EmergencyUnfiled():
            counts = {"emergency_unfiled": 1}
        case permits.CommitmentSigned():
            counts = {"commitment_signed": 1}
        case permits.CommitmentWithdrawn():
            counts = {"commitment_withdrawn": 1}
        case permits.CommitmentCheckDue():
            counts = {"commitment_check_due": 1}
        case permits.CommitmentChecked():
            counts = {"commitment_checked": 1, "commitment_mismatched": event.result in ("MISMATCH", "FALSE")}
        case permits.RectificationOverdue():
            counts = {"rectification_overdue": 1}
        case permits.CommitmentRevoked():
            counts = {"commitment_revoked": 1, "commitment_false": event.is_false}
        case materials.ExtraMaterialAttempted():
            counts = {"extra_material_attempted": 1}
        case charges.QuoteMade():
            counts = {"quote_made": 1}
        case charges.QuoteBlocked():
            counts = {"quote_blocked": 1}
        case charges.BillBlocked():
            counts = {"bill_blocked": 1}
        case charges.BillCompared():
            counts = {"bill_compared": 1, "bill_over_quote": event.billed_fen > event.quoted_fen}
        case charges.SupervisionItemOpened():
            counts = {"supervision_item_opened": 1}
        case contacts.Urged():
            counts = {"urged": 1}
        case contacts.UrgeAnswered():
            counts = {"urge_answered": 1, "urge_in_time": event.in_time}
        case contacts.UrgeOverdue():
            counts = {"urge_overdue": 1}
        case contacts.QuestionAsked():
            counts = {"question_asked": 1}
        case contacts.QuestionAnswered():
            counts = {"question_answered": 1, "question_in_time": event.in_time}
        case contacts.CaseRated():
            return {
                "rated": (1, event.score),
                "rated_satisfied": (int(event.score in (3, 4, 5)), 0),
                "rated_well_satisfied": (int(event.score in (4, 5)), 0),
            }
        case agents.AgentAssigned() if decides_agent:
            counts = {"agent_in_time": 1}
        case agents.AgentOverdue() if decides_agent:
            counts = {"agent_late": 1}
        case agents.AgentAuthorised():
            counts = {"agent_authorised": 1}
        case agents.GuidanceGiven():
            counts = {"guidance_given": 1}
    return {name: (int(count), 0) for name, count in counts.items()}


def _closed(oracle: Oracle, event: published.CaseClosed, cell: tuple[str, ...], special: bool) -> None:
    counts = oracle.cases[cell]
    counts["closed"] += 1
    counts["gaps"] += event.gaps
    counts["gap_cases"] += event.gaps > 0
    counts["gap_workdays"] += event.gap_workdays
    counts["gap_minutes"] += event.gap_minutes
    counts["overlap_saved_minutes"] += event.overlap_saved_minutes
    counts["violations"] += len(event.violations)
    for pause in event.pauses:
        count, days = oracle.pauses[(*cell, str(pause.reason))]
        oracle.pauses[(*cell, str(pause.reason))] = (count + pause.count, days + pause.days)
    if special:
        counts["special"] += 1
    elif event.on_time.judged is None:
        counts["unpromised"] += 1
    elif event.due.basis == "LIMIT":
        for reading in READINGS:
            verdict = getattr(event.on_time, reading)
            counts[f"limit_{reading}"] += verdict is not None
            counts[f"limit_{reading}_on_time"] += verdict is True
    else:
        counts[event.due.basis.lower()] += 1
        counts[f"{event.due.basis.lower()}_on_time"] += event.on_time.judged


@dataclass
class LiveCase:
    """One case that is not finished, as its life tells it."""

    place: tuple[str, str, str]
    length_class: str
    stages: set[str]
    age: str
    flags: dict[str, bool]


def live_case(life: Sequence[published.HookupEvent], now: datetime) -> LiveCase | None:
    """Return a case that is live at an instant, None for one that has ended."""
    ended = (published.CaseClosed, published.CaseWithdrawn, published.CaseRefused)
    if any(isinstance(event, ended) for event in life):
        return None
    last = life[-1]
    turned_on = any(isinstance(event, published.MeterLive) for event in life)
    stages, pauses, due, received, gap = {"ACCEPT"}, {}, None, None, False
    for event in life:
        dues: Any = getattr(event, "due", None)
        due = dues.judged_at if dues is not None else due
        match event:
            case published.CaseAccepted():
                received = event.receipt_date
            case published.StageStarted():
                stages.add(str(event.stage))
                gap = False
            case published.StageCompleted():
                stages.discard(str(event.stage))
            case published.CasePaused():
                pauses[event.pause_id] = event.starts_at
            case published.CaseResumed():
                del pauses[event.pause_id]
            case published.GapDetected():
                gap = True
    today = now.astimezone(SHANGHAI).date()
    first_pause = min(pauses.values()).astimezone(SHANGHAI).date() if pauses else None
    counts_on = due is not None and (
        first_pause is None or due.astimezone(SHANGHAI).date() < first_pause + timedelta(days=1)
    )
    if received is None:
        age = "not-accepted"
    else:
        days = (today - received).days
        age = "0-3" if days <= 3 else "4-5" if days <= 5 else "6-10" if days <= 10 else "11-20"
        age = "over-20" if days > 20 else age
    return LiveCase(
        (last.district, last.utility, str(last.supply)),
        str(last.length_class),
        {"AWAITING_CONFIRMATION"} if turned_on else stages or {"NONE"},
        age,
        {
            "open": True,
            "due_today": bool(
                not turned_on and counts_on and due >= now and due.astimezone(SHANGHAI).date() == today
            ),
            "overdue": bool(not turned_on and counts_on and due < now),
            "paused": bool(pauses),
            "awaiting_confirmation": turned_on,
            "in_gap": gap,
        },
    )


def nearest_rank(values: Sequence[int], percent: int) -> int:
    """Return the ⌈n·percent/100⌉-th smallest value."""
    return sorted(values)[(len(values) * percent + 99) // 100 - 1]
