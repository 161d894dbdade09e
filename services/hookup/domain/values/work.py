"""Entries of the work lists: the task, and who is to act."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from libs.casework.domain.work import WorkItem
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


@dataclass(frozen=True, slots=True)
class Work(WorkItem[WorkKind, Whose, PermitItem]):
    """A task on a hookup case, or on one of its permit items."""
