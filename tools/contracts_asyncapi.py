"""The AsyncAPI document: topics, their events, publishers and subscribers."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from libs.common.events import EventPayload, topic_of
from libs.common.service import Service
from libs.common.version import __version__

_BINDING = "0.5.0"
_TRAIT = {
    "contentType": "application/json",
    "headers": {
        "type": "object",
        "required": [
            "ce_specversion",
            "ce_id",
            "ce_source",
            "ce_type",
            "ce_subject",
            "ce_time",
            "ce_aggregateseq",
            "content-type",
        ],
        "properties": {
            "ce_specversion": {"type": "string", "const": "1.0"},
            "ce_id": {"type": "string", "format": "uuid", "description": "Unique; a repeated event keeps it"},
            "ce_source": {"type": "string", "description": "The publishing service, as /sqn/hookup"},
            "ce_type": {"type": "string"},
            "ce_subject": {"type": "string", "description": "Id of the aggregate; the message key"},
            "ce_time": {"type": "string", "format": "date-time", "description": "When it happened, in UTC"},
            "ce_aggregateseq": {
                "type": "string",
                "pattern": "^[1-9][0-9]*$",
                "description": "Counts the aggregate's events from 1, without holes",
            },
            "content-type": {"type": "string", "const": "application/json"},
            "traceparent": {"type": "string", "description": "W3C trace context of what caused the event"},
        },
    },
    "bindings": {
        "kafka": {
            "key": {"type": "string", "description": "Id of the aggregate: its events stay in order"},
            "bindingVersion": _BINDING,
        }
    },
}


def asyncapi(events: Sequence[type[EventPayload]], services: Mapping[str, Service]) -> dict[str, Any]:
    """Return the AsyncAPI 3.0 document of all topics; payloads are those of `contracts/events`."""
    by_service = {
        name: [event for event in events if event.service == name]
        for name in sorted({event.service for event in events})
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "SQN events",
            "version": __version__,
            "description": "CloudEvents 1.0 in binary mode on Kafka, delivered at least once. Readers pass over "
            "types and fields that they do not know. There is no personal data in them.",
        },
        "defaultContentType": "application/json",
        "channels": {name: _channel(name, group) for name, group in by_service.items()},
        "operations": _operations(by_service.keys(), services),
        "components": {
            "messageTraits": {"cloudevent": _TRAIT},
            "messages": {event.type(): _message(event) for event in events},
        },
    }


def _channel(service: str, events: Sequence[type[EventPayload]]) -> dict[str, Any]:
    return {
        "address": topic_of(service),
        "description": f"Everything that happened in the {service} service, in order per aggregate.",
        "messages": {event.type(): {"$ref": f"#/components/messages/{event.type()}"} for event in events},
        "bindings": {"kafka": {"topic": topic_of(service), "bindingVersion": _BINDING}},
    }


def _message(event: type[EventPayload]) -> dict[str, Any]:
    return {
        "name": event.type(),
        "title": event.__name__,
        "summary": event.__doc__,
        "traits": [{"$ref": "#/components/messageTraits/cloudevent"}],
        "headers": {
            "type": "object",
            "properties": {"ce_type": {"type": "string", "const": event.type()}},
        },
        "payload": {"$ref": f"./events/{event.type()}.json"},
    }


def _operations(publishers: Collection[str], services: Mapping[str, Service]) -> dict[str, Any]:
    published = {
        f"{name}.publish": {
            "action": "send",
            "channel": {"$ref": f"#/channels/{name}"},
            "summary": f"The {name} service publishes what happened",
        }
        for name in publishers
    }
    channels = {topic_of(name): name for name in publishers}
    read = {
        f"{name}.read.{channels[topic]}": {
            "action": "receive",
            "channel": {"$ref": f"#/channels/{channels[topic]}"},
            "summary": f"The {name} service reads {topic}",
        }
        for name, service in services.items()
        for subscription in service.subscriptions
        for topic in subscription.topics
    }
    return {**published, **read}
