"""The cells of a row of the 报装全流程台账, as it is written."""

from decimal import Decimal

from libs.workbooks.ledgers.sheet_cells import Cell
from libs.workbooks.ledgers.template import YES
from services.hookup.domain.reports.ledger_row import LedgerRow, Verdict
from services.hookup.domain.values.durations import elapsed_minutes
from services.hookup.ledger import layout
from services.hookup.ledger.layout import LISTED, NO
from services.hookup.ledger.spans import write_spans


def row_cells(row: LedgerRow, verdict: Verdict) -> dict[str, Cell]:
    """Return the cells of a row by heading, codes in Chinese."""
    content: dict[str, Cell] = {
        "受理编号": row.number,
        "区划": layout.DISTRICTS.names.get(row.district, row.district),
        "专营单位": layout.UTILITIES.names.get(row.utility, row.utility),
        "服务类型": layout.SERVICES.names[row.supply],
        "用户编号": row.customer_ref,
        "用户类别": layout.CATEGORIES.names[row.category],
        "申请渠道": layout.CHANNELS.names.get(row.channel, row.channel),
        "申请时间": row.submitted_at,
        "外线长度(申报)": _metres(row.declared_dm),
        "外线长度(设计)": _metres(row.designed_dm),
        "外线长度(竣工)": _metres(row.as_built_dm),
        "时限类别": layout.CLASSES.names[verdict.length_class],
        "受理时间": row.accepted_at,
        "受理方式": layout.ACCEPTANCES.names[row.acceptance] if row.acceptance else None,
        "验收开通开始": row.turn_on_at,
        "通水通气时间": row.meter_live_at,
        "用户确认时间": row.confirmed_at,
        "约定日期": row.agreed,
        "暂停天数": verdict.pause_days,
        "暂停原因及起止": write_spans(row.pauses) or None,
        "空档天数": verdict.gap_workdays,
        "压茬小时": _hours(verdict.overlap_minutes),
        "总用时(自然日)": verdict.elapsed_days,
        "总用时(工作日)": verdict.working_days,
        "应办结时间": verdict.due_at,
        "判定口径": layout.READINGS.names[verdict.judged],
        "规则版本": verdict.policy_version,
        "是否超时": None if verdict.overdue is None else YES if verdict.overdue else NO,
        "是否特殊情况": YES if row.special else NO,
        "特殊情况原因": layout.REASONS.names[row.special] if row.special else None,
        "办理状态": layout.STATES.names[row.state],
        "一次性补正内容": "；".join(row.correction_items) or None,
        "补正时间": row.corrected_at,
        "不予办理原因": layout.REFUSALS.names[row.refusal] if row.refusal else None,
        "终止时间": row.ended_at,
        "地址区划代码": row.site_division,
        "违规情形": "；".join(layout.VIOLATIONS.names[violation] for violation in verdict.violations) or None,
    }
    for stage, name in LISTED.items():
        if interval := row.stages.get(stage):
            content[f"{name}开始"], content[f"{name}完成"] = interval.start, interval.end
            if interval.end is not None:
                content[f"{name}用时(小时)"] = _hours(elapsed_minutes(interval.start, interval.end))
    return content


def _metres(dm: int | None) -> Decimal | None:
    return None if dm is None else Decimal(dm).scaleb(-1)


def _hours(minutes: int) -> Decimal:
    return round(Decimal(minutes) / 60, 2)
