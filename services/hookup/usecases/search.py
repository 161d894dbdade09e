"""Search cases, and the permit items of these, by a part of their number, narrowed to a scope."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, select

from libs.casework.http.search import MOST_HITS
from libs.common.auth.callers import Scope, narrow
from libs.common.database.engine import Database
from libs.common.references import normal
from services.hookup.storage import permits
from services.hookup.storage.cases import CASES
from services.hookup.storage.tables import hookup_case, permit_item
from services.hookup.usecases.read_cases import LEAST_PART, numbered

_c, _i = hookup_case.c, permit_item.c


async def numbered_like(
    database: Database, text: str, scope: Scope
) -> tuple[Sequence[Row[Any]], Sequence[Row[Any]]]:
    """Return the rows of the newest cases whose number has a text, and of the newest permit items of these.

    An item has the number of its case. A text that is too short to be a part of a number finds nothing.
    """
    if len(normal(text)) < LEAST_PART:
        return [], []
    found: Select[Any] = select(_c.id, _c.number, _c.supply, _c.district, _c.state).where(
        numbered(_c.number, text)
    )
    found = found.order_by(_c.submitted_at.desc(), _c.id.desc()).limit(MOST_HITS)
    async with database.reading() as connection:
        cases = (await connection.execute(narrow(found, scope, CASES.scopes))).all()
        if not cases:
            return [], []
        items: Select[Any] = (
            select(_i.id, _i.number, _i.authority, _i.record["kind"].as_string().label("kind"))
            .where(_i.case_id.in_([case.id for case in cases]))
            .order_by(_i.filed_at.desc(), _i.id.desc(), _i.case_id)
            .limit(MOST_HITS)
        )
        return cases, (await connection.execute(narrow(items, scope, permits.SCOPE_COLUMNS))).all()
