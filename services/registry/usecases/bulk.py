"""Many accounts of a utility in one transaction: what is new is opened, what differs is brought up to date.

The rules, the verbs and so the events are those of an account that is opened by itself; what is read and written of a
slice goes in one statement a table.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import uuid_utils
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.aggregate import Actor
from libs.common.auth.callers import Scope, ScopeKind
from libs.common.changes import Addition
from libs.common.database import bulk
from libs.common.database.bulk import is_among
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.places import Utility
from services.registry.domain.accounts import Account, AccountState, Origin, Site
from services.registry.domain.categories import PriceClass, UseType
from services.registry.domain.changes import ChangeReason
from services.registry.domain.customers import Customer, CustomerState
from services.registry.domain.particulars import CustomerKind, Particular, Particulars
from services.registry.domain.rules import Rules
from services.registry.storage.accounts import ACCOUNTS
from services.registry.storage.customers import CUSTOMERS
from services.registry.storage.known import KnownAccount, KnownCustomer, known_accounts, known_customers
from services.registry.storage.matching import mark_pending
from services.registry.storage.particulars import store_new
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import customer, match_pending
from services.registry.usecases.bring_up_to_date import bring_up_to_date

OF_THE_CUSTOMER = (Particular.NAME, Particular.IDENTIFIER)
_REACHED_BY = (Particular.MOBILE, Particular.LANDLINE, Particular.CONTACT)


@dataclass(frozen=True, slots=True)
class LedgerAccount:
    """An account as a utility's ledger has it, in its normal form; `by` is who hands the ledger in."""

    utility: Utility
    by: str
    number: str
    address: str | None
    site: Site
    use: UseType
    price_class: PriceClass
    kind: CustomerKind
    particulars: Particulars

    @property
    def texts(self) -> dict[str, str]:
        """The account's own texts, without empty ones."""
        texts = {str(Particular.NUMBER): self.number}
        return texts if self.address is None else texts | {str(Particular.ADDRESS): self.address}

    @property
    def identifier(self) -> str | None:
        """The customer's identifier."""
        return self.particulars.texts.get(Particular.IDENTIFIER)

    @property
    def name(self) -> str:
        """The customer's name."""
        return self.particulars.texts[Particular.NAME]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a row means beside what is on record, each by the names of fields.

    `contradicts` what the row cannot change, `changes` what it changes of the account, `adds` what it adds to what is
    known of the customer, and `leaves` what it says otherwise of the customer, who may have said it to another
    utility since. `closed` is an account that ended, or whose customer is not active.
    """

    is_known: bool = False
    is_closed: bool = False
    contradicts: Sequence[str] = ()
    changes: Sequence[str] = ()
    adds: Sequence[str] = ()
    leaves: Sequence[str] = ()

    @property
    def is_stored(self) -> bool:
        """Whether nothing of the row is to be stored."""
        return self.is_known and not self.changes and not self.adds


@dataclass(frozen=True, slots=True)
class Beside:
    """A row beside what is on record: what it means, its account, and the customer of its identifier."""

    verdict: Verdict
    account: KnownAccount | None = None
    customer: KnownCustomer | None = None


@dataclass(slots=True)
class OnRecord:
    """What is on record of a slice of rows of a utility, and what the rows so far add to it."""

    accounts: Mapping[str, KnownAccount]
    customers: Mapping[str, KnownCustomer]
    named: dict[str, str] = field(default_factory=dict)

    def beside(self, rulebook: RuleBook, row: LedgerAccount) -> Beside:
        """Return the next row beside what is on record and in the rows before it."""
        known = self.accounts.get(row.number)
        if known is not None:
            return Beside(_verdict(rulebook, row, known), known)
        if row.identifier is None:
            return Beside(Verdict())
        holder = self.customers.get(row.identifier)
        if holder is not None:
            is_other = not holder.is_named(rulebook.sealer, row.name)
        else:
            is_other = self.named.setdefault(row.identifier, row.name) != row.name
        return Beside(Verdict(contradicts=(Particular.NAME,) if is_other else ()), customer=holder)


async def on_record(
    connection: AsyncConnection, rulebook: RuleBook, rows: Sequence[LedgerAccount]
) -> OnRecord:
    """Return what is on record of rows of one utility, by an index each."""
    if not rows:
        return OnRecord({}, {})
    utility = rows[0].utility.code
    identifiers = {row.identifier for row in rows} - {None}
    return OnRecord(
        await known_accounts(connection, rulebook.sealer, utility, [row.number for row in rows]),
        await known_customers(connection, rulebook.sealer, [text for text in identifiers if text]),
    )


def _verdict(rulebook: RuleBook, row: LedgerAccount, known: KnownAccount) -> Verdict:
    def differs(name: str, text: str | None) -> bool:
        return text is not None and not known.holds(rulebook.sealer, name, text)

    told = row.particulars.texts
    unknown = {name for name in known.indexes if known.indexes[name] is None}
    changes = [name for name, text in row.texts.items() if differs(name, text)]
    changes += ["use"] if row.use != known.use else []
    changes += ["price_class"] if row.price_class != known.price_class else []
    other = {str(name) for name in (*OF_THE_CUSTOMER, *_REACHED_BY) if differs(name, told.get(name))}
    adds = sorted(other & unknown)
    is_active = known.customer_state == CustomerState.ACTIVE
    return Verdict(
        is_known=True,
        is_closed=known.state == AccountState.CLOSED or (bool(changes or adds) and not is_active),
        contradicts=[name for name in OF_THE_CUSTOMER if name in other - unknown],
        changes=changes,
        adds=adds,
        leaves=[name for name in _REACHED_BY if name in other - unknown],
    )


async def take_accounts(
    uow: UnitOfWork, rulebook: RuleBook, rows: Sequence[tuple[LedgerAccount, Beside]]
) -> None:
    """Open the accounts of rows of one utility and one hand that are new, and bring the others up to date.

    Each row comes with what was on record of it in this transaction. Rows that contradict that, or stand there
    already, change nothing.
    """
    new, differing = [], []
    for row, beside in rows:
        verdict = beside.verdict
        if verdict.is_closed or verdict.contradicts or verdict.is_stored:
            continue
        if beside.account is not None:
            differing.append((row, beside.account, verdict))
        else:
            new.append((row, beside.customer))
    if not rows:
        return
    actor = actor_of(rows[0][0], uow)
    await _open(uow, rulebook, new, actor)
    for row, known, verdict in differing:
        await bring_up_to_date(
            uow,
            rulebook,
            known,
            actor=actor,
            use=row.use,
            price_class=row.price_class,
            site=row.site if Particular.ADDRESS in verdict.changes else None,
            texts=row.texts if verdict.changes else {},
            added={name: row.particulars.texts[name] for name in verdict.adds},
            identified=row.particulars.identified if Particular.IDENTIFIER in verdict.adds else None,
        )


def actor_of(row: LedgerAccount, uow: UnitOfWork) -> Actor:
    """Return who hands a row in, to a customer or an account."""
    unit = Scope(ScopeKind.UTILITY, row.utility.code).unit
    return Actor(uow.now, row.by, read_in=True, unit=unit)


async def _open(
    uow: UnitOfWork,
    rulebook: RuleBook,
    rows: Sequence[tuple[LedgerAccount, KnownCustomer | None]],
    actor: Actor,
) -> None:
    if not rows:
        return
    rules = rulebook.rules
    there = await _loaded(uow.connection, [holder.id for _, holder in rows if holder is not None])
    of_identifier: dict[str, Customer] = {}
    opened: list[tuple[Customer, LedgerAccount]] = []
    accounts: list[tuple[Account, LedgerAccount]] = []
    for row, holder in rows:
        owner = None if holder is None else there.get(holder.id)
        if owner is None and row.identifier is not None:
            owner = of_identifier.get(row.identifier)
        if owner is None:
            owner = Customer(str(uuid_utils.uuid7()), row.kind, uow.now)
            owner.actor = actor
            owner.open(row.particulars, ChangeReason.IMPORT)
            opened.append((owner, row))
            if row.identifier is not None:
                of_identifier[row.identifier] = owner
        accounts.append((_account(row, owner, actor, rules), row))
    await CUSTOMERS.add(uow, [Addition(item, rules) for item, _ in opened])
    await ACCOUNTS.add(uow, [Addition(item, rules) for item, _ in accounts])
    keys = {
        **await rulebook.sealer.new_keys(uow, [item.id for item, _ in opened]),
        **await rulebook.sealer.keys_to_seal(uow, list(there)),
    }
    # Their keys are made by the worker that compares them: here that would be twice the work of all the rest.
    await mark_pending(uow, list(there))
    marks = [{"customer_id": item.id, "marked_at": uow.now} for item, _ in opened]
    await bulk.add(uow.connection, match_pending, marks)
    await store_new(
        uow,
        rulebook.sealer,
        keys,
        customers={item.id: row.particulars.texts for item, row in opened},
        accounts=[(item, row.texts) for item, row in accounts],
    )


async def _loaded(connection: AsyncConnection, ids: Iterable[str]) -> dict[str, Customer]:
    wanted = set(ids)
    if not wanted:
        return {}
    statement = CUSTOMERS.select().where(is_among(connection, customer.c.id, wanted))
    found = [CUSTOMERS.read(row) for row in (await connection.execute(statement)).mappings()]
    return {item.id: item for item in found}


def _account(row: LedgerAccount, owner: Customer, actor: Actor, rules: Rules) -> Account:
    item = Account(
        str(uuid_utils.uuid7()),
        owner.id,
        row.utility.code,
        row.utility.service,
        row.site,
        row.use,
        owner.subject,
        row.price_class,
        actor.recorded_at,
        Origin.IMPORT,
    )
    item.actor = actor
    item.open(list(row.texts), owner.basis.listed if owner.basis else None, owner.size, rules)
    return item
