"""The metrics' reader takes every example of hookup's events, and passes over what it does not know."""

import json
from typing import Any

import msgspec
import pytest

from libs.common.events import InvalidEventError, read_event
from services.metrics.sources.hookup import HOOKUP
from services.metrics.sources.hookup.events import CaseClosed, HookupEvent
from tests.contracts.committed import TYPES, example, schema

# A calendar's amendment reaches the figures through the due times that it changes, a policy through its cases.
NOT_READ = {
    "cn.liaocheng.sqn.hookup.calendar_updated.v1",
    "cn.liaocheng.sqn.hookup.policy_approved.v1",
}
READ = [each for each in TYPES if each.startswith("cn.liaocheng.sqn.hookup.") and each not in NOT_READ]
CLOSED = "cn.liaocheng.sqn.hookup.case_closed.v1"


def data_of(event: str) -> dict[str, Any]:
    data: dict[str, Any] = example(event)["data"]
    return data


def read(event_type: str, data: bytes) -> HookupEvent | None:
    found = HOOKUP.read(event_type, data)
    return found and found[1]


def encoded(data: object) -> bytes:
    return json.dumps(data).encode()


def more(value: Any) -> Any:
    """Add an unknown field to every object, however deep."""
    if isinstance(value, dict):
        return {name: more(each) for name, each in value.items()} | {"of_a_later_version": [{"x": None}]}
    return [more(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("event", READ)
def test_every_example_is_read(event: str) -> None:
    data = data_of(event)
    found = read(event, encoded(data))
    assert found is not None
    said = msgspec.to_builtins(found)
    assert said["case_id"] == data["case_id"]
    assert msgspec.convert(said, type(found)) == msgspec.convert(data, type(found))


@pytest.mark.parametrize("event", READ)
def test_unknown_fields_are_passed_over(event: str) -> None:
    assert read(event, encoded(more(data_of(event)))) == read(event, encoded(data_of(event)))


@pytest.mark.parametrize("event", READ)
def test_it_reads_no_field_that_is_not_promised(event: str) -> None:
    found = read(event, encoded(data_of(event)))
    assert found is not None
    fields = msgspec.structs.fields(type(found))
    promised = schema(event)
    assert {field.name for field in fields if field.required} <= set(promised["required"])
    assert {field.name for field in fields} <= promised["properties"].keys()


@pytest.mark.parametrize("event", sorted(NOT_READ))
def test_a_type_that_it_does_not_handle_is_left_alone(event: str) -> None:
    assert read(event, encoded(data_of(event))) is None


def test_a_promised_field_that_is_missing_is_refused() -> None:
    data = data_of(CLOSED)
    del data["elapsed_minutes"]
    with pytest.raises(InvalidEventError, match="elapsed_minutes"):
        read(CLOSED, encoded(data))


def test_an_example_arrives_over_the_bus_as_it_is() -> None:
    """The structured form and the binary mode say the same."""
    it = example(CLOSED)
    headers = {f"ce_{name}": str(value).encode() for name, value in it.items() if name != "data"}
    arrived = read_event(it["subject"], encoded(it["data"]), headers)
    assert (arrived.id, arrived.type, arrived.aggregate_seq) == (it["id"], CLOSED, it["aggregateseq"])
    found = read(arrived.type, arrived.data)
    assert isinstance(found, CaseClosed)
    assert found.elapsed_minutes == it["data"]["elapsed_minutes"]
