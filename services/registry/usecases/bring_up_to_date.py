"""An account on record as its utility's ledger has it now: what stood there is kept sealed."""

from collections.abc import Mapping

from libs.common.aggregate import Actor
from libs.common.database.unit_of_work import UnitOfWork
from services.registry.domain.accounts import Site
from services.registry.domain.categories import PriceClass, UseType
from services.registry.domain.changes import ChangeReason
from services.registry.domain.particulars import Identified, Particulars, changed
from services.registry.storage.accounts import ACCOUNTS
from services.registry.storage.customers import CUSTOMERS
from services.registry.storage.known import KnownAccount
from services.registry.storage.matching import mark_pending
from services.registry.storage.particulars import (
    accounts_texts,
    customers_texts,
    data_key,
    keep_former,
    store_account,
    store_customer,
)
from services.registry.storage.rulebook import RuleBook
from services.registry.usecases.customers import reclassify_accounts


async def bring_up_to_date(
    uow: UnitOfWork,
    rulebook: RuleBook,
    known: KnownAccount,
    *,
    actor: Actor,
    use: UseType,
    price_class: PriceClass,
    site: Site | None,
    texts: Mapping[str, str],
    added: Mapping[str, str],
    identified: Identified | None,
) -> None:
    """Describe an account anew by `texts`, and add texts to what is known of its customer; empty ones change nothing.

    `site` is there where the address differs, `identified` where an identifier is added. Raises RuleError.
    """
    sealer, rules = rulebook.sealer, rulebook.rules
    await mark_pending(uow, [known.customer_id])
    key = await data_key(uow, sealer, known.customer_id)
    if added:
        owner = await CUSTOMERS.load(uow, known.customer_id)
        before = (await customers_texts(uow.connection, sealer, [owner.id])).get(owner.id, {})
        after = {**before, **added}
        said = identified or Identified(owner.subject, owner.paper, owner.warnings)
        owner.actor = actor
        owner.correct(Particulars(after, said), changed(before, after), ChangeReason.IMPORT, uow.now)
        CUSTOMERS.save(uow, owner, {}, rules)
        await keep_former(
            uow, sealer, key, thing=owner.id, customer_id=owner.id, texts=before, by=actor.subject
        )
        await store_customer(uow, sealer, key, owner.id, after)
        await uow.flush()
        await reclassify_accounts(uow, rulebook, owner, actor)
        await uow.flush()
    if texts:
        item = await ACCOUNTS.load(uow, known.id)
        before = (await accounts_texts(uow.connection, sealer, [item.id])).get(item.id, {})
        after = {**before, **texts}
        names = list(changed(before, after))
        item.actor = actor
        item.describe(
            use, price_class, site or item.site, list(after), names, ChangeReason.IMPORT, uow.now, rules
        )
        ACCOUNTS.save(uow, item, {}, rules)
        await keep_former(
            uow, sealer, key, thing=item.id, customer_id=item.customer_id, texts=before, by=actor.subject
        )
        await store_account(
            uow, sealer, key, item.id, customer_id=item.customer_id, utility=item.utility, texts=after
        )
