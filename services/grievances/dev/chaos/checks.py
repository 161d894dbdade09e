"""What must be true of grievances after chaos: events, words, units and figures say what is on record."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from libs.common.auth.local_issuer import LocalIssuer
from libs.development.checks import Cell, Check, compare, figures_by, followed
from libs.development.stack import Stack

_ENDED: Final = ("CLOSED", "NOT_ACCEPTED", "TERMINATED", "WITHDRAWN")
Row = Mapping[str, Any]


async def checks_of_grievances(stack: Stack, issuer: LocalIssuer) -> list[Check]:
    """Compare grievances on record with what follows from them."""
    rows = await stack.rows(
        "grievances", "SELECT id::text, district, utility, state, cycle, in_ledger FROM grievance"
    )
    events = await stack.rows("grievances", "SELECT key, type, payload FROM outbox ORDER BY seq")
    words = await stack.rows("grievances", "SELECT id::text FROM grievance_words")
    units = await stack.rows("grievances", "SELECT grievance_id::text AS id, unit FROM grievance_unit")

    async def figures() -> Check:
        codes = ("received", "ended", "closed", "open", "in_ledger")
        found = await figures_by(stack.url("metrics"), issuer, "grievances", "district", *codes)
        return compare("figures of grievances", by_district(rows), found)

    return [
        compare("grievances: the words of each are kept once", _ids(rows), _ids(words)),
        compare(
            "grievances: the utility that works on one sees it", _units_of(rows), _units_seen(rows, units)
        ),
        compare(
            "grievances: cycles as their events say",
            {(row["id"],): row["cycle"] for row in rows},
            cycles(events),
        ),
        await followed(figures),
    ]


def _ids(rows: Iterable[Row]) -> dict[Cell, int]:
    return dict(Counter((row["id"],) for row in rows))


def _units_of(rows: Iterable[Row]) -> dict[Cell, str]:
    return {(row["id"],): row["utility"] for row in rows if row["utility"] is not None}


def _units_seen(rows: Iterable[Row], units: Iterable[Row]) -> dict[Cell, str]:
    known = {row["id"] for row in rows}
    return {(row["id"],): row["unit"] for row in units if row["id"] in known}


def cycles(events: Iterable[Row]) -> dict[Cell, int]:
    """By id: the cycle that the last dispatch of each grievance names; 1 of what was sent to nobody."""
    found: dict[Cell, int] = {}
    for event in events:
        name = event["type"].split(".")[-2]
        if name == "grievance_received":
            found[event["key"],] = 1
        if name == "grievance_dispatched":
            found[event["key"],] = msgspec.json.decode(event["payload"])["cycle"]
    return found


def by_district(rows: Iterable[Row]) -> dict[Cell, tuple[int, ...]]:
    """By district: grievances that came in, that ended, of these the closed ones; open ones, and in the ledger."""
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        count = counts.setdefault(row["district"], Counter())
        is_ended = row["state"] in _ENDED
        count["received"] += 1
        count["ended"] += int(is_ended)
        count["closed"] += int(row["state"] == "CLOSED")
        count["open"] += int(not is_ended)
        count["in_ledger"] += int(bool(row["in_ledger"]))
    names = ("received", "ended", "closed", "open", "in_ledger")
    return {(district,): tuple(count[name] for name in names) for district, count in counts.items()}
