"""The counts of work lists as the API answers with them."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field

from libs.casework.storage.work_lists import WorkCount
from libs.common.http.cursors import MOST_COUNTED

Turn = TypeVar("Turn", bound=StrEnum)
Count = TypeVar("Count", bound=BaseModel)
Counts = TypeVar("Counts", bound=BaseModel)


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
