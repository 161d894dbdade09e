"""Comparisons of expected with actual values."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.auth.local_issuer import LocalIssuer

Cell = tuple[str, ...]
FOLLOWED_SECONDS: Final = 60.0
"""Within that the workers have followed the last event."""
OFFICIAL: Final = Caller("t-chaos", frozenset({"supervisor"}), Scope(ScopeKind.CITY))


@dataclass(frozen=True, slots=True)
class Check:
    """The result of a comparison: the number of compared values, and the differences."""

    name: str
    compared: int
    differences: list[str]


def compare(name: str, expected: Mapping[Cell, Any], actual: Mapping[Cell, Any]) -> Check:
    """Compare values cell by cell."""
    wrong = [
        f"{cell}: {expected.get(cell)} expected, {actual.get(cell)} found"
        for cell in sorted(expected.keys() | actual.keys())
        if expected.get(cell) != actual.get(cell)
    ]
    return Check(name, len(expected), wrong)


async def figures_by(
    url: str, issuer: LocalIssuer, source: str, dimension: str, *codes: str
) -> dict[Cell, tuple[int, ...]]:
    """Return figures of a source by one dimension, as the metrics service at an address gives them to the city."""
    headers = {"Authorization": f"Bearer {issuer.issue(OFFICIAL)}"}
    params = {"codes": list(codes), "group_by": [dimension]}
    async with httpx.AsyncClient(base_url=f"{url}/v1", headers=headers, timeout=60) as http:
        answer = (await http.get(f"/figures/{source}", params=params)).raise_for_status()
    return {
        (row["group"][dimension]["code"],): tuple(row["figures"][code] for code in codes)
        for row in answer.json()["items"]
    }


async def followed(check: Callable[[], Awaitable[Check]]) -> Check:
    """Return a comparison when it agrees, or as it is after a while."""
    deadline = time.monotonic() + FOLLOWED_SECONDS
    while True:
        found = await check()
        if not found.differences or time.monotonic() > deadline:
            return found
        await asyncio.sleep(0.5)
