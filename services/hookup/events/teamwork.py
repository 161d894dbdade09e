"""Events of how the staff work together: who works on a case, and that notes were written, never what they say."""

from typing import ClassVar

from pydantic import Field

from services.hookup.events.base import HookupEvent


class AssigneeChanged(HookupEvent):
    """Another person of the utility works on the case, or nobody in particular."""

    event: ClassVar[str] = "assignee_changed"
    assignee_before: str | None
    assignee: str | None


class NoteWritten(HookupEvent):
    """An internal note was written on the case."""

    event: ClassVar[str] = "note_written"
    memo_id: str = Field(description="Id of the internal note")
    mentions: list[str] = Field(description="Subjects of the people whom it mentions")


class NoteCorrected(HookupEvent):
    """The author corrected an internal note shortly after writing it."""

    event: ClassVar[str] = "note_corrected"
    memo_id: str = Field(description="Id of the internal note")


class NoteRetracted(HookupEvent):
    """An internal note was retracted, by its author or by who supervises."""

    event: ClassVar[str] = "note_retracted"
    memo_id: str = Field(description="Id of the internal note")


TEAMWORK_EVENTS = (AssigneeChanged, NoteWritten, NoteCorrected, NoteRetracted)
"""What only the staff see of a case's history."""
