"""Load through the API of grievances: in each district they are told, sent, worked on, called back and begun anew."""

import asyncio
import itertools
import random
from collections.abc import Iterator, Sequence
from typing import Any, Final

import httpx

from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.places import Utility, load_places
from libs.development.load import Command, Load, new_key

REST: Final = 0.3
PHONE: Final = "15400000000"
_GOOD: Final = {"reached": True, "contacted": True, "solved": True, "grade": 4}
_BAD: Final = {"reached": True, "contacted": True, "solved": False, "grade": 1, "reason": "仍未解决"}
_UNREACHED: Final = {"reached": False}
Step = tuple[str, str, dict[str, Any] | None]


class GrievanceLoad(Load):
    """Several concurrent clients, each the desk, the utility and who supervises in a district of its own."""

    def __init__(self, urls: Sequence[str], issuer: LocalIssuer, seed: int) -> None:
        super().__init__(urls, issuer, seed)
        self._utilities = itertools.cycle(load_places().utilities())

    async def client(self, http: httpx.AsyncClient, dice: random.Random) -> None:
        """Follow one grievance after another until the load is stopping; what was begun is ended."""
        unit = next(self._utilities)
        while not self.is_stopping:
            await self._follow(http, dice, unit)
            await asyncio.sleep(REST)

    async def _follow(self, http: httpx.AsyncClient, dice: random.Random, unit: Utility) -> None:
        told = {
            "kind": "COMPLAINT",
            "category": "FEE-BILL",
            "supply": unit.service,
            "district": unit.district,
            "words": "这个月的费用不对，请核对。",
            "phone": PHONE,
        }
        telling = Command("/v1/grievances", _desk(unit), new_key(), told, None)
        item = await self._given(http, dice, telling)
        if item is None:
            return
        for who, verb, body in steps(dice, unit):
            command = Command(
                f"/v1/grievances/{item['id']}/{verb}",
                _CALLERS[who](unit),
                new_key(),
                body,
                f'"{item["version"]}"',
            )
            item = await self._given(http, dice, command)
            if item is None:
                return

    async def _given(
        self, http: httpx.AsyncClient, dice: random.Random, command: Command
    ) -> dict[str, Any] | None:
        answer = await self.send(http, command)
        if not answer.is_success:
            self.refused.append(f"{command.path}: {answer.status_code} {answer.text[:200]}")
            return None
        item: dict[str, Any] = answer.json()
        await self.acknowledge(http, dice, command, answer, item)
        return item


def steps(dice: random.Random, unit: Utility) -> Iterator[Step]:
    """Yield who does what to a grievance, from its dispatch to an end."""
    if dice.random() < 0.1:
        yield "desk", "refusal", {"reason": "NOT_OURS", "note": "属于物业管理事项。"}
        return
    yield "desk", "dispatch", {"utility": unit.code}
    redos = dice.choice((0, 0, 0, 1, 3))
    for _ in range(min(redos, 2) + 1):
        yield from _work(dice)
        if dice.random() < 0.3:
            yield "above", "call", _UNREACHED
        is_last = redos == 0
        yield "above", "call", _GOOD if is_last else _BAD
        redos -= 1
        if is_last:
            break
    if dice.random() < 0.2:
        yield "above", "reopening", {"reason": "用户称问题又出现。"}
        yield from _work(dice)
        yield "above", "call", _GOOD


def _work(dice: random.Random) -> Iterator[Step]:
    yield "clerk", "signature", None
    yield "clerk", "contact", {"way": "PHONE"}
    yield "clerk", "verification", {"finding": "已核对抄表记录。", "reasonable": True}
    text = f"已核对并更正，涉及{dice.choice(('水费', '气费', '采暖费'))}的差额已退还。"
    yield "clerk", "reply", {"measures": ["CORRECTED"], "text": text}


def _desk(unit: Utility) -> Caller:
    return Caller(
        f"m-window-{unit.district}", frozenset({"window"}), Scope(ScopeKind.DISTRICT, unit.district)
    )


def _clerk(unit: Utility) -> Caller:
    return Caller(f"m-clerk-{unit.code}", frozenset({"clerk"}), Scope(ScopeKind.UTILITY, unit.code))


def _above(unit: Utility) -> Caller:
    return Caller(
        f"m-supervisor-{unit.district}", frozenset({"supervisor"}), Scope(ScopeKind.DISTRICT, unit.district)
    )


_CALLERS: Final = {"desk": _desk, "clerk": _clerk, "above": _above}
