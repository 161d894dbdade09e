"""What a newer version of the hotline's order changes of a grievance: its own limit, its marks, what was added."""

from dataclasses import replace
from datetime import datetime

from libs.common.calendars.business_hours import after_working_minutes
from libs.common.rules import RuleError
from services.grievances.domain.cycle import Call
from services.grievances.domain.grievance import Grievance, Origin
from services.grievances.domain.hotline.content import HotlineCall, HotlineLink
from services.grievances.domain.hotline.values import HotlineStatus
from services.grievances.domain.limits import joined
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.codes import CycleReason, Trigger
from services.grievances.domain.values.kinds import ContactWay
from services.grievances.domain.values.states import BEFORE_REPLY, OVER, WITH_UNIT, GrievanceState, Verb
from services.grievances.domain.verbs import calling, handling
from services.grievances.domain.verbs.screening import limit_reply


def take_over(item: Grievance, version: int) -> None:
    """Note the version of the order that holds from now on."""
    item.check(Verb.UPDATE)
    origin = item.origin
    if origin is None:
        raise AssertionError("an order belongs to a grievance of the hotline")
    item.origin = Origin(origin.system, origin.number, version)


def set_limit(item: Grievance, until: datetime, at: datetime, rules: Rules) -> None:
    """Take the hotline's own time over: where it is the shorter one it is the limit. Raises RuleError."""
    link = _link(item)
    if until == link.reply_by:
        return
    check_limit(until, item.received_at)
    item.hotline = replace(link, reply_by=until)
    if item.state not in BEFORE_REPLY:
        return
    cycle, before = item.cycle, item.cycle.reply_by
    if cycle.reason is CycleReason.REDO:
        cycle.limit = joined(cycle.limit, until, cycle.started_at, rules.limits.version)
        cycle.reply_by = before if cycle.limit is None else cycle.limit.until
    else:
        limit_reply(item, cycle, rules)
    if cycle.extension is not None and cycle.extension.granted and until > cycle.started_at:
        cycle.reply_by = min(before or until, until)
    if cycle.reply_by != before:
        item.record(
            "hotline_limit_set",
            at,
            order_version=_version(item),
            cycle=cycle.number,
            reply_by_before=before,
            reply_by=cycle.reply_by,
        )


def check_limit(until: datetime, received_at: datetime) -> None:
    """Raise RuleError for a time that ends before it begins."""
    if until <= received_at:
        raise RuleError("hotline-limit-early", "要求答复时间不晚于收到时间", "请向热线核对", "reply_by")


def mark_urged(item: Grievance, urge_id: str, at: datetime, rules: Rules) -> None:
    """Note that the hotline urges the unit on (催办), who has to answer one urge at a time."""
    if item.state in BEFORE_REPLY and not item.open_urges and len(item.urges) < rules.process.most_urges:
        item.urge(urge_id, at, item.by(), rules)
    item.hotline = replace(_link(item), urged_at=at)
    item.record("hotline_marked", at, order_version=_version(item), mark=HotlineStatus.URGED)


def mark_supervised(item: Grievance, at: datetime) -> None:
    """Note that the hotline supervises it (督办); who supervises here sees it."""
    item.hotline = replace(_link(item), supervised_at=at)
    item.record("hotline_marked", at, order_version=_version(item), mark=HotlineStatus.SUPERVISED)
    item.supervise(Trigger.HOTLINE, at)


def add_unit(item: Grievance, unit: str, at: datetime) -> None:
    """Let one more unit help (加派); before a dispatch the desk finds it named. Raises RuleError when it is over."""
    if item.state in OVER:
        raise RuleError("hotline-unit-late", "此件已结束，不能加派单位", "请核对后选择不作处理", "unit")
    if unit in item.units:
        return
    if item.state in WITH_UNIT:
        item.entrust(item.utility, [*item.helpers, unit])
    else:
        link = _link(item)
        item.hotline = replace(link, helpers=tuple(dict.fromkeys((*link.helpers, unit))))
    item.record("hotline_unit_added", at, order_version=_version(item), unit=unit)


def add_words(item: Grievance, at: datetime) -> None:
    """Note that the caller added something; the words stand sealed with the version of the order."""
    item.record("hotline_words_added", at, order_version=_version(item))


def decide_return(item: Grievance, at: datetime, rules: Rules, *, granted: bool) -> None:
    """Take the hotline's decision on what was returned to it. Raises RuleError.

    Refused, it is the desk's again, with the time that it had, and stays: there is no second return (山东 2020).
    """
    if item.state is not GrievanceState.NOT_ACCEPTED:
        raise RuleError(
            "nothing-returned", "此件没有退单，不需要热线的决定", "请核对后选择不作处理", "status"
        )
    if not granted:
        item.move(Verb.RENEW, GrievanceState.NEW)
        item.closed_at = item.close_reason = item.close_note = item.cycle.ended_at = None
        item.hotline = replace(_link(item), return_refused=True)
        process = rules.process
        item.screen_by = after_working_minutes(at, process.screen_minutes, rules.calendar, process.hours)
    item.record(
        "hotline_return_decided",
        at,
        order_version=_version(item),
        granted=granted,
        cycle=item.cycle.number,
        screen_by=None if granted else item.screen_by,
        reply_by=None if granted else item.cycle.reply_by,
    )


def call_back(item: Grievance, told: HotlineCall, call_id: str, grade: int | None, rules: Rules) -> None:
    """Take the hotline's own call-back: it counts as one of ours does, with the hotline's word. Raises RuleError."""
    if item.actor is None:
        raise AssertionError("nobody is named who acts")
    # It counts from when it is known here; when the hotline made it stands with the version of the order.
    at = item.actor.recorded_at
    calling.call_back(
        item,
        Call(
            call_id,
            at,
            item.by(),
            ContactWay.PHONE,
            told.reached,
            told.contacted,
            told.solved,
            grade,
            told.reason,
            told.grade,
        ),
        rules,
    )


def revoke(item: Grievance, at: datetime) -> None:
    """Take it back, as the hotline does for who called. Raises RuleError after the reply."""
    handling.withdraw(item, at)


def _link(item: Grievance) -> HotlineLink:
    return item.hotline or HotlineLink()


def _version(item: Grievance) -> int:
    return 0 if item.origin is None else item.origin.version
