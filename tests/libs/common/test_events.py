import json
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta, timezone
from typing import ClassVar

import pytest
from pydantic import BaseModel, ValidationError

from libs.common.bus import LARGEST_MESSAGE, Message
from libs.common.events import (
    LARGEST_PAYLOAD,
    EventPayload,
    OutgoingEvent,
    UnreadableEventError,
    outgoing,
    read_event,
    to_message,
)
from libs.common.telemetry import use_traceparent

BEIJING = timezone(timedelta(hours=8))
AT = datetime(2022, 11, 8, 10, 0, 0, 5, tzinfo=BEIJING)


class Opened(EventPayload):
    service: ClassVar[str] = "meters"
    event: ClassVar[str] = "opened"
    version: ClassVar[int] = 2

    place: str


def message_of(event: OutgoingEvent) -> Message:
    row = asdict(event)
    return to_message(**{"created_at": row.pop("time"), **row})


def test_an_event_travels_as_a_cloud_event_and_is_read_back() -> None:
    with use_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"):
        event = outgoing(Opened(place="东昌府"), key="m-1", aggregate_seq=3, time=AT)
    message = message_of(event)
    headers = dict(message.headers)
    assert (message.topic, message.key, message.value.decode()) == (
        "sqn.meters.events",
        "m-1",
        '{"place":"东昌府"}',
    )
    assert headers.pop("traceparent").decode() == event.traceparent
    assert headers == {
        "ce_specversion": b"1.0",
        "ce_id": event.event_id.encode(),
        "ce_source": b"/sqn/meters",
        "ce_type": b"cn.liaocheng.sqn.meters.opened.v2",
        "ce_subject": b"m-1",
        "ce_time": b"2022-11-08T02:00:00.000005Z",
        "ce_aggregateseq": b"3",
        "content-type": b"application/json",
    }
    read = read_event(message.key, message.value, dict(message.headers))
    assert (read.id, read.type, read.aggregate_id, read.aggregate_seq) == (
        event.event_id,
        event.type,
        "m-1",
        3,
    )
    assert read.time == AT.astimezone(UTC)
    assert (read.data, read.traceparent) == (message.value, event.traceparent)


class Moment(BaseModel):
    at: datetime
    day: date


class Moved(EventPayload):
    service: ClassVar[str] = "meters"
    event: ClassVar[str] = "moved"

    occurred_at: datetime
    ended_at: datetime | None
    first: Moment
    others: list[Moment]
    by_name: dict[str, datetime]


def test_every_instant_of_an_event_is_utc_however_deep_it_lies() -> None:
    moment = Moment(at=AT, day=AT.date())
    event = outgoing(
        Moved(occurred_at=AT, ended_at=None, first=moment, others=[moment], by_name={"a": AT}),
        key="m",
        aggregate_seq=1,
        time=AT,
    )
    utc = "2022-11-08T02:00:00.000005Z"
    assert json.loads(event.payload) == {
        "occurred_at": utc,
        "ended_at": None,
        "first": {"at": utc, "day": "2022-11-08"},
        "others": [{"at": utc, "day": "2022-11-08"}],
        "by_name": {"a": utc},
    }


@pytest.mark.parametrize("moment", [datetime(2022, 11, 8), datetime(1, 1, 1, tzinfo=BEIJING)])  # noqa: DTZ001
def test_what_is_no_instant_fails_the_command(moment: datetime) -> None:
    told = Moved(occurred_at=moment, ended_at=None, first=Moment(at=AT, day=AT.date()), others=[], by_name={})
    with pytest.raises(ValueError, match="instant"):
        outgoing(told, key="m", aggregate_seq=1, time=AT)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("ce_aggregateseq", "１"),
        ("ce_aggregateseq", "1_0"),
        ("ce_aggregateseq", " 1"),
        ("ce_aggregateseq", "+1"),
        ("ce_aggregateseq", "9" * 5_000),
        ("ce_time", "0001-01-01T00:00:00+14:00"),
        ("ce_time", "2022-11-08T02:00:00"),
        ("ce_time", "1667872800"),
    ],
)
def test_an_odd_header_is_unreadable(header: str, value: str) -> None:
    message = message_of(outgoing(Opened(place=""), key="m", aggregate_seq=1, time=AT))
    with pytest.raises(UnreadableEventError):
        read_event("m", message.value, {**dict(message.headers), header: value.encode()})


def test_a_reader_gets_utc() -> None:
    message = message_of(outgoing(Opened(place=""), key="m", aggregate_seq=1, time=AT))
    headers = {**dict(message.headers), "ce_time": b"2022-11-08T10:00:00+08:00"}
    read = read_event("m", message.value, headers)
    assert (read.time.isoformat(), read.time.tzinfo) == ("2022-11-08T02:00:00+00:00", UTC)


def test_ids_rise_with_time() -> None:
    ids = [outgoing(Opened(place=""), key="m", aggregate_seq=1, time=AT).event_id for _ in range(50)]
    assert ids == sorted(set(ids))
    assert {each[14] for each in ids} == {"7"}


def test_an_event_outside_of_a_trace_names_none() -> None:
    message = message_of(outgoing(Opened(place=""), key="m", aggregate_seq=1, time=AT))
    assert "traceparent" not in dict(message.headers)
    assert read_event("m", message.value, dict(message.headers)).traceparent is None


def test_a_payload_says_only_what_it_promises() -> None:
    with pytest.raises(ValidationError):
        Opened.model_validate({"place": "东昌府", "phone": "1"})


def test_the_largest_payload_fits_the_bus_and_a_larger_one_fails_the_command() -> None:
    overhead = len('{"place":""}')
    largest = outgoing(
        Opened(place="a" * (LARGEST_PAYLOAD - overhead)), key="键" * 64, aggregate_seq=2**31 - 1, time=AT
    )
    assert message_of(largest).size() <= LARGEST_MESSAGE
    with pytest.raises(ValueError, match="bytes, more than"):
        outgoing(Opened(place="a" * (LARGEST_PAYLOAD - overhead + 1)), key="m", aggregate_seq=1, time=AT)


@pytest.mark.parametrize("key", ["", "k" * 65, "a\0", "a\nb"])
def test_what_no_consumer_takes_as_a_key_is_not_published(key: str) -> None:
    with pytest.raises(ValueError, match="aggregate's id"):
        outgoing(Opened(place=""), key=key, aggregate_seq=1, time=AT)
    message = message_of(outgoing(Opened(place=""), key="m", aggregate_seq=1, time=AT))
    with pytest.raises(UnreadableEventError, match="aggregate's id"):
        read_event(key, message.value, dict(message.headers))
