"""Watchers (关注) of a case: the people who have its changes on their list of updates."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Final, TypeVar

from libs.common.aggregate import Aggregate
from libs.common.rules import RuleError

R = TypeVar("R")
K = TypeVar("K", bound=StrEnum)

MOST_WATCHERS: Final = 200


@dataclass
class Watchers(Aggregate[R, K]):
    """The subjects of the people who watch a case, and which of them began or ended since it was loaded."""

    watch_edge: ClassVar[StrEnum]

    watchers: list[str] = field(default_factory=list, kw_only=True)
    # By subject the number of the last event before the watching began, None where it ended; not stored.
    watch_changes: dict[str, int | None] = field(default_factory=dict, kw_only=True)

    def watch(self, subject: str) -> None:
        """Let a person watch the case from now on. Raises RuleError."""
        self.check(self.watch_edge)
        if subject in self.watchers:
            raise RuleError("watching-already", "您已经关注此件", "无需再次关注")
        self.begin_watching(subject)

    def unwatch(self, subject: str) -> None:
        """End a person's watching. Raises RuleError."""
        self.check(self.watch_edge)
        if subject not in self.watchers:
            raise RuleError("not-watching", "您没有关注此件", "请刷新后核对")
        self.watchers.remove(subject)
        self.watch_changes[subject] = None

    def begin_watching(self, *subjects: str) -> None:
        """Let the people watch, if they do not yet. Raises RuleError where they are too many, and adds nobody.

        Also who is listed is named among the changes: of a case that ended long ago the rows are gone.
        """
        new = [subject for subject in dict.fromkeys(subjects) if subject not in self.watchers]
        if len(self.watchers) + len(new) > MOST_WATCHERS:
            raise RuleError(
                "watchers-too-many",
                f"每件至多 {MOST_WATCHERS} 人关注",
                "请先由不再需要的人员取消关注",
                "mentions",
            )
        self.watchers += new
        since_seq = self.event_seq + len(self.pending_events)
        self.watch_changes |= dict.fromkeys(subjects, since_seq)
