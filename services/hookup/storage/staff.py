"""The staff of each utility and of the city, by the subjects of their accounts; their agents are some of them.

The row keeps the agents under `subjects`, as the release before reads and writes it, and the display names of all
under `names`: who is in neither is gone, who is no agent any more stays.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.etags import check_version, version_changed
from services.hookup.domain.values.staff import StaffMember
from services.hookup.storage.tables import agents_of

_a = agents_of.c


async def all_staff(connection: AsyncConnection) -> Mapping[str, Sequence[StaffMember]]:
    """Return the staff of every unit, in the order of their subjects."""
    rows = await connection.execute(select(agents_of))
    return {row.utility: _members(row) for row in rows}


async def staff_of(connection: AsyncConnection, unit: str) -> tuple[Sequence[StaffMember], int]:
    """Return a unit's staff and their version; version 0 where none was saved."""
    row = (await connection.execute(select(agents_of).where(_a.utility == unit))).one_or_none()
    return ((), 0) if row is None else (_members(row), row.version)


async def save_staff(work: UnitOfWork, unit: str, members: Sequence[StaffMember], expected: int) -> int:
    """Replace a unit's staff at the expected version; return the new version. Raises `version-changed`.

    Who is removed keeps the assigned cases.
    """
    return await save(
        work,
        unit,
        expected,
        subjects=sorted(member.subject for member in members if member.is_agent),
        names={member.subject: member.name for member in members},
    )


async def save(work: UnitOfWork, unit: str, expected: int, **columns: Any) -> int:
    """Write columns of a unit's row at the expected version; return the new version. Raises `version-changed`."""
    row = {"utility": unit, "version": expected + 1, **columns}
    if expected == 0:
        try:
            await work.connection.execute(insert(agents_of).values(row))
        except IntegrityError:
            raise version_changed() from None
        return 1
    changed = await work.connection.execute(
        update(agents_of).where(_a.utility == unit, _a.version == expected).values(row)
    )
    check_version(changed.rowcount, 1)
    return expected + 1


def _members(row: Any) -> Sequence[StaffMember]:
    agents, names = set(row.subjects), row.names or {}
    return tuple(
        StaffMember(subject, names.get(subject, ""), subject in agents)
        for subject in sorted(agents | names.keys())
    )
