"""Events of which a customer is told, whichever service they are from: read by a tolerant model of their data."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from libs.common.events import TYPE_PREFIX, IncomingEvent, InvalidEventError
from services.registry.usecases.matters import MatterState

Content = TypeVar("Content", bound=msgspec.Struct)
Told = Mapping[str, tuple[str, MatterState]]
"""By the name of an event: what the customer is told, and in what state the matter is after it."""


def read_told(service: str, told: Told, kind: type[Content]) -> Callable[[IncomingEvent], Content | None]:
    """Return what reads the events of a service that are told; of others nothing is read.

    What it returns raises InvalidEventError.
    """

    def read(event: IncomingEvent) -> Content | None:
        if _name(service, event) not in told:
            return None
        try:
            return msgspec.json.decode(event.data, type=kind)
        except msgspec.MsgspecError as error:
            raise InvalidEventError(f"not as {event.type} promises: {error}") from None

    return read


def told_of(service: str, events: Sequence[IncomingEvent]) -> Iterator[tuple[str, Any]]:
    """Yield the names and contents of the events that were read."""
    return ((_name(service, event), event.content) for event in events if event.content is not None)


def _name(service: str, event: IncomingEvent) -> str:
    return event.type.removeprefix(f"{TYPE_PREFIX}.{service}.").rpartition(".v")[0]
