"""A tolerant reader of a service's events: only the fields that are needed, and any value of an enumeration.

What is outside its declared range is refused here, so that no figure can hold it: durations are not negative and no
longer than a century, instants lie between 2000 and 2100, texts fit their columns.
"""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Final, Generic, TypeVar, get_args, get_type_hints

import msgspec
from msgspec import Meta

from libs.common.events import TYPE_PREFIX, InvalidEventError

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2099
MOST_MINUTES: Final = 100 * 366 * 24 * 60

Instant = Annotated[datetime, Meta(tz=True)]
Minutes = Annotated[int, Meta(ge=0, le=MOST_MINUTES)]
Number = Annotated[int, Meta(ge=0, le=1_000_000)]
Fen = Annotated[int, Meta(ge=-(10**15), le=10**15)]


def is_in_range(instant: date) -> bool:
    """Whether an instant or a day can be that of an event; what is far outside is a placeholder or a fault."""
    return FIRST_YEAR <= instant.year <= LAST_YEAR


class Ranged(msgspec.Struct, frozen=True, gc=False):
    """A struct whose instants and days are in range."""

    def __post_init__(self) -> None:
        """Raise ValueError for one that is not."""
        for name in _dated(type(self)):
            value = getattr(self, name)
            if value is not None and not is_in_range(value):
                raise ValueError(f"`{name}` is not between {FIRST_YEAR} and {LAST_YEAR}")


@cache
def _dated(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """Return the fields of a kind that hold instants or days."""
    return tuple(
        name for name, hint in get_type_hints(kind).items() if {datetime, date} & {hint, *get_args(hint)}
    )


Event = TypeVar("Event", bound=Ranged)


class Reader(Generic[Event]):
    """Reads the events of one service: those of `kinds` by name, the others for their envelope only."""

    def __init__(self, service: str, envelope: type[Event], kinds: Mapping[str, type[Event]]) -> None:
        self._prefix = f"{TYPE_PREFIX}.{service}."
        self._decoders = {name: msgspec.json.Decoder(kind) for name, kind in kinds.items()}
        self._envelope = msgspec.json.Decoder(envelope)

    def read(self, event_type: str, data: bytes) -> tuple[str, Event] | None:
        """Read an event; None for one of another version, or that has no envelope and no name here.

        Raises InvalidEventError, which names the field, when one that is needed is missing, of another kind or
        outside its range.
        """
        name, _, version = event_type.removeprefix(self._prefix).partition(".")
        if version != "v1":
            return None
        decoder = self._decoders.get(name)
        try:
            event = (decoder or self._envelope).decode(data)
        except msgspec.DecodeError as error:
            if decoder is None:
                return None
            raise InvalidEventError(str(error)) from error
        # In JSON a control character is written with a backslash, so almost no event has to be looked through.
        if b"\\" in data:
            _check_controls(event)
        return name, event


def _check_controls(struct: msgspec.Struct, path: str = "$") -> None:
    """Refuse what no code is and no database takes: control characters. `path` is where the struct stands."""
    for name in struct.__struct_fields__:
        value: Any = getattr(struct, name)
        for part in value if isinstance(value, list) else (value,):
            if isinstance(part, msgspec.Struct):
                _check_controls(part, f"{path}.{name}")
            elif isinstance(part, str) and any(character < " " for character in part):
                raise InvalidEventError(f"control characters - at `{path}.{name}`")
