"""Citizens by their logins: found or opened at sign-in, and one more login linked (`identity.port.Citizens`)."""

from sqlalchemy import select

from libs.common.aggregate import Actor
from libs.common.auth.callers import Assurance, ScopeKind
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.rules import RuleError
from libs.common.texts import plain
from services.registry.domain.categories import subject_of
from services.registry.domain.changes import ChangeReason
from services.registry.domain.customers import Customer
from services.registry.domain.identifiers import PaperKind
from services.registry.domain.particulars import CustomerKind, Identified, Particular, Particulars
from services.registry.identity.port import Found, SubjectKind, VerifiedIdentity
from services.registry.storage.customers import CUSTOMERS
from services.registry.storage.logins import add_login, login_of, remove_login, set_level
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import account
from services.registry.usecases.customers import (
    Described,
    holders,
    names_of,
    open_customer,
    standing_customer,
)

_KINDS = {SubjectKind.PERSON: CustomerKind.PERSON, SubjectKind.LEGAL: CustomerKind.ORGANISATION}


class Logins:
    """The registry's customers by the accounts that they sign in with."""

    def __init__(self, rulebook: RuleBook) -> None:
        self._rulebook = rulebook

    async def find_or_open(self, uow: UnitOfWork, identity: VerifiedIdentity) -> Found:
        """Return the customer; see `Citizens.find_or_open`.

        Raises RuleError `name-differs` where the identifier is on record under another name: one of the two is
        wrong, and a person decides which.
        """
        known = await login_of(uow, self._rulebook.sealer, identity)
        if known is not None:
            return Found((await standing_customer(uow, known.subject)).id.upper(), known.level)
        item = await self._same(uow, identity) or await self._opened(uow, identity)
        await add_login(uow, self._rulebook.sealer, item.id, identity)
        return Found(item.id.upper())

    async def link(
        self, uow: UnitOfWork, customer: str, identity: VerifiedIdentity, level: Assurance
    ) -> None:
        """Link one more account to a customer; see `Citizens.link`.

        An account that had signed in before, and whose customer nothing is known of, changes over.
        """
        mine = await standing_customer(uow, customer.lower())
        known = await login_of(uow, self._rulebook.sealer, identity)
        if known is not None:
            other = await standing_customer(uow, known.subject)
            if other.id == mine.id:
                await set_level(uow, known.id, level)
                return
            if other.known or await _has_accounts(uow, other.id):
                raise RuleError(
                    "account-linked-elsewhere",
                    "该登录账号已绑定另一用户",
                    "请用该账号登录后解绑，或携带有效证件到办事大厅办理",
                )
            await remove_login(uow, known.id)
        await add_login(uow, self._rulebook.sealer, mine.id, identity, level)

    async def _same(self, uow: UnitOfWork, identity: VerifiedIdentity) -> Customer | None:
        """Return the customer with a verified identifier; a name or a number that nobody verified finds nobody."""
        if identity.assurance < Assurance.REAL_NAME or identity.identifier is None:
            return None
        sealer = self._rulebook.sealer
        found = await holders(uow, sealer, Particular.IDENTIFIER, identity.identifier, limit=1)
        if not found:
            return None
        names = {plain(name) for name in await names_of(uow, sealer, found[0])}
        if plain(identity.name or "") not in names:
            raise RuleError(
                "name-differs", "该证件号码已登记在另一名称下", "请携带有效证件到办事大厅核对用户信息"
            )
        return await CUSTOMERS.load(uow, found[0])

    async def _opened(self, uow: UnitOfWork, identity: VerifiedIdentity) -> Customer:
        """Open a customer with what is verified."""
        kind = _KINDS[identity.kind]
        is_person = kind is CustomerKind.PERSON
        texts: dict[str, str | None] = {Particular.MOBILE: identity.mobile}
        if identity.assurance >= Assurance.REAL_NAME:
            texts |= {Particular.NAME: identity.name, Particular.IDENTIFIER: identity.identifier}
            paper = PaperKind.RESIDENT_ID if is_person else None
            particulars = Described(kind, paper, texts).read(self._rulebook)
        else:
            given = {name: text for name, text in texts.items() if text is not None}
            particulars = Particulars(given, Identified(subject_of(None, is_person=is_person)))
        actor = Actor(uow.now, unit=ScopeKind.CITIZEN)
        return await open_customer(uow, self._rulebook, kind, particulars, actor, ChangeReason.APPLICATION)


async def _has_accounts(uow: UnitOfWork, customer_id: str) -> bool:
    statement = select(account.c.id).where(account.c.customer_id == customer_id).limit(1)
    return await uow.connection.scalar(statement) is not None
