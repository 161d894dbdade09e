"""The figures again, computed in the plainest way from whole lives: nothing is folded, nothing is taken away."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.hookup.events import (
    agents,
    application,
    charges,
    clock,
    contacts,
    ending,
    materials,
    permits,
    stages,
)
from services.hookup.events.base import HookupEvent

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


def figures(lives: Sequence[Sequence[HookupEvent]]) -> Oracle:
    oracle = Oracle()
    for life in lives:
        if not life:
            continue
        last = life[-1]
        place = (last.district, last.utility, str(last.supply))
        kind = str(last.length_class)
        intervals: dict[tuple[str, int], Any] = {}
        for event in life:
            match event:
                case stages.StageCompleted():
                    # The same round told twice is one interval, as it was told last.
                    intervals[str(event.stage), event.round] = event
                case ending.CaseClosed():
                    ended = month(event.finished_at)
                    for name, elapsed, working in (
                        ("TOTAL", event.elapsed_minutes, event.working_minutes),
                        ("TOTAL_NET", event.net_minutes, event.net_working_minutes),
                    ):
                        assert elapsed is not None
                        assert working is not None
                        oracle.stages[(*place, name, kind, ended)].append((elapsed, working))
                    _closed(oracle, life, event, (*place, kind, ended))
                case ending.CaseWithdrawn():
                    counts = oracle.cases[(*place, kind, month(event.occurred_at))]
                    counts["withdrawn"] += 1
                    counts["withdrawn_overdue"] += event.overdue
                case ending.CaseRefused():
                    counts = oracle.cases[(*place, kind, month(event.occurred_at))]
                    counts["refused"] += 1
                    counts["refused_overdue"] += event.overdue
        for (stage, _), event in intervals.items():
            cell = (*place, stage, kind, month(event.completed_at))
            oracle.stages[cell].append((event.elapsed_minutes, event.working_minutes))
    return oracle


def activities(
    lives: Sequence[Sequence[HookupEvent]],
) -> dict[tuple[str, ...], int]:
    """By case, place, month and act: how often, or minutes."""
    found: dict[tuple[str, ...], int] = defaultdict(int)
    for life in lives:
        first = next(
            (each for each in life if isinstance(each, agents.AgentAssigned | agents.AgentOverdue)), None
        )
        acts_seen: set[datetime] = set()
        for event in life:
            place = (event.case_id, event.district, event.utility, str(event.supply))
            counted = [
                ((*place, month(event.occurred_at), name), number)
                for name, number in _acts(event, first is event).items()
            ]
            assert event.recorded_at is not None
            recorded = (*place, month(event.recorded_at))
            match event:
                case ending.LateEntryRequested():
                    counted.append(((*recorded, "late_entry_requested"), 1))
                case ending.LateEntryDecided(approved=False):
                    counted.append(((*recorded, "late_entry_declined"), 1))
            mark = {"IN_TIME": "in_time", "LATE": "late", "APPROVED": "approved"}.get(event.entry or "")
            if (mark or event.in_stead) and event.recorded_at not in acts_seen:
                acts_seen.add(event.recorded_at)
                counted.append(((*recorded, f"entered_{mark}"), int(mark is not None)))
                counted.append(((*recorded, "in_stead"), int(event.in_stead)))
            for cell, number in counted:
                found[cell] += number
    return {cell: number for cell, number in found.items() if number}


# Counted once each, whatever they say.
ONCE: dict[type[HookupEvent], str] = {
    permits.PermitObjected: "permit_objected",
    permits.UndeclaredRiskFound: "undeclared_risk_found",
    permits.EmergencyUnfiled: "emergency_unfiled",
    permits.NoPermitNeeded: "no_permit_needed",
    permits.PermitOverdue: "permit_overdue",
    permits.CommitmentSigned: "commitment_signed",
    permits.CommitmentWithdrawn: "commitment_withdrawn",
    permits.CommitmentCheckDue: "commitment_check_due",
    permits.RectificationOverdue: "rectification_overdue",
    materials.ExtraMaterialAttempted: "extra_material_attempted",
    charges.QuoteMade: "quote_made",
    charges.QuoteBlocked: "quote_blocked",
    charges.BillBlocked: "bill_blocked",
    charges.SupervisionItemOpened: "supervision_item_opened",
    contacts.Urged: "urged",
    contacts.UrgeOverdue: "urge_overdue",
    contacts.QuestionAsked: "question_asked",
    ending.MeterLiveDisputed: "meter_live_disputed",
    agents.AgentAuthorised: "agent_authorised",
    agents.GuidanceGiven: "guidance_given",
}


def _acts(event: HookupEvent, decides_agent: bool) -> dict[str, int]:
    counts: dict[str, int] = {ONCE[type(event)]: 1} if type(event) in ONCE else {}
    match event:
        case application.CaseSubmitted():
            counts = {"begun_anew": event.begun_anew_after is not None}
        case permits.PermitsFiled():
            counts = {"permit_filed": len(event.items)}
            counts["permit_parallel"] = len(event.items) * event.is_parallel
            counts["permit_recorded"] = len(
                [each for each in event.items if each.mode in ("RECORD", "EXEMPT")]
            )
        case permits.ExcavationBegun():
            counts = {"emergency_dig": event.emergency is not None}
        case permits.PermitDecided() if event.mode == "APPROVAL":
            counts = {
                "permit_decided": 1,
                "permit_working_minutes": event.working_minutes,
                "permit_in_time": event.in_time is True,
                "permit_refused": event.decision == "REFUSED",
            }
        case permits.CommitmentChecked():
            counts = {"commitment_checked": 1, "commitment_mismatched": event.result in ("MISMATCH", "FALSE")}
        case permits.CommitmentRevoked():
            counts = {"commitment_revoked": 1, "commitment_false": event.is_false}
        case charges.BillCompared():
            counts = {"bill_compared": 1, "bill_over_quote": event.billed_fen > event.quoted_fen}
        case contacts.UrgeAnswered():
            counts = {"urge_answered": 1, "urge_in_time": event.in_time}
        case contacts.QuestionAnswered():
            counts = {"question_answered": 1, "question_in_time": event.in_time}
        case agents.AgentAssigned() if decides_agent:
            counts = {"agent_in_time": 1}
        case agents.AgentOverdue() if decides_agent:
            counts = {"agent_late": 1}
    return {name: int(count) for name, count in counts.items()}


def _closed(oracle: Oracle, life: Sequence[HookupEvent], event: Any, cell: tuple[str, ...]) -> None:
    """Count a closed case; every rate that it is in is told apart by whether it was read in from a ledger."""
    counts = oracle.cases[cell]
    from_ledger = event.entry == "LEDGER" or event.source == "LEDGER"

    def divide(rate: str) -> None:
        counts[rate] += 1
        counts[f"{rate}_ledger"] += from_ledger

    counts["gaps"] += event.gaps
    counts["gap_cases"] += event.gaps > 0
    counts["gap_workdays"] += event.gap_workdays
    counts["gap_minutes"] += event.gap_minutes
    counts["overlap_saved_minutes"] += event.overlap_saved_minutes
    counts["violations"] += len(event.violations)
    counts["unconfirmed"] += not event.confirmed_by_user and not from_ledger
    for pause in event.pauses:
        count, days = oracle.pauses[(*cell, str(pause.reason))]
        oracle.pauses[(*cell, str(pause.reason))] = (count + pause.count, days + pause.days)
    divide("closed")
    scores = [each.score for each in life if isinstance(each, contacts.CaseRated)]
    if scores:
        score = scores[-1]
        divide("rated")
        counts[f"rated_{score}"] += 1
        counts["satisfied"] += score in (3, 4, 5)
        counts["well_satisfied"] += score in (4, 5)
        counts["score_sum"] += score
        counts["points_sum"] += {5: 100, 4: 80, 3: 60, 2: 30, 1: 0}[score]
    if life[-1].special:
        made = [each for each in life if isinstance(each, clock.SpecialCaseApproved)]
        counts["special"] += 1
        counts["special_overdue"] += made[-1].overdue
        return
    kept = event.on_time.judged
    basis = str(event.due.basis).lower()
    if kept is None:
        counts["unpromised"] += 1
    elif basis == "limit":
        for reading in READINGS:
            verdict = getattr(event.on_time, reading)
            if verdict is not None:
                rate = "limit" if reading == "judged" else f"limit_{reading}"
                divide(rate)
                counts[f"{rate}_on_time"] += verdict
        counts["limit_late"] += not kept
    else:
        divide(basis)
        counts[f"{basis}_on_time"] += kept
    if kept and event.by_late_entry:
        counts[f"{basis}_by_late_entry"] += 1
    if event.ceiling_workdays is not None:
        divide("ceiling")
        counts["ceiling_kept"] += event.ceiling_used <= event.ceiling_workdays


def nearest_rank(values: Sequence[int], percent: int) -> int:
    """Return the ⌈n·percent/100⌉-th smallest value."""
    return sorted(values)[(len(values) * percent + 99) // 100 - 1]
