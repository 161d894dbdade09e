"""All that is kept of a customer, as the copy has it (PIPL §45): of its record, and of those merged into it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.casework.http.contacts import QuestionView, UrgeView
from libs.common.audit.tables import AuditTables
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.encryption.records import records_of
from services.registry.domain.customers import Customer
from services.registry.domain.particulars import OF_ACCOUNT, OF_CUSTOMER
from services.registry.domain.requests.request import Request
from services.registry.domain.requests.values import (
    KIND_NAMES,
    MATERIAL_NAMES,
    PARTY_NAMES,
    REFUSAL_NAMES,
    STATE_NAMES,
    Party,
)
from services.registry.http import rights_models as models
from services.registry.http.request_models import MaterialFileView
from services.registry.http.rights_case_views import rights_case_view
from services.registry.http.rights_views import MOST, consents_of, disclosures_of, rights_of, rows_of
from services.registry.http.views import account_view, customer_view
from services.registry.storage.authorisations import AUTHORISATIONS
from services.registry.storage.bindings import BINDINGS
from services.registry.storage.customers import CUSTOMERS
from services.registry.storage.matching import merged_into
from services.registry.storage.particulars import accounts_texts, customers_texts, former_texts
from services.registry.storage.requests import REQUESTS, proposal_texts, requests_of
from services.registry.storage.rights_cases import RIGHTS_CASES
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import (
    STANDING,
    account_request,
    customer,
    login,
    matter,
    message,
    rights_case,
)
from services.registry.usecases.rights import accounts_of


async def copy_of(
    uow: UnitOfWork, rulebook: RuleBook, audit: AuditTables, item: Customer
) -> models.CustomerCopy:
    """Return all that is kept of a customer."""
    connection, sealer, rules = uow.connection, rulebook.sealer, rulebook.rules
    rows = await rows_of(connection, CUSTOMERS.select().where(customer.c.id.in_(merged_into(item.id))))
    merged = [CUSTOMERS.read(row) for row in rows]
    ids = [item.id, *(record.id for record in merged)]
    owners = [customer_id.upper() for customer_id in ids]
    accounts = (await accounts_of(uow, item.id))[-MOST:]
    texts = await customers_texts(connection, sealer, ids)
    of_accounts = await accounts_texts(connection, sealer, [each.id for each in accounts])
    former = [
        models.FormerTexts(thing=thing, replaced_at=at, texts=dict(before))
        for thing in (*ids, *(each.id for each in accounts))
        for at, _, before in await former_texts(connection, sealer, thing)
    ]
    return models.CustomerCopy(
        made_at=uow.now,
        customer=models.CopiedCustomer(
            **customer_view(item, rules).model_dump(),
            **{name: texts.get(item.id, {}).get(name) for name in OF_CUSTOMER},
        ),
        merged=[
            models.CopiedRecord(
                id=record.id, opened_at=record.opened_at, texts=dict(texts.get(record.id, {}))
            )
            for record in merged
        ],
        accounts=[
            models.CopiedAccount(
                **account_view(each, rules).model_dump(),
                **{name: of_accounts.get(each.id, {}).get(name) for name in OF_ACCOUNT},
            )
            for each in accounts
        ],
        requests=await _requests(connection, rulebook, ids),
        former=former[:MOST],
        logins=[
            models.CopiedLogin(provider=row["provider"], linked_at=row["linked_at"])
            for row in await rows_of(connection, select(login).where(login.c.subject.in_(ids)))
        ],
        bindings=[
            models.CopiedBinding(utility=each.utility, bound_at=each.bound_at, ended_at=each.ended_at)
            for each in map(BINDINGS.read, await rows_of(connection, _bound(owners)))
        ],
        authorisations=[
            models.CopiedAuthorisation(
                kind=each.kind,
                acts=each.agent_id in ids,
                granted_at=each.granted_at,
                valid_from=each.valid_from,
                valid_until=each.valid_until,
                ended_at=each.ended_at,
            )
            for each in map(AUTHORISATIONS.read, await rows_of(connection, _authorised(owners)))
        ],
        matters=[
            models.CopiedMatter(**{name: row[name] for name in models.CopiedMatter.model_fields})
            for row in await rows_of(
                connection,
                select(matter).where(matter.c.owner.in_(owners)).order_by(matter.c.opened_at.desc()),
            )
        ],
        messages=[
            models.CopiedMessage(**{name: row[name] for name in models.CopiedMessage.model_fields})
            for row in await rows_of(
                connection, select(message).where(message.c.owner.in_(owners)).order_by(message.c.id.desc())
            )
        ],
        rights=await rights_of(connection, ids),
        rights_cases=[
            rights_case_view(RIGHTS_CASES.read(row, records_of(connection)), rules, uow.now)
            for row in await rows_of(
                connection, RIGHTS_CASES.select().where(rights_case.c.customer_id.in_(ids))
            )
        ],
        consents=await consents_of(connection, ids),
        disclosures=await disclosures_of(connection, rulebook, audit, ids),
    )


def _bound(owners: Sequence[str]) -> Select[Any]:
    c = STANDING.binding.c
    return BINDINGS.select().where(c.owner.in_(owners)).order_by(c.bound_at.desc())


def _authorised(owners: Sequence[str]) -> Select[Any]:
    c = STANDING.authorisation.c
    either = or_(c.owner.in_(owners), c.agent_owner.in_(owners))
    return AUTHORISATIONS.select().where(either).order_by(c.granted_at.desc())


async def _requests(
    connection: AsyncConnection, rulebook: RuleBook, ids: Sequence[str]
) -> list[models.CopiedRequest]:
    """Return the requests of which a customer, by any of these ids, is a party, the newest first."""
    r = account_request.c
    statement = REQUESTS.select().where(r.id.in_(requests_of(*ids)))
    rows = await rows_of(connection, statement.order_by(r.submitted_at.desc(), r.id.desc()))
    items = [REQUESTS.read(row, records_of(connection)) for row in rows]
    return [await _request(connection, rulebook, item, ids) for item in items]


async def _request(
    connection: AsyncConnection, rulebook: RuleBook, item: Request, ids: Sequence[str]
) -> models.CopiedRequest:
    party = Party.CUSTOMER if item.customer_id in ids else Party.RECEIVER
    is_wished = item.proposal is not None and party is Party.CUSTOMER
    wished = await proposal_texts(connection, rulebook.sealer, item.id) if is_wished else {}
    return models.CopiedRequest(
        number=item.number,
        kind_name=KIND_NAMES[item.kind],
        state_name=STATE_NAMES[item.state],
        account_id=item.account_id,
        party_name=PARTY_NAMES[party],
        submitted_at=item.submitted_at,
        due_at=item.due_at,
        finished_at=item.finished_at,
        refusal_name=item.refusal and REFUSAL_NAMES[item.refusal],
        wished=dict(wished),
        materials=[
            MaterialFileView(
                id=file.id,
                kind=file.kind,
                name=MATERIAL_NAMES[file.kind],
                media_type=file.media_type,
                size=file.size,
                uploaded_at=file.uploaded_at,
                may_open=file.party is party,
            )
            for file in item.materials
            if file.party in (party, None)
        ],
        urges=[UrgeView.model_validate(urge) for urge in item.urges],
        questions=[QuestionView.model_validate(question) for question in item.questions],
        rating=item.rating and item.rating.score,
    )
