"""Links by which persons answer the call-back: sent to them, looked at, and answered once."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

import structlog
import uuid_utils
from sqlalchemy import ColumnElement, Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.changes import Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.encryption.sealer import Sealer
from libs.common.problems import NOT_FOUND, define
from libs.common.rules import RuleError
from services.grievances.domain.cycle import Call
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.messages import Template
from services.grievances.domain.values.kinds import ContactWay
from services.grievances.domain.verbs import linking
from services.grievances.storage.grievances import GRIEVANCES
from services.grievances.storage.links import link_of, new_token
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.senders import Origin
from services.grievances.storage.tables import call_link
from services.grievances.usecases.messages.write import NewMessage, has_number, write_message

log = structlog.get_logger(__name__)
CALL_LINK_EXPIRED: Final = define("call-link-expired", 410, "回访链接已过期")
LINK_PATH: Final = "/c"
"""Where the console shows the page of a link."""
_l = call_link.c


@dataclass(frozen=True, slots=True)
class Answered:
    """What the person says by a link, and from where."""

    contacted: bool
    solved: bool
    grade: int
    reason: str | None
    origin: Origin


async def send_link(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, origin: Origin
) -> Changed[Grievance]:
    """Let the person be sent a link to the call-back. Raises RuleError, and as `Store.change`.

    Nobody of the staff sees the address: it stands in the message alone.
    """
    note = partial(linking.note_link, by=target.caller.subject, at=uow.now)
    # Who may not see it is told that it is not there, and not whether there is a number.
    changed = await GRIEVANCES.change(uow, target, rulebook, note)
    if not await has_number(uow, target.aggregate_id):
        raise RuleError("no-number", "诉求人没有留下联系电话", "请由诉求人在手机应用上填写回访", "state")
    await _open(uow, rulebook.sealer, changed.aggregate, origin.devices(rulebook.sealer)[0])
    return changed


async def send_by_policy(uow: UnitOfWork, rulebook: RuleBook, item: Grievance) -> None:
    """Send the link that follows a reply by itself. Raises RuleError."""
    if await has_number(uow, item.id):
        GRIEVANCES.apply(uow, item, rulebook.rules, partial(linking.note_link, by=None, at=uow.now))
        await _open(uow, rulebook.sealer, item, "")


async def _open(uow: UnitOfWork, sealer: Sealer, item: Grievance, maker: str) -> None:
    """Open the link of a cycle in place of the one before it, and write the message with it."""
    cycle = item.cycle
    assert cycle.link is not None  # noqa: S101 - it was just noted
    expires_at = cycle.link.expires_at
    token, hashed = new_token(sealer, call_link)
    of_cycle = (_l.grievance_id == item.id, _l.cycle == cycle.number)
    await uow.connection.execute(delete(call_link).where(*of_cycle))
    row = {
        "token": hashed,
        "grievance_id": item.id,
        "cycle": cycle.number,
        "made_at": uow.now,
        "maker": maker,
        "expires_at": expires_at,
    }
    await uow.connection.execute(insert(call_link), row)
    message = NewMessage(Template.CALL_BACK, f"{LINK_PATH}/{token}", expires_at, cycle.number)
    await write_message(uow, sealer, item, message)


async def linked(connection: AsyncConnection, sealer: Sealer, token: str, now: datetime) -> Row[Any]:
    """Return what a link is of; nothing is written and nothing used up.

    Raises `not-found` and `call-link-expired`; what was answered is shown as such until its term.
    """
    row = await link_of(connection, sealer, call_link, token)
    if row is None:
        raise NOT_FOUND("回访链接无效，请核对最近一条短信中的地址")
    if row.expires_at < now:
        raise CALL_LINK_EXPIRED("链接已过期，请等待电话回访；如有新的问题，请提出诉求")
    return row


async def answer_by_link(uow: UnitOfWork, rulebook: RuleBook, row: Row[Any], given: Answered) -> Grievance:
    """Take the answer of who has a link, once; `row` is the link. Raises RuleError."""
    sealer = rulebook.sealer
    item = await GRIEVANCES.load(uow, row.grievance_id)
    rules, devices = rulebook.rules, given.origin.devices(sealer)
    sender = given.origin.sender(rulebook, item.utility, of_staff=row.maker in devices)
    # The browser's name is the client's to say, its network is not.
    is_crowded = False
    for column, hashes, crowd in (
        (_l.device, devices, rules.ratings.device),
        (_l.network, [sender.network], rules.ratings.network),
    ):
        others = await _answers_from(uow.connection, column.in_(hashes), uow.now - crowd.span)
        is_crowded |= others + 1 >= crowd.count
    is_own = not sender.of_staff and not is_crowded
    call = Call(
        str(uuid_utils.uuid7()),
        uow.now,
        None,
        ContactWay.LINK,
        True,
        given.contacted,
        given.solved,
        given.grade,
        given.reason,
    )

    try:
        answer = partial(linking.answer, cycle=row.cycle, call=call, is_own=is_own)
        GRIEVANCES.apply(uow, item, rules, answer)
    except RuleError as refused:
        log.warning("call_link_refused", grievance=item.id, code=refused.code)
        raise
    values = {"answered_at": uow.now, "device": sender.device, "network": sender.network}
    await uow.connection.execute(update(call_link).where(_l.token == row.token).values(values))
    return item


async def _answers_from(connection: AsyncConnection, origin: ColumnElement[bool], since: datetime) -> int:
    """Return how many call-backs were answered from an origin since an instant."""
    statement = select(func.count()).where(origin, _l.answered_at >= since)
    return await connection.scalar(statement) or 0
