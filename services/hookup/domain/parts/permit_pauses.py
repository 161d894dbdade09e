"""The pause of an ordinary permit: from when it may run, and until when (O3)."""

from datetime import datetime

from libs.common.rules import RuleError
from services.hookup.domain.parts.permits import Permits
from services.hookup.domain.values.pauses import Pause, PauseReason
from services.hookup.domain.values.permit_items import undecided
from services.hookup.domain.values.permit_terms import last_instant
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Stage


def pause_start(case: Permits, rules: Rules) -> datetime | None:
    """Return the earliest start of an ordinary permit's pause: since the first item that justifies one has waited."""
    return min((item.waits_since for item in undecided(case.excusing_permits(rules))), default=None)


def check_pause(case: Permits, starts_at: datetime, rules: Rules) -> None:
    """Raise RuleError unless the pause begins with the filing, in time, of an item that waits for a decision."""
    limit = rules.policy.permit_filing_workdays
    late = RuleError(
        "permit-filed-late",
        f"方案答复后超过{limit}个工作日才报件的，审批时间不予扣除",
        "请继续办理",
        "reason",
    )
    unfiled = RuleError(
        "permit-not-filed", "审批暂停自报件之时起算", "请先登记并联审批，并以报件时间为准", "starts_at"
    )
    if case.is_read_in:
        # A ledger has no permit items: the PERMIT stage stands for them.
        survey, permit = case.stage(Stage.SURVEY_DESIGN), case.stage(Stage.PERMIT)
        if permit is None or starts_at != permit.start:
            raise unfiled
        reply = None if survey is None else survey.end
        if reply is not None and permit.start > last_instant(reply, limit, rules.calendar):
            raise late
        return
    if not case.permits:
        raise unfiled
    if not undecided(case.permits):
        raise RuleError(
            "permit-not-ordinary",
            "没有等待审批决定的普通审批事项，不能暂停",
            "告知承诺、备案、免审批事项不扣除时间",
            "reason",
        )
    waiting = undecided(case.excusing_permits(rules))
    if not waiting:
        raise late
    if starts_at not in [item.waits_since for item in waiting]:
        raise unfiled


def waited_until(case: Permits, pause: Pause, rules: Rules) -> datetime | None:
    """Return when the items of a permit pause were decided; None while one waits, and for other pauses."""
    excuses = case.excusing_permits(rules)
    if pause.reason is not PauseReason.PERMIT_ORDINARY or not case.permits or undecided(excuses):
        return None
    return max([pause.starts_at, *(item.decided_at for item in excuses if item.decided_at is not None)])
