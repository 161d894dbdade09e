"""Customers who are alike, for tests: opened, compared by the worker, merged by two persons."""

from typing import Any

from sqlalchemy import select

from libs.common.auth.callers import ScopeKind
from services.registry.storage.rulebook import RuleBook
from services.registry.usecases.matching import Matching
from tests.services.registry.samples import new_account, person
from tests.support.service import Client, Running

ADDRESS = "聊城市东昌府区古楼街道东关街12号"
REASON = {"reason": "同名、同电话，现场核实为一户"}


def matching(registry: Running) -> Matching:
    """The worker's comparison."""
    rulebook = registry.service.state["rulebook"]
    assert isinstance(rulebook, RuleBook)
    return Matching(registry.service.database, registry.clock, rulebook)


async def opened(
    registry: Running,
    number: str,
    utility: str = "W-371502",
    described: dict[str, object] | None = None,
    **customer: object,
) -> str:
    """Open an account, unless another is described for a person without an identifier; return the customer."""
    described = (described or person(1, identifier=None)) | customer
    number = f"A{number}"
    address = {"W-371503": "茌平区振兴街道1号"}.get(utility, ADDRESS)
    clerk = registry.client("clerk", ScopeKind.UTILITY, utility)
    made = await clerk.post("/accounts", new_account(described, number, address=address), 201)
    return str(made.body["customer_id"])


async def found(registry: Running, client: Client | None = None, **query: object) -> list[dict[str, Any]]:
    """Compare all who wait; return the pairs that a caller sees."""
    while await matching(registry).step():
        pass
    asker = client or registry.client("supervisor")
    return list((await asker.get("/duplicates", query=query)).body["items"])


async def rows(registry: Running, table: Any) -> list[Any]:
    """All rows of a table."""
    async with registry.service.database.reading() as connection:
        return list((await connection.execute(select(table))).mappings())


async def merged(registry: Running, keeps: str, goes: str) -> str:
    """Merge one customer into another by two persons; return the pair."""
    pairs = await found(registry, customer_id=goes)
    (pair,) = [each for each in pairs if {each["first_id"], each["second_id"]} == {keeps, goes}]
    path = f"/duplicates/{pair['id']}"
    await registry.client("window").command(path, "merge-proposal", {"survivor_id": keeps, **REASON})
    await registry.client("supervisor").command(path, "merge-confirmation")
    return str(pair["id"])
