"""Two customers side by side, as far as a caller sees them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.casework.domain.work import Light
from libs.common.auth.callers import Caller, narrow
from libs.common.http.actions import Due
from services.registry.domain.duplicates import FEATURE_NAMES, MOST_ADDRESSES, MatchPolicy
from services.registry.domain.pairs import PAIR_STATE_NAMES, PAIR_TASK_NAMES, Pair
from services.registry.domain.requests.values import CHANNEL_NAMES, RequestChannel
from services.registry.domain.rules import Rules
from services.registry.http.duplicate_models import (
    FeatureView,
    PairAccounts,
    PairDetail,
    PairTask,
    PairView,
    SignInView,
)
from services.registry.http.models import AccountDetail
from services.registry.http.request_people import staff_view
from services.registry.http.views import account_details, customer_details
from services.registry.storage.accounts import ACCOUNTS
from services.registry.storage.customers import CUSTOMERS
from services.registry.storage.policies import MATCH_POLICY
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import account, customer, login
from services.registry.usecases.merging import seen_of
from services.registry.usecases.read_accounts import read_of


def pair_view(item: Pair, _rules: Rules, _now: object = None, _caller: object = None) -> PairView:
    """Return a pair as whoever may act on it sees it: both ids."""
    return PairView(**_pair(item, set(item.both)))


async def pair_details(
    connection: AsyncConnection, items: Sequence[Pair], caller: Caller, rulebook: RuleBook
) -> list[PairDetail]:
    """Return pairs side by side."""
    ids = {of for item in items for of in item.both}
    seen = await seen_of(connection, caller.scope, ids)
    statement = CUSTOMERS.select().where(customer.c.id.in_(seen))
    customers = [CUSTOMERS.read(row) for row in (await connection.execute(statement)).mappings()]
    shown = await customer_details(connection, customers, caller, rulebook)
    details = {str(each.id): each for each in shown}
    policy = rulebook.policy(MATCH_POLICY)
    return [
        PairDetail(
            **_pair(item, seen),
            threshold=float(policy.threshold),
            one_side_elsewhere=not seen.issuperset(item.both),
            features=_features(item, policy) if seen.issuperset(item.both) else [],
            first=details.get(item.first),
            second=details.get(item.second),
            proposer=staff_view(item.proposal.by if item.proposal else None, caller, rulebook.rules),
            confirmer=staff_view(item.confirmed_by, caller, rulebook.rules),
            judge=staff_view(item.judgement.by if item.judgement else None, caller, rulebook.rules),
        )
        for item in items
    ]


async def pair_accounts(
    connection: AsyncConnection, item: Pair, caller: Caller, rulebook: RuleBook
) -> PairAccounts:
    """Return a pair side by side with the accounts and sign-ins of both."""
    (detail,) = await pair_details(connection, [item], caller, rulebook)
    first, second = [await _accounts(connection, of, caller, rulebook) for of in item.both]
    sign_ins = {
        of: [] if side is None else await _sign_ins(connection, of)
        for of, side in zip(item.both, (detail.first, detail.second), strict=True)
    }
    return PairAccounts(
        **dict(detail),
        first_accounts=first,
        second_accounts=second,
        first_sign_ins=sign_ins[item.first],
        second_sign_ins=sign_ins[item.second],
    )


async def _sign_ins(connection: AsyncConnection, customer_id: str) -> list[SignInView]:
    statement = select(login.c.provider, login.c.linked_at).where(login.c.subject == customer_id)
    return [
        SignInView(provider_name=CHANNEL_NAMES[RequestChannel(row.provider)], linked_at=row.linked_at)
        for row in await connection.execute(statement.order_by(login.c.linked_at))
    ]


async def _accounts(
    connection: AsyncConnection, customer_id: str, caller: Caller, rulebook: RuleBook
) -> list[AccountDetail]:
    statement = ACCOUNTS.select().where(account.c.customer_id == customer_id)
    newest = statement.order_by(account.c.opened_at.desc(), account.c.id.desc()).limit(MOST_ADDRESSES)
    rows = (await connection.execute(narrow(newest, caller.scope, ACCOUNTS.scopes))).mappings().all()
    read = await read_of(connection, rulebook, [ACCOUNTS.read(row) for row in rows])
    return account_details(read, caller, rulebook)


def _features(item: Pair, policy: MatchPolicy) -> list[FeatureView]:
    weights = policy.weights if item.policy_version == policy.version else {}
    return [
        FeatureView(
            feature=feature,
            name=FEATURE_NAMES[feature],
            likeness=likeness,
            agrees=likeness == 1.0,
            weight=weights.get(feature),
        )
        for feature, likeness in item.features.items()
    ]


def waiting_for(item: Pair) -> dict[str, Due]:
    """Return the task that a pair waits for, by its kind."""
    return {
        task.kind: Due(
            name=task.name,
            whose=task.whose,
            due_at=None,
            overdue=False,
            remaining_minutes=None,
            light=Light.GREEN,
        )
        for task in _tasks(item)
    }


def _tasks(item: Pair) -> list[PairTask]:
    turn, proposal = item.turn, item.proposal
    if turn is None:
        return []
    since = item.found_at if proposal is None else proposal.at
    return [PairTask(kind=turn, name=PAIR_TASK_NAMES[turn], whose=turn, since=since)]


def _pair(item: Pair, seen: set[str]) -> dict[str, object]:
    survivor = item.proposal and item.proposal.survivor
    return {
        "id": item.id,
        "version": item.version,
        "state": item.state,
        "state_name": PAIR_STATE_NAMES[item.state],
        "score": item.score / 1000,
        "policy_version": item.policy_version,
        "found_at": item.found_at,
        "first_id": item.first if item.first in seen else None,
        "second_id": item.second if item.second in seen else None,
        "survivor_id": survivor if survivor in seen else None,
        "proposed_by": item.proposal and item.proposal.by,
        "proposal_reason": item.proposal and item.proposal.reason,
        "confirmed_by": item.confirmed_by,
        "judged_by": item.judgement and item.judgement.by,
        "judged_at": item.judgement and item.judgement.at,
        "judgement_reason": item.judgement and item.judgement.reason,
        "work": _tasks(item),
    }
