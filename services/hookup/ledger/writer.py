"""Writes the 报装全流程台账 as .xlsx, row by row, in constant memory."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO

import xlsxwriter

from libs.common.clock import local
from services.hookup.domain.reports.ledger_row import LedgerRow, Verdict
from services.hookup.domain.values.durations import elapsed_minutes
from services.hookup.ledger import layout
from services.hookup.ledger.layout import COLUMNS, LISTED, SHEET, TITLE, TOTAL
from services.hookup.ledger.sheet_cells import Cell, SheetCells, check_row, check_written
from services.hookup.ledger.spans import write_spans

_HEADER_ROW = 2
_SUMMED = frozenset(
    {"暂停天数", "空档天数", "压茬小时", "报价金额(元)", "结算金额(元)", "催办次数"}
    | {f"{name}用时(小时)" for name in LISTED.values()}
)
_NOTHING: Mapping[str, Cell] = {}


@dataclass(frozen=True, slots=True)
class Signature:
    """Who fills in the ledger, and when: the line under the title. The checker signs on paper."""

    unit: str
    filled_on: date
    filled_by: str = ""


class LedgerWriter:
    """An open workbook. Not for the event loop: write in a thread."""

    def __init__(self, target: IO[bytes], signature: Signature, scratch: str | None = None) -> None:
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "tmpdir": scratch,
        }
        self._book = xlsxwriter.Workbook(target, options)
        self._book.set_properties({"title": TITLE, "created": datetime(2022, 1, 1)})  # noqa: DTZ001 - a file's date
        self._cells = SheetCells(self._book)
        self._total = self._cells.format(bold=True, bg_color="#F2F2F2", num_format="0.0#")
        self._sheet = self._book.add_worksheet(SHEET)
        self._rows = 0
        self._last_row = _HEADER_ROW
        self._sums = dict.fromkeys((*_SUMMED, "是否超时", "是否特殊情况"), Decimal(0))
        self._head(signature)

    def _head(self, signature: Signature) -> None:
        sheet, last = self._sheet, len(COLUMNS) - 1
        for position, column in enumerate(COLUMNS):
            sheet.set_column(position, position, column.width)
        title = self._book.add_format({"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"})
        sheet.set_row(0, 30)
        check_written(sheet.merge_range(0, 0, 0, last, TITLE, title))
        line = self._book.add_format({"font_size": 10})
        for position, text in (
            (1, f"填报单位：{signature.unit}"),
            (3, f"填报日期：{signature.filled_on.isoformat()}"),
            (5, f"填报人：{signature.filled_by}"),
            (9, "审核人："),
        ):
            check_written(sheet.write_string(1, position, text, line))
        header = self._book.add_format(
            {
                "bold": True,
                "border": 1,
                "bg_color": "#DDEBF7",
                "align": "center",
                "text_wrap": True,
                "font_size": 10,
            }
        )
        sheet.set_row(_HEADER_ROW, 32)
        for position, column in enumerate(COLUMNS):
            check_written(sheet.write_string(_HEADER_ROW, position, column.heading, header))
        sheet.freeze_panes(_HEADER_ROW + 1, 2)
        sheet.set_landscape()
        sheet.repeat_rows(_HEADER_ROW)

    def write(self, row: LedgerRow, verdict: Verdict, known: Mapping[str, Cell] = _NOTHING) -> None:
        """Add a row, and what is known of its case beside it."""
        self._rows += 1
        self.write_cells({"序号": self._rows, **cells(row, verdict), **known})
        self._sums["是否超时"] += verdict.overdue is True
        self._sums["是否特殊情况"] += row.special is not None

    def write_cells(self, content: Mapping[str, Cell]) -> None:
        """Add a row as it is given, heading by heading. Raises `ledger-too-many-rows`."""
        # The total needs a row too.
        check_row(self._last_row + 2)
        self._last_row += 1
        for position, column in enumerate(COLUMNS):
            value = content.get(column.heading)
            shown = local(value).replace(tzinfo=None) if isinstance(value, datetime) else value
            self._cells.write(self._sheet, self._last_row, position, shown, heading=column.heading)
            if column.heading in _SUMMED and isinstance(value, int | Decimal):
                self._sums[column.heading] += value

    def close(self) -> None:
        """Add the 合计 row and finish the file."""
        last = self._last_row
        self._sheet.autofilter(_HEADER_ROW, 0, last, len(COLUMNS) - 1)
        for position, column in enumerate(COLUMNS):
            if column.heading in self._sums:
                total = float(self._sums[column.heading])
                check_written(self._sheet.write_number(last + 1, position, total, self._total))
            else:
                label = {"序号": TOTAL, "受理编号": f"{self._rows} 件"}.get(column.heading, "")
                check_written(self._sheet.write_string(last + 1, position, label, self._total))
        self._cells.close()


def cells(row: LedgerRow, verdict: Verdict) -> dict[str, Cell]:
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
        "是否超时": None if verdict.overdue is None else "是" if verdict.overdue else "否",
        "是否特殊情况": "是" if row.special else "否",
        "特殊情况原因": layout.REASONS.names[row.special] if row.special else None,
        "办理状态": layout.STATES.names[row.state],
        "一次性补正内容": "；".join(row.correction_items) or None,
        "补正时间": row.corrected_at,
        "不予办理原因": layout.REFUSALS.names[row.refusal] if row.refusal else None,
        "终止时间": row.ended_at,
        "地址区划代码": row.site_division,
        "违规情形": "；".join(layout.VIOLATIONS.names[each] for each in verdict.violations) or None,
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
