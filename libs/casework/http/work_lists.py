"""What a case waits for, and the counts of work lists, as the API answers with them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel, Field

from libs.casework.domain.work import Light, Urgency, WorkItem
from libs.casework.storage.work_lists import WorkCount
from libs.common.http.actions import Due
from libs.common.http.cursors import MOST_COUNTED

Kind = TypeVar("Kind", bound=StrEnum)
Turn = TypeVar("Turn", bound=StrEnum)
Count = TypeVar("Count", bound=BaseModel)
Counts = TypeVar("Counts", bound=BaseModel)


class TaskView(BaseModel, Generic[Kind, Turn]):
    """Something to do on a case."""

    kind: Kind
    name: str = Field(examples=["受理"])
    whose: Turn
    since: datetime
    due_at: datetime | None
    overdue: bool
    remaining_minutes: int | None = Field(description="Working minutes until it is due, negative after")
    light: Light


class Task(Protocol):
    """A view of a task, of whatever model; `due_at` is an instant or None."""

    kind: Any
    whose: Any
    since: datetime
    due_at: Any
    remaining_minutes: int | None
    light: Light


T = TypeVar("T", bound=Task)


def task_fields(item: WorkItem[Any, Any, Any], urgency: Urgency, name: str) -> dict[str, Any]:
    """Return the fields of the view of a task."""
    return {
        "kind": item.kind,
        "name": name,
        "whose": item.whose,
        "since": item.since,
        "due_at": item.due_at,
        "overdue": urgency.light is Light.RED,
        "remaining_minutes": urgency.remaining,
        "light": urgency.light,
    }


def by_urgency(tasks: Iterable[T]) -> list[T]:
    """Return tasks in their order: what is due first, then what has no deadline."""
    return sorted(tasks, key=lambda task: (task.due_at is None, task.due_at or task.since))


def due_by_kind(tasks: Iterable[Task]) -> dict[str, Due]:
    """Return the first task of each kind, as the commands that do it name it."""
    waiting = dict[str, Due]()
    for task in tasks:
        waiting.setdefault(task.kind, Due.model_validate(task, from_attributes=True))
    return waiting


def row_fields(tasks: Sequence[Task], turn: StrEnum) -> dict[str, Any]:
    """Return what a row of a work list says of the tasks of those whose list it is."""
    own = [task for task in tasks if task.whose is turn]
    first = next((task for task in own if task.due_at), None)
    return {
        "work_due_at": first and first.due_at,
        "remaining_minutes": first and first.remaining_minutes,
        "light": max((task.light for task in own), key=list(Light).index, default=Light.GREEN),
    }


class WorkCountView(BaseModel, Generic[Turn]):
    """How many cases are on a work list."""

    whose: Turn
    total: int = Field(examples=[12], description=f"Counted up to {MOST_COUNTED} from the most urgent on")
    more_than_total: bool = Field(description="Whether there are more: counting stopped there")
    overdue: int = Field(examples=[1])
    due_soon: int = Field(examples=[3], description="Due within a working day and not overdue")


class WorkCountsView(BaseModel, Generic[Count]):
    """The work lists as the caller sees them, each with its counts."""

    as_of: datetime
    items: list[Count]


def counts_view(model: type[Counts], counts: Mapping[Any, WorkCount], now: datetime) -> Counts:
    """Return the counts of work lists as a service's model of them, in the order of the lists."""
    items = [
        {
            "whose": turn,
            "total": count.total,
            "more_than_total": count.is_exceeded,
            "overdue": count.overdue,
            "due_soon": count.due_soon,
        }
        for turn, count in counts.items()
    ]
    return model.model_validate({"as_of": now, "items": items})
