"""What must be true afterwards: the databases, the topic, the figures and the answers say the same."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import uuid4

import httpx
import msgspec

from libs.common.auth.callers import Caller, Place, PlaceKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.bus import open_bus
from libs.common.clock import local
from libs.common.database.engine import Database
from libs.common.events import IncomingEvent, from_received, topic_of
from services.hookup.domain.case import Case
from services.hookup.domain.values.closing import closing_figures
from services.hookup.domain.values.durations import working_minutes
from services.hookup.domain.values.permit_items import PermitItem
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.transitions import CaseState
from services.hookup.storage.rulebook import RuleBook
from tools.chaos_city import SERVICES, ChaosCity
from tools.chaos_load import Acknowledged, Load

QUIET_SECONDS = 180.0
REPEATED = 300
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
OFFICIAL = Caller("t-chaos", frozenset({"supervisor"}), Place(PlaceKind.CITY))
Cell = tuple[str, ...]
Row = Mapping[str, Any]
RulesOf = Callable[[Case], Rules]


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the table: how much was compared, and what differs."""

    name: str
    compared: int
    differences: list[str]


async def quiet(city: ChaosCity) -> Check:
    """Wait until every committed event is published and in the figures."""
    deadline = time.monotonic() + QUIET_SECONDS
    while True:
        async with city.database("hookup") as hookup, city.database("metrics") as metrics:
            committed = await hookup.fetchval("SELECT count(*) FROM outbox")
            waiting = await hookup.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL")
            folded = await metrics.fetchval(
                "SELECT coalesce(sum(folded), 0)::int8 FROM shard WHERE source = 'hookup'"
            )
        if waiting == 0 and folded >= committed:
            break
        if time.monotonic() > deadline:
            break
        await asyncio.sleep(0.2)
    wrong = [f"{waiting} not published, {folded} folded"] if waiting or folded != committed else []
    return Check("committed events published, and folded once", committed, wrong)


async def reconcile(city: ChaosCity, load: Load, issuer: LocalIssuer, seed: int) -> list[Check]:
    """Compare everything with everything; the load has stopped and all is up."""
    answers = await _rows(city, "SELECT key, status, body FROM idempotency")
    cases = await _rows(city, "SELECT id::text, version, state, record FROM hookup_case")
    outbox = await _rows(city, "SELECT event_id::text, key, aggregate_seq FROM outbox")
    aggregates = [msgspec.json.decode(row["record"], type=Case) for row in cases]
    items = await _rows(city, "SELECT id::text, case_id::text, version, act_by, record FROM permit_item")
    bars = await _rows(city, "SELECT party FROM commitment_bar")
    figures = await _figures(city, issuer)
    rules = await _rules(city)
    return [
        check_acknowledged(load.acknowledged, answers, cases),
        check_nothing_more(load.acknowledged, load.refused, answers, cases),
        *check_topic(outbox, await _read_topic(city, {row["event_id"] for row in outbox})),
        compare("permit items: those of the cases", items_of(aggregates), items_on_record(items)),
        compare("commitment bars: those of false commitments", bars_of(aggregates), bars_on_record(bars)),
        compare("stage figures: count, minutes", stage_figures(aggregates, rules), figures["stages"]),
        compare("ended cases: closed, on time, gaps", case_figures(aggregates, rules), figures["cases"]),
        compare("their pauses: count, days", pause_figures(aggregates, rules), figures["pauses"]),
        compare("live cases: open, to be confirmed", live_figures(aggregates), figures["live"]),
        await _repeated(load, seed),
        await _dead_letters(city),
    ]


async def _rules(city: ChaosCity) -> RulesOf:
    database = Database(city.real.environment["hookup-api"]["SQN_DATABASE_URL"])
    rulebook = RuleBook(database)
    await rulebook.reload()
    await database.close()
    return rulebook.of


async def _rows(city: ChaosCity, query: str) -> list[Row]:
    async with city.database("hookup") as connection:
        return [dict(row) for row in await connection.fetch(query)]


def check_acknowledged(
    acknowledged: Sequence[Acknowledged], answers: Iterable[Row], cases: Iterable[Row]
) -> Check:
    """Look for each answer that was given, and for each case where its last command left it."""
    kept = {row["key"]: (row["status"], row["body"]) for row in answers}
    found = {row["id"]: (row["version"], row["state"]) for row in cases}
    reached: dict[str, tuple[int, str]] = {}
    wrong = []
    for each in acknowledged:
        if kept.get(each.command.key) != (each.status, each.content):
            wrong.append(f"{each.command.path} {each.command.key}: the answer is not on record")
        case_id, at = each.case["id"], (each.case["version"], each.case["state"])
        reached[case_id] = max(reached.get(case_id, at), at)
    # No timer of these young cases is due yet, so nothing else has moved them.
    wrong += [
        f"{case_id}: {at} acknowledged, {found.get(case_id)} on record"
        for case_id, at in reached.items()
        if found.get(case_id) != at
    ]
    return Check("acknowledged commands in the database", len(acknowledged), wrong)


def check_nothing_more(
    acknowledged: Sequence[Acknowledged], refused: Iterable[str], answers: Iterable[Row], cases: Iterable[Row]
) -> Check:
    """Look for effects of commands that were not acknowledged: every command was repeated until it was."""
    keys = {each.command.key for each in acknowledged}
    submitted = {each.case["id"] for each in acknowledged}
    wrong = [f"key {row['key']}: never acknowledged" for row in answers if row["key"] not in keys]
    wrong += [f"case {row['id']}: never acknowledged" for row in cases if row["id"] not in submitted]
    wrong += [f"refused: {each}" for each in refused]
    return Check("no effect without an acknowledged command", len(keys), wrong)


async def _read_topic(city: ChaosCity, wanted: set[str]) -> list[IncomingEvent]:
    """Read hookup's topic from offset zero until all that is wanted has come and nothing follows."""
    bus = open_bus(f"kafka://{city.kafka}")
    consumer = await bus.consumer(f"chaos.{uuid4()}", [topic_of("hookup")])
    found: list[IncomingEvent] = []
    missing = set(wanted)
    deadline = time.monotonic() + QUIET_SECONDS
    try:
        while time.monotonic() < deadline:
            batch = [from_received(each) for each in await consumer.poll(5_000, 1.0)]
            found += batch
            missing -= {each.id for each in batch}
            if not batch and not missing and not any(consumer.lag().values()):
                break
    finally:
        await consumer.close()
        await bus.close()
    return found


def check_topic(outbox: Iterable[Row], events: Iterable[IncomingEvent]) -> list[Check]:
    """Compare outbox and topic; a repetition of the same event is no fault, another order is."""
    committed = {row["event_id"]: (row["key"], row["aggregate_seq"]) for row in outbox}
    first: dict[str, IncomingEvent] = {}
    repeats = 0
    for event in events:
        repeats += event.id in first
        first.setdefault(event.id, event)
    sent = {each.id: (each.aggregate_id, each.aggregate_seq) for each in first.values()}
    wrong = [f"{key} {seq}: not in the topic" for id_, (key, seq) in committed.items() if id_ not in sent]
    wrong += [f"{at}: in the topic only" for id_, at in sent.items() if committed.get(id_) != at]
    order: dict[str, list[int]] = defaultdict(list)
    for each in first.values():
        order[each.aggregate_id].append(each.aggregate_seq)
    disorder = [
        f"{key}: {seqs}"
        for key, seqs in order.items()
        if seqs[0] != 1 or any(after != before + 1 for before, after in pairwise(seqs))
    ]
    return [
        Check(f"events in the topic ({repeats} repeats of the same id)", len(committed), wrong),
        Check("cases whose events are in order there", len(order), disorder),
    ]


def items_of(cases: Iterable[Case]) -> dict[Cell, PermitItem]:
    """By case and id: the permit items as the cases have them."""
    return {(case.id, item.id): item for case in cases for item in case.permits}


def items_on_record(rows: Iterable[Row]) -> dict[Cell, PermitItem | str]:
    """By case and id: the permit items as their authorities find them; a text where a row's columns contradict it."""
    found: dict[Cell, PermitItem | str] = {}
    for row in rows:
        item = msgspec.json.decode(row["record"], type=PermitItem)
        columns = (row["id"], row["version"], row["act_by"])
        told = (item.id, item.version, item.act_by)
        found[row["case_id"], row["id"]] = item if columns == told else f"columns {columns} of {told}"
    return found


def bars_of(cases: Iterable[Case]) -> dict[Cell, bool]:
    """The legal persons whose commitment was false; nobody has repaired its credit here."""
    commitments = (item.commitment for case in cases for item in case.permits if item.commitment is not None)
    return {(each.party,): True for each in commitments if each.is_false}


def bars_on_record(rows: Iterable[Row]) -> dict[Cell, bool]:
    """The legal persons that may not commit."""
    return {(row["party"],): True for row in rows}


def _minutes(start: datetime, end: datetime) -> int:
    """Minutes from one instant to another, each counted by the minute it lies in."""
    first, last = (int(each.timestamp()) // 60 for each in (start, end))
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
        spans = [(str(each.stage), each.start, each.end) for each in case.stages if each.end]
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
            len(each),
            *(figure(minutes) for minutes in zip(*each, strict=True) for figure in (sum, min, max)),
        )
        for cell, each in times.items()
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


async def _figures(city: ChaosCity, issuer: LocalIssuer) -> dict[str, dict[Cell, tuple[int, ...]]]:
    """Ask the metrics API for the same cells."""
    headers = {"Authorization": f"Bearer {issuer.issue(OFFICIAL)}"}
    url = city.real.urls["metrics-api"]
    async with httpx.AsyncClient(base_url=f"{url}/v1", headers=headers, timeout=60) as http:

        async def ask(
            codes: Sequence[str], by: Iterable[str], values: Callable[[Any], tuple[int, ...]]
        ) -> dict[Cell, tuple[int, ...]]:
            asked = {"codes": list(codes), "group_by": list(by)}
            answer = (await http.get("/figures/hookup", params=asked)).raise_for_status()
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


def compare(name: str, expected: Mapping[Cell, Any], found: Mapping[Cell, Any]) -> Check:
    """Compare figures cell by cell."""
    wrong = [
        f"{cell}: {expected.get(cell)} expected, {found.get(cell)} found"
        for cell in sorted(expected.keys() | found.keys())
        if expected.get(cell) != found.get(cell)
    ]
    return Check(name, len(expected), wrong)


async def _repeated(load: Load, seed: int) -> Check:
    known = load.acknowledged
    chosen = random.Random(seed).sample(known, min(REPEATED, len(known)))
    async with httpx.AsyncClient(timeout=60) as http:
        for each in chosen:
            await load.repeat(http, each)
    return Check("repeated requests: the same bytes", load.repeated, load.differing)


async def _dead_letters(city: ChaosCity) -> Check:
    wrong = []
    for service in SERVICES:
        async with city.database(service) as connection:
            letters = await connection.fetch("SELECT aggregate_id, reason, detail FROM dead_letter")
        wrong += [f"{service} {row['aggregate_id']}: {row['reason']} {row['detail']}" for row in letters]
    return Check("no dead letter", len(SERVICES), wrong)
