"""Find grievances that are like one: of the same place and category, by their words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from rapidfuzz import fuzz
from sqlalchemy import select

from libs.common.auth.callers import Scope, narrow
from libs.common.clock import Clock
from libs.common.database.engine import Database
from libs.common.texts import plain
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.words import shown_words
from services.grievances.storage.grievances import GRIEVANCES, NEWEST
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.tables import grievance
from services.grievances.storage.words import words_of

LOOKED_BACK: Final = timedelta(days=30)
MOST_COMPARED: Final = 50
MOST_SHOWN: Final = 5
# Of the same place and category: words may differ much.
LEAST_LIKENESS: Final = 40
_g = grievance.c


@dataclass(frozen=True, slots=True)
class Likeness:
    """A grievance, and how like it is, of 100."""

    item: Grievance
    likeness: int


async def similar(
    database: Database,
    rulebook: RuleBook,
    clock: Clock,
    *,
    category: str,
    district: str,
    site: str | None,
    words: str | None,
    scope: Scope | None,
) -> Sequence[Likeness]:
    """Return what was told lately of the same category and place, the most alike first; closed ones too.

    Of those that a scope sees; None for all, which are compared without words. Words are compared as staff see them.
    """
    since = clock.now() - LOOKED_BACK
    statement = (
        GRIEVANCES.select(*(column for column, _ in NEWEST.columns))
        .where(_g.category == category, _g.district == district, _g.received_at >= since)
        .order_by(_g.received_at.desc(), _g.id)
        .limit(MOST_COMPARED)
    )
    if site is not None:
        statement = statement.where(_g.site == site)
    if scope is not None:
        statement = narrow(statement, scope, GRIEVANCES.scopes)
    async with database.reading() as connection:
        rows = (await connection.execute(statement)).mappings().all()
        items = [GRIEVANCES.read(row, database.records) for row in rows]
        told = await words_of(connection, rulebook.sealer, [item.id for item in items]) if words else {}
    wanted = plain(shown_words(words or ""))

    def likeness(item: Grievance) -> int:
        other = told.get(item.id)
        if not words:
            return 100
        return round(fuzz.token_set_ratio(wanted, plain(shown_words(other.words)))) if other else 0

    compared = [Likeness(item, likeness(item)) for item in items]
    alike = [entry for entry in compared if entry.likeness >= LEAST_LIKENESS]
    return sorted(alike, key=lambda entry: -entry.likeness)[:MOST_SHOWN]


async def affected(database: Database, item: Grievance) -> int:
    """Return how many grievances say the same as one, this one included."""
    first = item.repeats or item.id
    statement = select(_g.id).where(_g.repeats == first).limit(1000)
    async with database.reading() as connection:
        return 1 + len((await connection.execute(statement)).all())
