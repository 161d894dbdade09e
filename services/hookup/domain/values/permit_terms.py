"""Deadlines of permit items (HK-04; 行政许可法 §42, §82; O3, O16)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from libs.common.calendars.workdays import BusinessCalendar, receipt_date
from libs.common.clock import local
from services.hookup.domain.values.limits import LimitPolicy
from services.hookup.domain.values.permit_items import CommitmentState, PermitItem, PermitMode
from services.hookup.domain.values.service_policy import ServicePolicy


def in_time(
    items: Iterable[PermitItem], reply: datetime | None, policy: LimitPolicy, calendar: BusinessCalendar
) -> Sequence[PermitItem]:
    """Return the items that were filed for approval in time after the scheme reply (O3).

    Only their time may be excluded from the utility's; before the reply no filing is late.
    """
    ordinary = [item for item in items if item.mode is PermitMode.APPROVAL and item.is_filed]
    if reply is None:
        return ordinary
    last = last_instant(reply, policy.permit_filing_workdays, calendar)
    return [item for item in ordinary if item.waits_since <= last]


def last_instant(since: datetime, workdays: int, calendar: BusinessCalendar) -> datetime:
    """Return the end of a term in working days: the close of its last day (民法典 §203)."""
    return calendar.close_after(since, workdays)


def is_parallel(
    started: datetime | None, at: datetime, policy: ServicePolicy, calendar: BusinessCalendar
) -> bool:
    """Whether an item filed now counts as filed in parallel with the first one, at the first start of PERMIT."""
    return started is None or at <= last_instant(started, policy.parallel_workdays, calendar)


def object_by(filed_at: datetime, workdays: int, calendar: BusinessCalendar) -> datetime:
    """Return until when an authority may object to an item, in working days from its receipt."""
    return calendar.close_of(calendar.add_workdays(receipt_date(filed_at, calendar), workdays))


def decide_by(filed_at: datetime, policy: ServicePolicy, calendar: BusinessCalendar) -> datetime:
    """Return when an ordinary item is to be decided, in working days from its receipt (行政许可法 §42, §82)."""
    received = receipt_date(filed_at, calendar)
    return calendar.close_of(calendar.add_workdays(received, policy.permit_workdays))


def check_by(
    decided_at: datetime, works_end: datetime | None, policy: ServicePolicy, calendar: BusinessCalendar
) -> datetime:
    """Return the deadline of a commitment's check: a term after the works, capped after the decision (O16)."""
    ends = [calendar.add_workdays(local(decided_at).date(), policy.check_latest_workdays)]
    if works_end is not None:
        ends.append(calendar.add_workdays(local(works_end).date(), policy.check_after_works_workdays))
    return calendar.close_of(min(ends))


def to_approval(item: PermitItem, at: datetime, policy: ServicePolicy, calendar: BusinessCalendar) -> None:
    """Move an item of another mode to approval at an instant; works may no longer rely on it."""
    item.mode, item.approval_since, item.object_by = PermitMode.APPROVAL, at, None
    item.due_at, item.overdue = decide_by(at, policy, calendar), False
    item.decision = item.decided_at = item.decided_by = item.document_ref = None
    if item.commitment is not None:
        offered = item.commitment.state is CommitmentState.OFFERED
        item.commitment.state = CommitmentState.WITHDRAWN if offered else CommitmentState.REVOKED
