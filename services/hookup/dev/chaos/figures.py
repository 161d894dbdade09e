"""Figures of hookup cases: computed from the cases on record, and as the metrics service answers them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import httpx

from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.clock import local
from libs.development.checks import Cell
from services.hookup.domain.case import Case
from services.hookup.domain.values.closing import closing_figures
from services.hookup.domain.values.durations import working_minutes
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.transitions import CaseState

STAGE_CELL = ("district", "utility", "supply", "stage", "length_class", "month")
CASE_CELL = ("district", "utility", "supply", "length_class", "month")
ENDED = {
    CaseState.CLOSED: "closed",
    CaseState.WITHDRAWN: "withdrawn",
    CaseState.REJECTED: "refused",
    CaseState.TERMINATED: "refused",
}
GAPS = ("gaps", "gap_workdays", "gap_minutes", "overlap_saved_minutes")
ENDED_CODES = ("closed", "withdrawn", "refused", "limit", "limit_on_time", *GAPS)
PAUSE_CODES = ("pauses", "pause_days")
LIVE_CODES = ("open", "awaiting_confirmation")
OFFICIAL = Caller("t-chaos", frozenset({"supervisor"}), Scope(ScopeKind.CITY))
RulesOf = Callable[[Case], Rules]


def _minutes(start: datetime, end: datetime) -> int:
    """Minutes from one instant to another, each counted by the minute it lies in."""
    first, last = (int(instant.timestamp()) // 60 for instant in (start, end))
    return last - first


def _month(instant: datetime) -> str:
    return f"{local(instant):%Y-%m}"


def _place(case: Case) -> Cell:
    return case.district, case.utility, str(case.supply)


def _case_cell(case: Case, finished_at: datetime) -> Cell:
    return *_place(case), str(case.length_class), _month(finished_at)


def stage_figures(cases: Iterable[Case], rules: RulesOf) -> dict[Cell, tuple[int, ...]]:
    """By cell: how many stages ended, and sum, least and greatest of their minutes, then of their working minutes."""
    times: dict[Cell, list[tuple[int, int]]] = defaultdict(list)
    for case in cases:
        spans = [(str(stage.stage), stage.start, stage.end) for stage in case.stages if stage.end]
        if case.state is CaseState.CLOSED and case.finished_at:
            spans.append(("TOTAL", case.submitted_at, case.finished_at))
        of = rules(case)
        for stage, start, end in spans:
            cell = (*_place(case), stage, str(case.length_class), _month(end))
            working = working_minutes(start, end, of.calendar, of.policy.business_hours)
            times[cell].append((_minutes(start, end), working))
        if case.finished_at and (closing := _closing(case, rules)):
            cell = (*_place(case), "TOTAL_NET", str(case.length_class), _month(case.finished_at))
            times[cell].append((closing["net_minutes"], closing["net_working_minutes"]))
    return {
        cell: (
            len(samples),
            *(figure(minutes) for minutes in zip(*samples, strict=True) for figure in (sum, min, max)),
        )
        for cell, samples in times.items()
    }


def case_figures(cases: Iterable[Case], rules: RulesOf) -> dict[Cell, tuple[int, ...]]:
    """By cell: closed, withdrawn, refused, with a limit, on time of these; gaps, their days and minutes, overlap."""
    counts: dict[Cell, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for case in cases:
        if case.state not in ENDED or case.finished_at is None:
            continue
        count = counts[_case_cell(case, case.finished_at)]
        count[ENDED[case.state]] += 1
        for name, value in _closing(case, rules).items():
            if name in GAPS:
                count[name] += value
        judged = case.on_time.judged if case.on_time else None
        # HK-02: approved special cases are counted apart.
        has_limit = case.due is not None and case.due.basis == "LIMIT" and not case.is_special
        if case.state is CaseState.CLOSED and has_limit and judged is not None:
            count["limit"] += 1
            count["on_time"] += judged
    names = ("closed", "withdrawn", "refused", "limit", "on_time", *GAPS)
    return {cell: tuple(count[name] for name in names) for cell, count in counts.items()}


def pause_figures(cases: Iterable[Case], rules: RulesOf) -> dict[Cell, tuple[int, ...]]:
    """By cell and reason: the pauses of closed cases, and their days."""
    counts: dict[Cell, list[int]] = defaultdict(lambda: [0, 0])
    for case in cases:
        for pause in _closing(case, rules).get("pauses", ()):
            assert case.finished_at is not None
            count = counts[*_case_cell(case, case.finished_at), str(pause["reason"])]
            count[0] += pause["count"]
            count[1] += pause["days"]
    return {cell: tuple(count) for cell, count in counts.items()}


def _closing(case: Case, rules: RulesOf) -> dict[str, Any]:
    """What a closed case ends with, from the state that is on record; nothing of another case."""
    if case.state is not CaseState.CLOSED or case.finished_at is None or case.receipt is None:
        return {}
    of = rules(case)
    return closing_figures(
        case.submitted_at, case.finished_at, case.receipt, case.stages, case.spans, of.policy, of.calendar
    )


def live_figures(cases: Iterable[Case]) -> dict[Cell, tuple[int, ...]]:
    """By utility: open, and of these waiting for the user's confirmation."""
    counts: dict[Cell, list[int]] = defaultdict(lambda: [0, 0])
    for case in cases:
        if case.state not in ENDED:
            count = counts[case.utility,]
            count[0] += 1
            count[1] += case.state is CaseState.TURNED_ON
    return {cell: tuple(count) for cell, count in counts.items()}


async def figures_of_cases(url: str, issuer: LocalIssuer) -> dict[str, dict[Cell, tuple[int, ...]]]:
    """Ask the metrics service at an address for the same cells."""
    headers = {"Authorization": f"Bearer {issuer.issue(OFFICIAL)}"}
    async with httpx.AsyncClient(base_url=f"{url}/v1", headers=headers, timeout=60) as http:

        async def ask(
            codes: Sequence[str], by: Iterable[str], values: Callable[[Any], tuple[int, ...]]
        ) -> dict[Cell, tuple[int, ...]]:
            params = {"codes": list(codes), "group_by": list(by)}
            answer = (await http.get("/figures/hookup", params=params)).raise_for_status()
            return {
                tuple(row["group"][name]["code"] for name in by): values(row["figures"])
                for row in answer.json()["items"]
            }

        def numbers(codes: Sequence[str]) -> Callable[[Any], tuple[int, ...]]:
            return lambda figures: tuple(figures[code] for code in codes)

        measures = [(measure, of) for measure in ("elapsed", "working") for of in ("sum", "min", "max")]
        return {
            "stages": await ask(
                ["stages"],
                STAGE_CELL,
                lambda figures: (
                    figures["stages"]["count"],
                    *(figures["stages"][measure][of] for measure, of in measures),
                ),
            ),
            "cases": await ask(ENDED_CODES, CASE_CELL, numbers(ENDED_CODES)),
            "pauses": await ask(PAUSE_CODES, (*CASE_CELL, "reason"), numbers(PAUSE_CODES)),
            "live": await ask(LIVE_CODES, ("utility",), numbers(LIVE_CODES)),
        }
