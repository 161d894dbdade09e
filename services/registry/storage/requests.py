"""Rows ↔ requests on accounts; each of its parties sees a request, and the utility of the account."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Select, bindparam, delete, insert, select

from libs.casework.storage.work_lists import WorkLists, due_columns, work_values
from libs.common.aggregate import Actor, Stead
from libs.common.auth.callers import Caller, Related, Role, ScopeColumns, ScopeKind
from libs.common.changes import Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.database.upsert import upsert
from libs.common.encryption.sealer import Sealer
from libs.common.http.cursors import Keyset
from libs.common.rules import RuleError
from libs.common.store import Store
from services.registry.domain.requests.request import Request
from services.registry.domain.requests.values import RequestTimer, Turn
from services.registry.domain.requests.work import work_of
from services.registry.domain.rules import Rules
from services.registry.events.requests import REQUEST_EVENT_NAMES, REQUEST_EVENTS
from services.registry.storage.particulars import Texts, data_key
from services.registry.storage.tables import (
    REQUEST_COLUMNS,
    REQUEST_UPDATES,
    account_request,
    request_counter,
    request_particulars,
    request_party,
)

_r = account_request.c
_DROP = delete(request_particulars).where(request_particulars.c.id == bindparam("of_request"))
NEWEST: Final = Keyset(((_r.submitted_at, True), (_r.id, True)))


def acting(
    caller: Caller, now: datetime, customer_id: str, stead: Stead | None, document_ref: str | None
) -> Actor:
    """Return who acts: a citizen, the utility, or staff or an authorised citizen in a customer's stead (代录).

    Raises RuleError where staff name no signed document for what needs one.
    """
    if caller.representing is not None:
        represented = caller.scope.code.lower()
        by = caller.representing.authorisation
        return Actor(now, caller.subject, represented, in_stead=True, document_ref=by, unit=caller.scope.unit)
    if stead is None or Role.CITIZEN in caller.roles:
        return Actor(now, caller.subject, unit=caller.scope.unit)
    if stead is Stead.DOCUMENT and document_ref is None:
        raise RuleError(
            "stead-document-missing",
            "代用户办理须注明用户签字的文件",
            "请填写用户签字文件的编号，或由用户在手机上办理",
            "document_ref",
        )
    return Actor(
        now, caller.subject, customer_id, in_stead=True, document_ref=document_ref, unit=caller.scope.unit
    )


def _envelope(item: Request) -> Mapping[str, object]:
    actor = item.actor or Actor(item.submitted_at)
    return {
        "request_id": item.id,
        "request_number": item.number,
        "request_kind": item.kind,
        "account_id": item.account_id,
        "customer_id": item.customer_id,
        "receiver_id": item.receiver_id,
        "district": item.district,
        "utility": item.utility,
        "supply": item.supply,
        "channel": item.channel,
        "actor": actor.subject,
        "actor_unit": actor.unit,
        "on_behalf_of": actor.on_behalf_of,
        "in_stead": actor.in_stead,
        "authorisation_id": actor.document_ref
        if actor.in_stead and actor.unit == ScopeKind.CITIZEN
        else None,
    }


def _actor_of(item: Request, target: Target, now: datetime) -> Actor:
    return acting(target.caller, now, item.customer_id, target.stead, target.document_ref)


def _save_parts(uow: UnitOfWork, item: Request) -> None:
    REQUEST_UPDATES.save_watchers(uow, item)
    if item.proposal is not None and item.finished_at is not None:
        # It was written, or never will be (PIPL §19).
        uow.write(_DROP, {"of_request": item.id})


REQUESTS: Final[Store[Request, Rules]] = Store(
    aggregate=Request,
    table=account_request,
    scopes=ScopeColumns(
        utility=_r.utility,
        district=_r.district,
        owner=Related(request_party.c.owner, request_party.c.request_id == _r.id),
        label="用户业务申请",
    ),
    events={event.event: event for event in REQUEST_EVENTS},
    timer_kinds=tuple(RequestTimer),
    missing="没有这项申请，或不在您的管辖范围内",
    identity=lambda item: {
        "number": item.number,
        "kind": item.kind,
        "account_id": item.account_id,
        "customer_id": item.customer_id,
        "receiver_id": item.receiver_id,
        "utility": item.utility,
        "district": item.district,
        "supply": item.supply,
        "channel": item.channel,
        "submitted_at": item.submitted_at,
    },
    derived=lambda item, rules: {
        "state": item.state,
        "assignee": item.assignee,
        "due_at": item.due_at,
        "finished_at": item.finished_at,
        **work_values(work_of(item, rules), Turn),
    },
    envelope=_envelope,
    actor_of=_actor_of,
    save_parts=_save_parts,
    event_names=REQUEST_EVENT_NAMES,
)
REQUEST_WORK: Final = WorkLists(REQUESTS, due_columns(account_request, Turn), owners=(_r.assignee,))


async def next_number(uow: UnitOfWork, prefix: str) -> str:
    """Return the next number with a prefix, as `YW-W-371502-20220704-0001`; others wait for the transaction's end."""
    last = await uow.connection.scalar(
        upsert(uow.dialect, request_counter)
        .values(prefix=prefix, last=1)
        .on_conflict_do_update(
            index_elements=[request_counter.c.prefix], set_={"last": request_counter.c.last + 1}
        )
        .returning(request_counter.c.last)
    )
    return f"{prefix}-{last:04d}"


async def open_number(connection: Any, account_id: str) -> str | None:
    """Return the number of an account's open request; None without one."""
    statement = select(_r.number).where(_r.account_id == account_id, _r.finished_at.is_(None))
    number: str | None = await connection.scalar(statement)
    return number


async def add_parties(uow: UnitOfWork, item: Request) -> None:
    """Let each party of a new request see it."""
    parties = [item.customer_id, *([item.receiver_id] if item.receiver_id else [])]
    rows = [{"owner": party.upper(), "request_id": item.id} for party in parties]
    await uow.connection.execute(insert(request_party), rows)


def requests_of(*customer_ids: str) -> Select[tuple[str]]:
    """Return the ids of the requests of which a customer, by any of its ids, is a party."""
    owners = [customer_id.upper() for customer_id in customer_ids]
    return select(request_party.c.request_id).where(request_party.c.owner.in_(owners))


async def store_proposal(uow: UnitOfWork, sealer: Sealer, item: Request, texts: Texts) -> None:
    """Seal what a change asks to be written, until the request ends."""
    key = await data_key(uow, sealer, item.customer_id)
    packed = {"texts": msgspec.json.encode(dict(texts)).decode()}
    sealed = sealer.sealed(key, REQUEST_COLUMNS, item.id, item.customer_id, packed)
    row = {"id": item.id, "subject": item.customer_id, **sealed}
    await uow.connection.execute(insert(request_particulars), row)


async def proposal_texts(connection: Any, sealer: Sealer, request_id: str) -> Texts:
    """Return what a change asks to be written; nothing after its end."""
    statement = select(request_particulars).where(request_particulars.c.id == request_id)
    rows = list((await connection.execute(statement)).mappings())
    opened = await sealer.opened(connection, REQUEST_COLUMNS, rows)
    return msgspec.json.decode(opened[0]["texts"] or "{}", type=dict[str, str]) if opened else {}
