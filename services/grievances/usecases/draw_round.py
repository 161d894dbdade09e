"""Draw the sample of a round, and make of each who is in it a visit or call of its own."""

from collections.abc import Collection

import uuid_utils

from libs.common.changes import Addition, Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.places import Supply
from services.grievances.domain.rounds.interview import Interview
from services.grievances.domain.rounds.round import Round
from services.grievances.domain.rounds.sampling import Drawing, StratumKey
from services.grievances.domain.rounds.values import (
    CustomerCategory,
    RoundVerb,
    StratifiedBy,
)
from services.grievances.storage.population import AccountRow, accounts_of, members_of
from services.grievances.storage.rounds import INTERVIEWS, ROUNDS
from services.grievances.storage.rulebook import RuleBook


async def draw_round(target: Target, uow: UnitOfWork, rulebook: RuleBook) -> Changed[Round]:
    """Draw the sample of a round from the accounts as they are now. Raises RuleError."""
    planned = await ROUNDS.load(uow, target.aggregate_id, scope=target.caller.scope)
    planned.check(RoundVerb.DRAW)
    drawing = Drawing(planned.seed, planned.plan.number)
    async for page in members_of(uow.connection, planned.plan.population):
        for account in page:
            drawing.add(key_of(account, planned.plan.stratified_by), account.id)
    strata = drawing.strata(planned.plan.allocation)
    changed = await ROUNDS.change(uow, target, rulebook, lambda item, _rules: item.draw(strata, uow.now))
    # One stratum after another, each in the order of the seed.
    drawn = [(place, account) for place, stratum in enumerate(strata) for account in drawing.drawn(stratum)]
    accounts = await accounts_of(uow.connection, [account for _, account in drawn])
    actor, additions = ROUNDS.actor_of(changed.aggregate, target, uow.now), []
    for position, (stratum, account_id) in enumerate(drawn, start=1):
        one = _interview(changed.aggregate, position, stratum, accounts[account_id])
        one.actor = actor
        one.drawn(uow.now)
        additions.append(Addition(one, rulebook.rules))
    await INTERVIEWS.add(uow, additions)
    return changed


def key_of(account: AccountRow, stratified_by: Collection[StratifiedBy]) -> StratumKey:
    """Return the stratum of an account."""
    return StratumKey(
        account.district if StratifiedBy.DISTRICT in stratified_by else "",
        account.utility if StratifiedBy.UTILITY in stratified_by else "",
        account.category if StratifiedBy.CATEGORY in stratified_by else "",
    )


def _interview(item: Round, position: int, stratum: int, account: AccountRow) -> Interview:
    return Interview(
        id=str(uuid_utils.uuid7()),
        round_id=item.id,
        round_number=item.number,
        purpose=item.purpose,
        position=position,
        stratum=stratum,
        account_id=account.id,
        customer_id=account.customer_id,
        utility=account.utility,
        district=account.district,
        supply=Supply(account.supply),
        category=CustomerCategory(account.category),
        questions=list(item.questions),
    )
