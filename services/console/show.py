"""How values are shown: the filters of the templates, and their environment."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from libs.common.clock import local
from libs.common.places import Supply, load_places

_HERE = Path(__file__).parent
STATIC = _HERE / "static"

BASES = {"LIMIT": "规定时限", "AGREED": "约定日期", "PLANNED": "计划时限", "NONE": "未约定日期"}
VIOLATIONS = {
    "UNSAFE_OVERLAP": "环节次序不安全：未勘查先施工，或未完工先开通",
    "OVERLAP_NOT_LISTED": "压茬的两个环节不在允许并行之列",
    "NO_PROMISED_DATE": "外线超过200米，签订合同前未约定日期",
    "AS_BUILT_MISSING": "外线已完工，未登记竣工长度",
    "CLASS_NOT_AS_BUILT": "竣工长度所属类别的时限短于所按的设计长度",
    "NOT_PARALLEL": "审批事项没有在规定时间内一并报出",
    "EMERGENCY_NOT_FILED": "应急抢修先行开挖后24小时内没有补办审批",
    "UNDECLARED_RISK": "报件时没有申报审批部门查实的风险",
    "PERMIT_MODE_EXCEEDED": "施工完成后查明不符合所选的备案、免审批或告知承诺条件",
}
PAUSES = {"REQUESTED": "待审批", "APPROVED": "已批准", "DECLINED": "未批准"}
LATE_ENTRIES = {"PENDING": "待审批", "APPROVED": "已同意", "DECLINED": "不同意"}
LENGTHS = {"DECLARED": "申报", "DESIGNED": "设计", "AS_BUILT": "竣工"}
DECISIONS = {"GRANTED": "准予", "REFUSED": "不予"}
MODE_ENDS = {
    "OBJECTION": "审批部门提出异议",
    "RISK": "涉及只能审批的风险",
    "LENGTH": "外线长度超出所选方式的范围",
    "EMERGENCY": "应急抢修先行开挖",
}
CHECKS = {"OK": "相符", "MISMATCH": "不符", "FALSE": "虚假承诺"}
QUANTILES = {50: "中位数", 90: "90分位数", 99: "99分位数"}
SCORES = {"5": "非常满意", "4": "满意", "3": "基本满意", "2": "不满意", "1": "非常不满意"}
WHOSE = {
    "clerk": "窗口",
    "approver": "审批",
    "supervisor": "督导",
    "agent": "帮办",
    "applicant": "等待用户",
    "authority": "等待审批部门",
}
_OFFICES = {
    "PLANNING": "自然资源和规划部门",
    "MUNICIPAL": "市政工程行政主管部门",
    "TRAFFIC_POLICE": "公安交通管理部门",
    "GREENING": "城市绿化行政主管部门",
}
DIMENSIONS = {
    "district": "县（市、区）",
    "utility": "专营单位",
    "supply": "业务",
    "stage": "环节",
    "length_class": "外线",
    "age": "历时",
    "month_from": "办结起",
    "month_to": "办结止",
}
# As far as figures tell cases apart; a case's own page says more.
FACT_STATES = {
    "OPEN": "在办",
    "TURNED_ON": "已通，待确认",
    "CLOSED": "已办结",
    "WITHDRAWN": "已撤回",
    "REFUSED": "不予办理",
}
IMPORT_STATES = {
    "checking": "正在检查",
    "loading": "正在导入",
    "done": "已完成",
    "rejected": "未导入",
    "failed": "导入失败",
}
IMPORT_MODES = {"all": "全部合格才导入", "good": "只导入合格行"}


def when(instant: datetime | None) -> str:
    """Show an instant on the city's clock, to the minute."""
    return "—" if instant is None else f"{local(instant):%Y-%m-%d %H:%M}"


def day(value: date | None) -> str:
    """Show a day."""
    return "—" if value is None else value.isoformat()


def hours(minutes: int | None) -> str:
    """Show whole minutes as hours with one decimal, rounded half up."""
    if minutes is None:
        return "—"
    tenths = (minutes + 3) // 6
    return f"{tenths // 10:,}.{tenths % 10}"


def minutes_until(start: datetime, end: datetime) -> int:
    """Return the whole minutes between two instants."""
    return int((end - start).total_seconds()) // 60


def minutes(microseconds: int | None) -> str:
    """Show microseconds as minutes with two decimals, rounded half up."""
    if microseconds is None:
        return "—"
    hundredths = (microseconds + 300_000) // 600_000
    return f"{hundredths // 100:,}.{hundredths % 100:02}"


def number(value: int) -> str:
    """Show a whole number with separators."""
    return f"{value:,}"


def percent(text: str | None) -> str:
    """Show a percentage."""
    return "—" if text is None else f"{text}%"


def supply(code: str) -> str:
    """Name a public service."""
    try:
        return load_places().service_name(Supply(code))
    except ValueError:
        return code


def district(code: str) -> str:
    """Name a division."""
    try:
        return load_places().division(code).name
    except KeyError:
        return code


def utility(code: str) -> str:
    """Name a utility."""
    try:
        return load_places().utility(code).name
    except KeyError:
        return code


def authority(code: str) -> str:
    """Name an approving authority by its code, as MUNICIPAL-371502."""
    office, _, of_district = code.rpartition("-")
    return f"{district(of_district)}{_OFFICES[office]}" if office in _OFFICES else code


def recipient(address: str) -> str:
    """Name who was told of a date: a utility, an agent or a district, as `utility:W-371502`."""
    kind, _, code = address.partition(":")
    match kind:
        case "utility":
            return utility(code)
        case "district":
            return f"{district(code)}主管部门"
        case _:
            return f"帮办人员 {code}"


def yuan(fen: int) -> str:
    """Show 分 as 元 with two decimals."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02}"


def kilobytes(size: int) -> str:
    """Show bytes as whole KB, rounded up."""
    return f"{-(-size // 1024):,} KB"


def written(value: Any, choices: Mapping[str, str] | None = None) -> str:
    """Show a value of a policy as people write it: a code by its name, hours as 08:30–12:00，13:30–17:30."""
    if value is None:
        return "—"
    if choices and isinstance(value, str):
        return choices.get(value, value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        if value and all(isinstance(row, list) and len(row) == 2 for row in value):
            return "，".join(f"{str(first)[:5]}–{str(last)[:5]}" for first, last in value)
        return "、".join(written(row) for row in value)
    return str(value)


def behind(code: str, **narrowed: str) -> str:
    """Return the address of the cases behind a figure."""
    return f"/figures/cases?{urlencode({'code': code, **narrowed})}"


_FILTERS: tuple[Callable[..., str | int], ...] = (
    when, day, hours, minutes, minutes_until, number, percent,
    supply, district, utility, authority, recipient, yuan, kilobytes, written,
)  # fmt: skip


def environment() -> Environment:
    """Return the environment of the templates: everything escaped, nothing undefined passed over."""
    found = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for each in _FILTERS:
        found.filters[each.__name__] = each
    found.globals.update(
        bases=BASES,
        violations=VIOLATIONS,
        pause_states=PAUSES,
        late_entry_states=LATE_ENTRIES,
        length_kinds=LENGTHS,
        decisions=DECISIONS,
        checks=CHECKS,
        scores=SCORES,
        quantiles=QUANTILES,
        whose=WHOSE,
        new_key=lambda: str(uuid4()),
        import_states=IMPORT_STATES,
        import_modes=IMPORT_MODES,
        dimensions=DIMENSIONS,
        fact_states=FACT_STATES,
        behind=behind,
    )
    return found
