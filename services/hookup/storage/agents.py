"""The agents (帮办人员) of each utility, by the subjects of their accounts."""

from collections.abc import Mapping, Sequence

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.etags import check_version, version_changed
from services.hookup.storage.tables import agents_of

_a = agents_of.c


async def all_agents(connection: AsyncConnection) -> Mapping[str, tuple[str, ...]]:
    """Return the agents of every utility that has any, in order."""
    rows = await connection.execute(select(_a.utility, _a.subjects))
    return {row.utility: tuple(row.subjects) for row in rows if row.subjects}


async def of_utility(connection: AsyncConnection, utility: str) -> tuple[Sequence[str], int]:
    """Return a utility's agents and their version; version 0 where none was saved."""
    row = (await connection.execute(select(agents_of).where(_a.utility == utility))).one_or_none()
    return ((), 0) if row is None else (row.subjects, row.version)


async def save(work: UnitOfWork, utility: str, subjects: Sequence[str], expected: int) -> int:
    """Replace a utility's agents at the expected version; return the new version. Raises `version-changed`.

    An agent who is removed keeps the assigned cases.
    """
    row = {"utility": utility, "version": expected + 1, "subjects": sorted(set(subjects))}
    if expected == 0:
        try:
            await work.connection.execute(insert(agents_of).values(row))
        except IntegrityError:
            raise version_changed() from None
        return 1
    changed = await work.connection.execute(
        update(agents_of).where(_a.utility == utility, _a.version == expected).values(row)
    )
    check_version(changed.rowcount, 1)
    return expected + 1
