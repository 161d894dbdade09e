"""What chaos compares of grievances: its checks bite."""

from random import Random
from typing import Any

import msgspec
import pytest

from libs.common.places import load_places
from libs.development.checks import Cell, compare
from services.grievances.dev.chaos.checks import by_district, cycles
from services.grievances.dev.chaos.load import steps

ROWS: list[dict[str, Any]] = [
    {"id": "a", "district": "371502", "state": "CLOSED", "cycle": 2, "in_ledger": True},
    {"id": "b", "district": "371502", "state": "HANDLING", "cycle": 1, "in_ledger": None},
    {"id": "c", "district": "371503", "state": "NOT_ACCEPTED", "cycle": 1, "in_ledger": None},
]


def event(key: str, name: str, cycle: int = 1) -> dict[str, Any]:
    """Return an event of the outbox."""
    kind = f"cn.liaocheng.sqn.grievances.{name}.v1"
    return {"key": key, "type": kind, "payload": msgspec.json.encode({"cycle": cycle})}


RECEIVED = [event(key, "grievance_received") for key in "abc"]


@pytest.mark.parametrize(
    ("events", "wrong"),
    [
        ([*RECEIVED, event("a", "grievance_dispatched"), event("a", "grievance_dispatched", 2)], 0),
        ([*RECEIVED, event("a", "grievance_dispatched")], 1),
        ([*RECEIVED[:2], event("a", "grievance_dispatched", 2)], 1),
        ([*RECEIVED, event("a", "grievance_dispatched", 2), event("d", "grievance_received")], 1),
    ],
)
def test_a_grievance_that_is_not_as_its_events_say_is_seen(events: list[Any], wrong: int) -> None:
    stored: dict[Cell, int] = {(row["id"],): row["cycle"] for row in ROWS}
    assert len(compare("cycles", stored, cycles(events)).differences) == wrong


def test_what_the_figures_have_to_say_follows_from_what_is_on_record() -> None:
    assert by_district(ROWS) == {("371502",): (2, 1, 1, 1, 1), ("371503",): (1, 1, 0, 0, 0)}


def test_the_load_redoes_and_reopens_and_comes_to_an_end() -> None:
    unit = load_places().utility("W-371502")
    ways = [[verb for _, verb, _ in steps(Random(seed), unit)] for seed in range(60)]
    assert {way[-1] for way in ways} == {"call", "refusal"}
    assert any("reopening" in way for way in ways)
    assert max(way.count("reply") for way in ways) >= 3
