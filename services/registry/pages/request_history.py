"""What happened to a request, in words: the particulars of its events as people read them."""

from typing import Final

from libs.casework.http.history import EventView
from libs.pages.history import History, Shown
from libs.pages.shown import kilobytes, score
from services.registry.http.change_names import field_name
from services.registry.pages.codes import CODES

SHOWN: Final[Shown] = {
    "party": ("当事人", CODES.shown("request_parties")),
    "missing_agreements": ("待同意", CODES.shown("request_parties")),
    "missing_materials": ("尚缺材料", CODES.shown("request_materials")),
    # Names of fields, never what is to be written there.
    "proposed": ("申请变更", lambda names: "、".join(map(field_name, names))),
    "material": ("材料", CODES.shown("request_materials")),
    "size": ("大小", kilobytes),
    "accept_by": "应受理",
    "due_at": "应办结",
    "policy_version": "规则版本",
    "settled": "欠费已结清",
    "on_time": "按时",
    "overdue": "已公布超时",
    "reason": ("理由", CODES.shown("request_refusals")),
    "answer_by": "应答复",
    "in_time": "按时答复",
    "calendar_version": "日历版本",
    "score": ("评价", score),
}
LEFT_OUT: Final = frozenset(
    {
        # Told as old and new values (`changes`), as tags or beside the event's name.
        "deadlines",
        "entry",
        # What only machines need.
        "media_type",
        "urge_id",
        "question_id",
        "memo_id",
        # Accounts of the staff: the page of the request names who works on it.
        "assignee",
        "assignee_before",
        "mentions",
    }
)
HISTORY: Final = History(
    EventView,
    SHOWN,
    tags=lambda event: [CODES.named("LATE", "request_entries")] if event.entry == "LATE" else [],
)
