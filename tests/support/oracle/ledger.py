"""The ledger's rows, read straight from the workbook, and what each means."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from openpyxl import load_workbook

from tests.support.oracle.calendar import CLOSE, receipt_day, walk
from tests.support.oracle.rules import (
    READINGS,
    Span,
    StageTime,
    ceiling_used_of,
    class_of,
    days_out,
    due_of,
    gaps_of,
    net_of,
    pause_figures_of,
    time_of,
    union,
    violations_of,
)

COLUMNS = {
    "SURVEY_DESIGN": "勘查设计",
    "CONTRACT": "签订合同",
    "PERMIT": "并联审批",
    "EXTERNAL_WORKS": "外线施工",
}
SUPPLIES = {"供水": "WATER", "供气": "GAS", "供热": "HEAT"}
REASONS = {
    "用户现场不具备条件": "USER_SITE_NOT_READY",
    "等待用户确认方案或合同": "USER_DECISION",
    "用户要求的日期": "USER_REQUESTED_DATE",
    "非告知承诺审批": "PERMIT_ORDINARY",
    "限制挖掘道路": "NO_DIG_ROAD",
    "穿越铁路、河道或国省道": "CROSSING",
    "应急停工": "EMERGENCY_STOP",
    "文物或地下障碍物": "RELIC_OR_UNDERGROUND_OBSTACLE",
    "需新增供应能力": "CAPACITY",
    "供暖期热力干管无法泄水": "HEATING_SEASON",
    "不可抗力": "FORCE_MAJEURE",
}


@dataclass(slots=True)
class OracleCase:
    """What the ledger's row means. Times are Shanghai's wall time without a zone."""

    number: str
    district: str
    utility: str
    supply: str
    length_class: str
    special: bool
    state: str
    submitted_at: datetime
    accepted_at: datetime | None
    receipt: date | None
    basis: str
    due: Mapping[str, datetime | None]
    finished_at: datetime | None
    ended_month: str | None
    on_time: Mapping[str, bool | None]
    spans: Mapping[str, Span]
    stages: Mapping[str, StageTime]
    open_stages: frozenset[str]
    gaps: int
    gap_workdays: int
    gap_minutes: int
    pause_minutes: int
    stage_minutes: int
    overlap_saved_minutes: int
    pauses: Mapping[str, tuple[int, int]]
    violations: frozenset[str]
    ceiling_used: int | None


def read_cases(path: Path) -> list[OracleCase]:
    """Read the ledger's rows and work out what each means."""
    book = load_workbook(path, read_only=True, data_only=True)
    rows = book.worksheets[0].iter_rows(values_only=True)
    header = next([str(cell) for cell in row] for row in rows if "受理编号" in row)
    listed = [dict(zip(header, row, strict=True)) for row in rows]
    book.close()
    return [work_out(row) for row in listed if row["序号"] != "合计"]


@cache
def codes() -> tuple[dict[str, str], dict[str, str]]:
    """The codes of districts and utilities by name."""
    places = yaml.safe_load(Path("libs/common/data/places.yaml").read_bytes())
    return (
        {each["name"]: each["code"] for each in places["divisions"]},
        {each["name"]: each["code"] for each in places["utilities"]},
    )


def work_out(row: Mapping[str, Any]) -> OracleCase:
    """Work out one row."""
    districts, utilities = codes()
    supply = SUPPLIES[row["服务类型"]]
    length = row["外线长度(申报)"] if row["外线长度(设计)"] is None else row["外线长度(设计)"]
    length_class = class_of(length)
    pauses = pauses_of(row["暂停原因及起止"])
    accepted, answered = acceptance_of(row)
    live, ended = row["通水通气时间"], row["终止时间"]
    # The clock stops with the live meter, whenever the user confirms it.
    finished = live
    spans = spans_of(row, answered, finished)
    receipt = receipt_day(accepted) if accepted else None
    excluded = days_out([span for _, span in pauses])
    agreed = row["约定日期"].date() if row["约定日期"] else None
    basis, due = due_of(receipt, supply, length_class, agreed, excluded)
    done = {stage: span for stage, span in spans.items() if span.end}
    times = {stage: time_of(span) for stage, span in done.items()}
    if finished:
        times["TOTAL"] = time_of(Span(row["申请时间"], finished))
        times["TOTAL_NET"] = net_of(Span(row["申请时间"], finished), [span for _, span in pauses])
    last = finished or ended
    gap_days = gaps_of(done, excluded) if finished else []
    covered, settled = (
        union([*done.values(), *(span for _, span in extra)], row["申请时间"], finished) if finished else 0
        for extra in ((), pauses)
    )
    elapsed = times["TOTAL"].elapsed if finished else 0
    state = "CLOSED" if finished else "OPEN"
    if ended:
        state = "WITHDRAWN" if row["办理状态"] == "已撤回" else "REFUSED"
    return OracleCase(
        number=row["受理编号"],
        district=districts[row["区划"]],
        utility=utilities[row["专营单位"]],
        supply=supply,
        length_class=length_class,
        special=row["是否特殊情况"] == "是",
        state=state,
        submitted_at=row["申请时间"],
        accepted_at=accepted,
        receipt=receipt,
        basis=basis,
        due=due,
        finished_at=last,
        ended_month=f"{last:%Y-%m}" if last else None,
        on_time={
            reading: None if not finished or due[reading] is None else finished <= due[reading]
            for reading in READINGS
        },
        spans=spans,
        stages=times,
        open_stages=frozenset(spans.keys() - done.keys()) if state == "OPEN" else frozenset(),
        gaps=len(gap_days),
        gap_workdays=sum(gap_days),
        gap_minutes=elapsed - settled,
        pause_minutes=settled - covered,
        stage_minutes=covered,
        overlap_saved_minutes=sum(times[stage].elapsed for stage in done) - covered if finished else 0,
        pauses=pause_figures_of(pauses),
        violations=violations_of(row, spans, supply, length_class, agreed),
        ceiling_used=ceiling_used_of(done, excluded)
        if finished and (supply == "HEAT" or length_class == "L3_GT200")
        else None,
    )


def pauses_of(text: str | None) -> list[tuple[str, Span]]:
    """Read the pauses of a cell."""
    found = []
    for part in (text or "").split("；"):
        if part:
            name, times = part.split(" ", 1)
            start, end = times.split("~")
            found.append(
                (
                    REASONS[name],
                    Span(datetime.fromisoformat(start), datetime.fromisoformat(end) if end else None),
                )
            )
    return found


def acceptance_of(row: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    """From when acceptance counts, and when it was said: silence is acceptance after one working day."""
    received = row["补正时间"] or row["申请时间"]
    waiting = row["一次性补正内容"] and not row["补正时间"]
    silence = datetime.combine(walk(receipt_day(received), 1, set(), only_worked=True), CLOSE)
    accepted, ended = row["受理时间"], row["终止时间"]
    if accepted and row["受理方式"] != "逾期视为受理":
        return accepted, accepted
    if not accepted and (waiting or (ended and ended <= silence)):
        return None, None
    return received, silence


def spans_of(row: Mapping[str, Any], answered: datetime | None, finished: datetime | None) -> dict[str, Span]:
    """The stages that were begun."""
    spans = {"ACCEPT": Span(row["申请时间"], answered)}
    for stage, name in COLUMNS.items():
        if row[f"{name}开始"]:
            spans[stage] = Span(row[f"{name}开始"], row[f"{name}完成"])
    if row["验收开通开始"]:
        spans["TURN_ON"] = Span(row["验收开通开始"], finished)
    return spans
