"""Checks of a whole ledger row: its values, whether the rules allow it, and whether its stated verdict is right."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import msgspec

from libs.common.auth.callers import Scope, ScopeKind
from libs.common.clock import local
from libs.common.policy import PolicyError
from libs.common.rules import RuleError
from libs.workbooks.ledgers.findings import Checked, Finding
from libs.workbooks.ledgers.moments import MomentFault, read_day, read_wall
from libs.workbooks.ledgers.rows import RawRow, text_of
from libs.workbooks.ledgers.template import YES
from services.hookup.domain.case import Case
from services.hookup.domain.reports.ledger_row import LedgerRow, Verdict, verdict
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.transitions import CaseState
from services.hookup.ledger import layout
from services.hookup.ledger.layout import NO
from services.hookup.ledger.reader import read_row
from services.hookup.ledger.replay import replay


@dataclass(frozen=True, slots=True)
class Checker:
    """The context of checks: the rules of a day, the first day with rules, the present instant, the importing account
    and its scope.
    """

    rules_at: Callable[[date], Rules]
    first_day: date
    now: datetime
    by: str
    scope: Scope


@dataclass(frozen=True, slots=True)
class LedgerCase:
    """The case that a row describes, and the rules that it is judged by."""

    case: Case
    rules: Rules


def check(raw: RawRow, checker: Checker) -> Checked[LedgerCase]:
    """Check a row. CPU work of about a millisecond; call it in a thread."""
    row, findings = read_row(raw, checker.now)
    if row is None:
        return Checked(raw, findings)
    if not _may_see(row, checker.scope):
        return _bad(raw, "专营单位", "not-your-place", "不属于您的管辖范围", "请由该单位或市级导入")
    submitted = local(row.submitted_at).date()
    try:
        rules = checker.rules_at(submitted)
        case, stated = replay(row, rules, checker.now, checker.by)
        rules = case.judged_by(rules)
    except PolicyError:
        return _bad(raw, "申请时间", "no-rules-then", "申请时还没有可适用的规则", "请核对申请时间")
    except RuleError as error:
        return _bad(raw, error.field, error.code, error.text, error.remedy)
    except (ValueError, ArithmeticError):
        return _bad(raw, "申请时间", "out-of-calendar", "有日期超出工作日历的范围", "请核对各项日期")
    if row.state not in (stated, case.state):
        name = layout.STATES.names[stated]
        return _bad(
            raw, "办理状态", "state-contradicts", f"按各环节时间，此件{name}", "请核对办理状态和各环节时间"
        )
    length_class = layout.CLASSES.read(text_of(raw.cells.get("时限类别")))
    if length_class not in (None, case.length_class):
        name = layout.CLASSES.names[case.length_class]
        return _bad(
            raw,
            "时限类别",
            "class-contradicts-length",
            f"按外线长度，此件为{name}",
            "请核对外线长度和时限类别",
        )
    findings = _differences(raw, case, verdict(case, rules))
    if submitted < checker.first_day:
        reason = f"申请时还没有办理规则，按最早的规则（{rules.policy.version}）判定"
        findings.append(
            Finding(raw.number, "申请时间", "before-first-rules", reason, "无需处理", is_bad=False)
        )
    return Checked(raw, findings, LedgerCase(case, rules), source_hash(row))


def source_hash(row: LedgerRow) -> str:
    """Return a digest of a row's values, independent of their spelling, to detect a changed row of a number."""
    return hashlib.sha256(msgspec.json.encode(row, order="deterministic")).hexdigest()


def _bad(raw: RawRow, column: str, code: str, reason: str, remedy: str) -> Checked[LedgerCase]:
    return Checked(raw, [Finding(raw.number, column, code, reason, remedy)])


def _may_see(row: LedgerRow, scope: Scope) -> bool:
    match scope.kind:
        case ScopeKind.CITY:
            return True
        case ScopeKind.UTILITY:
            return row.utility == scope.code
        case ScopeKind.DISTRICT:
            return row.district == scope.code
    return False


def _differences(raw: RawRow, case: Case, right: Verdict) -> list[Finding]:
    """Yield the differences between the stated and the computed verdict; none for an open case."""
    if case.state is not CaseState.CLOSED:
        return []
    overdue = None if right.overdue is None else YES if right.overdue else NO
    due = None if right.due_at is None else local(right.due_at).strftime("%Y-%m-%d %H:%M")
    pairs = [
        ("应办结时间", *_dues(raw.cells.get("应办结时间"), due)),
        ("是否超时", text_of(raw.cells.get("是否超时")), overdue),
        *(
            (column, text_of(raw.cells.get(column)), None if days is None else str(days))
            for column, days in (
                ("暂停天数", right.pause_days),
                ("空档天数", right.gap_workdays),
                ("总用时(自然日)", right.elapsed_days),
                ("总用时(工作日)", right.working_days),
            )
        ),
    ]
    reading = layout.READINGS.names[right.judged]
    return [
        Finding(
            raw.number,
            column,
            "verdict-differs",
            f"台账为{stated[:30]}，按{reading}（规则 {right.policy_version}）为{value or '不判定'}",
            "已按规则计算的结果入库，请核对原台账",
            is_bad=False,
        )
        for column, stated, value in pairs
        if stated and stated != (value or "")
    ]


def _dues(stated: object, right: str | None) -> tuple[str, str | None]:
    """Return the stated and the computed due time for comparison: by day where no time is stated."""
    wall = read_wall(stated)
    if not isinstance(wall, MomentFault):
        return wall.strftime("%Y-%m-%d %H:%M"), right
    day = read_day(stated)
    return (
        (text_of(stated), right) if isinstance(day, MomentFault) else (day.isoformat(), right and right[:10])
    )
