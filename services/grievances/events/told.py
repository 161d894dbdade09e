"""What is read of the events of services that are rated: by a tolerant model of their data."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta

from libs.common.events import TYPE_PREFIX, IncomingEvent, InvalidEventError
from services.grievances.domain.ratings.values import RatingChannel

Content = TypeVar("Content", bound=msgspec.Struct)
Id = Annotated[str, Meta(min_length=1, max_length=64)]
Number = Annotated[str, Meta(min_length=1, max_length=40)]
Place = Annotated[str, Meta(min_length=1, max_length=20)]
Score = Annotated[int, Meta(ge=1, le=5)]
CASE_RATED: Final = "case_rated"


def reader(
    service: str, names: Collection[str], kind: type[Content]
) -> Callable[[IncomingEvent], Content | None]:
    """Return what reads the events of a service with these names; of others nothing is read.

    What it returns raises InvalidEventError.
    """

    def read(event: IncomingEvent) -> Content | None:
        if _name(service, event) not in names:
            return None
        try:
            return msgspec.json.decode(event.data, type=kind)
        except msgspec.MsgspecError as error:
            raise InvalidEventError(f"not as {event.type} promises: {error}") from None

    return read


def told_of(service: str, events: Sequence[IncomingEvent]) -> Iterator[tuple[str, Any]]:
    """Yield the names and contents of the events that were read."""
    return ((_name(service, event), event.content) for event in events if event.content is not None)


def channel_of(actor_unit: str | None, *, in_stead: bool) -> RatingChannel:
    """Return how a grade came that another service tells of: from the app, unless staff took it down."""
    kind = (actor_unit or "").partition(":")[0]
    return RatingChannel.HALL if in_stead or kind in ("utility", "district", "city") else RatingChannel.APP


def handler_of(actor: str | None, actor_unit: str | None) -> str | None:
    """Return who did the work where somebody of the utility ended it; None where the person or the clock did."""
    return actor if (actor_unit or "").startswith("utility:") else None


def _name(service: str, event: IncomingEvent) -> str:
    return event.type.removeprefix(f"{TYPE_PREFIX}.{service}.").rpartition(".v")[0]
