"""The specimen: its states, the edges between them, and what its verbs do. Instants are aware UTC."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from libs.common.aggregate import Aggregate, Transitions
from libs.common.calendars.workdays import BusinessCalendar

FINISH_WORKDAYS = 5


class SpecimenState(StrEnum):
    """Where a specimen is."""

    OPEN = "OPEN"
    FINISHED = "FINISHED"


class Verb(StrEnum):
    """What can be done to a specimen."""

    FINISH = "finish"


class Result(StrEnum):
    """How a specimen ended."""

    DONE = "DONE"
    DECLINED = "DECLINED"


STATE_NAMES = {SpecimenState.OPEN: "办理中", SpecimenState.FINISHED: "已办结"}
EVENT_NAMES = {"specimen_opened": "登记", "specimen_finished": "办结"}
RESULT_NAMES = {Result.DONE: "已办理", Result.DECLINED: "不予办理"}


@dataclass(slots=True)
class Specimen(Aggregate[BusinessCalendar, StrEnum]):
    """One matter of a utility, from its opening to its result; until when it is to be finished the calendar says."""

    transitions = Transitions(
        [(SpecimenState.OPEN, Verb.FINISH, SpecimenState.FINISHED, "the clause that says so")],
        STATE_NAMES,
        {Verb.FINISH: "办结"},
    )

    district: str
    utility: str
    opened_at: datetime
    state: SpecimenState = field(default=SpecimenState.OPEN, kw_only=True)
    finish_by: datetime | None = None
    finished_at: datetime | None = None
    result: Result | None = None

    def open(self, calendar: BusinessCalendar) -> None:
        """Note that it was opened, and until when it is to be finished."""
        self.finish_by = calendar.close_after(self.opened_at, FINISH_WORKDAYS)
        self.record("specimen_opened", self.opened_at, finish_by=self.finish_by)

    def finish(self, result: Result, at: datetime) -> None:
        """End it with a result. Raises RuleError where it has ended."""
        self.check(Verb.FINISH)
        self.move(Verb.FINISH, SpecimenState.FINISHED)
        self.finished_at, self.result = at, result
        self.record("specimen_finished", at, result=result)
