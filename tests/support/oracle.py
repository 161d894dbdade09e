"""The figures of a ledger, worked out straight from the workbook and by other means than the system's.

It imports nothing of `services` and none of the system's calendar: it has its own words, its own calendar from
`chinese_calendar` and its own loops, day by day. Whatever was due by timer is taken to have happened, as it has
for a ledger of a past year: silence is acceptance, a turn-on without confirmation is finished.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from chinese_calendar import is_workday
from openpyxl import load_workbook

CLOSE = time(17, 30)
DAY = timedelta(days=1)
MORNING, AFTERNOON = (510, 720), (810, 1050)
LIMITS = {"L0_NONE": 3, "L1_LE50": 5, "L2_LE200": 10}
# Working days for survey, design and acceptance, where no limit in days holds.
CEILINGS = {"WATER": 12, "GAS": 18, "HEAT": 30}
HEAT_PLANNED = 8
READINGS = ("judged", "working", "calendar_roll", "calendar_strict")
STAGES = ("ACCEPT", "SURVEY_DESIGN", "CONTRACT", "PERMIT", "EXTERNAL_WORKS", "TURN_ON")
COLUMNS = {
    "SURVEY_DESIGN": "勘查设计",
    "CONTRACT": "签订合同",
    "PERMIT": "并联审批",
    "EXTERNAL_WORKS": "外线施工",
}
MAY_OVERLAP = (
    {"ACCEPT", "SURVEY_DESIGN"},
    {"SURVEY_DESIGN", "CONTRACT"},
    {"SURVEY_DESIGN", "PERMIT"},
    {"CONTRACT", "PERMIT"},
    {"CONTRACT", "EXTERNAL_WORKS"},
    {"PERMIT", "EXTERNAL_WORKS"},
)
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


class Span(NamedTuple):
    """From wall time to wall time; an open one has no end."""

    start: datetime
    end: datetime | None


class StageTime(NamedTuple):
    """A completed stage (or TOTAL): minutes on the clock, minutes of business, and the month it ended in."""

    elapsed: int
    working: int
    month: str


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


@dataclass(slots=True)
class Minutes:
    """Some durations, exactly."""

    values: list[int] = field(default_factory=list)

    def quantile(self, percent: int) -> int:
        """The nearest rank: the ⌈n·percent/100⌉-th smallest."""
        return sorted(self.values)[-(-len(self.values) * percent // 100) - 1]


@dataclass(slots=True)
class StageFigure:
    """All durations of one cell; count, sum, min and max follow from them."""

    elapsed: Minutes = field(default_factory=Minutes)
    working: Minutes = field(default_factory=Minutes)


# -- the year's calendar, day by day -----------------------------------------------------------------------------


@cache
def worked(day: date) -> bool:
    """Whether business is done on a day, by the State Council's notices."""
    return bool(is_workday(day))


def next_worked(day: date) -> date:
    """The day itself, or the first one after it that is worked."""
    while not worked(day):
        day += DAY
    return day


def receipt_day(at: datetime) -> date:
    """After close or on a rest day an application counts as received on the next working day."""
    return next_worked(at.date() + DAY if at.time() > CLOSE else at.date())


def walk(start: date, days: int, excluded: set[date], only_worked: bool) -> date:
    """Go so many days on, passing over excluded ones and, for working days, over rest days."""
    day = start
    while days:
        day += DAY
        if day not in excluded and (worked(day) or not only_worked):
            days -= 1
    return day


def workdays_between(after: date, upto: date, excluded: set[date]) -> int:
    """Working days of (after, upto] that are not excluded."""
    count, day = 0, after
    while day < upto:
        day += DAY
        count += worked(day) and day not in excluded
    return count


def business_minutes(start: datetime, end: datetime) -> int:
    """Minutes from 8:30 to 12:00 and from 13:30 to 17:30 on working days, day by day."""
    total, day = 0, start.date()
    while day <= end.date():
        if worked(day):
            first = start.hour * 60 + start.minute if day == start.date() else 0
            last = end.hour * 60 + end.minute if day == end.date() else 1440
            total += sum(
                max(0, min(last, closes) - max(first, opens)) for opens, closes in (MORNING, AFTERNOON)
            )
        day += DAY
    return total


def minutes(start: datetime, end: datetime) -> int:
    """Minutes on the clock between the minutes in which two instants lie."""
    return (end.replace(second=0, microsecond=0) - start.replace(second=0, microsecond=0)) // timedelta(
        minutes=1
    )


# -- the workbook --------------------------------------------------------------------------------------------------


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


# -- figures ---------------------------------------------------------------------------------------------------------


def stage_figures(cases: Iterable[OracleCase]) -> dict[tuple[str, ...], StageFigure]:
    """By district, utility, supply, stage (or TOTAL), class and month of completion."""
    figures: dict[tuple[str, ...], StageFigure] = defaultdict(StageFigure)
    for case in cases:
        for stage, took in case.stages.items():
            figure = figures[case.district, case.utility, case.supply, stage, case.length_class, took.month]
            figure.elapsed.values.append(took.elapsed)
            figure.working.values.append(took.working)
    return dict(figures)


def case_figures(cases: Iterable[OracleCase]) -> dict[tuple[str, ...], Counter[str]]:
    """By district, utility, supply, class and month of the end: how cases ended."""
    figures: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for case in cases:
        if case.ended_month is not None:
            cell = case.district, case.utility, case.supply, case.length_class, case.ended_month
            figures[cell] += counts_of(case)
    return dict(figures)


def counts_of(case: OracleCase) -> Counter[str]:
    """What an ended case counts for. Only limits, and no special case, count for the 3/5/10 days.

    Every case of a ledger was read in: each rate that it is in is told so.
    """
    if case.state != "CLOSED":
        return Counter({case.state.lower(): 1})
    rates = ["closed"]
    counts = Counter(
        gaps=case.gaps,
        gap_cases=int(case.gaps > 0),
        gap_workdays=case.gap_workdays,
        gap_minutes=case.gap_minutes,
        overlap_saved_minutes=case.overlap_saved_minutes,
        violations=len(case.violations),
    )
    if case.special:
        counts["special"] = 1
    elif case.basis == "LIMIT":
        for reading in READINGS:
            rates.append(f"limit_{reading}")
            counts[f"limit_{reading}_on_time"] = int(case.on_time[reading] is True)
    elif case.basis == "NONE":
        counts["unpromised"] = 1
    else:
        rates.append(case.basis.lower())
        counts[f"{case.basis.lower()}_on_time"] = int(case.on_time["judged"] is True)
    if case.ceiling_used is not None and not case.special:
        rates.append("ceiling")
        counts["ceiling_kept"] = int(case.ceiling_used <= CEILINGS[case.supply])
    for rate in rates:
        counts[rate] = counts[f"{rate}_ledger"] = 1
    return counts


def pause_figures(cases: Iterable[OracleCase]) -> dict[tuple[str, ...], tuple[int, int]]:
    """By district, utility, supply, class, month of the end and reason: pauses of closed cases, and their days."""
    figures: dict[tuple[str, ...], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for case in cases:
        if case.state == "CLOSED" and case.ended_month:
            for reason, (count, days) in case.pauses.items():
                cell = case.district, case.utility, case.supply, case.length_class, case.ended_month, reason
                before = figures[cell]
                figures[cell] = (before[0] + count, before[1] + days)
    return dict(figures)


# -- what is done on cases -------------------------------------------------------------------------------------------


class Deed(NamedTuple):
    """Something done on a case: the figure's code, when it was done, how often, and its minutes or score."""

    code: str
    at: str
    times: int = 1
    amount: int = 0


def activity_figures(
    cases: Iterable[tuple[Mapping[str, Any], list[Mapping[str, Any]]]],
) -> dict[tuple[str, ...], int]:
    """By district, utility, supply, month and code: what was done on cases, as the hookup API shows them.

    Each case comes with its history, which is asked only for what no record keeps: attempts that were refused,
    quotes that were replaced, and when a thing was told that the record has without a time.
    """
    figures: dict[tuple[str, ...], int] = defaultdict(int)
    for case, history in cases:
        deeds = (
            *_of_application(case),
            *_of_permits(case),
            *_of_contacts(case),
            *_of_history(case, history),
            *_of_entries(history),
        )
        for deed in deeds:
            cell = case["district"], case["utility"], case["supply"], f"{_wall(deed.at):%Y-%m}"
            figures[*cell, deed.code] += deed.times
            if deed.amount:
                figures[*cell, "permit_working_minutes"] += deed.amount
    return dict(figures)


def _wall(instant: str) -> datetime:
    """Shanghai's wall time of an instant of the API, which has no daylight saving."""
    return datetime.fromisoformat(instant).replace(tzinfo=None) + timedelta(hours=8)


def _of_application(case: Mapping[str, Any]) -> Iterable[Deed]:
    if case["begun_anew_after"]:
        yield Deed("begun_anew", case["submitted_at"])


def _of_permits(case: Mapping[str, Any]) -> Iterable[Deed]:
    if case["no_permit"]:
        yield Deed("no_permit_needed", case["no_permit"]["recorded_at"])
    if case["dig"] and case["dig"]["emergency"]:
        yield Deed("emergency_dig", case["excavation_at"])
    for item in case["permits"]:
        if item["form_id"] is None:
            # An emergency's road that was dug up and not filed yet.
            continue
        yield Deed("permit_filed", item["filed_at"])
        if item["is_parallel"]:
            yield Deed("permit_parallel", item["filed_at"])
        if item["mode"] == "APPROVAL" and item["decision"]:
            decided = item["decided_at"]
            took = business_minutes(_wall(item["filed_at"]), _wall(decided))
            yield Deed("permit_decided", decided, amount=took)
            if _wall(decided) <= _wall(item["due_at"]):
                yield Deed("permit_in_time", decided)
            if item["decision"] == "REFUSED":
                yield Deed("permit_refused", decided)
        if item["overdue"]:
            yield Deed("permit_overdue", item["due_at"])
        commitment = item["commitment"]
        if commitment and commitment["signed_at"]:
            yield Deed("commitment_signed", commitment["signed_at"])
            for check in commitment["checks"]:
                yield Deed("commitment_checked", check["checked_at"])
                if check["result"] != "OK":
                    yield Deed("commitment_mismatched", check["checked_at"])
                if check["result"] == "FALSE":
                    yield Deed("commitment_false", check["checked_at"])


def _of_contacts(case: Mapping[str, Any]) -> Iterable[Deed]:
    for kind, asked, listed in (("urge", "urged", "urges"), ("question", "question_asked", "questions")):
        for each in case[listed]:
            yield Deed(asked, each.get("urged_at") or each["asked_at"])
            if each["answered_at"]:
                yield Deed(f"{kind}_answered", each["answered_at"])
                if _wall(each["answered_at"]) <= _wall(each["answer_by"]):
                    yield Deed(f"{kind}_in_time", each["answered_at"])
            if each.get("overdue"):
                yield Deed("urge_overdue", each["answer_by"])
    for each in case["guidance"]:
        yield Deed("guidance_given", each["given_at"])


def _of_entries(history: list[Mapping[str, Any]]) -> Iterable[Deed]:
    """How each act was entered: what was recorded at one instant is one act, and of that instant's month."""
    acts = {
        each["recorded_at"]: each
        for each in reversed(history)
        if each["in_stead"] or each["entry"] in ("IN_TIME", "LATE", "APPROVED")
    }
    for recorded_at, act in acts.items():
        if act["entry"] in ("IN_TIME", "LATE", "APPROVED"):
            yield Deed(f"entered_{act['entry'].lower()}", recorded_at)
        if act["in_stead"]:
            yield Deed("in_stead", recorded_at)
    for each in history:
        if each["event"] == "late_entry_requested":
            yield Deed("late_entry_requested", each["recorded_at"])
        elif each["event"] == "late_entry_decided" and not each["particulars"]["approved"]:
            yield Deed("late_entry_declined", each["recorded_at"])


def rating_figures(cases: Iterable[Mapping[str, Any]]) -> dict[tuple[str, ...], Counter[str]]:
    """By district, utility, supply and month of closing: closed cases, and how often each grade was given."""
    figures: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for case in cases:
        if case["state"] == "CLOSED":
            month = f"{_wall(case['finished_at']):%Y-%m}"
            cell = figures[case["district"], case["utility"], case["supply"], month]
            cell["closed"] += 1
            if case["rating"] is not None:
                cell[f"rated_{case['rating']}"] += 1
    return dict(figures)


def _of_history(case: Mapping[str, Any], history: list[Mapping[str, Any]]) -> Iterable[Deed]:
    told = {
        "commitment_withdrawn",
        "commitment_check_due",
        "rectification_overdue",
        # By a check, or since the line does not allow a commitment any more.
        "commitment_revoked",
        "extra_material_attempted",
        "quote_made",
        "quote_blocked",
        "bill_blocked",
        "supervision_item_opened",
        "agent_authorised",
        "meter_live_disputed",
        "permit_objected",
        "undeclared_risk_found",
        "emergency_unfiled",
    }
    agents = [each for each in history if each["event"] in ("agent_assigned", "agent_overdue")]
    if agents:
        late = agents[0]["event"] == "agent_overdue"
        yield Deed("agent_late" if late else "agent_in_time", agents[0]["at"])
    for each in history:
        if each["event"] in told:
            yield Deed(each["event"], each["at"])
        elif each["event"] == "permits_filed":
            modes = [item["mode"] for item in each["particulars"]["items"]]
            if recorded := modes.count("RECORD") + modes.count("EXEMPT"):
                yield Deed("permit_recorded", each["at"], recorded)
        elif each["event"] == "bill_compared":
            yield Deed("bill_compared", each["at"])
            if case["quote"]["comparison"]["difference_fen"] > 0:
                yield Deed("bill_over_quote", each["at"])
