"""Load through the registry API: counters open accounts, customers make requests, a utility hands ledgers in."""

import asyncio
import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import httpx

from libs.common.auth.callers import Assurance, Caller, Scope, ScopeKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.places import Utility
from libs.development.load import Command, Load, new_key
from services.registry.dev.example_city import ExampleRow, rows_of, utilities
from services.registry.dev.example_ledgers import ledger_of

ACCOUNTS_EACH: Final = 5
REST: Final = 0.1
LEDGER_ROWS: Final = 240
"""Of a ledger; half of them were in the one before."""
ROWS: Final = 4_000
IMPORTING: Final = utilities()[-1].code
"""The utility whose accounts all come from ledgers."""
# Of accounts in use and suspended ones; a closed account is left.
_KINDS: Final[Mapping[str, Sequence[str]]] = {
    "ACTIVE": ("SUSPENSION", "SUSPENSION", "CHANGE", "CLOSURE"),
    "SUSPENDED": ("RESUMPTION",),
}
_ENDS: Final = ("completion",) * 6 + ("refusal", "withdrawal")


class RegistryLoad(Load):
    """Several concurrent clients: one hands ledgers in, each of the others is the counter of a utility."""

    def __init__(self, urls: Sequence[str], issuer: LocalIssuer, seed: int) -> None:
        super().__init__(urls, issuer, seed)
        self._utilities = itertools.chain([utilities()[-1]], utilities())

    async def client(self, http: httpx.AsyncClient, dice: random.Random) -> None:
        """Work for one utility until the load is stopping; what was begun is ended."""
        utility = next(self._utilities)
        if utility.code == IMPORTING:
            await self._hand_in(http, dice, utility)
            return
        people = (row for row in rows_of(utility, ROWS, clean=True) if row["用户类型"] == "自然人")
        accounts: dict[str, Any] = {}
        while not self.is_stopping:
            if len(accounts) < ACCOUNTS_EACH or dice.random() < 0.15:
                await self._open(http, dice, utility, people, accounts)
            else:
                await self._request(http, dice, utility, accounts, dice.choice(list(accounts)))
            await asyncio.sleep(REST)

    async def _open(
        self,
        http: httpx.AsyncClient,
        dice: random.Random,
        utility: Utility,
        people: Iterator[ExampleRow],
        accounts: dict[str, Any],
    ) -> None:
        row = next(people)
        customer = {"kind": "PERSON", "name": row["用户名称"]}
        customer |= {"identifier": row["证件号码"], "mobile": row["手机号"]}
        described = {"use": "RESIDENTIAL", "price_class": "RESIDENT"}
        described |= {"number": row["户号"], "address": row["地址"]}
        command = Command(
            "/v1/accounts", _of(utility, "clerk"), new_key(), {"customer": customer, **described}, None
        )
        answer = await self._answered(http, command)
        if answer is not None:
            account = answer.json()
            owner = await self._read(http, utility, f"/v1/customers/{account['customer_id']}")
            await self.acknowledge(http, dice, command, answer, account, owner)
            accounts[account["id"]] = account

    async def _request(
        self,
        http: httpx.AsyncClient,
        dice: random.Random,
        utility: Utility,
        accounts: dict[str, Any],
        account_id: str,
    ) -> None:
        """Take a request of an account's customer to its end."""
        account = accounts[account_id]
        kind = dice.choice(_KINDS[account["state"]])
        customer = _citizen(account["customer_id"])
        body: dict[str, Any] = {"kind": kind}
        if kind == "CHANGE":
            use = "OFFICE" if account["use"] == "RESIDENTIAL" else "RESIDENTIAL"
            body["change"] = {"use": use}
        submitting = Command(f"/v1/accounts/{account_id}/requests", customer, new_key(), body, None)
        submitted = await self._answered(http, submitting)
        if submitted is None:
            del accounts[account_id]
            return
        request = submitted.json()
        await self.acknowledge(http, dice, submitting, submitted, request)
        path, end = f"/v1/requests/{request['id']}", dice.choice(_ENDS)
        for caller, verb, given in _steps(utility, customer, kind, end):
            command = Command(f"{path}/{verb}", caller, new_key(), given, f'"{request["version"]}"')
            answer = await self._answered(http, command)
            if answer is None:
                del accounts[account_id]
                return
            request, changed = answer.json(), []
            if verb == "completion":
                changed.append(await self._read(http, utility, f"/v1/accounts/{account_id}"))
                accounts[account_id] = changed[0]
            await self.acknowledge(http, dice, command, answer, request, *changed)
        if accounts[account_id]["state"] not in _KINDS:
            del accounts[account_id]

    async def _read(self, http: httpx.AsyncClient, utility: Utility, path: str) -> dict[str, Any]:
        answer = await self.until_answered(http, "GET", path, _of(utility, "clerk"))
        return dict(answer.json())

    async def _hand_in(self, http: httpx.AsyncClient, dice: random.Random, utility: Utility) -> None:
        """Hand in one ledger after another, each when the one before is read in."""
        rows, first = rows_of(utility, ROWS, clean=True), 0
        while not self.is_stopping and first + LEDGER_ROWS <= ROWS:
            ledger = ("用户清册.csv", ledger_of(rows[first : first + LEDGER_ROWS]))
            clerk = _of(utility, "clerk")
            command = Command(
                "/v1/account-imports", clerk, new_key(), None, None, ledger, form={"mode": "good"}
            )
            answer = await self._answered(http, command)
            if answer is not None:
                path = f"/v1/account-imports/{answer.json()['id']}"
                job = await self._ended(http, utility, path)
                await self.acknowledge(http, dice, command, answer, {**job, "version": 1})
            first += LEDGER_ROWS // 2

    async def _ended(self, http: httpx.AsyncClient, utility: Utility, path: str) -> dict[str, Any]:
        """Return an import when it has ended."""
        while True:
            job = await self._read(http, utility, path)
            if job["finished_at"] is not None:
                return job
            await asyncio.sleep(REST)

    async def _answered(self, http: httpx.AsyncClient, command: Command) -> httpx.Response | None:
        answer = await self.send(http, command)
        if answer.is_success:
            return answer
        self.refused.append(f"{command.path}: {answer.status_code} {answer.text[:200]}")
        return None


def _steps(utility: Utility, customer: Caller, kind: str, end: str) -> list[tuple[Caller, str, Any]]:
    """Return who does what to a request from its submission to an end, and with what."""
    clerk = _of(utility, "clerk")
    steps: list[tuple[Caller, str, Any]] = [
        (customer, "questions", {"text": "何时上门？"}),
        (clerk, "acceptance", None),
    ]
    if end == "withdrawal":
        return [*steps, (customer, end, None)]
    if end == "refusal":
        return [*steps, (clerk, end, {"reason": "NOT_THE_CUSTOMER"})]
    if kind == "CLOSURE":
        steps.append((_of(utility, "approver"), "approval", {"settled": True}))
    return [*steps, (clerk, end, {} if kind == "CHANGE" else {"reading": 318})]


def _of(utility: Utility, role: str) -> Caller:
    return Caller(f"m-{role}-{utility.code}", frozenset({role}), Scope(ScopeKind.UTILITY, utility.code))


def _citizen(customer_id: str) -> Caller:
    return Caller(
        customer_id,
        frozenset({"citizen"}),
        Scope(ScopeKind.CITIZEN, customer_id.upper()),
        channel="ISHANDONG",
        assurance=Assurance.REAL_NAME,
    )
