"""Proposes the roles of an event log's columns and the stage of each activity, for a person to confirm."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from libs.workbooks.event_logs.event_log import NO_LOG, S
from libs.workbooks.files.workbook import Workbook
from libs.workbooks.ledgers.header import WITHIN, find_header
from libs.workbooks.ledgers.template import plain_heading

# Column names by role; the first of each is the IEEE's (XES).
_NAMES: Final[Mapping[str, Sequence[str]]] = {
    "case": ("case:concept:name", "工单", "工单号", "工单编号", "受理编号", "案件编号", "业务编号"),
    "activity": ("concept:name", "活动", "环节", "环节活动", "环节名称", "活动名称"),
    "end": ("time:timestamp", "完成时间", "完成时刻", "办结时间", "时间"),
    "start": ("start_timestamp", "开始时间", "开始时刻"),
    "lifecycle": ("lifecycle:transition", "状态", "事件类型"),
    "case_start": ("case:startdate", "建单时间", "建单时刻", "申请时间"),
    "case_end": ("case:enddate", "关单时间", "关单时刻", "归档时间"),
}
_ROLES: Final = {plain_heading(name): role for role, names in _NAMES.items() for name in names}
MUST: Final = ("case", "activity", "end")
MOST_HEADINGS: Final = 200


@dataclass(frozen=True, slots=True)
class LogProposal:
    """The headings of a log, and the proposed heading of each role."""

    headings: Sequence[str]
    roles: Mapping[str, str]


def propose_log(book: Workbook) -> LogProposal:
    """Read a log's header and propose the roles. Raises the problem `log-columns-missing`."""
    headers = [
        header
        for sheet in book.sheets
        if (header := find_header(sheet.lines, lambda text: _ROLES.get(plain_heading(text), "")))
    ]
    header = max(headers, key=lambda header: header.matches, default=None)
    if header is None or not any(header.written):
        raise NO_LOG(f"前 {WITHIN} 行里没有表头")
    roles = {role: written for role, written in zip(header.headings, header.written, strict=True) if role}
    headings = dict.fromkeys(text.strip() for text in header.written if text.strip())
    return LogProposal(list(headings)[:MOST_HEADINGS], roles)


def stage_of(activity: str, names: Mapping[S, str]) -> S | None:
    """Return the stage whose name an activity's name contains; None without any."""
    return next((stage for stage, name in names.items() if name in activity), None)
