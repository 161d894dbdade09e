"""Customers looked for among many accounts, exactly and within a street, and the lists of accounts.

Each beside a plain SELECT by an index in the same run.
"""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from sqlalchemy import ColumnElement, select

from bench.accounts import Known, fill_accounts
from bench.kit import Row, Size, database, percentile, times
from bench.registry import service_over
from libs.common.auth.callers import Caller, Role, Scope, ScopeKind
from libs.common.database.engine import Database
from services.registry.domain.accounts import AccountState
from services.registry.domain.categories import Category
from services.registry.domain.particulars import Particular
from services.registry.domain.parts_of_texts import AddressPart
from services.registry.http.views import customer_details
from services.registry.storage.accounts import ACCOUNTS, NEWEST
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import CUSTOMER_COLUMNS, account, customer_particulars
from services.registry.usecases.search import customers_of, search
from services.registry.usecases.search_street import Sought, search_street

_SEARCHES: Final = 300
_IN_STREETS: Final = 60
_CITY: Final = Scope(ScopeKind.CITY)
_IDENTIFIER: Final = next(column for column in CUSTOMER_COLUMNS if column.name == Particular.IDENTIFIER)
_EXACTLY: Final[Mapping[str, tuple[Particular, ...]]] = {
    "customer by identifier": (Particular.IDENTIFIER,),
    "customer by phone": (Particular.MOBILE, Particular.LANDLINE),
    "customer by account number": (Particular.NUMBER,),
    "customers by whole name": (Particular.NAME, Particular.CONTACT),
}
_a = account.c
_LISTS: Final[Mapping[str, Sequence[ColumnElement[bool]]]] = {
    "newest": (),
    "stopped": (_a.state == AccountState.SUSPENDED,),
    "incomplete": (~_a.is_complete,),
    "one category": (_a.category == Category.IND,),
    "one street": (_a.street == "371502008",),
    "one utility": (_a.utility == "W-371502",),
}
_PLAIN: Final = select(customer_particulars.c.id)


async def run(postgres_url: str, size: Size) -> list[Row]:
    """Fill a database and measure in it."""
    async with database(postgres_url, "search") as url:
        service = service_over(url)
        try:
            await service.migrate()
            rulebook = service.state["rulebook"]
            assert isinstance(rulebook, RuleBook)
            await rulebook.reload()
            wanted = await fill_accounts(service, rulebook, url, size.many_accounts, _SEARCHES)
            return await measured(service.database, rulebook, wanted, size.many_accounts)
        finally:
            await service.close()


async def measured(database: Database, rulebook: RuleBook, wanted: Sequence[Known], count: int) -> list[Row]:
    """Return the rows of a filled database, of so many accounts."""
    searches = _Searches(database, rulebook)
    plain = percentile(await times(partial(searches.plain, known) for known in wanted), 50)

    def row(label: str, seconds: Sequence[float], goal_ms: int, more: str = "") -> Row:
        middle, late = percentile(seconds, 50), percentile(seconds, 95)
        return Row(
            f"{label}, {count:,} accounts",
            f"p50 {middle * 1e3:.1f} ms, p95 {late * 1e3:.1f} ms{more}",
            f"plain SELECT by an index: p50 {plain * 1e3:.1f} ms",
            f"{middle / plain:.1f}",
            f"p95 < {goal_ms} ms",
            late * 1e3 < goal_ms,
        )

    rows = []
    for label, particulars in _EXACTLY.items():
        seconds = await times(partial(searches.exactly, particulars, known) for known in wanted)
        rows.append(row(label, seconds, 50 if len(label) > 30 or "name" in label else 10))
    for label, parts in (
        ("family name", (True, False)),
        ("address part", (False, True)),
        ("both", (True, True)),
    ):
        for whose, is_city in (("its utility", False), ("the city", True)):
            searches.opened.clear()
            looking = (partial(searches.in_street, known, *parts, is_city) for known in wanted[:_IN_STREETS])
            seconds, waited = await _beside(times(looking))
            opened = sum(searches.opened) / len(searches.opened)
            more = f", {opened:,.0f} accounts opened, others waited {waited * 1e3:.0f} ms at most"
            rows.append(row(f"{label} within a street, {whose}", seconds, 50, more))
    for label, conditions in _LISTS.items():
        seconds = await times(itertools.repeat(partial(searches.listed, conditions), 30))
        rows.append(row(f"list of accounts, {label}", seconds, 50))
    return rows


@dataclass(frozen=True, slots=True)
class _Searches:
    """One of each kind of search, as its route does it without HTTP and the audit record."""

    database: Database
    rulebook: RuleBook
    opened: list[int] = field(default_factory=list)

    async def plain(self, known: Known) -> None:
        index = self.rulebook.sealer.index(_IDENTIFIER, known.texts[Particular.IDENTIFIER])
        async with self.database.reading() as connection:
            found = await connection.scalar(_PLAIN.where(customer_particulars.c.identifier_index == index))
        if found != known.customer_id:
            raise RuntimeError("a customer who was stored is not found")

    async def exactly(self, particulars: Sequence[Particular], known: Known) -> None:
        scope = Scope(ScopeKind.UTILITY, known.utility.code)
        async with self.database.reading(scope) as connection:
            found, _ = await search(
                connection, self.rulebook.sealer, scope, particulars, known.texts[particulars[0]]
            )
            await customer_details(connection, found, _caller(scope), self.rulebook)
        if not found:
            raise RuntimeError("a customer who was stored is not found")

    async def in_street(self, known: Known, has_name: bool, has_address: bool, is_city: bool) -> None:
        scope = _CITY if is_city else Scope(ScopeKind.UTILITY, known.utility.code)
        part = known.texts[Particular.ADDRESS].removeprefix(known.place.front)[:-3]
        sought = Sought(
            known.place.street.code,
            known.texts[Particular.NAME][0] if has_name else None,
            AddressPart.of(part) if has_address else None,
        )
        async with self.database.reading(scope) as connection:
            found = await search_street(connection, self.rulebook.sealer, scope, sought, None)
            customers = await customers_of(connection, found.customer_ids)
            await customer_details(connection, customers, _caller(scope), self.rulebook)
        self.opened.append(found.opened)

    async def listed(self, conditions: Sequence[ColumnElement[bool]]) -> None:
        statement = ACCOUNTS.select(*(column for column, _ in NEWEST.columns)).where(*conditions)
        await ACCOUNTS.page(self.database, statement, _CITY, NEWEST, limit=50, cursor=None, filters={})
        await ACCOUNTS.total(self.database, statement, _CITY)


def _caller(scope: Scope) -> Caller:
    return Caller("bench", frozenset({Role.CLERK}), scope)


async def _beside(measuring: Awaitable[list[float]]) -> tuple[list[float], float]:
    """Return what is measured, and the longest that something else waited for the loop meanwhile, in seconds."""
    waited = [0.0]

    async def tick() -> None:
        while True:
            started = time.perf_counter()
            await asyncio.sleep(0)
            waited.append(time.perf_counter() - started)
            await asyncio.sleep(0.001)

    ticking = asyncio.create_task(tick())
    try:
        return await measuring, max(waited)
    finally:
        ticking.cancel()
