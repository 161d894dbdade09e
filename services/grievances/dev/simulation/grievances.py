"""Who tells, at a counter, in the app or by the hotline (12345), who screens, handles and calls back."""

from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import httpx

from libs.common.clock import Clock, local
from libs.common.places import load_places
from libs.development.office_hours import DAY_MINUTES
from libs.development.parts import Token
from libs.development.player import Player, Thing
from services.grievances.dev.matters import GENERIC, MATTERS, NAMES, REPLIES, Matter, weights_on
from services.grievances.dev.seed import GAMED
from services.grievances.domain.values.kinds import KIND_NAMES

WATCHER: Final = "watcher"
# So many are told on a working day.
A_DAY: Final = 8
# Every so manieth is told by the citizen of the laptop, from the first on.
OF_THE_CITIZEN: Final = 20
# The share of the hotline's orders whose kind is a word that is not known.
PARKED, PRAISE = 0.1, "表扬"
# The hotline's words for categories, as the policy `hotline_words` has them.
HOTLINE_WORDS: Final = {
    "FACILITY-LEAK": "漏水",
    "SUPPLY-NONE": "停水",
    "SUPPLY-PRESSURE": "水压不足",
    "SUPPLY-COLD": "暖气不热",
    "FACILITY-METER": "水表",
    "FEE-BILL": "收费",
    "HOOKUP-TIME": "报装",
}


@dataclass(frozen=True, slots=True)
class Step:
    """A command that somebody gives after so many office minutes."""

    minutes: float
    role: str
    path: str
    body: dict[str, Any] = field(default_factory=dict)


class Simulator(Player[Step]):
    """Plays the city against an API of grievances."""

    def __init__(
        self, api: httpx.AsyncClient, token: Token, clock: Clock, seed: int, hurry: float = 1.0
    ) -> None:
        super().__init__(api, token, clock, seed, hurry)
        self._arrivals = 0
        # Until when, which, and in which district.
        self._parked = deque[tuple[datetime, str, str]]()

    async def start(self) -> None:
        """Plan for every grievance that was left from an earlier run."""
        async for row in self._rows(open="true"):
            self.add(await self.show(row["id"]))

    async def _rows(self, **query: str) -> AsyncIterator[Thing]:
        cursor: dict[str, str] = {}
        while True:
            answer = await self.call(
                "GET", "/v1/grievances", WATCHER, params={**query, **cursor, "limit": "200"}
            )
            page = answer.raise_for_status().json()
            for row in page["items"]:
                yield row
            if page["next"] is None:
                return
            cursor = {"cursor": page["next"]}

    def wait(self) -> float:
        """Return the minutes until somebody else tells something."""
        return self.dice.expovariate(A_DAY / DAY_MINUTES)

    async def arrive(self) -> Sequence[str]:
        """Let somebody tell something; return the id of the grievance. What stands parked is looked at meanwhile."""
        await self._dismiss()
        self._arrivals += 1
        (matter,) = self.dice.choices(MATTERS, weights_on(local(self.clock.now()).date()))
        units = load_places().utilities(matter.supply)
        (unit,) = self.dice.choices(units, [5 if unit.district == "371502" else 1 for unit in units])
        street = self.dice.choice(load_places().streets_of(unit.district))
        told = {
            "supply": matter.supply,
            "words": self.dice.choice(matter.words),
            "place": f"{street.name}{self.dice.randrange(1, 40)}号楼",
        }
        who = {"name": self.dice.choice(NAMES), "phone": f"154{self.dice.randrange(10**8):08d}"}
        if self._arrivals % OF_THE_CITIZEN == 1:
            return await self._submit("citizen", told, matter, unit.district, street.site)
        if matter.category in HOTLINE_WORDS and self.dice.random() < 0.7:
            return await self._push(told | who, matter, unit.district)
        return await self._submit(f"window-{unit.district}", told | who, matter, unit.district, street.site)

    async def _submit(
        self, role: str, told: dict[str, Any], matter: Matter, district: str, site: str
    ) -> Sequence[str]:
        body = {**told, "kind": matter.kind, "category": matter.category, "district": district, "site": site}
        answer = await self.call("POST", "/v1/grievances", role, json=body)
        return [answer.json()["id"]] if self.is_done("/v1/grievances", answer) else ()

    async def _push(self, told: dict[str, Any], matter: Matter, district: str) -> Sequence[str]:
        """Let the hotline push an order; now and then it uses a word that nobody here knows."""
        now = self.clock.now()
        is_praise = self.dice.random() < PARKED
        order = {
            **told,
            "number": f"DH{local(now):%Y%m%d%H%M%S}{self.dice.randrange(10_000):04d}",
            "version": 1,
            "received_at": now.isoformat(),
            "kind": PRAISE if is_praise else KIND_NAMES[matter.kind],
            "category": HOTLINE_WORDS[matter.category],
            "district": load_places().division(district).name,
        }
        answer = await self.call("POST", "/v1/hotline-orders", "hotline", json=order)
        if not self.is_done("/v1/hotline-orders", answer):
            return ()
        taken = answer.json()
        if taken["state"] == "PARKED":
            self._parked.append((now + timedelta(days=1), taken["id"], district))
        return [taken["grievance_id"]] if taken["grievance_id"] else ()

    async def _dismiss(self) -> None:
        """Let the desk look at the order that has been parked for a day."""
        if not self._parked or self._parked[0][0] > self.clock.now():
            return
        _, order, district = self._parked.popleft()
        address, desk = f"/v1/hotline-orders/{order}", f"window-{district}"
        etag = (await self.call("GET", address, desk)).headers.get("etag")
        note = {"note": "表扬件，已转告所在单位。"}
        self.is_done(address, await self.call("POST", f"{address}/dismissal", desk, etag=etag, json=note))

    def plan(self, thing: Thing) -> tuple[datetime, Step] | None:
        """Return the next step of a grievance and when it is due."""
        step = self.next_step(thing)
        return None if step is None else (self.later(self.clock.now(), step.minutes), step)

    def next_step(self, thing: Thing) -> Step | None:
        """Return what somebody does next, from what the API shows."""
        desk, above = f"window-{thing['district']}", f"supervisor-{thing['district']}"
        state, cycle = thing["state"], thing["cycles"][-1]
        if state == "NEW":
            return self._screening(thing, desk)
        if state == "RETURN_REQUESTED":
            return Step(self._minutes(60), desk, "return-decision", {"granted": self.dice.random() < 0.5})
        if state in ("DISPATCHED", "SIGNED", "HANDLING"):
            return self._handling(thing, cycle, f"clerk-{thing['utility']}")
        if state in ("REPLIED", "CALLBACK"):
            if cycle["reasonable"] is False and cycle["confirmed"] is None:
                return Step(
                    self._minutes(60), above, "finding-confirmation", {"agreed": self.dice.random() < 0.5}
                )
            return Step(self._minutes(300), above, "call", self._call(thing))
        if state == "CLOSED" and thing["in_ledger"] and thing["outcome_name"] == "回访满意":
            return Step(self._minutes(200), above, "cross-off", {"ground": "SOLVED"})
        return None

    def _screening(self, thing: Thing, desk: str) -> Step:
        if thing["kind"] == "CONSULTATION" and self.dice.random() < 0.6:
            return Step(self._minutes(30), desk, "answer", {"text": "已按规定答复，办理渠道见服务指南。"})
        unit = next(
            unit for unit in load_places().utilities(thing["supply"]) if unit.district == thing["district"]
        )
        return Step(self._minutes(30), desk, "dispatch", {"utility": unit.code})

    def _handling(self, thing: Thing, cycle: Thing, clerk: str) -> Step:
        if thing["state"] == "DISPATCHED":
            return Step(self._minutes(40), clerk, "signature")
        if cycle["arrive_by"] and not cycle["arrival"]:
            return Step(self._minutes(30), clerk, "arrival")
        if not cycle["contact"] and thing["reporter"] != "ANONYMOUS":
            return Step(self._minutes(60), clerk, "contact", {"way": "PHONE"})
        if thing["state"] == "SIGNED":
            reasonable = self.dice.random() > 0.05
            found = {"finding": "已到现场核实，情况属实。", "reasonable": reasonable}
            return Step(self._minutes(90), clerk, "verification", found)
        is_gamed = thing["utility"] == GAMED
        text = GENERIC if is_gamed else REPLIES.get(thing["category"], "已现场处理，问题已解决。")
        measures = ["EXPLAINED"] if is_gamed else ["REPAIRED"]
        return Step(self._minutes(400), clerk, "reply", {"measures": measures, "text": text})

    def _call(self, thing: Thing) -> dict[str, Any]:
        if self.dice.random() < 0.12:
            return {"reached": False}
        good = self.dice.random() < (0.55 if thing["utility"] == GAMED else 0.93)
        grade = self.dice.choices((3, 4, 5), (1, 5, 20))[0] if good else self.dice.choice((1, 2))
        reason = {} if good else {"reason": "问题仍未解决"}
        return {"reached": True, "contacted": True, "solved": good, "grade": grade, **reason}

    def _minutes(self, mean: float) -> float:
        return self.dice.uniform(0.2, 1.8) * mean

    async def take(self, thing_id: str, step: Step) -> Thing:
        """Give a step's command; return the grievance as it is then."""
        address = f"/v1/grievances/{thing_id}"
        etag = (await self.call("GET", address, WATCHER)).headers.get("etag")
        answer = await self.call("POST", f"{address}/{step.path}", step.role, etag=etag, json=step.body)
        self.is_done(step.path, answer)
        return await self.show(thing_id)

    async def show(self, thing_id: str) -> Thing:
        """Return a grievance as it is now."""
        return await self.read(f"/v1/grievances/{thing_id}", WATCHER)
