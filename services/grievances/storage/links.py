"""Tokens of links: unguessable, kept as keyed hashes alone, each table's for itself."""

import secrets
from typing import Any

from sqlalchemy import Row, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.encryption.sealer import Sealer
from libs.common.encryption.values import blind_index, blind_indexes


def new_token(sealer: Sealer, table: Table) -> tuple[str, str]:
    """Return a token of 256 random bits in 43 characters, and the keyed hash that a table of links has of it."""
    token = secrets.token_urlsafe(32)
    return token, blind_index(sealer.ring, _place(table), token)


async def link_of(connection: AsyncConnection, sealer: Sealer, table: Table, token: str) -> Row[Any] | None:
    """Return the row of a token; nothing is written and nothing used up."""
    hashes = blind_indexes(sealer.ring, _place(table), token)
    return (await connection.execute(select(table).where(table.c.token.in_(hashes)))).one_or_none()


def _place(table: Table) -> str:
    return f"{table.name}.token"
