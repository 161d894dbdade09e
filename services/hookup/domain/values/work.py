"""Entries of the work lists: the task, and who is to act."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from libs.casework.domain.work import WorkItem
from services.hookup.domain.values.permit_details import Task
from services.hookup.domain.values.permit_items import PermitItem


class Whose(StrEnum):
    """Whose turn it is."""

    CLERK = "clerk"
    APPROVER = "approver"
    SUPERVISOR = "supervisor"
    AGENT = "agent"
    APPLICANT = "applicant"
    AUTHORITY = "authority"


WHOSE_NAMES: Mapping[Whose, str] = MappingProxyType(
    {
        Whose.CLERK: "窗口",
        Whose.APPROVER: "审批",
        Whose.SUPERVISOR: "督导",
        Whose.AGENT: "帮办",
        Whose.APPLICANT: "等待用户",
        Whose.AUTHORITY: "等待审批部门",
    }
)


class WorkKind(StrEnum):
    """What there is to do."""

    ACCEPT = "ACCEPT"
    ANSWER_CORRECTION = "ANSWER_CORRECTION"
    ASSIGN_AGENT = "ASSIGN_AGENT"
    HAND_OVER = "HAND_OVER"
    STAGE = "STAGE"
    DECIDE_PAUSE = "DECIDE_PAUSE"
    DECIDE_SPECIAL = "DECIDE_SPECIAL"
    DECIDE_PERMIT = "DECIDE_PERMIT"
    SIGN_COMMITMENT = "SIGN_COMMITMENT"
    CHECK_COMMITMENT = "CHECK_COMMITMENT"
    REVIEW_RECORD = "REVIEW_RECORD"
    FILE_EMERGENCY = "FILE_EMERGENCY"
    ANSWER_URGE = "ANSWER_URGE"
    ANSWER_QUESTION = "ANSWER_QUESTION"
    CONFIRM = "CONFIRM"
    DECIDE_LATE_ENTRY = "DECIDE_LATE_ENTRY"


class DueOf(StrEnum):
    """Whose deadline a due time is: the case's, or that of the task alone."""

    CASE = "CASE"
    TASK = "TASK"


DUE_NAMES: Mapping[DueOf, str] = MappingProxyType({DueOf.CASE: "本件", DueOf.TASK: "本环节"})


@dataclass(frozen=True, slots=True)
class Work(WorkItem[WorkKind, Whose, PermitItem]):
    """A task on a hookup case, or on one of its permit items."""

    due_of: DueOf = DueOf.TASK


def permit_work(item: PermitItem) -> Work | None:
    """Return what is to be done on a permit item by its authority, or by the utility that has yet to file it."""
    match item.task:
        case Task.DECIDE:
            return Work(WorkKind.DECIDE_PERMIT, Whose.AUTHORITY, item.waits_since, item.due_at, item)
        case Task.REVIEW:
            return Work(WorkKind.REVIEW_RECORD, Whose.AUTHORITY, item.filed_at, item.object_by, item)
        case Task.AWAIT_FILING:
            return Work(WorkKind.FILE_EMERGENCY, Whose.CLERK, item.filed_at, item.file_by, item)
        case Task.CHECK | Task.RECHECK:
            since = item.decided_at or item.filed_at
            return Work(WorkKind.CHECK_COMMITMENT, Whose.AUTHORITY, since, item.act_by, item)
        case _:
            return None
