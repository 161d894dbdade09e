"""Many accounts at once, each of its own customer: rows made by the service's own sealer and copied in.

No import and no events: ids, a few names, places, and what lists filter by. The same in every run, of nobody.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from bench.kit import dsn
from libs.common.changes import Addition
from libs.common.places import Street, Utility, load_places
from libs.common.service import Service
from services.registry.domain.accounts import NEEDED, Account, AccountState, Site
from services.registry.domain.categories import Category, PriceClass, SubjectKind, UseType
from services.registry.domain.customers import Customer
from services.registry.domain.particulars import CustomerKind, Particular
from services.registry.storage.accounts import ACCOUNTS
from services.registry.storage.customers import CUSTOMERS
from services.registry.storage.particulars import store_new
from services.registry.storage.rulebook import RuleBook

_BATCH: Final = 2_000
_OPENED: Final = datetime(2020, 1, 1, tzinfo=UTC)
# Names of nobody: a family name, by how common it is, and two of the stems and branches. Of a million persons up to
# four hundred have one name, as many as have the commonest names of the country.
_FAMILIES: Final = "王王王王李李李李张张张刘刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN: Final = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
_OF_CUSTOMER: Final = (Particular.NAME, Particular.IDENTIFIER, Particular.MOBILE)
_OF_ACCOUNT: Final = (Particular.NUMBER, Particular.ADDRESS)


@dataclass(frozen=True, slots=True)
class Place:
    """A street with the unit that it is run by, the front of its addresses and the utilities there."""

    street: Street
    unit: str
    front: str
    utilities: Sequence[Utility]


@dataclass(frozen=True, slots=True)
class Known:
    """An account that is looked for."""

    place: Place
    utility: Utility
    customer_id: str
    texts: dict[str, str]


async def fill_accounts(service: Service, rulebook: RuleBook, url: str, count: int, some: int) -> list[Known]:
    """Fill an empty database with so many accounts, each of its own customer; return some of them."""
    places, chance = _places(rulebook), random.Random(13)
    # Few streets are large and many are small, as in a city.
    weights = [1 / (position + 4) for position in range(len(places))]
    wanted: list[Known] = []
    for first in range(0, count, _BATCH):
        numbers = range(first, min(first + _BATCH, count))
        of = chance.choices(places, weights, k=len(numbers))
        batch = [_described(number, place, chance) for number, place in zip(numbers, of, strict=True)]
        await _store(service, rulebook, batch, first)
        wanted += chance.sample(batch, min(len(batch), -(-some * _BATCH // count)))
    chance.shuffle(wanted)
    connection = await asyncpg.connect(dsn(url))
    try:
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    return wanted[:some]


def _places(rulebook: RuleBook) -> list[Place]:
    geography, found = load_places(), []
    for street in geography.streets:
        front = f"{geography.division(street.division).name}{street.name}"
        unit = rulebook.resolver.resolve(front, date(2022, 7, 1)).unit
        if unit is not None and (utilities := geography.utilities(district=unit)):
            found.append(Place(street, unit, front, utilities))
    return found


def _described(number: int, place: Place, chance: random.Random) -> Known:
    utility = place.utilities[number % len(place.utilities)]
    name = chance.choice(_FAMILIES) + chance.choice(_GIVEN) + chance.choice(_GIVEN)
    community, building = chance.randrange(1, 41), chance.randrange(1, 31)
    texts: dict[str, str] = {
        Particular.NAME: name,
        Particular.IDENTIFIER: f"379999{number:012d}",
        Particular.MOBILE: f"154{number:08d}",
        Particular.NUMBER: f"{utility.code}-{number:08d}",
        Particular.ADDRESS: f"{place.front}示例{community}小区{building}号楼{number % 4 + 1}单元{number % 9 + 1}01",
    }
    return Known(place, utility, str(UUID(int=(number * 0x9E3779B97F4A7C15 + 13) % 2**128)), texts)


async def _store(service: Service, rulebook: RuleBook, batch: Sequence[Known], first: int) -> None:
    customers, accounts = [], []
    for number, known in enumerate(batch, first):
        at = _OPENED + timedelta(seconds=37 * number)
        person = Customer(known.customer_id, CustomerKind.PERSON, at)
        person.subject, person.known = SubjectKind.PERSON, tuple(sorted(known.texts))[:3]
        item = Account(
            str(UUID(int=(UUID(known.customer_id).int + 1) % 2**128)),
            person.id,
            known.utility.code,
            known.utility.service,
            Site(known.place.unit, known.place.street.division, known.place.street.code),
            UseType.RESIDENTIAL,
            SubjectKind.PERSON,
            PriceClass.RESIDENT,
            at,
        )
        # Few are stopped, incomplete, or of another category.
        item.state = AccountState.SUSPENDED if number % 1_000 == 0 else AccountState.ACTIVE
        item.known = () if number % 2_000 == 1 else tuple(sorted(NEEDED))
        item.category = Category.IND if number % 500 == 2 else Category.RES
        customers.append(Addition(person, rulebook.rules))
        accounts.append(Addition(item, rulebook.rules))
    async with service.database.unit_of_work(service.clock.now()) as uow:
        await CUSTOMERS.add(uow, customers)
        await ACCOUNTS.add(uow, accounts)
        keys = await rulebook.sealer.new_keys(uow, [known.customer_id for known in batch])
        await store_new(
            uow,
            rulebook.sealer,
            keys,
            customers={
                known.customer_id: {name: known.texts[name] for name in _OF_CUSTOMER} for known in batch
            },
            accounts=[
                (addition.aggregate, {name: known.texts[name] for name in _OF_ACCOUNT})
                for addition, known in zip(accounts, batch, strict=True)
            ],
        )
