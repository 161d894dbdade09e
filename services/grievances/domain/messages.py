"""Messages to persons (短信): by a template of the sender's, with a number and a link, and no free text."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from services.grievances.domain.hotline.values import MessageState


class Template(StrEnum):
    """The templates of messages."""

    CALL_BACK = "CALL_BACK"
    RATING = "RATING"


class Unsent(StrEnum):
    """Why a message is not sent any more; what the other side says is a code of its own, as `HTTP 400`."""

    EXPIRED = "EXPIRED"
    OVER = "OVER"
    ERASED = "ERASED"
    REPLACED = "REPLACED"


TEMPLATE_NAMES: Final[Mapping[Template, str]] = MappingProxyType(
    {Template.CALL_BACK: "回访链接", Template.RATING: "评价链接"}
)
UNSENT_NAMES: Final[Mapping[Unsent, str]] = MappingProxyType(
    {
        Unsent.EXPIRED: "链接已过期",
        Unsent.OVER: "已不需要发送",
        Unsent.ERASED: "联系方式已删除",
        Unsent.REPLACED: "已另发新的链接",
    }
)
STATE_NAMES: Final[Mapping[MessageState, str]] = MappingProxyType(
    {MessageState.WAITING: "待发送", MessageState.SENT: "已发送", MessageState.REFUSED: "未送达"}
)
