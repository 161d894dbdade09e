"""Simulation of who tells, screens, handles and calls back, through the API of grievances."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import httpx

from libs.common.clock import Clock, local
from libs.common.places import load_places
from libs.development.office_hours import DAY_MINUTES
from libs.development.parts import Token
from libs.development.player import Player, Thing
from services.grievances.dev.matters import GENERIC, MATTERS, NAMES, REPLIES, weights_on
from services.grievances.dev.seed import GAMED

WATCHER: Final = "watcher"
# So many are told on a working day.
A_DAY: Final = 8


@dataclass(frozen=True, slots=True)
class Step:
    """A command that somebody gives after so many office minutes."""

    minutes: float
    role: str
    path: str
    body: dict[str, Any] = field(default_factory=dict)


async def simulate(
    api: httpx.AsyncClient,
    token: Token,
    clock: Clock,
    *,
    hurry: float = 1.0,
    providers: str | None = None,
) -> None:
    """Simulate the city on an API of grievances until cancelled; `hurry` is for the machine's clock."""
    del providers

    async def token_of(role: str) -> str:
        return await token(f"simulator-{role}")

    await Simulator(api, token_of, clock, 14, hurry).run()


class Simulator(Player[Step]):
    """Plays the city against an API of grievances."""

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
        """Let somebody tell something, at a counter or by the hotline; return the id of the grievance."""
        (matter,) = self.dice.choices(MATTERS, weights_on(local(self.clock.now()).date()))
        units = load_places().utilities(matter.supply)
        (unit,) = self.dice.choices(units, [5 if unit.district == "371502" else 1 for unit in units])
        street = self.dice.choice(load_places().streets_of(unit.district))
        by_hotline = self.dice.random() < 0.5
        body = {
            "kind": matter.kind,
            "category": matter.category,
            "supply": matter.supply,
            "district": unit.district,
            "site": street.site,
            "words": self.dice.choice(matter.words),
            "place": f"{street.name}{self.dice.randrange(1, 40)}号楼",
            "source": "HOTLINE" if by_hotline else "HALL",
            "name": self.dice.choice(NAMES),
            "phone": f"154{self.dice.randrange(10**8):08d}",
        }
        role = f"{'supervisor' if by_hotline else 'window'}-{unit.district}"
        answer = await self.call("POST", "/v1/grievances", role, json=body)
        return [answer.json()["id"]] if self.is_done("/v1/grievances", answer) else ()

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
