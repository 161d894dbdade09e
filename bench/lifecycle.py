"""A case's commands (submit, start a stage, complete it) over HTTP, at few and at many cases in the database."""

import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from uuid import uuid4

from bench.cases import APPLICATION
from bench.command import CONNECTIONS, api_over, change_stage
from bench.kit import Row, Size, compared, database, medians
from bench.load import drive, request
from services.hookup.domain.values.lengths import metres

# As many lifecycles a second as this machine will surely not serve, and rounds of each size.
MOST_A_SECOND = 1_000
ROUNDS = 3
# A case's next command comes this many later, when the one before it has surely been answered.
APART = 20 * CONNECTIONS

_APPLICATION = json.dumps(
    {
        "supply": APPLICATION.supply,
        "district": APPLICATION.district,
        "utility": APPLICATION.utility,
        "channel": APPLICATION.channel,
        "customer_ref": APPLICATION.customer_ref,
        "customer_category": APPLICATION.customer_category,
        "site_division": APPLICATION.site_division,
        "declared_length_m": metres(APPLICATION.declared_dm),
        "complete": True,
        "not_duplicate": True,
    }
).encode()


def lifecycles(ids: list[str], tokens: Iterator[str]) -> Iterator[bytes]:
    """Yield a submission, a start and a completion for each case, those of one case far apart."""
    for begin in range(0, len(ids), APART):
        block = ids[begin : begin + APART]
        for _ in block:
            headers = {
                "authorization": f"Bearer {next(tokens)}",
                "content-type": "application/json",
                "idempotency-key": str(uuid4()),
            }
            yield request("POST", "/v1/hookups", headers, _APPLICATION)
        for case_id in block:
            yield change_stage(case_id, "start", 1, next(tokens))
        for case_id in block:
            yield change_stage(case_id, "completion", 2, next(tokens))


async def run(postgres_url: str, size: Size) -> list[Row]:
    """Measure both sizes in turn, each with an api of its own."""
    per_round = int(size.seconds * MOST_A_SECOND)
    async with AsyncExitStack() as stack:

        async def measure(count: int) -> Callable[[], Awaitable[float]]:
            url = await stack.enter_async_context(database(postgres_url, f"cases_{count}"))
            address, tokens, ids = await api_over(stack, postgres_url, url, max(count, ROUNDS * per_round))
            batches = iter([ids[n * per_round : (n + 1) * per_round] for n in range(ROUNDS)])

            async def rate() -> float:
                return (
                    await drive(address, lifecycles(next(batches), tokens), CONNECTIONS, size.seconds)
                ).rate

            return rate

        few, many = await measure(size.few_cases), await measure(size.many_cases)
        rates = await medians({"few": few, "many": many}, ROUNDS)
    return [
        compared(
            f"submit, start, complete, {size.many_cases:,} cases",
            rates["many"],
            f"{size.few_cases:,} cases",
            rates["few"],
            "/s",
            0.8,
        )
    ]
