"""Search cases, and the permit items of these, by a part of their number or a customer, narrowed to a scope."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, or_, select

from libs.casework.http.search import MOST_HITS
from libs.common.auth.callers import Scope, narrow
from libs.common.database.engine import Database
from libs.common.references import normal
from services.hookup.storage import permits
from services.hookup.storage.cases import CASES
from services.hookup.storage.tables import hookup_case
from services.hookup.usecases.read_cases import LEAST_PART, numbered

_c = hookup_case.c


async def numbered_like(
    database: Database, text: str, scope: Scope
) -> tuple[Sequence[Row[Any]], Sequence[permits.Found]]:
    """Return the rows of the newest cases whose number has a text or whose customer's reference it is, and the
    newest permit items of these.

    An item has the number of its case. A text that is too short to be a part of a number finds nothing.
    """
    if len(normal(text)) < LEAST_PART:
        return [], []
    columns = (_c.id, _c.number, _c.supply, _c.district, _c.state, _c.customer_ref)
    found: Select[Any] = select(*columns).where(
        or_(numbered(_c.number, text), _c.customer_ref == normal(text))
    )
    found = found.order_by(_c.submitted_at.desc(), _c.id.desc()).limit(MOST_HITS)
    async with database.reading() as connection:
        cases = (await connection.execute(narrow(found, scope, CASES.scopes))).all()
        if not cases:
            return [], []
        return cases, await permits.found_of(connection, [case.id for case in cases], scope, MOST_HITS)
