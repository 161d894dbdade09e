"""The call-back by a link (短信链接): sent to the person alone, answered once, of one cycle."""

from datetime import datetime, timedelta

from libs.common.rules import RuleError
from services.grievances.domain.cycle import Call, CallLink
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.kinds import ReporterKind
from services.grievances.domain.values.states import ANSWERED, Verb
from services.grievances.domain.verbs.calling import call_back, check_caller, is_good


def note_link(item: Grievance, rules: Rules, *, by: str | None, at: datetime) -> None:
    """Note that a link is sent to the person; the one before it holds no more. Raises RuleError.

    Nobody has one sent who did something of it, and nobody calls back the anonymous by one.
    """
    item.check(Verb.CALL)
    check_caller(item, by)
    if item.reporter is ReporterKind.ANONYMOUS:
        raise RuleError("nobody-to-contact", "匿名诉求没有联系人", "请直接登记回访", "state")
    link = CallLink(at, by, at + timedelta(hours=rules.process.call_link_hours))
    item.cycle.link = link
    item.record("call_link_made", at, cycle=item.cycle.number, expires_at=link.expires_at)


def awaits_answer(item: Grievance, cycle: int) -> bool:
    """Tell whether the call-back of a cycle may still be answered."""
    return item.cycle.number == cycle and item.state in ANSWERED


def note_sent(item: Grievance, cycle: int, made_at: datetime, at: datetime) -> None:
    """Note that the message with a link went out, unless it is of no use any more."""
    link = item.cycle.link
    if awaits_answer(item, cycle) and link is not None and link.made_at == made_at and link.sent_at is None:
        link.sent_at = at
        item.record("call_link_sent", at, cycle=cycle)


def answer(item: Grievance, rules: Rules, *, cycle: int, call: Call, is_own: bool) -> None:
    """Take the person's answer by a link: it decides as any call-back does, and so is final. Raises RuleError.

    A good answer does not count where it may not be the person's (`is_own`); a bad one does, or a unit could bring
    about what takes it away.
    """
    if not awaits_answer(item, cycle):
        raise RuleError("call-answered", "本次回访已经结束", "如有新的问题，请提出诉求", "state")
    if not is_own and is_good(call, rules):
        raise RuleError(
            "call-not-own",
            "无法确认是诉求人本人作答",
            "请用本人的手机和网络打开链接，或等待电话回访",
            "grade",
        )
    call_back(item, call, rules)
