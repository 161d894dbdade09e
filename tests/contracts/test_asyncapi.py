"""The AsyncAPI document says what the code does on the bus."""

from datetime import UTC, datetime
from typing import Any

import yaml

from libs.common.calendars.following import OWNER
from libs.common.events import to_message
from services.metrics.sources import SOURCES
from tests.contracts.committed import ROOT, TYPES, example

DOCUMENT: dict[str, Any] = yaml.safe_load((ROOT / "asyncapi.yaml").read_bytes())


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [found for each in node.values() for found in references(each)]
    return [found for each in node for found in references(each)] if isinstance(node, list) else []


def test_every_reference_leads_somewhere() -> None:
    found = references(DOCUMENT)
    assert len(found) > 3 * len(TYPES)
    for each in found:
        file, _, pointer = each.partition("#/")
        if file:
            assert (ROOT / file).is_file(), each
        node = DOCUMENT
        for step in pointer.split("/") if pointer else ():
            assert step in node, each
            node = node[step]


def test_each_event_is_in_the_channel_of_its_service() -> None:
    channels = DOCUMENT["channels"]
    assert sorted(event for channel in channels.values() for event in channel["messages"]) == TYPES
    for service, channel in channels.items():
        assert channel["address"] == f"sqn.{service}.events"
        assert {event.split(".")[3] for event in channel["messages"]} == {service}


def test_who_sends_and_who_reads() -> None:
    """Each service sends into its own channel, and the figures are made of those that are declared as sources.

    Who keeps a copy of the calendar reads what its owner sends. The registry reads of a customer's matters, its own
    among them; ratings are invited by what ends, and who is erased at the registry is at grievances, too.
    """
    followers = {
        name: "receive"
        for name in DOCUMENT["operations"]
        if name.endswith(f".read.{OWNER}") and not name.startswith("metrics.")
    }
    assert {name: operation["action"] for name, operation in DOCUMENT["operations"].items()} == {
        **{f"{service}.publish": "send" for service in DOCUMENT["channels"]},
        **{f"metrics.read.{source.service or code}": "receive" for code, source in SOURCES.items()},
        **followers,
        **{f"registry.read.{service}": "receive" for service in ("registry", "grievances")},
        **{f"grievances.read.{service}": "receive" for service in ("registry", "grievances")},
    }
    assert "hookup" in SOURCES


def test_a_message_has_the_headers_that_are_promised() -> None:
    it = example(TYPES[0])
    message = to_message(
        event_id=it["id"],
        topic="sqn.hookup.events",
        key=it["subject"],
        aggregate_seq=it["aggregateseq"],
        type=it["type"],
        payload=b"{}",
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        created_at=datetime(2025, 3, 3, tzinfo=UTC),
    )
    promised = DOCUMENT["components"]["messageTraits"]["cloudevent"]["headers"]
    assert {name for name, _ in message.headers} == set(promised["properties"])
    assert set(promised["required"]) == set(promised["properties"]) - {"traceparent"}
