"""Assignment of a case (承办): the person of the unit who works on it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, TypeVar

from libs.common.aggregate import Aggregate
from libs.common.rules import RuleError

R = TypeVar("R")
K = TypeVar("K", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who works on a case, since when, and who said so: the assignee who took it, or another."""

    assignee: str
    since: datetime
    assigned_by: str


@dataclass
class Assignments(Aggregate[R, K]):
    """The present assignment of a case; the earlier ones are its events."""

    assignment_edge: ClassVar[StrEnum]

    assignment: Assignment | None = field(default=None, kw_only=True)

    @property
    def assignee(self) -> str | None:
        """The subject of the person who works on the case."""
        return None if self.assignment is None else self.assignment.assignee

    def own_staff(self, rules: R) -> Collection[str]:
        """Return the subjects of the people of the case's unit."""
        raise NotImplementedError

    def assign_to(self, assignee: str, at: datetime, by: str, rules: R) -> None:
        """Let a person of the unit work on the case. Raises RuleError."""
        self.check(self.assignment_edge)
        if assignee not in self.own_staff(rules):
            raise RuleError(
                "assignee-unknown", "不是本单位的工作人员", "请从本单位人员名单中选择", "assignee"
            )
        self._assign(assignee, at, by)

    def take(self, at: datetime, by: str) -> None:
        """Work on the case oneself; the caller is of its unit. Raises RuleError."""
        self.check(self.assignment_edge)
        self._assign(by, at, by)

    def unassign(self, at: datetime) -> None:
        """End the assignment. Raises RuleError without one."""
        self.check(self.assignment_edge)
        if self.assignment is None:
            raise RuleError("not-assigned", "此件没有承办人", "请刷新后核对", "assignee")
        self._changed(None, at)

    def _assign(self, assignee: str, at: datetime, by: str) -> None:
        if assignee == self.assignee:
            raise RuleError("assigned-already", "此件已由该人员承办", "无需再次指派", "assignee")
        self._changed(Assignment(assignee, at, by), at)

    def _changed(self, assignment: Assignment | None, at: datetime) -> None:
        before, self.assignment = self.assignee, assignment
        self.record("assignee_changed", at, assignee_before=before, assignee=self.assignee)
