"""Random lives of hookup cases as the events that hookup promises, and their way through a bus."""

from collections.abc import Iterator, Sequence
from random import Random

from libs.common.bus import Partition, Received
from libs.common.clock import local
from libs.common.events import EventPayload, outgoing, to_message
from services.hookup.domain.values.stages import Stage
from services.hookup.events import application, clock, ending
from services.hookup.events.base import HookupEvent
from tests.services.metrics.life import Life
from tests.services.metrics.life_acts import ACTS


def live(random: Random, number: int) -> list[HookupEvent]:
    """Return the events of one case, cut off anywhere when the case is still open."""
    life = Life(random, number)
    anew = "W-371502-20220701-0001" if random.random() < 0.05 else None
    life.say(application.CaseSubmitted, declared_length_dm=None, complete=True, begun_anew_after=anew)
    if random.random() < 0.05:
        life.say(
            ending.CaseRefused,
            code="DUPLICATE",
            needs_regulator_review=False,
            after_acceptance=False,
            overdue=random.random() < 0.5,
        )
        return life.events
    due = life.due()
    life.say(application.CaseAccepted, receipt_date=local(life.now).date(), automatic=True, due=due)
    for stage in Stage:
        life.stage(stage)
        if random.random() < 0.3:
            random.choice(ACTS)(life)
        if random.random() < 0.05:
            life.say(clock.GapDetected, after_stage=stage, since=life.now)
        if random.random() < 0.05:
            life.approve_special()
        if random.random() < 0.03:
            life.say(ending.CaseWithdrawn, overdue=random.random() < 0.5)
            return life.events
        if random.random() < 0.05:
            return life.events
    life.close()
    if random.random() < 0.1:
        life.change_length()
    if random.random() < 0.05:
        life.approve_special()
    return life.events


def live_all(random: Random, count: int) -> list[list[HookupEvent]]:
    """Return the lives of so many cases."""
    return [live(random, number) for number in range(count)]


def received(payload: EventPayload, key: str, seq: int, offset: int = 0) -> Received:
    """Return an event as it comes from the bus."""
    event = outgoing(payload, key=key, aggregate_seq=seq, time=payload.occurred_at)  # type: ignore[attr-defined]  # every event of hookup has it
    message = to_message(
        event_id=event.event_id,
        topic=event.topic,
        key=event.key,
        aggregate_seq=event.aggregate_seq,
        type=event.type,
        payload=event.payload,
        traceparent=None,
        created_at=event.time,
    )
    return Received(Partition(event.topic, 0), offset, message.key, message.value, message.headers)


def arrivals(
    random: Random, lives: Sequence[Sequence[HookupEvent]], *, repeated: float = 0.1
) -> Iterator[Received]:
    """Yield all events: in order per case, in any order across cases, some of them twice."""
    waiting = [(life, [0]) for life in lives if life]
    offset = 0
    while waiting:
        life, position = random.choice(waiting)
        again = position[0] > 0 and random.random() < repeated
        index = random.randrange(position[0]) if again else position[0]
        yield received(life[index], life[index].case_id, index + 1, offset)
        offset += 1
        if not again:
            position[0] += 1
            if position[0] == len(life):
                waiting.remove((life, position))


def batches(random: Random, messages: Sequence[Received], largest: int) -> Iterator[list[Received]]:
    """Cut messages into batches of any size."""
    start = 0
    while start < len(messages):
        size = random.randint(1, largest)
        yield list(messages[start : start + size])
        start += size
