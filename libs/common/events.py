"""Events as CloudEvents 1.0: what a service promises, how it travels, how it is read."""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import msgspec
import uuid_utils
from pydantic import BaseModel, ConfigDict

from libs.common.bus import LARGEST_MESSAGE, Message, Received
from libs.common.telemetry import current_traceparent

Content = TypeVar("Content", bound=msgspec.Struct)

TYPE_PREFIX = "cn.liaocheng.sqn"

LARGEST_PAYLOAD = LARGEST_MESSAGE - 4_000
"""Bytes of an event's data: the rest of what the bus carries is for key and headers."""

LAST_SEQ = 2**31 - 1

_TIMELESS = frozenset({str, int, bool, type(None), UUID})


class EventPayload(BaseModel):
    """The data of one event type. Ids, codes, categories, times and amounts only: no personal data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: ClassVar[str]
    event: ClassVar[str]
    version: ClassVar[int] = 1

    @classmethod
    def type(cls) -> str:
        """Return the CloudEvents type, as `cn.liaocheng.sqn.<service>.<event>.v<version>`."""
        return f"{TYPE_PREFIX}.{cls.service}.{cls.event}.v{cls.version}"


@dataclass(frozen=True, slots=True)
class OutgoingEvent:
    """An event on its way into the outbox."""

    event_id: str
    topic: str
    key: str
    aggregate_seq: int
    type: str
    time: datetime
    payload: bytes
    traceparent: str | None


def outgoing(payload: EventPayload, *, key: str, aggregate_seq: int, time: datetime) -> OutgoingEvent:
    """Wrap a payload; `time` is when it happened, `aggregate_seq` counts the aggregate's events from 1.

    Raises ValueError for what no consumer would take: it must fail the command, not stop the relay for all.
    """
    data = msgspec.json.encode(in_utc(payload.model_dump()))
    if len(data) > LARGEST_PAYLOAD:
        raise ValueError(f"{payload.type()} has {len(data)} bytes, more than {LARGEST_PAYLOAD}")
    if not is_key(key):
        raise ValueError(f"{key!r} is not an aggregate's id")
    return OutgoingEvent(
        event_id=str(uuid_utils.uuid7()),
        topic=topic_of(payload.service),
        key=key,
        aggregate_seq=aggregate_seq,
        type=payload.type(),
        time=time,
        payload=data,
        traceparent=current_traceparent(),
    )


def in_utc(value: Any) -> Any:
    """Return what an event says with each of its instants in UTC, however deep it lies. Raises ValueError."""
    if type(value) in _TIMELESS or isinstance(value, str):
        return value
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value} is no instant: it has no zone")
        if value.tzinfo is UTC:
            return value
        try:
            return value.astimezone(UTC)
        except OverflowError:
            raise ValueError(f"{value} is no instant that UTC has") from None
    if isinstance(value, dict):
        return {name: item if type(item) in _TIMELESS else in_utc(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [in_utc(item) for item in value]
    return value


def is_key(key: str) -> bool:
    """Tell whether a key can be an aggregate's id: 1 to 64 printable characters, which every database takes."""
    return 0 < len(key) <= 64 and key.isprintable()


def topic_of(service: str) -> str:
    """Return the one topic of a service."""
    return f"sqn.{service}.events"


def to_message(
    *,
    event_id: str,
    topic: str,
    key: str,
    aggregate_seq: int,
    type: str,  # noqa: A002 - the CloudEvents attribute is called type
    payload: bytes,
    traceparent: str | None,
    created_at: datetime,
) -> Message:
    """Turn an outbox row into a message in CloudEvents' binary mode for Kafka."""
    service = topic.split(".")[1]
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", event_id.encode()),
        ("ce_source", f"/sqn/{service}".encode()),
        ("ce_type", type.encode()),
        ("ce_subject", key.encode()),
        ("ce_time", created_at.astimezone(UTC).isoformat().replace("+00:00", "Z").encode()),
        ("ce_aggregateseq", str(aggregate_seq).encode()),
        ("content-type", b"application/json"),
    ]
    if traceparent:
        headers.append(("traceparent", traceparent.encode()))
    return Message(topic, key, payload, tuple(headers))


class UnreadableEventError(ValueError):
    """A message is not an event of ours; the text says what is missing."""


class InvalidEventError(ValueError):
    """An event's data are not what a reader needs; the text names field and rule, and never the value."""


class IncomingEvent(msgspec.Struct, gc=False):
    """An event as a consumer sees it; `data` is JSON for its tolerant reader, whose result is `content`."""

    id: str
    type: str
    aggregate_id: str
    aggregate_seq: int
    time: datetime
    data: bytes
    traceparent: str | None
    content: Any = None


def read_event(key: str, value: bytes, headers: Mapping[str, bytes]) -> IncomingEvent:
    """Read a message's CloudEvents attributes. Raises UnreadableEventError."""
    if not is_key(key):
        raise UnreadableEventError(f"the key {key[:80]!r} cannot be an aggregate's id")
    try:
        event = IncomingEvent(
            id=headers["ce_id"].decode(),
            type=headers["ce_type"].decode(),
            aggregate_id=key,
            aggregate_seq=_number(headers["ce_aggregateseq"]),
            time=in_utc(datetime.fromisoformat(headers["ce_time"].decode())),
            data=value,
            traceparent=headers["traceparent"].decode() if "traceparent" in headers else None,
        )
    except KeyError as missing:
        raise UnreadableEventError(f"header {missing} is missing") from None
    except ValueError as error:
        raise UnreadableEventError(f"a header cannot be read: {error}") from None
    if not 0 < event.aggregate_seq <= LAST_SEQ:
        raise UnreadableEventError(
            f"number {event.aggregate_seq} is not one that an aggregate's event can have"
        )
    return event


def _number(header: bytes) -> int:
    # int() would also take blanks, signs, underscores and other scripts' digits.
    if not header.isdigit() or len(header) > 10:
        raise ValueError(f"{header[:20]!r} is no number")
    return int(header)


def from_received(received: Received) -> IncomingEvent:
    """Read a message from the bus. Raises UnreadableEventError."""
    return read_event(received.key, received.value, dict(received.headers))


def event_name(service: str, event: IncomingEvent) -> str:
    """Return the name of an event of a service, without its version."""
    return event.type.removeprefix(f"{TYPE_PREFIX}.{service}.").rpartition(".v")[0]


def read_content(event: IncomingEvent, kind: type[Content]) -> Content:
    """Read the data of an event by a tolerant model. Raises InvalidEventError."""
    try:
        return msgspec.json.decode(event.data, type=kind)
    except msgspec.MsgspecError as error:
        raise InvalidEventError(f"not as {event.type} promises: {error}") from None


def reader(
    service: str, names: Container[str], kind: type[Content]
) -> Callable[[IncomingEvent], Content | None]:
    """Return what reads the events of a service with these names; of others nothing is read.

    What it returns raises InvalidEventError.
    """

    def read(event: IncomingEvent) -> Content | None:
        return read_content(event, kind) if event_name(service, event) in names else None

    return read


def contents_of(service: str, events: Sequence[IncomingEvent]) -> Iterator[tuple[str, Any]]:
    """Yield the names and contents of the events of a service that were read."""
    return ((event_name(service, event), event.content) for event in events if event.content is not None)
