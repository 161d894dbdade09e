"""Each published event has an example that keeps its schema and the attributes of CloudEvents."""

import re
from datetime import UTC, datetime

import pytest
from jsonschema import Draft202012Validator, ValidationError

from tests.contracts.committed import TYPES, example, schema
from tools.contracts_events import published

# A mobile number, a resident's identity number, a mail address.
PERSONAL = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)\d{17}[\dXx](?!\d)|\S+@\S+")


def check(event: str, data: object) -> None:
    Draft202012Validator(schema(event), format_checker=Draft202012Validator.FORMAT_CHECKER).validate(data)


def test_every_published_event_is_there() -> None:
    assert sorted(event.type() for event in published()) == TYPES


@pytest.mark.parametrize("event", TYPES)
def test_the_example_keeps_the_schema(event: str) -> None:
    Draft202012Validator.check_schema(schema(event))
    data = example(event)["data"]
    check(event, data)
    # What an event gained after its release is not in those published before, and says what holds for them.
    since_later = {name for name, field in schema(event)["properties"].items() if "default" in field}
    assert set(schema(event)["required"]) == set(data) - since_later
    for field in schema(event)["required"]:
        with pytest.raises(ValidationError):
            check(event, {name: value for name, value in data.items() if name != field})


@pytest.mark.parametrize("event", TYPES)
def test_the_schema_takes_no_instant_but_utc(event: str) -> None:
    data = example(event)["data"]
    for field in {"occurred_at"} & data.keys():
        assert data[field].endswith("Z")
        with pytest.raises(ValidationError, match="Z\\$"):
            check(event, {**data, field: data[field].replace("Z", "+08:00")})
    assert str(schema(event)).count("'format': 'date-time'") == str(schema(event)).count("'pattern': 'Z$'")


@pytest.mark.parametrize("event", TYPES)
def test_the_example_is_a_cloudevent_of_the_house(event: str) -> None:
    it = example(event)
    assert it["specversion"] == "1.0"
    assert it["type"] == event
    assert it["source"] == f"/sqn/{event.split('.')[3]}"
    assert it["datacontenttype"] == "application/json"
    assert it["aggregateseq"] >= 1
    assert datetime.fromisoformat(it["time"]).tzinfo is UTC
    of_policy = f"policy-{it['data'].get('policy')}" if "policy" in it["data"] else "calendar"
    # The envelope begins with the id of the aggregate.
    ids = [value for name, value in it["data"].items() if name.endswith("_id")]
    assert it["subject"] == (ids[0] if ids else of_policy)


@pytest.mark.parametrize("event", TYPES)
def test_the_example_holds_nothing_of_a_person(event: str) -> None:
    assert not PERSONAL.search(str(example(event)))
    assert PERSONAL.search(f"{example(event)} 13800000000")


def test_the_examples_of_one_case_are_one_life() -> None:
    """Numbers are unique per aggregate: what is shown together could have happened together."""
    seen = [(example(event)["subject"], example(event)["aggregateseq"]) for event in TYPES]
    assert len(set(seen)) == len(seen)
