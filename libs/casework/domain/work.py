"""Entries of work lists: the task on a case, who is to act, and the due time that the lists sort by."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

Kind = TypeVar("Kind", bound=StrEnum)
Whose = TypeVar("Whose", bound=StrEnum)
Item = TypeVar("Item")

# Items without a deadline sort last but stay listed.
_AT_LAST = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class WorkItem(Generic[Kind, Whose, Item]):
    """A task on a case, or on one of its items. `due_at` is None where no rule sets a deadline."""

    kind: Kind
    whose: Whose
    since: datetime
    due_at: datetime | None
    item: Item | None = None


def places_on_lists(items: Iterable[WorkItem[Any, Whose, Any]]) -> dict[Whose, datetime]:
    """Return the earliest due time of a case's tasks, by who is to act."""
    places: dict[Whose, datetime] = {}
    for item in items:
        due_at = item.due_at or _AT_LAST
        places[item.whose] = min(due_at, places.get(item.whose, due_at))
    return places
