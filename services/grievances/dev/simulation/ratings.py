"""Who rates ended services, by links and at the hall, and what is done about bad ratings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import httpx

from libs.common.clock import Clock, local
from libs.development.office_hours import DAY_MINUTES
from libs.development.parts import Token
from libs.development.player import Player, Thing
from services.grievances.dev.matters import is_winter
from services.grievances.dev.seed import GAMED

WATCHER: Final = "watcher"
# So often somebody looks for what has ended since.
LOOKS_A_DAY: Final = 8
# So many people come in between, of those who were served last: more would all be of this machine's network.
AT_ONCE: Final = 5
# The share that is rated, in a common month and in the heating season, when people have more to say.
RATED, RATED_IN_WINTER = 0.35, 0.5
BY_LINK: Final = 0.5
_GRADES, _WEIGHTS, _IN_WINTER = (1, 2, 3, 4, 5), (1, 2, 8, 30, 60), (4, 6, 12, 30, 48)
_REASONS: Final = ("等了两天才上门。", "问题没有解决。", "电话打不通。")
# Every fourth day the one unit collects five stars, on one telephone.
_COLLECTED: Final = 4
_TELEPHONE: Final = "Mozilla/5.0 (Linux; Android 12; shared)"


@dataclass(frozen=True, slots=True)
class Step:
    """A command about a rating after so many office minutes; without a path the person grades it by a link."""

    minutes: float
    role: str
    path: str
    body: Mapping[str, Any] = field(default_factory=dict)


_Key = tuple[str, str, str]


def _key(rating: Thing) -> _Key:
    """Return which rating it is, where it is, and what it waits for first."""
    return rating["id"], rating["state"], next((task["kind"] for task in rating["work"]), "")


class Raters(Player[Step]):
    """Plays persons who rate, and the staff who call them back and make good, against an API of grievances."""

    def __init__(
        self, api: httpx.AsyncClient, token: Token, clock: Clock, seed: int, hurry: float = 1.0
    ) -> None:
        super().__init__(api, token, clock, seed, hurry)
        # What was planned for already, as it was then.
        self._seen = set[_Key]()

    async def start(self) -> None:
        """Begin; the first look finds what was left from an earlier run."""

    def wait(self) -> float:
        """Return the minutes until the next look."""
        return DAY_MINUTES / LOOKS_A_DAY

    async def arrive(self) -> Sequence[str]:
        """Look for what may be rated and what is to be done about ratings; return the ids of what is new."""
        # The citizen of the laptop rates in person.
        own = {row["id"] for row in await self._rows("/v1/ratings", "citizen", state="INVITED")}
        invited = await self._rows("/v1/ratings", WATCHER, state="INVITED")
        fresh = [row for row in invited if row["id"] not in own and _key(row) not in self._seen]
        found = fresh[:AT_ONCE]
        for turn in ("caller", "handler"):
            rows = await self._rows("/v1/rating-work-list", WATCHER, whose=turn)
            found += [row for row in rows if _key(row) not in self._seen]
        self._seen |= {_key(row) for row in found}
        return sorted({row["id"] for row in found})

    async def _rows(self, path: str, role: str, **query: str) -> Sequence[Thing]:
        """Return the first page of a list: the services that ended last, or what is most urgent."""
        answer = await self.call("GET", path, role, params={**query, "limit": "200"})
        items: Sequence[Thing] = answer.raise_for_status().json()["items"]
        return items

    def plan(self, thing: Thing) -> tuple[datetime, Step] | None:
        """Return what is done about a rating next, and when."""
        now = self.clock.now()
        if thing["state"] == "INVITED":
            if thing["utility"] == GAMED:
                return self._collection(now), self._graded(thing, 5)
            day = local(now).date()
            if self.dice.random() > (RATED_IN_WINTER if is_winter(day) else RATED):
                return None
            (grade,) = self.dice.choices(_GRADES, _IN_WINTER if is_winter(day) else _WEIGHTS)
            step = self._graded(thing, grade)
        elif (task := next(iter(thing["work"]), None)) is None:
            return None
        elif task["kind"] == "CALL":
            # Who called back did none of the work, and made no link.
            body = {"reached": True, "genuine": thing["utility"] != GAMED, "note": "已电话核实。"}
            step = Step(self._minutes(200), f"supervisor-{thing['district']}", "call", body)
        elif task["kind"] == "RECTIFY" and thing["utility"]:
            body = {"text": "已上门处理并向用户致歉。"}
            step = Step(self._minutes(600), f"clerk-{thing['utility']}", "rectification", body)
        else:
            return None
        return self.later(now, step.minutes), step

    def _graded(self, thing: Thing, grade: int) -> Step:
        body = {"grade": grade, **({"reason": self.dice.choice(_REASONS)} if grade < 3 else {})}
        path = "" if thing["utility"] == GAMED or self.dice.random() < BY_LINK else "grade"
        # Whose service is rated in its own app has done so within a day.
        return Step(self._minutes(2 * DAY_MINUTES), f"window-{thing['district']}", path, body)

    def _collection(self, now: datetime) -> datetime:
        """Return when the one unit collects next: at 16:00 of every fourth day."""
        at = local(now).replace(hour=16, minute=0, second=0, microsecond=0)
        while at <= now or at.toordinal() % _COLLECTED:
            at += timedelta(days=1)
        return at.astimezone(now.tzinfo)

    def _minutes(self, mean: float) -> float:
        return self.dice.uniform(0.5, 1.5) * mean

    async def take(self, thing_id: str, step: Step) -> Thing:
        """Do it, unless the rating is another's by now; return the rating as it is then."""
        address = f"/v1/ratings/{thing_id}"
        seen = await self.call("GET", address, WATCHER)
        rating: Thing = seen.raise_for_status().json()
        if step.path in ("", "grade") and rating["state"] != "INVITED":
            # Looked at again when something is to be done about it.
            return {**rating, "work": []}
        if step.path:
            etag = seen.headers.get("etag")
            answer = await self.call("POST", f"{address}/{step.path}", step.role, etag=etag, json=step.body)
        else:
            answer = await self._by_link(address, rating, step)
        self.is_done(step.path, answer)
        after = await self.show(thing_id)
        self._seen.add(_key(after))
        return after

    async def _by_link(self, address: str, rating: Thing, step: Step) -> httpx.Response:
        """Let the hall send a link, and the person follow it on a telephone of its own."""
        made = await self.call("POST", f"{address}/link", step.role)
        if not made.is_success:
            return made
        token = made.json()["path"].rpartition("/")[2]
        telephone = _TELEPHONE if rating["utility"] == GAMED else f"Mozilla/5.0 ({rating['id']})"
        return await self.call(
            "POST", f"/v1/rating-links/{token}", None, json=step.body, headers={"User-Agent": telephone}
        )

    async def show(self, thing_id: str) -> Thing:
        """Return a rating as it is now."""
        return await self.read(f"/v1/ratings/{thing_id}", WATCHER)
