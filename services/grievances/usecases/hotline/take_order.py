"""Take a version of an order of the hotline in, by whichever way it came: pushed, or read from a file."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
import uuid_utils

from libs.common.auth.callers import Caller
from libs.common.changes import Addition
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.problems import define
from libs.common.rules import RuleError
from services.grievances.domain.grievance import Grievance, Origin
from services.grievances.domain.hotline.content import HotlineLink, OrderContent
from services.grievances.domain.hotline.order import HotlineOrder
from services.grievances.domain.hotline.values import HotlineStatus, OrderState, ParkReason
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.kinds import ReporterKind, Source
from services.grievances.domain.verbs import hotline
from services.grievances.storage.grievances import GRIEVANCES, acting
from services.grievances.storage.hotline import (
    ORDERS,
    contents_of,
    hold_number,
    is_own_message,
    note_newest,
    order_id_of,
    store_content,
)
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.words import Words
from services.grievances.usecases.hotline.read_words import OrderCodes, dictionary_of, read_codes
from services.grievances.usecases.submit import NewGrievance, submit

DIFFERS: Final = define("hotline-order-differs", 409, "该版本的工单已收到，内容不同")
# What needs a grievance that is there: an order that begins with it was ours at no time.
_AFTER: Final = frozenset({HotlineStatus.ENDED, HotlineStatus.REVOKED, HotlineStatus.RETURN_GRANTED})
_NOBODY: Final = RuleError(
    "hotline-order-unknown", "热线工单已结束，系统中没有这件诉求", "请核对后选择不作处理", "status"
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A version of an order, from which system."""

    system: str
    content: OrderContent


async def take_order(uow: UnitOfWork, rulebook: RuleBook, arrival: Arrival, caller: Caller) -> HotlineOrder:
    """Take a version in, once. Raises `hotline-order-differs` where the version came with other content.

    What is not understood, and what the rules refuse now, is parked for the desk: nothing is dropped.
    """
    content, system = arrival.content, arrival.system
    newest, grievance_id = await hold_number(uow, system, content.number)
    known_id = await order_id_of(uow.connection, system, content.number, content.version)
    if known_id is not None:
        stored = await contents_of(uow.connection, rulebook.sealer, [known_id])
        if stored.get(known_id, content) != content:
            raise DIFFERS(
                f"工单 {content.number} 第 {content.version} 版的内容与先前收到的不同，请使用新的版本号"
            )
        return await ORDERS.load(uow, known_id)
    order = HotlineOrder(
        id=str(uuid_utils.uuid7()),
        system=system,
        number=content.number,
        order_version=content.version,
        arrived_at=uow.now,
        kind=content.kind,
        district_word=content.district,
        status=content.status,
        category=content.category,
        grade=None if content.call is None else content.call.grade,
        unit=content.unit,
        grievance_id=grievance_id,
    )
    order.actor = acting(caller, uow.now, None, None)
    codes = read_codes(content, await dictionary_of(uow.connection, rulebook, system))
    order.district = codes.district
    if content.message_id is not None:
        if await is_own_message(uow.connection, content.message_id, content.number):
            order.set_aside(OrderState.OWN, uow.now)
            await note_newest(uow, system, content.number, max(newest or 0, content.version), grievance_id)
        else:
            order.park([ParkReason.MESSAGE], None, uow.now)
    elif newest is not None and newest > content.version:
        order.set_aside(OrderState.OLDER, uow.now)
    elif codes.unknown:
        order.park(codes.unknown, None, uow.now)
    else:
        try:
            taken = await take_over(uow, rulebook, order, content, codes, caller)
            order.take(taken, uow.now)
        except RuleError as refused:
            order.park([ParkReason.REFUSED], refused.text, uow.now)
    await ORDERS.add(uow, [Addition(order, rulebook.rules)])
    text = msgspec.json.encode(content).decode()
    await store_content(uow, rulebook.sealer, order.id, order.grievance_id or order.id, text)
    return order


async def take_over(
    uow: UnitOfWork,
    rulebook: RuleBook,
    order: HotlineOrder,
    content: OrderContent,
    codes: OrderCodes,
    caller: Caller,
) -> str:
    """Make a grievance of a version, or change its own; return its id. Raises RuleError; then nothing is changed."""
    if order.grievance_id is None:
        if codes.status in _AFTER or content.call is not None:
            raise _NOBODY
        taken = (await submit(uow, rulebook, _new(order, content, codes, uow.now), caller)).id
    else:
        item, rules = await GRIEVANCES.load(uow, order.grievance_id), rulebook.rules
        before = item.catch_up(uow.now, rules)
        item.actor = acting(caller, uow.now, None, None)
        change(item, content, codes, rules)
        GRIEVANCES.save(uow, item, before, rules)
        await uow.flush()
        taken = item.id
    await note_newest(uow, order.system, order.number, content.version, taken)
    return taken


def _new(order: HotlineOrder, content: OrderContent, codes: OrderCodes, now: datetime) -> NewGrievance:
    if content.reply_by is not None:
        hotline.check_limit(content.reply_by, content.received_at)
    if codes.kind is None or codes.district is None:
        raise AssertionError("an order is taken over when its words are known")
    is_anonymous = content.phone is None
    return NewGrievance(
        kind=codes.kind,
        category=codes.category,
        supply=content.supply,
        district=codes.district,
        site=None,
        reporter=ReporterKind.ANONYMOUS
        if is_anonymous
        else ReporterKind.CONFIDENTIAL
        if content.is_confidential
        else ReporterKind.NAMED,
        # A name without a number stays with the order alone: nobody can be reached by it.
        told=Words(content.words, None if is_anonymous else content.name, content.phone, content.place),
        source=Source.HOTLINE,
        origin=Origin(order.system, order.number, content.version),
        # However late it comes or is understood: the time runs from when the hotline had it; its clock may be fast.
        received_at=min(content.received_at, now),
        hotline=HotlineLink(content.reply_by, helpers=() if codes.unit is None else (codes.unit,)),
    )


def change(item: Grievance, content: OrderContent, codes: OrderCodes, rules: Rules) -> None:
    """Change a grievance as a newer version of its order says. Raises RuleError; then it is not to be saved."""
    at = item.actor.recorded_at if item.actor is not None else content.received_at
    hotline.take_over(item, content.version)
    if content.reply_by is not None:
        hotline.set_limit(item, content.reply_by, at, rules)
    if content.addition is not None:
        hotline.add_words(item, at)
    if codes.unit is not None:
        hotline.add_unit(item, codes.unit, at)
    match codes.status:
        case HotlineStatus.URGED:
            hotline.mark_urged(item, str(uuid_utils.uuid7()), at, rules)
        case HotlineStatus.SUPERVISED:
            hotline.mark_supervised(item, at)
        case HotlineStatus.RETURN_GRANTED | HotlineStatus.RETURN_REFUSED:
            granted = codes.status is HotlineStatus.RETURN_GRANTED
            hotline.decide_return(item, at, rules, granted=granted)
        case HotlineStatus.REVOKED:
            hotline.revoke(item, at)
        case _:
            pass
    if content.call is not None:
        hotline.call_back(item, content.call, str(uuid_utils.uuid7()), codes.grade, rules)
