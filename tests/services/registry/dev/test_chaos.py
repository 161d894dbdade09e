"""What chaos compares of the registry: its checks bite."""

from typing import Any

import msgspec
import pytest

from libs.development.checks import compare
from services.registry.dev.chaos.checks import (
    accounts_by_utility,
    acts_by_utility,
    ledgers_read_in,
    matters_of,
    requests_by_utility,
    states,
    states_told,
)
from services.registry.dev.chaos.load import LEDGER_ROWS

ACCOUNTS: list[dict[str, Any]] = [
    {"id": "a", "utility": "W-1", "state": "ACTIVE"},
    {"id": "b", "utility": "W-1", "state": "SUSPENDED"},
    {"id": "c", "utility": "W-2", "state": "CLOSED"},
]
REQUESTS: list[dict[str, Any]] = [
    {"id": "r", "utility": "W-1", "kind": "SUSPENSION", "state": "DONE"},
    {"id": "s", "utility": "W-2", "kind": "CLOSURE", "state": "DONE"},
    {"id": "t", "utility": "W-1", "kind": "SUSPENSION", "state": "WITHDRAWN"},
    {"id": "u", "utility": "W-1", "kind": "CHANGE", "state": "ACCEPTED"},
]


def told(account: str, state: str) -> dict[str, Any]:
    return {"key": account, "payload": msgspec.json.encode({"state": state})}


@pytest.mark.parametrize(
    ("events", "wrong"),
    [
        ([told("a", "ACTIVE"), told("b", "ACTIVE"), told("b", "SUSPENDED"), told("c", "CLOSED")], 0),
        ([told("a", "ACTIVE"), told("b", "ACTIVE"), told("c", "CLOSED")], 1),
        ([told("a", "ACTIVE"), told("b", "SUSPENDED")], 1),
        ([*(told(row["id"], row["state"]) for row in ACCOUNTS), told("d", "ACTIVE")], 1),
    ],
)
def test_an_account_that_is_not_as_its_events_say_is_seen(events: list[Any], wrong: int) -> None:
    check = compare("accounts", states(ACCOUNTS), states_told(events))
    assert len(check.differences) == wrong


def test_what_figures_and_matters_have_to_say_follows_from_what_is_on_record() -> None:
    assert accounts_by_utility(ACCOUNTS) == {("W-1",): (2, 1, 2), ("W-2",): (0, 0, 1)}
    assert acts_by_utility(REQUESTS) == {("W-1",): (1, 0, 0), ("W-2",): (0, 0, 1)}
    assert requests_by_utility(REQUESTS) == {("W-1",): (3, 1, 0, 1), ("W-2",): (1, 1, 0, 0)}
    matters = {("r",): "DONE", ("s",): "DONE", ("t",): "WITHDRAWN", ("u",): "OPEN"}
    assert matters_of(REQUESTS) == matters


def job(loaded: int, repeated: int = 0, state: str = "done") -> dict[str, Any]:
    return {"rows": LEDGER_ROWS, "loaded": loaded, "repeated": repeated, "bad": 0, "state": state}


HALF = LEDGER_ROWS // 2
FIRST, SECOND = job(LEDGER_ROWS), job(HALF, HALF)


@pytest.mark.parametrize(
    ("jobs", "accounts", "wrong"),
    [
        ([], 0, 0),
        ([FIRST, SECOND], 3 * HALF, 0),
        ([FIRST, SECOND], 3 * HALF - 1, 1),
        ([FIRST, SECOND], 3 * HALF + 1, 1),
        ([FIRST, job(LEDGER_ROWS)], 3 * HALF, 1),
        ([job(LEDGER_ROWS - 1), SECOND], 3 * HALF - 1, 2),
        ([FIRST, job(HALF, HALF, "failed")], 3 * HALF, 1),
        ([], 1, 1),
    ],
)
def test_a_row_of_a_ledger_that_is_lost_or_doubled_is_seen(
    jobs: list[Any], accounts: int, wrong: int
) -> None:
    assert len(ledgers_read_in(jobs, accounts).differences) == wrong
