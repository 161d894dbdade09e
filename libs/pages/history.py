"""What happened to a thing, in words: the particulars of its events as people read them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from libs.casework.http.history import EventView
from libs.casework.http.people import PersonView
from libs.pages.shown import day, hours, when, written, yuan

E = TypeVar("E", bound=EventView)

Shown = Mapping[str, str | tuple[str, Callable[[Any], str]]]
"""The labels of particulars, in their order; each as its value is, or with how that is shown.

A key is the name of a field, or `event.field` where it counts for one kind of event only.
"""

People = Mapping[str, PersonView]
"""The people of a thing by their accounts."""

_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def metres(decimetres: int) -> str:
    """Show decimetres as metres with one decimal."""
    return f"{decimetres // 10}.{decimetres % 10} 米"


def counted(unit: str) -> Callable[[Any], str]:
    """Return the function that shows a number with its unit."""
    return lambda number: f"{number} {unit}"


# The units of numbers, as the names of fields end everywhere in the house.
_BY_ENDING: Mapping[str, Callable[[int], str]] = {
    "_minutes": lambda minutes: f"{hours(minutes)} 小时",
    "_fen": lambda fen: f"{yuan(fen)} 元",
    "_dm": metres,
    "_days": counted("天"),
    "_count": counted("项"),
}


def as_it_is(name: str, value: Any) -> str:
    """Show a value of JSON by its type, and a number by the unit that the name of its field ends with."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int) and not isinstance(value, bool):
        show = next((show for ending, show in _BY_ENDING.items() if name.endswith(ending)), str)
        return show(value)
    return written(value)


def _text(value: str) -> str:
    try:
        if _INSTANT.fullmatch(value):
            return when(datetime.fromisoformat(value))
        return day(date.fromisoformat(value)) if _DAY.fullmatch(value) else value
    except ValueError:
        # Digits that are no date: a number of a document.
        return value


@dataclass(frozen=True, slots=True)
class History(Generic[E]):
    """How the events of a kind of thing are shown: `event` is what the API gives, `tags` stand beside its name.

    `naming` shows the particulars that hold accounts, by the people of the thing.
    """

    event: type[E]
    shown: Shown
    tags: Callable[[E], Sequence[str]] = lambda _event: ()
    naming: Mapping[str, Callable[[Any, People], str]] = field(default_factory=dict)

    def particulars(self, event: EventView, people: People = MappingProxyType({})) -> list[tuple[str, str]]:
        """Return the particulars of an event with their labels; what is empty or not known is passed over."""
        rows = []
        for key, declared in self.shown.items():
            of_event, _, name = key.rpartition(".")
            value = event.particulars.get(name)
            if of_event not in ("", event.event) or value in (None, []):
                continue
            label, show = (declared, None) if isinstance(declared, str) else declared
            if naming := self.naming.get(key):
                if called := naming(value, people):
                    rows.append((label, called))
            else:
                rows.append((label, as_it_is(name, value) if show is None else show(value)))
        return rows
