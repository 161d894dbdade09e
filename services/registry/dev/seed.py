"""The data of the first start on a laptop: its citizen, and ledgers of the city's utilities, read in by the worker.

`SQN_SEED_ACCOUNTS` says how many accounts in all; 0 leaves them out.
"""

import asyncio
import os
from collections.abc import Iterator
from typing import Final, cast

from rich.console import Console
from sqlalchemy import select

from libs.common.aggregate import Actor
from libs.common.auth.callers import Scope, ScopeKind
from libs.common.places import Supply, Utility, load_places
from libs.common.service import Service
from libs.development.machines import CUSTOMER
from libs.workbooks.jobs.imports import Mode
from libs.workbooks.jobs.keeping import Sealed
from services.registry.dev.example_city import number_of, row_of, rows_of, utilities
from services.registry.dev.example_ledgers import Form, forms_of, ledger_of
from services.registry.domain.categories import PriceClass, UseType
from services.registry.domain.changes import ChangeReason
from services.registry.domain.identifiers import PaperKind
from services.registry.domain.particulars import CustomerKind, Particular
from services.registry.storage.imports import ACCOUNT_LEDGERS
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import ACCOUNT_IMPORTS, customer
from services.registry.usecases.accounts import NewAccount, open_account
from services.registry.usecases.customers import Described, open_customer

_UNITS: Final = 11
_ACCOUNTS: Final = 60_000
# The number of the citizen's accounts, behind those of all ledgers and of no organisation.
_CITIZEN: Final = 600_001
# Of a hundred households so many accounts of each supply.
_SHARES: Final = {Supply.WATER: 50, Supply.GAS: 30, Supply.HEAT: 20}
FIRST: Final = 600
"""So many accounts of each unit come first, of all three supplies, for the city to work with."""


def first_of(supply: Supply) -> int:
    """Return how many accounts of a utility come first."""
    return FIRST * _SHARES[supply] // 100


def _files(count: int) -> Iterator[tuple[Utility, str, int, int]]:
    """Yield the ledgers of so many accounts: utility, which delivery, the first number and how many."""
    all_of = {supply: count * share // 100 // _UNITS for supply, share in _SHARES.items()}
    for utility in utilities():
        yield utility, "1", 1, min(first_of(utility.service), all_of[utility.service])
    for utility in utilities():
        first = first_of(utility.service)
        yield utility, "2", first + 1, all_of[utility.service] - first


async def seed(service: Service, console: Console) -> None:
    """Register the citizen who signs in, and hand the ledgers of all utilities in, once.

    The worker reads them in while the city is at work.
    """
    async with service.database.reading() as connection:
        known = await connection.scalar(select(customer.c.id).where(customer.c.id == CUSTOMER))
    if known is None:
        await _register(service)
    count = int(os.environ.get("SQN_SEED_ACCOUNTS", _ACCOUNTS))
    async with service.database.reading() as connection:
        there = await connection.scalar(select(ACCOUNT_IMPORTS.job.c.id).limit(1))
    if there is not None:
        return
    files = [file for file in _files(count) if file[3] > 0]
    if files:
        console.print(
            f"读入用户清册 {count:,} 户（进度见“清册导入”） … reading accounts in, beside the city's work"
        )
    forms = forms_of([utility.code for utility in utilities()])
    for utility, delivery, first, rows in files:
        await _hand_in(service, utility, delivery, forms[utility.code], first, rows)


async def _register(service: Service) -> None:
    """Register the citizen with an account of each supply in the old town."""
    rulebook = cast("RuleBook", service.state["rulebook"])
    await rulebook.refresh()
    # Who came to a counter; at the same home.
    home = row_of(load_places().utility("W-371502"), _CITIZEN)
    texts: dict[str, str | None] = {
        Particular.NAME: home["用户名称"],
        Particular.IDENTIFIER: home["证件号码"],
        Particular.MOBILE: home["手机号"],
    }
    particulars = Described(CustomerKind.PERSON, PaperKind.RESIDENT_ID, texts).read(rulebook)
    async with service.database.unit_of_work(service.clock.now()) as uow:
        actor = Actor(uow.now, "m-window-371502", unit="district:371502")
        item = await open_customer(
            uow,
            rulebook,
            CustomerKind.PERSON,
            particulars,
            actor,
            ChangeReason.APPLICATION,
            customer_id=CUSTOMER,
        )
        for utility in load_places().utilities(district="371502"):
            number = number_of(utility.code, _CITIZEN)
            new = NewAccount(utility, UseType.RESIDENTIAL, PriceClass.RESIDENT, number, home["地址"])
            await open_account(uow, rulebook, new, item, actor)


async def _hand_in(
    service: Service, utility: Utility, delivery: str, form: Form, first: int, rows: int
) -> None:
    keeping = service.state["import_keeping"]
    assert isinstance(keeping, Sealed)
    # In a thread: the services answer meanwhile.
    content = await asyncio.to_thread(lambda: ledger_of(rows_of(utility, rows, first=first), form))
    by = f"u-{utility.code}"
    async with service.database.unit_of_work(service.clock.now()) as uow:
        if form.layout.columns and delivery == "1":
            # As its clerk said on the page of imports.
            await ACCOUNT_LEDGERS.layouts.save(uow, utility.code, form.layout, 0, by)
        await ACCOUNT_LEDGERS.jobs.add(
            uow,
            file_name=f"用户清册-{utility.code}-第{delivery}批.{form.ending}",
            content=content,
            rows=rows,
            mode=Mode.GOOD,
            asked_by=by,
            scope=Scope(ScopeKind.UTILITY, utility.code),
            layout=form.layout,
            keeping=keeping,
        )
