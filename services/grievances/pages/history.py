"""What happened to a grievance, in words: the particulars of its events as people read them."""

from typing import Final

from libs.casework.http.history import EventView
from libs.pages.history import History, Shown
from libs.pages.shown import kilobytes, score
from services.grievances.pages.codes import CODES

SHOWN: Final[Shown] = {
    "reporter": ("身份", CODES.shown("reporters")),
    "screen_by": "应受理派单",
    "sign_by": "应签收",
    "reach_by": "应联系",
    "arrive_by": "应到场",
    "reply_by": "应答复",
    "reply_by_before": "原应答复",
    "call_by": "应回访",
    "answer_by": "应答复",
    "clear_by": "清零时限",
    "policy_version": "规则版本",
    "kind_before": ("原种类", CODES.shown("kinds")),
    "category_before": "原类别",
    "supply_before": ("原业务", CODES.shown("supplies")),
    "cycle": "第几次办理",
    "cycle_reason": ("办理", CODES.shown("cycle_reasons")),
    "helpers": "协办单位",
    "limit": "时限依据",
    "grievance_not_accepted.reason": ("理由", CODES.shown("close_reasons")),
    "termination_asked.reason": ("理由", CODES.shown("close_reasons")),
    "termination_decided.reason": ("理由", CODES.shown("close_reasons")),
    "return_asked.reason": ("理由", CODES.shown("return_reasons")),
    "unit": "退单单位",
    "granted": "同意",
    "agreed": "同意认定为不合理",
    "reasonable": "合理",
    "way": ("方式", CODES.shown("ways")),
    "on_time": "按时",
    "overdue": "已公布超时",
    "workdays": "延期工作日",
    "level": ("上报至", CODES.shown("levels")),
    "cause": ("原因", CODES.shown("causes")),
    "measures": ("措施", CODES.shown("measures")),
    "answer_code": "标准答复",
    "attempt": "第几次回访",
    "reached": "联系上",
    "contacted": "承办单位联系过",
    "solved": "已解决",
    "grade": ("评价", score),
    "outcome": ("结果", CODES.shown("outcomes")),
    "calls": "回访次数",
    "in_ledger": "在清零台账",
    "has_measures": "已填措施",
    "ground": ("依据", CODES.shown("grounds")),
    "trigger": ("督办原因", CODES.shown("triggers")),
    "file_kind": ("附件", CODES.shown("files")),
    "size": ("大小", kilobytes),
    "in_time": "按时答复",
    "calendar_version": "日历版本",
    "score": ("评价", score),
    "order_version": "工单版本",
    "mark": ("热线要求", CODES.shown("hotline_statuses")),
    "hotline_unit_added.unit": "加派单位",
}
HISTORY: Final = History(
    EventView,
    SHOWN,
    tags=lambda event: [CODES.named("LATE", "entries")] if event.entry == "LATE" else [],
)
