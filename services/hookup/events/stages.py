"""Events of a case's stages, and of the length that decides which there are."""

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from services.hookup.domain.values.lengths import LengthClass, LengthKind
from services.hookup.domain.values.stages import Stage
from services.hookup.events.base import HookupEvent
from services.hookup.events.clock import DUE_BEFORE, DueTimes


class StageStarted(HookupEvent):
    """A stage was begun."""

    event: ClassVar[str] = "stage_started"
    stage: Stage
    started_at: datetime


class StageCompleted(HookupEvent):
    """A stage ended; its time goes on record (HK-01)."""

    event: ClassVar[str] = "stage_completed"
    stage: Stage
    started_at: datetime
    completed_at: datetime
    elapsed_minutes: int
    working_minutes: int
    round: int = Field(
        default=1, description="Counts how often the stage was taken up: each has its own interval"
    )


class LengthChanged(HookupEvent):
    """A length of the external line was set or changed; the due times are recomputed from the same start."""

    event: ClassVar[str] = "length_changed"
    kind: LengthKind
    from_dm: int | None
    to_dm: int
    class_before: LengthClass
    due: DueTimes | None
    due_before: datetime | None = DUE_BEFORE


STAGE_EVENTS = (StageStarted, StageCompleted, LengthChanged)
