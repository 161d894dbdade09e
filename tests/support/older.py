"""What tests of migrations undo, so that a chain can be walked again from an earlier revision."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_HOUSE = (
    "DROP TABLE policy_draft",
    "DROP TABLE calendar_year",
    *(
        f"ALTER TABLE policy_version DROP COLUMN {name}"
        for name in ("retroactive", "drafted_by", "drafted_at")
    ),
)
_AMENDMENTS = tuple(
    f"ALTER TABLE calendar_amendment DROP COLUMN {name}" for name in ("year", "withdrawn_by", "withdrawn_at")
)


async def before_policy_drafts(connection: AsyncConnection, *, hookup: bool = False) -> None:
    """Undo what came with the drafts of policies and the notices of years."""
    for statement in (*_HOUSE, *(_AMENDMENTS if hookup else ())):
        await connection.execute(text(statement))
