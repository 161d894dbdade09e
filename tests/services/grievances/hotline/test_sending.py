"""How an outbox is sent: what one worker holds no other sends, and one message that fails stops none after it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.etags import version_changed
from services.grievances.usecases.outbox.sending import (
    HELD,
    Message,
    NotAcceptedError,
    Sender,
    UnavailableError,
    wait_after,
)
from tests.services.grievances.hotline.orders import desk, taken
from tests.services.grievances.hotline.test_messages import messages, sender
from tests.support.service import Running


async def sending(
    grievances: Running, send: Callable[[Message], Awaitable[None]], count: int = 1, **more: Any
) -> Sender:
    """Return a worker that sends by a function, with so many messages that are due."""
    for number in range(count):
        path = await taken(grievances, number=f"DH{number}")
        await desk(grievances).command(path, "refusal", {"reason": "NOT_OURS", "note": "属于物业管理事项"})
    return replace(sender(grievances, "http://127.0.0.1:9"), send=send, **more)


async def states(grievances: Running) -> list[tuple[str, int, str | None]]:
    """Return state, attempts and error of each message, the oldest first."""
    return [(row["state"], row["attempts"], row["error"]) for row in await messages(grievances)]


async def test_what_one_worker_holds_no_other_sends(grievances: Running) -> None:
    sent = []

    async def slowly(message: Message) -> None:
        sent.append(message["id"])
        grievances.clock.advance(wait_after(1))
        assert await worker.step() == 0

    worker = await sending(grievances, slowly, 3)
    assert await worker.step() == 3
    assert len(set(sent)) == len(sent) == 3


@pytest.mark.parametrize("late", [NotAcceptedError("422"), UnavailableError("503")], ids=repr)
async def test_a_late_outcome_does_not_replace_that_of_who_claimed_it_since(
    grievances: Running, late: Exception
) -> None:
    async def at_once(_message: Message) -> None:
        return None

    async def too_late(_message: Message) -> None:
        grievances.clock.advance(HELD)
        assert await replace(worker, send=at_once).step() == 1
        raise late

    worker = await sending(grievances, too_late)
    await worker.step()
    assert await states(grievances) == [("SENT", 2, None)]


async def test_what_nobody_expected_stops_no_other_message_and_is_given_up(grievances: Running) -> None:
    tried = []

    async def first_fails(message: Message) -> None:
        tried.append(message["number"])
        if message["number"] == tried[0]:
            raise ValueError("13800138000")

    worker = await sending(grievances, first_fails, 2, most_attempts=2)
    assert await worker.step() == 2
    assert await states(grievances) == [("WAITING", 1, "ValueError"), ("SENT", 1, None)]
    grievances.clock.advance(wait_after(1))
    assert await worker.step() == 1
    assert await states(grievances) == [("REFUSED", 2, "ValueError"), ("SENT", 1, None)]


async def test_a_change_in_between_does_not_lose_that_a_message_was_sent(grievances: Running) -> None:
    tried = []

    async def arrived(_uow: UnitOfWork, message: Message) -> None:
        tried.append(message["id"])
        if len(tried) == 1:
            raise version_changed()

    async def send(_message: Message) -> None:
        return None

    worker = await sending(grievances, send, arrived=arrived)
    await worker.step()
    assert len(tried) == 2
    assert await states(grievances) == [("SENT", 1, None)]
