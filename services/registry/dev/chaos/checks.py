"""What must be true of the registry after chaos: events, figures, matters and ledgers say what is on record."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from libs.common.auth.local_issuer import LocalIssuer
from libs.development.checks import Cell, Check, compare, figures_by, followed
from libs.development.stack import Stack
from services.registry.dev.chaos.load import IMPORTING, LEDGER_ROWS

# What a finished request did to its account.
_ACTS: Final[Mapping[str, str]] = {"SUSPENSION": "suspended", "RESUMPTION": "resumed", "CLOSURE": "closed"}
_ENDED: Final[Mapping[str, str]] = {"DONE": "done", "REFUSED": "refused", "WITHDRAWN": "withdrawn"}
Row = Mapping[str, Any]


async def checks_of_accounts(stack: Stack, issuer: LocalIssuer) -> list[Check]:
    """Compare accounts, requests and imports on record with what follows from them."""
    accounts = await stack.rows("registry", "SELECT id::text, utility, state FROM account")
    requests = await stack.rows("registry", "SELECT id::text, utility, kind, state FROM account_request")
    events = await stack.rows(
        "registry", "SELECT key, payload FROM outbox WHERE type LIKE '%.account\\_%' ORDER BY seq"
    )
    jobs = await stack.rows("registry", "SELECT rows, loaded, repeated, bad, state FROM account_import_job")

    async def matters() -> Check:
        rows = await stack.rows(
            "registry", "SELECT thing::text, state FROM matter WHERE service = 'registry'"
        )
        return compare(
            "matters: the requests", matters_of(requests), {(r["thing"],): r["state"] for r in rows}
        )

    async def figures() -> Check:
        url = stack.url("metrics")
        checks = [
            compare(
                "in use, suspended, opened",
                accounts_by_utility(accounts),
                await figures_by(url, issuer, "registry", "utility", "accounts", "suspended_now", "opened"),
            ),
            compare(
                "suspended, resumed, closed",
                acts_by_utility(requests),
                await figures_by(url, issuer, "registry", "utility", *_ACTS.values()),
            ),
            compare(
                "submitted, done, refused, withdrawn",
                requests_by_utility(requests),
                await figures_by(url, issuer, "registry_requests", "utility", "submitted", *_ENDED.values()),
            ),
        ]
        return Check(
            "figures of accounts, acts and requests",
            sum(check.compared for check in checks),
            [f"{check.name}: {difference}" for check in checks for difference in check.differences],
        )

    return [
        compare("accounts: as their events say", states(accounts), states_told(events)),
        ledgers_read_in(jobs, sum(row["utility"] == IMPORTING for row in accounts)),
        await followed(matters),
        await followed(figures),
    ]


def states(accounts: Iterable[Row]) -> dict[Cell, str]:
    """By id: the states of accounts."""
    return {(row["id"],): row["state"] for row in accounts}


def states_told(events: Iterable[Row]) -> dict[Cell, str]:
    """By id: the state that the last event of each account says."""
    return {(row["key"],): msgspec.json.decode(row["payload"])["state"] for row in events}


def ledgers_read_in(jobs: Sequence[Row], accounts: int) -> Check:
    """Check that each row of the ledgers became one account, and was known the second time."""
    wrong = [
        f"{job['rows']} rows: {job['loaded']} taken in, {job['repeated']} known, {job['bad']} bad, {job['state']}"
        for job in jobs
        if job["state"] != "done" or job["loaded"] + job["repeated"] != job["rows"]
    ]
    expected = LEDGER_ROWS // 2 * (len(jobs) + 1) if jobs else 0
    if accounts != expected or sum(job["loaded"] for job in jobs) != expected:
        wrong.append(f"{expected} rows in {len(jobs)} ledgers, {accounts} accounts")
    return Check("ledgers: each row one account", expected, wrong)


def matters_of(requests: Iterable[Row]) -> dict[Cell, str]:
    """By id of the request: the state of the customer's matter."""
    return {(row["id"],): row["state"] if row["state"] in _ENDED else "OPEN" for row in requests}


def accounts_by_utility(accounts: Iterable[Row]) -> dict[Cell, tuple[int, ...]]:
    """By utility: accounts that are not closed, suspended ones, and all that were ever opened."""
    counts = Counter((row["utility"], row["state"]) for row in accounts)
    return {
        (utility,): (
            counts[utility, "ACTIVE"] + counts[utility, "SUSPENDED"],
            counts[utility, "SUSPENDED"],
            sum(counts[utility, state] for state in ("ACTIVE", "SUSPENDED", "CLOSED")),
        )
        for utility in {utility for utility, _ in counts}
    }


def acts_by_utility(requests: Iterable[Row]) -> dict[Cell, tuple[int, ...]]:
    """By utility that has some: what requests that are done did to accounts, once each."""
    counts = Counter((row["utility"], row["kind"]) for row in requests if row["state"] == "DONE")
    return {
        (utility,): tuple(counts[utility, kind] for kind in _ACTS)
        for utility in {utility for utility, kind in counts if kind in _ACTS}
    }


def requests_by_utility(requests: Iterable[Row]) -> dict[Cell, tuple[int, ...]]:
    """By utility: submitted requests, and how they ended."""
    counts = Counter((row["utility"], row["state"]) for row in requests)
    submitted = Counter(row["utility"] for row in requests)
    return {
        (utility,): (number, *(counts[utility, state] for state in _ENDED))
        for utility, number in submitted.items()
    }
