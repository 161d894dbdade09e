"""Figures of grievances: what is open, how what ended was handled, what the call-back says, and the ledger."""

from collections import Counter
from datetime import timedelta
from fractions import Fraction
from random import Random
from typing import Any
from uuid import UUID

from libs.common.bus import Received
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.inbox import Inbox
from libs.common.places import Supply
from services.grievances.domain.values import codes, kinds
from services.grievances.events.published import base, handling, hotline, oversight
from services.metrics.events.handlers import subscription
from services.metrics.sources.grievances import GRIEVANCES, KIND_NAMES, SOURCE_NAMES
from tests.services.metrics.conftest import NOW, asked
from tests.services.metrics.lives import received

Event = base.GrievanceEvent
EVENT_COUNTS = ("received", "ledger_entered", "crossed_off", "read_in", "supervised")
COUNTS = (
    *("ended", "closed", "refused", "withdrawn", "unreachable", "reopened", "orders", "contacts", "replies"),
    *("replies_on_time", "redos", "calls", "reached", "effective", "solved", "graded", "satisfied"),
    *("well_satisfied", "terminated", "unanswered"),
)
LIVE = ("open", "overdue", "awaiting_call", "in_ledger")
HOUR = timedelta(hours=1)


class Story:
    """One grievance: its events, and by plain counting what of the figures it counts for at NOW."""

    def __init__(self, random: Random, number: int) -> None:
        self.random, self.counts, self.events = random, Counter[str](), list[Event]()
        self.pending = Counter[str]()
        district = random.choice(("371502", "371503"))
        self.key = str(UUID(int=5_000 + number, version=4))
        self.common: dict[str, Any] = {
            "grievance_id": self.key,
            "grievance_number": f"SQ-{district}-20221101-{number:04d}",
            "kind": random.choice((kinds.GrievanceKind.COMPLAINT, kinds.GrievanceKind.CONSULTATION)),
            "source": random.choice(list(kinds.Source)),
            "category": "SUPPLY-NONE",
            "category_version": "2022-1",
            "supply": Supply.WATER,
            "district": district,
            "utility": None,
            "customer_id": None,
            "received_at": NOW,
            "occurred_at": NOW,
            "recorded_at": NOW,
        }
        self.due = NOW + random.choice((-1, 1)) * HOUR
        self.grade: int | None = None
        self.reopenings = 0
        self.tell()

    def add(self, kind: type[Event], **values: Any) -> None:
        """Add an event."""
        self.events.append(kind(**{**self.common, **values}))

    def tell(self) -> None:
        """Let the grievance go its way."""
        random = self.random
        self.add(
            handling.GrievanceReceived,
            reporter=kinds.ReporterKind.NAMED,
            reply_by=self.due,
            screen_by=NOW,
            policy_version="2022-49",
        )
        self.counts["received"] += 1
        match random.choice(("new", "refused", "taken back", "withdrawn", "read in", *("sent",) * 4)):
            case "new":
                self.counts += Counter(open=1, overdue=int(self.due < NOW))
            case "refused":
                self.add(handling.GrievanceNotAccepted, reason=codes.CloseReason.NOT_OURS)
                self.counts += Counter(ended=1, refused=1, unanswered=int(self.due < NOW))
            case "taken back":
                # Not accepted, and the hotline does not agree, with a time of its own.
                self.add(handling.GrievanceNotAccepted, reason=codes.CloseReason.NOT_OURS)
                decided = {"order_version": 2, "cycle": 1, "granted": False, "screen_by": NOW}
                self.add(hotline.HotlineReturnDecided, **decided, reply_by=self.due)
                before, self.due = self.due, NOW + random.choice((-1, 1)) * HOUR
                moved = {"order_version": 3, "cycle": 1, "reply_by_before": before}
                self.add(hotline.HotlineLimitSet, **moved, reply_by=self.due)
                self.counts += Counter(open=1, overdue=int(self.due < NOW))
            case "withdrawn":
                self.add(handling.GrievanceWithdrawn, overdue=False)
                self.counts += Counter(ended=1, withdrawn=1, unanswered=int(self.due < NOW))
            case "read in":
                # What was done before counts for nothing; it may be begun anew.
                self.common["utility"] = f"W-{self.common['district']}"
                self.add(oversight.GrievanceReadIn, outcome=codes.Outcome.UNSATISFIED)
                self.counts["read_in"] += 1
                self.enter_ledger(1)
                if random.random() < 0.5:
                    self.reopenings += 1
                    self.add(handling.GrievanceReopened, cycle=2)
                    self.cycle(2, codes.CycleReason.REOPENED)
            case _:
                self.common["utility"] = f"W-{self.common['district']}"
                self.cycle(1, codes.CycleReason.FIRST)

    def cycle(self, number: int, reason: codes.CycleReason) -> None:
        """Let a unit work on it, and somebody call back."""
        random = self.random
        reach_by = random.choice((NOW, NOW, None))
        cycle = {"cycle": number, "cycle_reason": reason}
        self.due = NOW + random.choice((-1, 1)) * HOUR
        self.add(
            handling.GrievanceDispatched,
            **cycle,
            helpers=[],
            sign_by=NOW,
            reach_by=reach_by,
            arrive_by=None,
            reply_by=self.due,
            limit="REPLY",
        )
        is_order = reach_by is not None
        on_time = random.random() < 0.7
        self.pending["orders"] += int(is_order)
        self.add(
            handling.ReporterContacted,
            **cycle,
            way=kinds.ContactWay.PHONE,
            entry=codes.EntryMark.IN_TIME,
            on_time=on_time,
        )
        contacts = int(is_order and on_time)
        self.pending["contacts"] += contacts
        if random.random() < 0.3:
            return self.stay_silent()
        on_time = random.random() < 0.7
        self.add(
            handling.GrievanceReplied,
            **cycle,
            measures=[codes.Measure.REPAIRED],
            answer_code=None,
            reply_by=self.due,
            on_time=on_time,
            call_by=NOW,
            reasonable=True,
        )
        self.pending += Counter(replies=1, replies_on_time=int(on_time))
        if random.random() < 0.2:
            self.counts += Counter(open=1, awaiting_call=1)
            return None
        self.call(number, contacts)
        return None

    def stay_silent(self) -> None:
        """Let it wait for its reply, or end without one: only an end that was approved is no failure."""
        late, way = int(self.due < NOW), self.random.choice(("open", "withdrawn", "terminated"))
        if way == "open":
            self.counts += Counter(open=1, overdue=late)
            return
        if way == "withdrawn":
            self.add(handling.GrievanceWithdrawn, overdue=bool(late))
            self.counts["unanswered"] += late
        else:
            ended = {"granted": True, "reason": codes.CloseReason.NOT_OURS}
            self.add(handling.TerminationDecided, **ended, overdue=bool(late))
        self.counts += self.pending + Counter({way: 1, "ended": 1, "reopened": self.reopenings})

    def call(self, number: int, contacts: int) -> None:
        """Call back: nobody is reached, it is good, or it is begun anew."""
        random, is_counted = self.random, self.common["kind"] != "CONSULTATION"
        reached = random.random() < 0.8
        grade = random.randint(1, 5) if reached else None
        solved = bool(grade and grade > 2)
        contacted = random.random() < 0.8 if reached else None
        self.add(
            handling.CallBackMade,
            cycle=number,
            way=kinds.ContactWay.PHONE,
            attempt=1,
            reached=reached,
            contacted=contacted,
            solved=solved if reached else None,
            grade=grade,
            is_counted=is_counted,
        )
        self.pending["calls"] += 1
        if not reached:
            return self.close(number, codes.Outcome.UNREACHABLE)
        self.grade = grade
        self.pending["reached"] += 1
        if contacted is False:
            self.pending["contacts"] -= contacts
        if is_counted:
            self.pending += Counter(effective=1, solved=int(solved))
        if solved:
            return self.close(number, codes.Outcome.SATISFIED)
        self.enter_ledger(number)
        if number < 3:
            self.pending["redos"] += 1
            self.add(handling.RedoBegun, cycle=number + 1, reply_by=NOW)
            return self.cycle(number + 1, codes.CycleReason.REDO)
        return self.close(number, codes.Outcome.UNSATISFIED)

    def enter_ledger(self, number: int) -> None:
        """Enter it in the ledger, once."""
        if not self.counts["in_ledger"]:
            self.add(oversight.LedgerEntered, cycle=number, clear_by=NOW)
            self.counts += Counter(ledger_entered=1, in_ledger=1)

    def close(self, number: int, outcome: codes.Outcome) -> None:
        """Close it; now and then it is crossed off, or begun anew."""
        self.add(
            handling.GrievanceClosed,
            cycle=number,
            cycle_reason=codes.CycleReason.FIRST,
            outcome=outcome,
            calls=1,
            in_ledger=bool(self.counts["in_ledger"]),
        )
        if self.counts["in_ledger"] and self.random.random() < 0.5:
            self.add(
                oversight.LedgerCrossedOff, ground=codes.CrossOffGround.SOLVED, on_time=True, clear_by=NOW
            )
            self.counts += Counter(crossed_off=1)
            self.counts["in_ledger"] = 0
        if not self.reopenings and self.random.random() < 0.3:
            self.reopenings += 1
            self.add(handling.GrievanceReopened, cycle=number + 1)
            return self.cycle(number + 1, codes.CycleReason.REOPENED)
        graded = int(self.grade is not None)
        self.counts += self.pending + Counter(
            ended=1,
            closed=1,
            unreachable=int(outcome is codes.Outcome.UNREACHABLE),
            reopened=self.reopenings,
            graded=graded,
            satisfied=int(bool(graded and (self.grade or 0) >= 3)),
            well_satisfied=int(bool(graded and (self.grade or 0) >= 4)),
        )
        return None


def told(random: Random, count: int = 80) -> tuple[list[Received], dict[tuple[str, str], Counter[str]]]:
    """Events of some grievances as they come from the bus, and what they count by utility and kind."""
    messages: list[Received] = []
    figures: dict[tuple[str, str], Counter[str]] = {}
    for number in range(count):
        story = Story(random, number)
        cell = (story.common["utility"] or "NONE", str(story.common["kind"]))
        figures[cell] = figures.get(cell, Counter()) + story.counts
        messages += [
            received(event, story.key, seq, len(messages) + seq) for seq, event in enumerate(story.events, 1)
        ]
    return messages, figures


def history(random: Random) -> list[Received]:
    """Events of some grievances as they come from the bus."""
    return told(random)[0]


async def test_every_figure_equals_the_plain_count(database: Database, clock: ManualClock) -> None:
    messages, figures = told(Random(5))
    await Inbox(database, clock, subscription(GRIEVANCES)).apply(messages)
    whole = sum(figures.values(), Counter[str]())
    asked_for = [*COUNTS, *LIVE]
    groups = await asked(database, asked_for, ["utility", "kind"], source=GRIEVANCES)
    found = {by: {code: n for code, n in tally.counts.items() if n} for by, tally in groups.items()}
    expected = {by: {code: n for code in asked_for if (n := counts[code])} for by, counts in figures.items()}
    assert {by: counts for by, counts in found.items() if counts} == {
        by: counts for by, counts in expected.items() if counts
    }
    (tally,) = (await asked(database, list(EVENT_COUNTS[:4]), source=GRIEVANCES)).values()
    assert {code: tally.counts[code] for code in EVENT_COUNTS[:4]} == {
        code: whole[code] for code in EVENT_COUNTS[:4]
    }
    assert min(whole[code] for code in (*asked_for, *EVENT_COUNTS[:4])) > 0


async def test_rates_are_exact_fractions(database: Database, clock: ManualClock) -> None:
    messages, figures = told(Random(7))
    whole = sum(figures.values(), Counter[str]())
    await Inbox(database, clock, subscription(GRIEVANCES)).apply(messages)
    for code in ("response", "on_time", "solved", "satisfied", "coverage", "redo", "reached", "crossed_off"):
        rate = GRIEVANCES.rate(f"grievances.{code}")
        (tally,) = (await asked(database, [rate.code], source=GRIEVANCES)).values()
        assert Fraction(tally.counts[rate.part], sum(tally.counts[of] for of in rate.of)) == Fraction(
            whole[rate.part], sum(whole[of] for of in rate.of)
        )


def test_the_names_are_those_of_the_contract() -> None:
    assert {str(kind): name for kind, name in kinds.KIND_NAMES.items()} == KIND_NAMES
    assert {str(source): name for source, name in kinds.SOURCE_NAMES.items()} == SOURCE_NAMES
