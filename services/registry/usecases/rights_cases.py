"""Requests by a right that wait for their answer: taken at a counter, done, refused."""

import uuid_utils

from libs.common.aggregate import Actor
from libs.common.auth.callers import Caller
from libs.common.changes import Addition, Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from services.registry.domain.reveals import check_known
from services.registry.domain.rights_cases import RightsCase, RightsKind, due_of
from services.registry.storage.rights_cases import RIGHTS_CASES, is_carried_out
from services.registry.storage.rights_policies import RIGHTS_POLICY
from services.registry.storage.rulebook import RuleBook
from services.registry.usecases.customers import standing_customer


async def open_rights_case(
    uow: UnitOfWork,
    rulebook: RuleBook,
    caller: Caller,
    customer_id: str,
    kind: RightsKind,
    document_ref: str,
    detail: str,
) -> RightsCase:
    """Take what a customer asks for; it runs from now. Raises RuleError and `not-found`."""
    owner = await standing_customer(uow, customer_id, scope=caller.scope)
    check_known(owner.state)
    policy = rulebook.policy(RIGHTS_POLICY)
    item = RightsCase(
        str(uuid_utils.uuid7()),
        owner.id,
        kind,
        uow.now,
        due_of(uow.now, policy),
        policy.version,
        document_ref,
        detail,
    )
    item.actor = Actor(uow.now, caller.subject, unit=caller.scope.unit)
    item.open()
    await RIGHTS_CASES.add(uow, [Addition(item, rulebook.rules)])
    return item


async def answer_rights_case(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, text: str
) -> Changed[RightsCase]:
    """Note that what was asked for was done, if it was. Raises RuleError and as `Store.change`."""
    seen = await RIGHTS_CASES.load(uow, target.aggregate_id, scope=target.caller.scope)
    done, by = await is_carried_out(uow.connection, seen), target.caller.subject
    return await RIGHTS_CASES.change(
        uow,
        target,
        rulebook,
        lambda item, _rules: item.answer(by, text, uow.now, is_carried_out=done),
    )
