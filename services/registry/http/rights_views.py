"""Read for the answers to customers about their data: who had it, what they asked for, why it is classed so."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.audit.entries import ACTION_NAMES, Action, Result
from libs.common.audit.tables import AuditTables
from libs.common.auth.callers import Caller, narrow
from services.registry.domain.categories import CATEGORY_NAMES, SUBJECT_NAMES, USE_NAMES
from services.registry.domain.customers import Customer, SizeBasis
from services.registry.domain.rights import RIGHT_NAMES, Right
from services.registry.domain.sizes import METRIC_NAMES, SIZE_NAMES, Size, SizeInputs, SizePolicy, size_of
from services.registry.http import rights_models as models
from services.registry.http.audit_routes import ALL_PURPOSES, names_of_fields
from services.registry.http.views import is_withheld
from services.registry.storage.accounts import ACCOUNTS
from services.registry.storage.policies import CATEGORY_POLICY, SIZE_POLICY
from services.registry.storage.rights_policies import SUBSCRIBER_POLICY
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import account, consent, rights_request

MOST: Final = 2_000
_GIVEN: Final = (Action.REVEAL, Action.BREAK_GLASS, Action.EXPORT, Action.DISCLOSE)


async def disclosures_of(
    connection: AsyncConnection, rulebook: RuleBook, audit: AuditTables, customer_ids: Sequence[str]
) -> models.Disclosures:
    """Return who had what of a customer, by all its ids, by the audit record, and who reads the events."""
    c = audit.entry.c
    statement = select(audit.entry).where(
        c.subject.in_(customer_ids), c.action.in_(_GIVEN), c.result == Result.OK
    )
    return models.Disclosures(
        items=[
            models.DisclosureView(
                at=row["occurred_at"],
                unit=row["unit"],
                action_name=ACTION_NAMES[Action(row["action"])],
                purpose_name=ALL_PURPOSES.get(row["purpose"], row["purpose"]),
                field_names=names_of_fields(row["fields"]),
            )
            for row in await rows_of(connection, statement.order_by(c.recorded_at.desc(), c.id.desc()))
        ],
        subscribers=[
            models.SubscriberView(name=each.name, basis=each.basis, what=each.what)
            for each in rulebook.policy(SUBSCRIBER_POLICY)
        ],
    )


async def rights_of(connection: AsyncConnection, customer_ids: Sequence[str]) -> list[models.RightView]:
    """Return what a customer asked for, by all its ids, the newest first."""
    c = rights_request.c
    statement = select(rights_request).where(c.customer_id.in_(customer_ids))
    return [
        models.RightView(
            kind=row["kind"],
            kind_name=RIGHT_NAMES[Right(row["kind"])],
            asked_at=row["asked_at"],
            unit=row["unit"],
            document_ref=row["document_ref"],
            granted=row["refusal"] is None,
            refusal=row["refusal"],
            refusal_text=row["refusal_text"],
        )
        for row in await rows_of(connection, statement.order_by(c.asked_at.desc(), c.id.desc()))
    ]


async def consents_of(connection: AsyncConnection, customer_ids: Sequence[str]) -> list[models.ConsentView]:
    """Return a customer's consents, by all its ids, the newest first."""
    c = consent.c
    statement = select(consent).where(c.customer_id.in_(customer_ids))
    rows = await rows_of(connection, statement.order_by(c.accepted_at.desc(), c.id.desc()))
    names = models.ConsentView.model_fields
    return [models.ConsentView(**{name: row[name] for name in names}) for row in rows]


async def explanation_of(
    connection: AsyncConnection, rulebook: RuleBook, caller: Caller, item: Customer
) -> models.Explanation:
    """Return which rules gave the categories of a customer's accounts that a caller sees, and its size."""
    statement = ACCOUNTS.select().where(account.c.customer_id == item.id).order_by(account.c.opened_at)
    rows = await rows_of(connection, narrow(statement, caller.scope, ACCOUNTS.scopes))
    categories, sizes = rulebook.policy(CATEGORY_POLICY), rulebook.policy(SIZE_POLICY)
    subjects = {**categories.classes, **{str(code): name for code, name in SUBJECT_NAMES.items()}}
    # The figures that an enterprise declared are not shown while it is restricted.
    basis = None if is_withheld(item, caller) else item.basis
    return models.Explanation(
        categories=[
            models.ExplainedCategory(
                account_id=each.id,
                category_name=CATEGORY_NAMES[each.category],
                use_name=USE_NAMES[each.use],
                subject_name=subjects.get(each.subject, each.subject),
                rule=each.category_source,
                policy_version=each.category_version,
                policy_source=categories.source,
            )
            for each in map(ACCOUNTS.read, rows)
        ],
        size=None if basis is None or item.size is None else _size(item, basis, item.size, sizes),
    )


def _size(item: Customer, basis: SizeBasis, size: Size, policy: SizePolicy) -> models.ExplainedSize:
    industry = policy.industries.get(basis.industry)
    decided_by = None
    if industry is not None and item.size_version == policy.version:
        inputs = SizeInputs(basis.industry, basis.employees, basis.revenue_fen, basis.assets_fen)
        decided_by = "、".join(METRIC_NAMES[metric] for metric in size_of(inputs, policy).decided_by)
    return models.ExplainedSize(
        size_name=SIZE_NAMES[size],
        industry=basis.industry,
        industry_name=basis.industry if industry is None else industry.name,
        row=None if industry is None or decided_by is None else industry.in_words,
        decided_by=decided_by,
        employees=basis.employees,
        revenue_fen=basis.revenue_fen,
        assets_fen=basis.assets_fen,
        listed=basis.listed,
        as_of=basis.as_of,
        policy_version=item.size_version,
        policy_source=policy.source,
    )


async def rows_of(connection: AsyncConnection, statement: Select[Any]) -> list[Any]:
    """Return the first rows of a statement, as many as an answer has at most."""
    return list((await connection.execute(statement.limit(MOST))).mappings())
