"""Internal notes (内部备注) of the staff on a case, with mentions (提及) of colleagues.

Neither users nor authorities see them. A note changes no deadline and no figure; events tell that it was written, by
whom and whom it mentions, never what it says.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final, TypeVar

from libs.casework.domain.watchers import Watchers
from libs.common.rules import RuleError
from libs.common.texts import check_text, plain

R = TypeVar("R")
K = TypeVar("K", bound=StrEnum)

MOST_NOTES: Final = 100
MOST_MENTIONS: Final = 10
CORRECTABLE: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Retraction:
    """When, by whom and why a note was retracted."""

    at: datetime
    by: str
    reason: str


@dataclass(slots=True)
class Note:
    """An internal note; its text stays where it was retracted, for who supervises."""

    id: str
    text: str
    written_at: datetime
    written_by: str
    mentions: tuple[str, ...] = ()
    corrected_at: datetime | None = None
    retraction: Retraction | None = None

    def may_correct(self, subject: str, at: datetime) -> bool:
        """Tell whether a person may still correct it: the author, shortly after writing."""
        in_time = at <= self.written_at + CORRECTABLE
        return self.retraction is None and self.written_by == subject and in_time

    def may_retract(self, subject: str, *, supervises: bool) -> bool:
        """Tell whether a person may retract it: the author, or who supervises."""
        return self.retraction is None and (supervises or self.written_by == subject)


@dataclass
class Notes(Watchers[R, K]):
    """The internal notes of a case. Whom a note mentions watches the case from then on."""

    note_edge: ClassVar[StrEnum]

    notes: list[Note] = field(default_factory=list, kw_only=True)

    def mentionable(self, rules: R) -> Collection[str]:
        """Return the subjects of the people whom a note may mention."""
        raise NotImplementedError

    def write_note(
        self, note_id: str, text: str, mentions: Sequence[str], at: datetime, by: str, rules: R
    ) -> None:
        """Write a note. Raises RuleError."""
        self.check(self.note_edge)
        _check_note(text)
        if len(self.notes) >= MOST_NOTES:
            raise RuleError(
                "notes-too-many", f"每件至多 {MOST_NOTES} 条备注", "请在已有备注的基础上当面沟通", "text"
            )
        mentioned = tuple(dict.fromkeys(mentions))
        if len(mentioned) > MOST_MENTIONS:
            raise RuleError(
                "mentions-too-many", f"每条备注至多提及 {MOST_MENTIONS} 人", "请减少提及的人员", "mentions"
            )
        people = self.mentionable(rules)
        if any(subject not in people for subject in mentioned):
            raise RuleError(
                "mention-unknown",
                "只能提及本单位和市级的工作人员",
                "请从人员名单中选择",
                "mentions",
            )
        self.begin_watching(*mentioned)
        self.notes.append(Note(note_id, text, at, by, mentioned))
        self.record("note_written", at, memo_id=note_id, mentions=mentioned)

    def correct_note(self, note_id: str, text: str, at: datetime, by: str) -> None:
        """Replace the text of one's own note shortly after writing it. Raises RuleError."""
        self.check(self.note_edge)
        note = self._note(note_id)
        if not note.may_correct(by, at):
            minutes = int(CORRECTABLE.total_seconds()) // 60
            raise RuleError(
                "note-not-correctable",
                f"只能由本人在 {minutes} 分钟内更正备注",
                "请另写一条备注",
                "note_id",
            )
        _check_note(text)
        note.text, note.corrected_at = text, at
        self.record("note_corrected", at, memo_id=note_id)

    def retract_note(self, note_id: str, reason: str, at: datetime, by: str, *, supervises: bool) -> None:
        """Retract a note, with a reason; `supervises` is true of who stands outside of the unit. Raises RuleError."""
        self.check(self.note_edge)
        note = self._note(note_id)
        if not note.may_retract(by, supervises=supervises):
            raise RuleError("note-not-retractable", "只能由本人或督导人员撤回一次", "请刷新后核对", "note_id")
        check_text(reason, "reason")
        note.retraction = Retraction(at, by, reason)
        self.record("note_retracted", at, memo_id=note_id)

    def _note(self, note_id: str) -> Note:
        note = next((note for note in self.notes if note.id == note_id), None)
        if note is None:
            raise RuleError("note-unknown", "没有这条备注", "请刷新后核对", "note_id")
        return note


def _check_note(text: str) -> None:
    check_text(text, "text")
    if not plain(text):
        raise RuleError("note-empty", "备注没有内容", "请填写备注", "text")
