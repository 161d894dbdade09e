"""The agents (帮办人员) of each utility: those of its staff who help users."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.database.unit_of_work import UnitOfWork
from services.hookup.storage import staff


async def of_utility(connection: AsyncConnection, utility: str) -> tuple[Sequence[str], int]:
    """Return a utility's agents and the version of its staff; version 0 where none was saved."""
    members, version = await staff.staff_of(connection, utility)
    return [member.subject for member in members if member.is_agent], version


async def save(work: UnitOfWork, utility: str, subjects: Sequence[str], expected: int) -> int:
    """Replace a utility's agents at the expected version; return the new version. Raises `version-changed`.

    An agent who is removed keeps the assigned cases, and stays on the staff where it has a name there.
    """
    return await staff.save(work, utility, expected, subjects=sorted(set(subjects)))
