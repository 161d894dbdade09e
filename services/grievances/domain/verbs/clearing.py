"""The ledger (清零台账): owner, measures, progress, and how an entry is crossed off (销号)."""

from datetime import datetime

from libs.common.rules import RuleError
from libs.common.texts import check_text
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.ledger import Approval, LedgerEntry, Progress
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.codes import CrossOffGround, LedgerState, Level
from services.grievances.domain.values.states import Verb
from services.grievances.domain.verbs.calling import is_good

MOST_PROGRESS = 100


def keep(
    item: Grievance, owner: str | None, measures: str | None, progress: str | None, at: datetime, rules: Rules
) -> None:
    """Name who is responsible, what is to be done, or what was done; None leaves it as it is. Raises RuleError."""
    item.check(Verb.KEEP_LEDGER)
    entry = _open_entry(item)
    for name, text in (("measures", measures), ("progress", progress)):
        if text is not None:
            check_text(text, name)
    if owner is not None and owner not in item.own_staff(rules):
        raise RuleError("owner-unknown", "责任人须是本单位的工作人员", "请从本单位人员名单中选择", "owner")
    if owner is None and measures is None and progress is None:
        raise RuleError("nothing-to-write", "没有填写任何内容", "请填写责任人、措施或进展", "progress")
    if len(entry.progress) >= MOST_PROGRESS:
        raise RuleError("progress-too-long", f"进展至多 {MOST_PROGRESS} 条", "请合并填写", "progress")
    entry.owner, entry.measures = owner or entry.owner, measures or entry.measures
    if progress is not None:
        entry.progress.append(Progress(at, item.by(), progress))
    item.record("ledger_kept", at, in_charge=entry.owner, has_measures=entry.measures is not None)


def cross_off(
    item: Grievance,
    ground: CrossOffGround,
    level: Level,
    explanation: str | None,
    at: datetime,
    rules: Rules,
) -> None:
    """Agree to cross an entry off: solved and called back, by one; impossible and explained, by both levels.

    Raises RuleError.
    """
    item.check(Verb.CROSS_OFF)
    entry = _open_entry(item)
    if explanation is not None:
        check_text(explanation, "explanation")
    if ground is CrossOffGround.SOLVED:
        # Of a later cycle: that of the one that brought it here was not good.
        call = item.cycle.effective_call
        if call is None or not is_good(call, rules):
            raise RuleError(
                "not-called-back",
                "须解决并经回访基本满意以上才能销号",
                "请办理、回访后再销号",
                "ground",
            )
        _cross_off(item, entry, ground, level, at)
        return
    if entry.ground is None and not explanation:
        raise RuleError("explanation-missing", "须写明向诉求人的解释说明", "请填写解释说明", "explanation")
    if any(approval.level is level or approval.by == item.by() for approval in entry.approvals):
        raise RuleError("approved-already", "本级或本人已经审批", "请由另一级的他人审批", "ground")
    entry.ground, entry.explanation = ground, explanation or entry.explanation
    if entry.approvals:
        _cross_off(item, entry, ground, level, at)
        return
    entry.approvals.append(Approval(level, at, item.by()))
    item.record("cross_off_approved", at, ground=ground, level=level)


def _cross_off(
    item: Grievance, entry: LedgerEntry, ground: CrossOffGround, level: Level, at: datetime
) -> None:
    entry.approvals.append(Approval(level, at, item.by()))
    entry.ground, entry.state, entry.crossed_off_at = ground, LedgerState.CROSSED_OFF, at
    item.record(
        "ledger_crossed_off", at, ground=ground, on_time=at <= entry.clear_by, clear_by=entry.clear_by
    )


def _open_entry(item: Grievance) -> LedgerEntry:
    if item.ledger is None or not item.ledger.is_open:
        raise RuleError("not-in-ledger", "此件不在清零台账，或已销号", "请刷新后核对", "state")
    return item.ledger
