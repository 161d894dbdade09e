"""Logs of others (311 requests, incidents, tickets) as events of grievances: figures equal to plain counting.

They stay where they are (`../shared/data`), and without them there is nothing to compare.
"""

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import IO, Final, cast
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import msgspec
import pytest
from sqlalchemy import func, select

from libs.common.bus import Partition, Received
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.database.tables import dead_letter
from libs.common.events import TYPE_PREFIX
from libs.common.inbox import Inbox
from services.metrics.events.handlers import subscription
from services.metrics.events.reader import FIRST_YEAR
from services.metrics.sources.grievances import GRIEVANCES
from tests.services.metrics.conftest import asked, migrate
from tests.support.servers import sqlite_database

DATA: Final = Path(__file__).parents[5] / "shared" / "data"
SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
COUNTS: Final = (
    "received",
    "closed",
    "reopened",
    "timed",
    "impossible",
    "closed_at_once",
    "handling_minutes_sum",
    "replies",
)
_XES: Final = "{http://www.xes-standard.org/}"
_AT_ONCE: Final = 1_000


@dataclass
class Ticket:
    """One case of a log: when it came, where, and what became of it."""

    number: str
    came: datetime
    place: str
    acts: list[tuple[str, datetime]] = field(default_factory=list)

    @property
    def closed(self) -> datetime | None:
        """When it was closed for good; None while it is open."""
        name, at = self.acts[-1] if self.acts else ("", self.came)
        return at if name == "grievance_closed" else None


def lines(name: str) -> IO[str]:
    """Open a log."""
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{path} is not on this machine: nothing to compare")
    return cast("IO[str]", gzip.open(path, "rt", encoding="utf-8"))


def requests_of_new_york() -> Iterator[Ticket]:
    """Yield 311 requests; their times are those of the wall in New York, their states do not end them."""
    here = {"QUEENS": "371502", "BROOKLYN": "371503", "BRONX": "371521", "MANHATTAN": "371522"}

    def instant(text: str) -> datetime:
        return datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=ZoneInfo("America/New_York"))

    with lines("nyc-311.csv.gz") as file:
        for row in csv.DictReader(file):
            ticket = Ticket(
                row["Unique Key"], instant(row["Created Date"]), here.get(row["Borough"], "371523")
            )
            if row["Closed Date"]:
                ticket.acts.append(("grievance_closed", instant(row["Closed Date"])))
            yield ticket


def incidents() -> Iterator[Ticket]:
    """Yield incidents of a vehicle maker: what is worked on after it was completed was reopened."""
    tickets: dict[str, Ticket] = {}
    with lines("incidents-2013.csv.gz") as file:
        for row in csv.DictReader(file):
            at = datetime.fromisoformat(row["timestamp"])
            ticket = tickets.setdefault(row["case"], Ticket(row["case"], at, "371502"))
            if row["status"] == "Completed":
                ticket.acts.append(("grievance_closed", at))
            elif ticket.closed is not None:
                ticket.acts.append(("grievance_reopened", at))
    yield from tickets.values()


def tickets_of_a_helpdesk() -> Iterator[Ticket]:
    """Yield tickets of a software firm: resolved is replied to, also of what was closed, which reopens it."""
    names = {"Resolve ticket": "grievance_replied", "Closed": "grievance_closed"}
    with lines("helpdesk.xes.gz") as file:
        for _, trace in ElementTree.iterparse(file):
            if trace.tag != f"{_XES}trace":
                continue
            said = [
                {part.get("key"): part.get("value") for part in event} for event in trace.iter(f"{_XES}event")
            ]
            found = [(str(event["concept:name"]), str(event["time:timestamp"])) for event in said]
            acts = [(name, datetime.fromisoformat(at)) for name, at in found]
            ticket = Ticket(str(trace[0].get("value")), acts[0][1], "371502")
            for name, at in acts:
                if ticket.closed is not None and name == "Resolve ticket":
                    ticket.acts.append(("grievance_reopened", at))
                if name in names and (name != "Closed" or ticket.closed is None):
                    ticket.acts.append((names[name], at))
            yield ticket


def month(instant: datetime) -> str:
    """Return the month of an instant in Shanghai."""
    return instant.astimezone(SHANGHAI).strftime("%Y-%m")


def is_placeholder(instant: datetime) -> bool:
    """Tell whether an instant is none: New York closed two requests in 1900. Its event takes no effect."""
    return instant.year < FIRST_YEAR


def counted(tickets: list[Ticket]) -> dict[tuple[str, str], Counter[str]]:
    """Count by district and month of the end, without anything of the service's."""
    figures: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for ticket in tickets:
        figures[ticket.place, month(ticket.came)]["received"] += 1
        if ticket.closed is None or is_placeholder(ticket.closed):
            continue
        seconds = (ticket.closed.astimezone(UTC) - ticket.came.astimezone(UTC)).total_seconds()
        counts = figures[ticket.place, month(ticket.closed)]
        acts = Counter(name for name, _ in ticket.acts)
        counts["closed"] += 1
        counts["replies"] += acts["grievance_replied"]
        counts["reopened"] += int(acts["grievance_reopened"] > 0)
        counts["impossible" if seconds < 0 else "timed"] += 1
        counts["closed_at_once"] += int(0 <= seconds < 60)
        counts["handling_minutes_sum"] += int(max(seconds, 0) // 60)
    return figures


def events(tickets: list[Ticket]) -> Iterator[Received]:
    """Yield the events of all tickets, each in its order."""
    offsets = count()
    for ticket in tickets:
        common = {
            "grievance_number": ticket.number,
            "kind": "REPAIR",
            "source": "PHONE",
            "category": "OTHER",
            "supply": None,
            "district": ticket.place,
            "utility": None,
            "received_at": ticket.came,
        }
        for seq, (name, at) in enumerate([("grievance_received", ticket.came), *ticket.acts], 1):
            headers = {
                "ce_id": f"{ticket.number}-{seq}",
                "ce_type": f"{TYPE_PREFIX}.grievances.{name}.v1",
                "ce_time": at.isoformat(),
                "ce_aggregateseq": str(seq),
            }
            yield Received(
                Partition(GRIEVANCES.topic, 0),
                next(offsets),
                ticket.number,
                msgspec.json.encode(common | {"occurred_at": at}),
                tuple((header, value.encode()) for header, value in headers.items()),
            )


@pytest.mark.parametrize(
    ("log", "known"),
    [
        # What is known of each log before (`../shared/data/README.md`).
        (requests_of_new_york, {"received": 5_895, "closed_at_once": 1_729}),
        (incidents, {"received": 7_554, "reopened": 514}),
        (tickets_of_a_helpdesk, {"received": 4_580}),
    ],
)
async def test_the_figures_of_a_strangers_log_are_those_of_plain_counting(
    log: Callable[[], Iterator[Ticket]], known: dict[str, int], tmp_path: Path
) -> None:
    tickets = list(log())
    url = sqlite_database(tmp_path)
    await migrate(url, tmp_path)
    database = Database(url)
    inbox = Inbox(database, ManualClock(datetime(2026, 11, 30, tzinfo=UTC)), subscription(GRIEVANCES))
    told = list(events(tickets))
    for first in range(0, len(told), _AT_ONCE):
        await inbox.apply(told[first : first + _AT_ONCE])
    groups = await asked(database, COUNTS, ["district", "month"], source=GRIEVANCES)
    (live,) = (await asked(database, ["open"], source=GRIEVANCES)).values()
    async with database.reading() as connection:
        held = await connection.scalar(select(func.count()).select_from(dead_letter))
    await database.close()
    assert held == sum(is_placeholder(at) for ticket in tickets for _, at in ticket.acts)
    expected = counted(tickets)
    whole = sum(expected.values(), Counter[str]())
    assert {code: whole[code] for code in known} == known
    found = {by: Counter(tally.counts) for by, tally in groups.items()}
    # Counters compare a missing count as none.
    assert [(by, found.get(by), counts) for by, counts in expected.items() if found.get(by) != counts] == []
    assert found.keys() == expected.keys()
    assert live.counts["open"] == len(tickets) - whole["closed"]
