"""Send the rows of an outbox to another system, each once or again: the same for every such system.

A row has `id`, `state`, `attempts`, `due_at`, `sent_at` and `error`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import structlog
from sqlalchemy import ColumnElement, Table, select, true, update

from libs.common.clock import Clock
from libs.common.database.engine import Database
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.etags import VERSION_CHANGED
from libs.common.problems import Problem
from libs.common.worker import Loop
from services.grievances.domain.hotline.values import MessageState

log = structlog.get_logger(__name__)

AT_ONCE: Final = 20
IDLE_SECONDS: Final = 1.0
FIRST_WAIT: Final = timedelta(seconds=15)
LONGEST_WAIT: Final = timedelta(hours=1)
HELD: Final = AT_ONCE * timedelta(seconds=60)
"""So long no other worker takes what one has claimed: all of it may take as long as the settings allow each."""
Message = Mapping[Any, Any]


class UnavailableError(Exception):
    """The other system cannot be reached now, or is busy: the message is sent again later."""


class NotAcceptedError(Exception):
    """The other system does not accept a message, or it is of no use any more: somebody has to look at it."""


def wait_after(attempts: int) -> timedelta:
    """Return how long a message waits after so many attempts: twice as long each time, an hour at most."""
    doubled: int = 2 ** min(attempts - 1, 12)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)


async def _nothing(_uow: UnitOfWork, _message: Message) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends what is due. A message that is being sent is due again later, whatever becomes of this process.

    What became of a message is noted by who claimed it last. `send` takes one there, by its id, and raises
    UnavailableError and NotAcceptedError; what else it raises is as if the other system were unavailable.
    `may_go` says which go now. After `most_attempts` a message is given up; None is without end. `arrived` stands
    in the transaction that notes it as sent, and `dropped` is taken out of what waits no longer.
    """

    name: str
    database: Database
    clock: Clock
    table: Table
    send: Callable[[Message], Awaitable[None]]
    may_go: ColumnElement[bool] = field(default_factory=true)
    most_attempts: int | None = None
    arrived: Callable[[UnitOfWork, Message], Awaitable[None]] = _nothing
    dropped: Sequence[str] = ()

    async def step(self) -> int:
        """Send what is due now; return how many messages were tried."""
        claimed = await self._claim()
        for message in claimed:
            await self._send(message)
        return len(claimed)

    async def _claim(self) -> Sequence[Message]:
        now, columns = self.clock.now(), self.table.c
        statement = (
            select(self.table)
            .where(columns.state == MessageState.WAITING, columns.due_at <= now, self.may_go)
            .order_by(columns.due_at, columns.id)
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True, of=self.table)
        )
        async with self.database.unit_of_work(now) as uow:
            rows = [dict(row) for row in (await uow.connection.execute(statement)).mappings()]
            for row in rows:
                row["attempts"] += 1
                claim = update(self.table).where(columns.id == row["id"])
                await uow.connection.execute(claim.values(attempts=row["attempts"], due_at=now + HELD))
        return rows

    async def _send(self, message: Message) -> None:
        try:
            await self.send(message)
        except NotAcceptedError as error:
            log.error(f"{self.name}_refused", message=message["id"], reason=str(error))
            values = {"error": str(error)[:80], **self._over(MessageState.REFUSED)}
        except UnavailableError as error:
            log.warning(f"{self.name}_unavailable", message=message["id"], reason=str(error))
            values = self._failed(message, str(error))
        except Exception as error:
            # By its type alone: what it says may be what was to be sent.
            log.error(f"{self.name}_failed", message=message["id"], reason=type(error).__name__)
            values = self._failed(message, type(error).__name__)
        else:
            values = {"error": None, "sent_at": self.clock.now(), **self._over(MessageState.SENT)}
        try:
            await self._note(message, values)
        except Problem as problem:
            if problem.kind is not VERSION_CHANGED:
                raise
            # Somebody changed in between what `arrived` changes: it is read anew.
            await self._note(message, values)

    def _failed(self, message: Message, error: str) -> dict[str, object]:
        """Return what is noted of a message that did not get there: when it is due again, or that it is given up."""
        is_last = self.most_attempts is not None and message["attempts"] >= self.most_attempts
        due_at = self.clock.now() + wait_after(message["attempts"])
        return {
            "error": error[:80],
            "due_at": due_at,
            **(self._over(MessageState.REFUSED) if is_last else {}),
        }

    def _over(self, state: MessageState) -> dict[str, object]:
        return {"state": state, **dict.fromkeys(self.dropped)}

    async def _note(self, message: Message, values: Mapping[str, object]) -> None:
        """Note what became of a message, unless another worker has claimed it since, or it waits no longer."""
        columns = self.table.c
        statement = (
            update(self.table)
            .where(
                columns.id == message["id"],
                columns.state == MessageState.WAITING,
                columns.attempts == message["attempts"],
            )
            .values(dict(values))
            .returning(columns.id)
        )
        async with self.database.unit_of_work(self.clock.now()) as uow:
            is_ours = await uow.connection.scalar(statement) is not None
            if is_ours and values.get("state") is MessageState.SENT:
                await self.arrived(uow, message)

    def loop(self) -> Loop:
        """Return the worker's loop."""

        async def step() -> None:
            if await self.step() == 0:
                await asyncio.sleep(IDLE_SECONDS)

        async def reset() -> None:
            return None

        return Loop(self.name, step, reset)
