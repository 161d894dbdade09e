"""Requests on accounts as callers may see them."""

from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.casework.http.assignment import assignment_view
from libs.casework.http.contacts import QuestionView, UrgeView
from libs.casework.http.history import ChangeView, event_fields
from libs.casework.http.work_lists import by_urgency, due_by_kind, row_fields, task_fields
from libs.common.auth.callers import Caller, Role, ScopeKind
from libs.common.clock import local
from libs.common.http.actions import Due
from libs.common.places import load_places
from services.registry.domain.customers import Customer
from services.registry.domain.masking import MaskKind, mask, masked_address
from services.registry.domain.particulars import Particular, mask_kind
from services.registry.domain.requests.policy import MaterialFile
from services.registry.domain.requests.request import Request
from services.registry.domain.requests.values import (
    CHANNEL_NAMES,
    DEADLINE_NAMES,
    KIND_NAMES,
    MATERIAL_NAMES,
    PARTY_NAMES,
    REFUSAL_NAMES,
    STATE_NAMES,
    WORK_NAMES,
    Deadline,
    RequestState,
    Turn,
    WorkKind,
)
from services.registry.domain.requests.work import Work, urgency_of, work_of
from services.registry.domain.rules import Rules
from services.registry.events.requests import REQUEST_EVENT_NAMES, RequestEvent
from services.registry.http import request_models as models
from services.registry.http.request_people import names_of, person_of
from services.registry.http.views import WITHHELD, is_withheld
from services.registry.identity.assurance import Purpose, is_assured
from services.registry.identity.policy import IDENTITY_POLICY
from services.registry.storage.accounts import ACCOUNTS
from services.registry.storage.customers import CUSTOMERS
from services.registry.storage.particulars import Texts, accounts_texts, customers_texts
from services.registry.storage.requests import proposal_texts
from services.registry.storage.rulebook import RuleBook

FILE_READERS: Final = (Role.WINDOW, Role.CLERK, Role.APPROVER)
"""The roles of the staff that may open the files of requests."""
_OFFICES = frozenset({ScopeKind.UTILITY, ScopeKind.DISTRICT, ScopeKind.CITY})


def is_staff(caller: Caller) -> bool:
    """Tell whether a caller is of a utility, a district or the city; parties see no persons of the staff."""
    return caller.scope.kind in _OFFICES


def citizen_of(caller: Caller) -> str | None:
    """Return the citizen that a caller is, as scopes name one; None for the staff."""
    return None if is_staff(caller) else caller.scope.code


def may_open(file: MaterialFile, item: Request, caller: Caller) -> bool:
    """Tell whether a caller may have a file: who works on the request, and the party that handed it in (PIPL §6)."""
    if is_staff(caller):
        return not caller.roles.isdisjoint(FILE_READERS)
    if caller.representing is not None:
        # What the party itself handed in stays between it and the utility.
        return file.uploaded_by == caller.subject
    return file.party is item.party_of(caller.scope.code)


def request_view(item: Request, rules: Rules, now: datetime, caller: Caller) -> models.RequestView:
    """Return a request without particulars of its parties."""
    return models.RequestView(**_request(item, rules, now, caller))


def work_row(item: Request, rules: Rules, turn: Turn, now: datetime, caller: Caller) -> models.RequestWorkRow:
    """Return a request as a row of a work list."""
    row = _request(item, rules, now, caller)
    return models.RequestWorkRow(**row, **row_fields(row["work"], turn))


def waiting_for(item: Request, rules: Rules, now: datetime) -> dict[str, Due]:
    """Return the most urgent task of each kind that a request waits for."""
    return due_by_kind(_work(item, rules, now))


async def request_detail(
    connection: AsyncConnection, item: Request, now: datetime, caller: Caller, rulebook: RuleBook
) -> models.RequestDetail:
    """Return a request with particulars: each party's own whole to the citizen, all else masked.

    What is the account's is shown to citizens only while the account is theirs: not after a transfer.
    """
    sealer, rules = rulebook.sealer, rulebook.rules
    parties = [item.customer_id, *([item.receiver_id] if item.receiver_id else [])]
    account_row = (
        (await connection.execute(ACCOUNTS.select().where(ACCOUNTS.table.c.id == item.account_id)))
        .mappings()
        .one()
    )
    account = ACCOUNTS.read(account_row)
    concerned = {*parties, account.customer_id}
    owners = {
        owner.id: owner
        for row in (
            await connection.execute(CUSTOMERS.select().where(CUSTOMERS.table.c.id.in_(concerned)))
        ).mappings()
        for owner in [CUSTOMERS.read(row)]
    }
    names = await customers_texts(connection, sealer, parties)
    texts: Texts = {}
    if is_staff(caller) or caller.scope.code == account.customer_id.upper():
        texts = (await accounts_texts(connection, sealer, [account.id])).get(account.id, {})
    wished = await proposal_texts(connection, sealer, item.id) if item.proposal else {}
    owner, holder = owners[item.customer_id], owners[account.customer_id]

    def of_party(party: str | None) -> str | None:
        if party is None:
            return None
        return _shown(Particular.NAME, names.get(party, {}), owners[party], caller, rulebook)

    return models.RequestDetail(
        **_request(item, rules, now, caller),
        customer_name=of_party(item.customer_id),
        receiver_name=of_party(item.receiver_id),
        account_number=_shown(Particular.NUMBER, texts, holder, caller, rulebook),
        account_address=_shown(Particular.ADDRESS, texts, holder, caller, rulebook),
        wished={name: _shown(name, wished, owner, caller, rulebook) or "" for name in sorted(wished)},
    )


def _is_whole(owner: Customer, caller: Caller, rulebook: RuleBook) -> bool:
    # An agent, or who proved too little at sign-in, sees them masked.
    levels = rulebook.policy(IDENTITY_POLICY).levels
    return caller.citizen == owner.id.upper() and is_assured(caller, Purpose.VIEW_FULL, levels)


def _shown(particular: str, texts: Texts, owner: Customer, caller: Caller, rulebook: RuleBook) -> str | None:
    text = texts.get(particular)
    if text is None or _is_whole(owner, caller, rulebook):
        return text
    if is_withheld(owner, caller):
        return WITHHELD
    if particular == Particular.ADDRESS:
        place = rulebook.resolver.resolve(text, rulebook.today)
        return masked_address(rulebook.resolver.public_part(place), rulebook.rules.masks)
    kind: MaskKind | None = mask_kind(particular, owner.kind, owner.paper, owner.subject)
    return text if kind is None else mask(kind, text, rulebook.rules.masks)


def event_view_fields(row: Row[Any], caller: Caller, rules: Rules) -> dict[str, Any]:
    """Return the fields of the view of a request's event; parties see no persons of the staff."""
    payload, shows_persons = msgspec.json.decode(row.payload), is_staff(caller)
    hidden = {*RequestEvent.model_fields, "deadlines"}
    fields = event_fields(row, payload, REQUEST_EVENT_NAMES, hidden)
    actor = payload.get("actor")
    shown = actor if shows_persons or actor == caller.subject else None
    person = person_of(payload, rules) if shows_persons else None
    changes = [
        ChangeView(
            name=DEADLINE_NAMES[Deadline(move["kind"])], old=_wall(move["before"]), new=_wall(move["at"])
        )
        for move in payload.get("deadlines", ())
    ]
    return fields | {"changes": changes, "actor": shown, "person": person, "entry": payload.get("entry")}


def _wall(instant: str) -> str:
    return f"{local(datetime.fromisoformat(instant)):%Y-%m-%d %H:%M}"


def _work(item: Request, rules: Rules, now: datetime) -> list[models.RequestWorkView]:
    return by_urgency(_task(item, work, rules, now) for work in work_of(item, rules))


def _task(item: Request, work: Work, rules: Rules, now: datetime) -> models.RequestWorkView:
    missing = item.missing_materials(rules) if work.kind is WorkKind.HAND_IN else []
    return models.RequestWorkView(
        **task_fields(work, urgency_of(work, rules, now), WORK_NAMES[work.kind]),
        about="、".join(MATERIAL_NAMES[material] for material in missing),
    )


def _request(item: Request, rules: Rules, now: datetime, caller: Caller) -> dict[str, Any]:
    places, act, wished = load_places(), item.act, item.proposal
    is_done = item.state is RequestState.DONE
    return {
        "id": item.id,
        "number": item.number,
        "version": item.version,
        "kind": item.kind,
        "kind_name": KIND_NAMES[item.kind],
        "state": item.state,
        "state_name": STATE_NAMES[item.state],
        "account_id": item.account_id,
        "customer_id": item.customer_id,
        "receiver_id": item.receiver_id,
        "utility": item.utility,
        "utility_name": places.utility(item.utility).name,
        "district": item.district,
        "supply": item.supply,
        "supply_name": places.service_name(item.supply),
        "channel": item.channel,
        "channel_name": CHANNEL_NAMES[item.channel],
        "submitted_at": item.submitted_at,
        "received_at": item.received_at,
        "due_at": item.due_at,
        "overdue": item.is_overdue(now),
        "on_time": item.is_on_time(item.finished_at) if is_done and item.finished_at else None,
        "agreements": [
            models.AgreementView(
                party=agreement.party,
                party_name=PARTY_NAMES[agreement.party],
                at=agreement.at,
                by_document=agreement.document_ref is not None,
            )
            for agreement in item.agreements
        ],
        "missing_agreements": item.missing_parties,
        "missing_materials": item.missing_materials(rules),
        "materials": [
            models.MaterialFileView(
                id=file.id,
                kind=file.kind,
                name=MATERIAL_NAMES[file.kind],
                media_type=file.media_type,
                size=file.size,
                uploaded_at=file.uploaded_at,
                may_open=may_open(file, item, caller),
            )
            for file in item.materials
        ],
        "proposed": [] if wished is None else list(wished.fields),
        "use": wished and wished.use,
        "price_class": wished and wished.price_class,
        "accepted_at": item.accepted_at,
        "approved_at": item.approved_at,
        "acted_at": act and act.acted_at,
        "recorded_at": act and act.recorded_at,
        "entry": act and act.entry,
        "reading": act and act.reading,
        "refusal": item.refusal,
        "refusal_name": item.refusal and REFUSAL_NAMES[item.refusal],
        "finished_at": item.finished_at,
        "urges": [UrgeView.model_validate(urge) for urge in item.urges],
        "questions": [QuestionView.model_validate(question) for question in item.questions],
        "rating": item.rating and item.rating.score,
        "assignment": assignment_view(item, names_of(item, rules)) if is_staff(caller) else None,
        "note_count": len(item.notes) if is_staff(caller) else 0,
        "work": _work(item, rules, now),
    }
