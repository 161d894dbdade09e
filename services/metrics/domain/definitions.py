"""What each figure means (指标口径): one text for API, board and page. Codes are `<resource>.<field>` of the API."""

from typing import NamedTuple


class Definition(NamedTuple):
    """One figure. `denominator` is None for what is not a rate; `clause` is the rule that it serves."""

    code: str
    name: str
    unit: str
    numerator: str
    denominator: str | None
    exclusions: str
    clause: str


_LIVE = "已办结、撤回、不予办理的件"
_PLAIN = "特殊情况件（HK-02）"
_CLOSED = "办结件"
_ENDED_BY = "按办结时间（北京时间）归入月份"

DEFINITIONS = (
    Definition("live.open", "在办", "件", "已提交而尚未结束的报装件，含待用户确认的件", None, _LIVE, "HK-01"),
    Definition(
        "live.due_today",
        "今日应办结",
        "件",
        "考核口径的应办结时间在此刻之后、今日之内的在办件",
        None,
        "暂停计时、待用户确认、未约定日期的件；应办结时间已过的计入超时",
        "HK-02；民法典 §203",
    ),
    Definition(
        "live.overdue",
        "已超时",
        "件",
        "考核口径的应办结时间（末日营业结束）已过的在办件",
        None,
        "到期之前已暂停计时的件；待用户确认的件；未约定日期的件",
        "HK-02；O1；民法典 §203",
    ),
    Definition(
        "live.paused",
        "已暂停",
        "件",
        "有已批准且未恢复的暂停的在办件",
        None,
        "申请中、未批准的暂停",
        "HK-02；O3",
    ),
    Definition(
        "live.awaiting_confirmation",
        "待用户确认",
        "件",
        "已通水、通气、通热，用户尚未确认的件；逾24小时未确认即自动办结",
        None,
        "无",
        "HK-01",
    ),
    Definition(
        "live.in_gap",
        "空档中",
        "件",
        "上一环节（或暂停）结束后，到下一工作日营业结束仍没有任何环节在办的件",
        None,
        "已开始下一环节的件",
        "HK-03",
    ),
    Definition("cases.closed", "办结", "件", _ENDED_BY + "的办结件", None, "撤回、不予办理的件", "HK-01"),
    Definition(
        "cases.on_time",
        "按时率（3/5/10天）",
        "%",
        "在应办结时间（含）之前办结的件；按考核口径，另列工作日、自然日顺延、自然日三种读法",
        "按规定时限（无外线3天、50米以内5天、200米以内10天）承诺的水、气办结件",
        _PLAIN + "；按约定日期或计划时限承诺的件；未约定日期的件",
        "HK-02；O1；民法典 §203",
    ),
    Definition(
        "cases.agreed",
        "约定日期按时率",
        "%",
        "在书面约定的日期（含）之前办结的件",
        "按约定日期承诺的办结件：外线200米以上，以及供热",
        _PLAIN + "；不计入3/5/10天按时率",
        "O4；O5",
    ),
    Definition(
        "cases.planned",
        "计划时限按时率",
        "%",
        "在规则版本所定的计划时限之内办结的件",
        "未约定日期、按计划时限衡量的供热办结件",
        _PLAIN + "；不计入3/5/10天按时率",
        "O5",
    ),
    Definition(
        "cases.unpromised",
        "未承诺日期",
        "件",
        "没有任何应办结时间的办结件",
        None,
        _PLAIN,
        "O4",
    ),
    Definition(
        "cases.special",
        "特殊情况",
        "件",
        "经他人认定为特殊情况的办结件",
        _CLOSED,
        "申请中、未认定的件",
        "HK-02",
    ),
    Definition(
        "cases.gaps",
        "空档",
        "次",
        "办结件相邻环节之间达到两个工作日的间隔次数",
        None,
        "暂停的日子；一个工作日以内的正常交接",
        "HK-03",
    ),
    Definition("cases.gap_cases", "有空档", "件", "至少有一次空档的办结件", _CLOSED, "同“空档”", "HK-03"),
    Definition("cases.gap_workdays", "空档工作日", "天", "各次空档的工作日之和", None, "同“空档”", "HK-03"),
    Definition(
        "cases.gap_minutes",
        "空档与交接用时",
        "分钟",
        "既无环节在办又未暂停的时间之和",
        None,
        "暂停的时间",
        "HK-03",
    ),
    Definition(
        "cases.overlap_saved_minutes",
        "压茬节约",
        "分钟",
        "各环节用时之和减去至少有一个环节在办的时间",
        None,
        "撤回、不予办理的件",
        "HK-03",
    ),
    Definition(
        "cases.extra_material_attempts",
        "超范围索要材料",
        "次",
        "已办结、撤回或不予办理的件中，要求用户提交清单以外或可共享获取的材料、被系统拒绝的次数；一次要求计一次",
        None,
        "在办的件",
        "HK-06",
    ),
    Definition(
        "cases.violations",
        "违规",
        "次",
        "不在允许并行之列的压茬、不安全的次序、外线200米以上或供热而签订合同前未约定日期，每件每种计一次",
        None,
        "无",
        "HK-03；O4",
    ),
    Definition("cases.withdrawn", "撤回", "件", "申请人撤回的件，按撤回时间归入月份", None, "无", "HK-01"),
    Definition(
        "cases.refused", "不予办理", "件", "受理前后不予办理的件，按决定时间归入月份", None, "无", "HK-01"
    ),
    Definition(
        "stages.count",
        "环节件数",
        "件",
        "已完成该环节的件，按完成时间归入月份；全流程为办结件",
        None,
        "未完成的环节",
        "HK-01",
    ),
    Definition(
        "stages.elapsed",
        "环节用时",
        "分钟",
        "环节开始到完成的自然时间；合计、最短、最长为精确值，中位数、九成位数误差不超过1%",
        None,
        "未完成的环节；不扣除暂停",
        "HK-01",
    ),
    Definition(
        "stages.working",
        "环节工作时间",
        "分钟",
        "环节用时中落在工作日营业时间之内的部分",
        None,
        "未完成的环节；不扣除暂停",
        "HK-01",
    ),
    Definition(
        "pauses.count", "暂停次数", "次", "办结件已批准的暂停", None, "未批准的暂停；在办件", "HK-02；O3"
    ),
    Definition(
        "pauses.days",
        "暂停天数",
        "天",
        "暂停开始次日到恢复当日的自然日，同一原因的同一天只计一次",
        None,
        "未批准的暂停；在办件",
        "HK-02；O3",
    ),
)


class Measure(NamedTuple):
    """The cases behind a figure: their name, and the code of the figure's definition."""

    name: str
    figure: str


MEASURES = {
    "open": Measure("在办", "live.open"),
    "due_today": Measure("今日应办结", "live.due_today"),
    "overdue": Measure("已超时", "live.overdue"),
    "paused": Measure("已暂停", "live.paused"),
    "awaiting_confirmation": Measure("待用户确认", "live.awaiting_confirmation"),
    "in_gap": Measure("空档中", "live.in_gap"),
    "closed": Measure("办结", "cases.closed"),
    "limit": Measure("按3/5/10天考核的办结件", "cases.on_time"),
    "limit_working": Measure("按3/5/10天考核的办结件（工作日）", "cases.on_time"),
    "limit_calendar_roll": Measure("按3/5/10天考核的办结件（自然日顺延）", "cases.on_time"),
    "limit_calendar_strict": Measure("按3/5/10天考核的办结件（自然日）", "cases.on_time"),
    "on_time": Measure("按时办结（3/5/10天）", "cases.on_time"),
    "late": Measure("超时办结（3/5/10天）", "cases.on_time"),
    "agreed": Measure("按约定日期的办结件", "cases.agreed"),
    "planned": Measure("按计划时限的办结件", "cases.planned"),
    "unpromised": Measure("未承诺日期的办结件", "cases.unpromised"),
    "special": Measure("特殊情况", "cases.special"),
    "gap": Measure("有空档", "cases.gap_cases"),
    "overlap_saved": Measure("压茬节约了时间的办结件", "cases.overlap_saved_minutes"),
    "withdrawn": Measure("撤回", "cases.withdrawn"),
    "refused": Measure("不予办理", "cases.refused"),
    "stage": Measure("完成环节的件", "stages.count"),
}
