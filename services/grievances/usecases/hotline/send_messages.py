"""Tell the hotline what became of its orders: each message once or again, those of one grievance in their order."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import structlog
from sqlalchemy import and_, exists, select, update

from libs.common.auth.callers import Scope, ScopeKind
from libs.common.clock import Clock
from libs.common.database.engine import Database
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.places import load_places
from libs.common.rules import RuleError
from libs.common.worker import Loop
from services.grievances.domain.cycle import Cycle
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.hotline.values import MessageKind, MessageState
from services.grievances.domain.values.codes import CLOSE_NAMES, MEASURE_NAMES, OUTCOME_NAMES
from services.grievances.storage.grievances import GRIEVANCES
from services.grievances.storage.tables import HOTLINE
from services.grievances.usecases.hotline.gateway import (
    HotlineGateway,
    NotAcceptedError,
    OutMessage,
    UnavailableError,
)

log = structlog.get_logger(__name__)

AT_ONCE: Final = 20
IDLE_SECONDS: Final = 1.0
FIRST_WAIT: Final = timedelta(seconds=15)
LONGEST_WAIT: Final = timedelta(hours=1)
_CITY: Final = Scope(ScopeKind.CITY)
_m = HOTLINE.message.c
_earlier = HOTLINE.message.alias("earlier")
# One that the hotline did not accept holds up none: what came after it is said all the same.
_is_first = ~exists().where(
    and_(
        _earlier.c.grievance_id == _m.grievance_id,
        _earlier.c.id < _m.id,
        _earlier.c.state == MessageState.WAITING,
    )
)


def wait_after(attempts: int) -> timedelta:
    """Return how long a message waits after so many attempts: twice as long each time, an hour at most."""
    doubled: int = 2 ** min(attempts - 1, 12)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends what is due. A message that is being sent is due again later, whatever becomes of this process."""

    database: Database
    clock: Clock
    gateway: HotlineGateway

    async def step(self) -> int:
        """Send what is due now; return how many messages were tried."""
        claimed = await self._claim()
        for row in claimed:
            await self._send(row)
        return len(claimed)

    async def _claim(self) -> Sequence[Mapping[Any, Any]]:
        now = self.clock.now()
        statement = (
            select(HOTLINE.message)
            .where(_m.state == MessageState.WAITING, _m.due_at <= now, _is_first)
            .order_by(_m.due_at, _m.id)
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True, of=HOTLINE.message)
        )
        async with self.database.unit_of_work(now) as uow:
            rows = [dict(row) for row in (await uow.connection.execute(statement)).mappings()]
            for row in rows:
                row["attempts"] += 1
                values = {"attempts": row["attempts"], "due_at": now + wait_after(row["attempts"])}
                await uow.connection.execute(update(HOTLINE.message).where(_m.id == row["id"]).values(values))
        return rows

    async def _send(self, row: Mapping[Any, Any]) -> None:
        item = await GRIEVANCES.find(self.database, row["grievance_id"], _CITY)
        try:
            await self.gateway.send(message_of(item, row))
        except UnavailableError as error:
            log.warning("hotline_unavailable", message=row["id"], reason=str(error))
            await self._note(row["id"], {"error": str(error)[:80]})
        except NotAcceptedError as error:
            log.error("hotline_refused", message=row["id"], reason=str(error))
            await self._note(row["id"], {"state": MessageState.REFUSED, "error": str(error)[:80]})
        else:
            sent_at = self.clock.now()
            await self._note(row["id"], {"state": MessageState.SENT, "sent_at": sent_at, "error": None})

    async def _note(self, message_id: str, values: Mapping[str, object]) -> None:
        async with self.database.unit_of_work(self.clock.now()) as uow:
            await uow.connection.execute(
                update(HOTLINE.message).where(_m.id == message_id).values(dict(values))
            )

    def loop(self) -> Loop:
        """Return the worker's loop."""

        async def step() -> None:
            if await self.step() == 0:
                await asyncio.sleep(IDLE_SECONDS)

        async def reset() -> None:
            return None

        return Loop("hotline", step, reset)


def message_of(item: Grievance, row: Mapping[Any, Any]) -> OutMessage:
    """Return what the hotline is told of a grievance; of its texts those alone that the person is told."""
    kind = MessageKind(row["kind"])
    cycle = next(cycle for cycle in item.cycles if cycle.number == row["cycle"])
    unit = cycle.utility and load_places().utility(cycle.utility).name
    told = OutMessage(row["id"], row["number"], row["order_version"], kind, row["happened_at"], unit)
    match kind:
        case MessageKind.REPLIED if cycle.reply is not None:
            measures = tuple(MEASURE_NAMES[measure] for measure in cycle.reply.measures)
            return replace(told, reply=cycle.reply.text, measures=measures)
        case MessageKind.BEYOND_DUTY | MessageKind.RETURNED | MessageKind.TERMINATED:
            reason = item.close_reason and CLOSE_NAMES[item.close_reason]
            return replace(told, reason=reason, explanation=item.close_note)
        case MessageKind.EXTENDED:
            return replace(told, reply_by=cycle.reply_by)
        case MessageKind.CLOSED:
            return _closed(told, cycle)
        case _:
            return told


def _closed(told: OutMessage, cycle: Cycle) -> OutMessage:
    call = cycle.effective_call
    outcome = cycle.outcome and OUTCOME_NAMES[cycle.outcome]
    if call is None:
        return replace(told, outcome=outcome)
    return replace(told, outcome=outcome, solved=call.solved, grade=call.grade, grade_word=call.grade_word)


async def send_again(uow: UnitOfWork, message_id: str) -> None:
    """Let a message that the hotline did not accept be sent again. Raises RuleError for any other."""
    statement = (
        update(HOTLINE.message)
        .where(_m.id == message_id, _m.state == MessageState.REFUSED)
        .values(state=MessageState.WAITING, due_at=uow.now, attempts=0)
        .returning(_m.id)
    )
    if await uow.connection.scalar(statement) is None:
        raise RuleError("message-not-refused", "热线没有拒收此消息，或已重新发送", "请刷新后核对", "state")
