"""The city as a player of the registry's API: requests arrive, and each moves when its next step is due."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import httpx

from libs.common.clock import Clock, local
from libs.common.places import Supply, Utility, load_places
from libs.development.machines import CUSTOMER
from libs.development.office_hours import DAY_MINUTES
from libs.development.parts import Token
from libs.development.player import Player, Thing
from services.registry.dev.example_city import ExampleRow, number_of, row_of
from services.registry.dev.seed import first_of
from services.registry.dev.simulation.apps import CITIZEN
from services.registry.dev.simulation.plan import DEED, People, Step, next_step
from services.registry.dev.simulation.seasons import CHANGE, RESUMPTION, TRANSFER, HeatSeason, wishes

WATCHER: Final = "watcher"
# The old town has most customers.
_WEIGHTS: Final = {"371502": 10}
# The share of customers who use the app, and that of counters that are the hall's.
APP, HALL = 0.7, 0.3
# So many first accounts of each utility are for who tries things out by hand.
LEFT_ALONE: Final = 3
# The numbers from which on nobody is in a ledger: who moves into the city. None of them is an organisation's.
_NEWCOMERS: Final = 600_011


@dataclass(frozen=True, slots=True)
class _Account:
    """An account of a customer and the role that acts for the customer."""

    id: str
    utility: str
    role: str


class Simulator(Player[Step]):
    """Plays the city against a registry API; with `has_apps` customers sign in, else all come to a counter."""

    def __init__(
        self,
        api: httpx.AsyncClient,
        token: Token,
        clock: Clock,
        *,
        has_apps: bool,
        seed: int = 25,
        hurry: float = 1.0,
    ) -> None:
        super().__init__(api, token, clock, seed, hurry)
        self._has_apps = has_apps
        self._places = load_places()
        self._season = HeatSeason("10-15", "11-15", "03-15")
        self._people: dict[str, People] = {}
        # By id, with the 户号 of who used the app.
        self._suspended: dict[str, _Account] = {}

    async def start(self) -> None:
        """Read the season; plan for every request that was left from an earlier run; see what stands suspended."""
        self._season = await self._read_season()
        async for row in self._rows("/v1/requests", open="true"):
            self.add(await self.show(row["id"]))
        async for row in self._rows("/v1/accounts", state="SUSPENDED"):
            self._suspended[row["id"]] = _Account(row["id"], row["utility"], f"clerk-{row['utility']}")

    async def _read_season(self) -> HeatSeason:
        policies = (await self.read("/v1/policies", WATCHER))["items"]
        (requests,) = (policy for policy in policies if policy["policy"] == "account_requests")
        version = next(row["version"] for row in requests["versions"] if row["in_force"])
        shown = await self.read(f"/v1/policies/account_requests/versions/{version}", WATCHER)
        heat = shown["body"]["heat"]
        return HeatSeason(heat["closing"], heat["first"], heat["last"])

    async def _rows(self, path: str, **query: str) -> AsyncIterator[Thing]:
        cursor: dict[str, str] = {}
        while True:
            answer = await self.call("GET", path, WATCHER, params={**query, **cursor, "limit": "200"})
            page = answer.raise_for_status().json()
            for row in page["items"]:
                yield row
            if page["next"] is None:
                return
            cursor = {"cursor": page["next"]}

    # -- who comes

    def _wishes(self) -> Mapping[tuple[str, Supply | None], float]:
        return wishes(local(self.clock.now()).date(), self._season)

    def wait(self) -> float:
        """Return the minutes until somebody else comes."""
        return self.dice.expovariate(sum(self._wishes().values()) / DAY_MINUTES)

    async def arrive(self) -> Sequence[str]:
        """Let a customer ask for something; return the id of the request."""
        possible = self._wishes()
        kind, supply = self.dice.choices(list(possible), list(possible.values()))[0]
        if kind == RESUMPTION and self._suspended:
            account = self.dice.choice(list(self._suspended.values()))
        else:
            utility = self._utility(supply)
            number = self.dice.randrange(LEFT_ALONE + 1, first_of(utility.service) + 1)
            # Before the ledger is read in nobody has an account: who signs in then is a new customer.
            if await self._account(WATCHER, utility=utility.code) is None:
                return ()
            found = await self._find(utility, number_of(utility.code, number))
            if found is None:
                return ()
            account = found
        return await self._submit(kind, account)

    def _utility(self, supply: Supply | None) -> Utility:
        utilities = self._places.utilities(supply)
        weights = [_WEIGHTS.get(utility.district, 3) for utility in utilities]
        return self.dice.choices(utilities, weights)[0]

    async def _find(self, utility: Utility, number: str) -> _Account | None:
        """Return an account as its customer finds it: in the app, else at a counter; None without one on record."""
        app, counter = self.dice.random() < APP, f"clerk-{utility.code}"
        if self.dice.random() < HALL:
            counter = f"window-{utility.district}"
        if self._has_apps and app:
            role = f"{CITIZEN}{number}"
            if account := await self._account(role, utility=utility.code):
                return _Account(account, utility.code, role)
        answer = await self.call("POST", "/v1/customer-search", counter, json={"number": number})
        if not self.is_done("/v1/customer-search", answer) or not (customers := answer.json()["items"]):
            return None
        account = await self._account(counter, utility=utility.code, customer_id=customers[0]["id"])
        return None if account is None else _Account(account, utility.code, counter)

    async def _account(self, role: str, **query: str) -> str | None:
        """Return the first account that a role sees, but those of the citizen who signs in by hand."""
        answer = await self.call("GET", "/v1/accounts", role, params=query)
        items = answer.json()["items"] if self.is_done("/v1/accounts", answer) else ()
        return next((item["id"] for item in items if item["customer_id"] != CUSTOMER), None)

    # -- what they ask for

    async def _submit(self, kind: str, account: _Account) -> Sequence[str]:
        path = f"/v1/accounts/{account.id}"
        asked = await self.call("GET", f"{path}/eligibility", account.role, params={"kind": kind})
        if not self.is_done(path, asked):
            return ()
        if code := asked.json()["code"]:
            # Told beforehand, with the rule and the remedy: nothing is submitted.
            self.refused[code] += 1
            return ()
        body, people = self._request(kind, account, local(self.clock.now()).date())
        answer = await self.call("POST", f"{path}/requests", account.role, json=body)
        if not self.is_done(path, answer):
            return ()
        request_id = answer.json()["id"]
        self._people[request_id] = people
        return [request_id]

    def _request(self, kind: str, account: _Account, today: date) -> tuple[dict[str, Any], People]:
        body: dict[str, Any] = {"kind": kind}
        receiver = None
        if kind == TRANSFER:
            utility, number = (
                self._places.utility(account.utility),
                _NEWCOMERS + 10 * self.dice.randrange(9_000),
            )
            body["receiver"] = _described(row_of(utility, number))
            if self._has_apps and self.dice.random() < APP:
                receiver = f"{CITIZEN}{number_of(utility.code, number)}"
        if kind == CHANGE:
            mobile = f"154{90_000_000 + self.dice.randrange(9_000_000)}"
            use = {"use": "OFFICE", "price_class": "NON_RESIDENT"}
            body["change"] = {"mobile": mobile} if self.dice.random() < 0.7 else use
        if account.role.startswith(CITIZEN):
            return body, People(account.role, receiver)
        body["document_ref"] = f"QZ-{account.utility}-{today:%m%d}-{self.dice.randrange(10_000):04d}"
        return body, People(None, receiver)

    # -- how it goes on

    def plan(self, thing: Thing) -> tuple[datetime, Step] | None:
        """Return the next step of a request and when it is due."""
        step = next_step(thing, self._people.get(thing["id"], People()), self.dice)
        return None if step is None else (self.later(self.clock.now(), step.minutes), step)

    async def take(self, thing_id: str, step: Step) -> Thing:
        """Give a step's command; return the request as it is then."""
        address = f"/v1/requests/{thing_id}"
        etag = (await self.call("GET", address, WATCHER)).headers.get("etag")
        content: dict[str, Any] = {"files": {"file": DEED}} if step.is_file else {"json": step.body}
        answer = await self.call("POST", f"{address}/{step.path}", step.role, etag=etag, **content)
        self.is_done(step.path, answer)
        item = await self.show(thing_id)
        self._notice(item)
        return item

    def _notice(self, item: Thing) -> None:
        """Keep in mind which accounts stand suspended."""
        account = item["account_id"]
        if item["state"] == "DONE":
            if item["kind"] == "SUSPENSION":
                role = self._people.get(item["id"], People()).customer or f"clerk-{item['utility']}"
                self._suspended[account] = _Account(account, item["utility"], role)
            else:
                self._suspended.pop(account, None)

    async def show(self, thing_id: str) -> Thing:
        """Return a request as it is now."""
        return await self.read(f"/v1/requests/{thing_id}", WATCHER)


def _described(row: ExampleRow) -> dict[str, str]:
    """Return a person of the example city as a form describes it."""
    return {
        "kind": "PERSON",
        "paper": "RESIDENT_ID",
        "name": row["用户名称"],
        "identifier": row["证件号码"],
        "mobile": row["手机号"],
    }
