"""The agents (帮办人员) of each utility, by the subjects of their accounts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.database.unit_of_work import UnitOfWork
from services.hookup.storage.tables import agent


async def all_agents(connection: AsyncConnection) -> Mapping[str, tuple[str, ...]]:
    """Return the agents of every utility that has any, in order."""
    found = defaultdict[str, list[str]](list)
    for row in await connection.execute(select(agent).order_by(agent.c.utility, agent.c.subject)):
        found[row.utility].append(row.subject)
    return {utility: tuple(subjects) for utility, subjects in found.items()}


async def replace(work: UnitOfWork, utility: str, subjects: Sequence[str]) -> None:
    """Set the agents of a utility; who is no longer among them keeps the cases that they have."""
    await work.connection.execute(delete(agent).where(agent.c.utility == utility))
    if subjects:
        await work.connection.execute(
            insert(agent), [{"utility": utility, "subject": each} for each in sorted(set(subjects))]
        )
