"""Customers who may be one: listed, side by side, found to be two, merged by two persons, and that undone."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy import Row

from libs.casework.http.history import EventView, event_fields
from libs.casework.storage.history import history_of
from libs.common.auth.callers import Caller, Role
from libs.common.changes import Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http import command, commands
from libs.common.http.actions import Actions, Chosen, Offer, doing
from libs.common.http.auth import require
from libs.common.http.cursors import Page
from libs.common.http.etags import set_etag
from libs.common.http.fields import QueryFlag
from libs.common.http.headers import ETAG, answering
from services.registry.domain.pairs import Pair, PairTurn, PairVerb
from services.registry.domain.rules import Rules
from services.registry.events.pairs import PAIR_EVENT_NAMES, PairEvent
from services.registry.http.duplicate_models import (
    DeclineMerge,
    Dismiss,
    PairAccounts,
    PairView,
    ProposeMerge,
    UndoMerge,
)
from services.registry.http.duplicate_views import pair_accounts, pair_view, waiting_for
from services.registry.http.request_people import staff_view
from services.registry.storage.pairs import PAIRS
from services.registry.storage.rulebook import RuleBook
from services.registry.usecases import merging

PAIR_COMMANDS: commands.Commands[Pair, Rules, RuleBook] = commands.Commands(
    PAIRS, "/duplicates/{duplicate_id}", pair_view, PairView
)
_LOOKING = (Role.CLERK, Role.WINDOW, Role.SUPERVISOR)
_CONFIRMING = (Role.APPROVER, Role.SUPERVISOR)
Reader = Annotated[
    Caller,
    require(Role.CLERK, Role.WINDOW, Role.APPROVER, Role.SUPERVISOR, Role.ADMINISTRATOR, of=PAIRS.scopes),
]
Parts = Annotated[command.Parts[RuleBook], Depends(command.parts)]
_GROUP = "疑似重复"

router = APIRouter(prefix="/v1", tags=["疑似重复用户"])


@PAIR_COMMANDS.use_case(
    router,
    PairVerb.DISMISS,
    "dismissal",
    "dismissDuplicate",
    "认定不是重复",
    *_LOOKING,
    offer=Offer(_GROUP, hint="记录经办人和理由；信息变更后相似程度明显升高的，会重新提示"),
)
async def dismiss(target: Target, uow: UnitOfWork, rulebook: RuleBook, body: Dismiss) -> Changed[Pair]:
    """Remember that the two are not one."""
    return await merging.dismiss(target, uow, rulebook, body.reason)


def _sides(item: Pair, _given: object) -> Chosen:
    return [(item.first, "第一个用户"), (item.second, "第二个用户")]


@PAIR_COMMANDS.use_case(
    router,
    PairVerb.PROPOSE,
    "merge-proposal",
    "proposeMerge",
    "提出合并",
    *_LOOKING,
    offer=Offer(_GROUP, choices={"survivor_id": _sides}, hint="须由另一名人员确认后才合并"),
)
async def propose(target: Target, uow: UnitOfWork, rulebook: RuleBook, body: ProposeMerge) -> Changed[Pair]:
    """Propose which of the two stays."""
    return await merging.propose(target, uow, rulebook, str(body.survivor_id), body.reason)


@PAIR_COMMANDS.use_case(
    router,
    PairVerb.DECLINE,
    "merge-refusal",
    "declineMerge",
    "退回合并",
    *_LOOKING,
    Role.APPROVER,
    offer=Offer(_GROUP, hint="退回后重新核实；提出人也可撤回"),
)
async def decline(target: Target, uow: UnitOfWork, rulebook: RuleBook, body: DeclineMerge) -> Changed[Pair]:
    """Send a proposal back."""
    return await merging.decline(target, uow, rulebook, body.reason)


@PAIR_COMMANDS.use_case(
    router,
    PairVerb.CONFIRM,
    "merge-confirmation",
    "confirmMerge",
    "确认合并",
    *_CONFIRMING,
    offer=Offer(
        _GROUP,
        does=doing(PairTurn.CONFIRM),
        when=lambda item, given: item.proposal is not None and item.proposal.by != given.subject,
        otherwise="提出合并的人不能自行确认，须由另一名有权限的人员确认",
        hint="户转入保留的用户；合并可以撤销",
    ),
)
async def confirm(target: Target, uow: UnitOfWork, rulebook: RuleBook) -> Changed[Pair]:
    """Merge the two as it was proposed by another person."""
    return await merging.merge(target, uow, rulebook)


@PAIR_COMMANDS.use_case(
    router,
    PairVerb.UNDO,
    "merge-reversal",
    "undoMerge",
    "撤销合并",
    *_CONFIRMING,
    offer=Offer(_GROUP, hint="随合并转入的户转回原用户；此后已过户的除外"),
)
async def undo(target: Target, uow: UnitOfWork, rulebook: RuleBook, body: UndoMerge) -> Changed[Pair]:
    """Undo a merge: the two are not one."""
    return await merging.unmerge(target, uow, rulebook, body.reason)


@router.get(
    "/duplicates/{duplicate_id}",
    operation_id="getDuplicate",
    summary="查看一对疑似重复用户",
    responses=answering(200, ETAG),
)
async def get_duplicate(duplicate_id: UUID, caller: Reader, parts: Parts, response: Response) -> PairAccounts:
    """Show two customers side by side, masked, with their accounts and what agrees."""
    item = await PAIRS.find(parts.database, str(duplicate_id), caller.scope)
    set_etag(response, item.version)
    async with parts.database.reading() as connection:
        return await pair_accounts(connection, item, caller, parts.rulebook)


@router.get(
    "/duplicates/{duplicate_id}/actions",
    operation_id="listDuplicateActions",
    summary="查看一对疑似重复用户现在可办理的事项",
    responses=answering(200, ETAG),
)
async def list_actions(
    duplicate_id: UUID,
    caller: Reader,
    parts: Parts,
    response: Response,
    withheld: Annotated[QueryFlag, Query(description="Also what cannot be done now, and why")] = False,
) -> Actions:
    """List what the caller may do to a pair now, each command with its form; nothing where one side is elsewhere."""
    item = await PAIRS.find(parts.database, str(duplicate_id), caller.scope)
    set_etag(response, item.version)
    async with parts.database.reading() as connection:
        seen = await merging.seen_of(connection, caller.scope, item.both)
    elsewhere = {} if seen.issuperset(item.both) else dict.fromkeys(PairVerb, merging.ELSEWHERE)
    return PAIR_COMMANDS.actions(
        item,
        caller,
        parts.clock.now(),
        parts.rulebook,
        withheld=elsewhere,
        waiting=waiting_for(item),
        explain=withheld,
    )


@router.get(
    "/duplicates/{duplicate_id}/events",
    operation_id="listDuplicateEvents",
    summary="查看一对疑似重复用户的办理记录",
)
async def list_events(
    duplicate_id: UUID,
    caller: Reader,
    parts: Parts,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    cursor: str | None = None,
) -> Page[EventView]:
    """List what happened to a pair, in order."""
    rows, following = await history_of(
        parts.database, PAIRS, str(duplicate_id), caller.scope, limit=limit, cursor=cursor
    )
    return Page(items=[_event(row, caller, parts.rulebook.rules) for row in rows], next=following)


def _event(row: Row[Any], caller: Caller, rules: Rules) -> EventView:
    payload = msgspec.json.decode(row.payload)
    hidden = {*PairEvent.model_fields, "features", "survivor_id"}
    fields = event_fields(row, payload, PAIR_EVENT_NAMES, hidden)
    person = staff_view(payload.get("actor"), caller, rules, payload.get("actor_unit"))
    return EventView(**fields | {"person": person})
