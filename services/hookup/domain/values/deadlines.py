"""Deadlines that follow from an instant by working days, and what an amended calendar makes of those that are stored.

A deadline is computed anew by the function that first gave it, from what it was first given: so the same application
has the same dates whether it came before or after the amendment. One that has passed is never moved.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from libs.common.clock import local
from services.hookup.domain.values.durations import after_working_minutes
from services.hookup.domain.values.permit_details import Task
from services.hookup.domain.values.permit_items import CommitmentState, PermitItem, undecided
from services.hookup.domain.values.permit_terms import check_by, decide_by, object_by
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import CAME_TO_NOTHING, FINISHED, CaseState

if TYPE_CHECKING:
    from services.hookup.domain.case import Case


class Deadline(StrEnum):
    """Whose answer or act is due."""

    CORRECTION = "CORRECTION"
    AGENT = "AGENT"
    URGE = "URGE"
    QUESTION = "QUESTION"
    PERMIT = "PERMIT"
    OBJECTION = "OBJECTION"
    COMMITMENT_CHECK = "COMMITMENT_CHECK"
    RECTIFICATION = "RECTIFICATION"


@dataclass(frozen=True, slots=True)
class Moved:
    """A deadline that an amended calendar moves; `ref` is the id of what it is of, None for the case itself."""

    kind: Deadline
    ref: str | None
    at: datetime


def close_after(at: datetime, workdays: int, rules: Rules) -> datetime:
    """Return the close of the so-many-th working day after an instant's day, which is not counted (§201, §203)."""
    return rules.calendar.close_of(rules.calendar.add_workdays(local(at).date(), workdays))


def agent_by(accepted: datetime, rules: Rules) -> datetime:
    """Return until when an agent is to be assigned after the acceptance, in business minutes (HK-07)."""
    return after_working_minutes(
        accepted, rules.service.agent_office_minutes, rules.calendar, rules.policy.business_hours
    )


def move_deadlines(case: "Case", at: datetime, rules: Rules) -> list[Moved]:
    """Apply an amended calendar to the deadlines of an open case other than its due time; return those that moved."""
    if case.state in FINISHED:
        return []
    moved = [*_of_the_case(case, at, rules), *_of_contacts(case, at, rules)]
    if case.state not in CAME_TO_NOTHING:
        for item in case.permits:
            of_item = list(_of_permit(case, item, at, rules))
            if of_item:
                case.touch(item)
            moved += of_item
    return moved


def _moves(before: datetime | None, after: datetime, at: datetime) -> bool:
    return before is not None and before > at and after != before


def _of_the_case(case: "Case", at: datetime, rules: Rules) -> Iterator[Moved]:
    if case.state is CaseState.CORRECTION and case.correction_asked_at is not None:
        answer_by = close_after(case.correction_asked_at, rules.policy.answer_workdays, rules)
        if _moves(case.answer_by, answer_by, at):
            case.answer_by = answer_by
            yield Moved(Deadline.CORRECTION, None, answer_by)
    acceptance = case.stage(Stage.ACCEPT)
    if case.agency is None and acceptance is not None and acceptance.end is not None:
        assign_by = agent_by(acceptance.end, rules)
        if _moves(case.agent_by, assign_by, at):
            case.agent_by = assign_by
            yield Moved(Deadline.AGENT, None, assign_by)


def _of_contacts(case: "Case", at: datetime, rules: Rules) -> Iterator[Moved]:
    for urge in case.urges:
        answer_by = close_after(urge.urged_at, rules.service.urge_workdays, rules)
        if urge.answered_at is None and _moves(urge.answer_by, answer_by, at):
            urge.answer_by = answer_by
            yield Moved(Deadline.URGE, urge.id, answer_by)
    for question in case.questions:
        answer_by = close_after(question.asked_at, rules.service.question_workdays, rules)
        if question.answered_at is None and _moves(question.answer_by, answer_by, at):
            question.answer_by = answer_by
            yield Moved(Deadline.QUESTION, question.id, answer_by)


def _of_permit(case: "Case", item: PermitItem, at: datetime, rules: Rules) -> Iterator[Moved]:
    commitment = item.commitment
    if undecided([item]):
        due_at = decide_by(item.waits_since, rules.service, rules.calendar)
        if _moves(item.due_at, due_at, at):
            item.due_at = due_at
            yield Moved(Deadline.PERMIT, item.id, due_at)
    if item.task is Task.REVIEW:
        latest = object_by(item.filed_at, rules.permits.objection_workdays, rules.calendar)
        if _moves(item.object_by, latest, at):
            item.object_by = latest
            yield Moved(Deadline.OBJECTION, item.id, latest)
    if commitment is None:
        return
    if commitment.state is CommitmentState.DECIDED and item.decided_at is not None:
        works = case.stage(Stage.EXTERNAL_WORKS)
        latest = check_by(item.decided_at, works.end if works else None, rules.service, rules.calendar)
        if _moves(commitment.check_by, latest, at):
            commitment.check_by = latest
            yield Moved(Deadline.COMMITMENT_CHECK, item.id, latest)
    if commitment.state is CommitmentState.RECTIFYING and commitment.checks:
        rectify_by = close_after(commitment.checks[-1].checked_at, rules.service.rectify_workdays, rules)
        if _moves(commitment.rectify_by, rectify_by, at):
            commitment.rectify_by = rectify_by
            yield Moved(Deadline.RECTIFICATION, item.id, rectify_by)
