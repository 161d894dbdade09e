"""Pages of lists of aggregates that tell how many there are."""

from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy import Select

from libs.common.aggregate import Aggregate
from libs.common.auth.callers import Scope
from libs.common.database.engine import Database
from libs.common.http.cursors import Keyset, Total
from libs.common.store import Store

A = TypeVar("A", bound=Aggregate[Any, Any])


async def counted_page(
    store: Store[A, Any],
    database: Database,
    statement: Select[Any],
    scope: Scope,
    order: Keyset,
    *,
    limit: int,
    cursor: str | None,
    filters: Mapping[str, Any],
) -> tuple[list[A], str | None, Total | None]:
    """Return what `Store.page` returns, and with the first page the number of all. Raises `cursor-invalid`."""
    items, following = await store.page(
        database, statement, scope, order, limit=limit, cursor=cursor, filters=filters
    )
    return items, following, None if cursor else await store.total(database, statement, scope)
