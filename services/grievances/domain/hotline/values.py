"""What the hotline (12345) says of an order, where an order is with us, and what is told back."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class HotlineStatus(StrEnum):
    """What the hotline's word for the state of an order means to us."""

    OPEN = "OPEN"
    URGED = "URGED"
    SUPERVISED = "SUPERVISED"
    UNIT_ADDED = "UNIT_ADDED"
    RETURN_GRANTED = "RETURN_GRANTED"
    RETURN_REFUSED = "RETURN_REFUSED"
    REVOKED = "REVOKED"
    ENDED = "ENDED"


class OrderState(StrEnum):
    """Where a version of an order is with us."""

    NEW = "NEW"
    TAKEN = "TAKEN"
    PARKED = "PARKED"
    DISMISSED = "DISMISSED"
    OWN = "OWN"
    OLDER = "OLDER"


class OrderVerb(StrEnum):
    """What is done to a version of an order."""

    TAKE = "TAKE"
    PARK = "PARK"
    SET_ASIDE = "SET_ASIDE"
    RESOLVE = "RESOLVE"
    DISMISS = "DISMISS"


class ParkReason(StrEnum):
    """Why a version of an order waits for the desk."""

    KIND = "KIND"
    STATUS = "STATUS"
    GRADE = "GRADE"
    DISTRICT = "DISTRICT"
    UNIT = "UNIT"
    MESSAGE = "MESSAGE"
    REFUSED = "REFUSED"


class WordGroup(StrEnum):
    """What a word of the hotline stands for."""

    KIND = "KIND"
    STATUS = "STATUS"
    CATEGORY = "CATEGORY"
    DISTRICT = "DISTRICT"
    UNIT = "UNIT"
    GRADE = "GRADE"


class MessageKind(StrEnum):
    """What the hotline is told of an order of its own."""

    SIGNED = "SIGNED"
    EXTENDED = "EXTENDED"
    REPLIED = "REPLIED"
    BEYOND_DUTY = "BEYOND_DUTY"
    RETURNED = "RETURNED"
    TERMINATED = "TERMINATED"
    REOPENED = "REOPENED"
    CLOSED = "CLOSED"


class MessageState(StrEnum):
    """Where a message is that goes to another system."""

    WAITING = "WAITING"
    SENT = "SENT"
    REFUSED = "REFUSED"


STATUS_NAMES: Final[Mapping[HotlineStatus, str]] = MappingProxyType(
    {
        HotlineStatus.OPEN: "待办理",
        HotlineStatus.URGED: "热线催办",
        HotlineStatus.SUPERVISED: "热线督办",
        HotlineStatus.UNIT_ADDED: "加派单位",
        HotlineStatus.RETURN_GRANTED: "同意退单",
        HotlineStatus.RETURN_REFUSED: "不同意退单",
        HotlineStatus.REVOKED: "撤销工单",
        HotlineStatus.ENDED: "热线已办结",
    }
)
ORDER_STATE_NAMES: Final[Mapping[OrderState, str]] = MappingProxyType(
    {
        OrderState.NEW: "新到",
        OrderState.TAKEN: "已接收",
        OrderState.PARKED: "待核对",
        OrderState.DISMISSED: "不作处理",
        OrderState.OWN: "本系统的回传",
        OrderState.OLDER: "旧版本",
    }
)
ORDER_VERB_NAMES: Final[Mapping[OrderVerb, str]] = MappingProxyType(
    {
        OrderVerb.TAKE: "接收",
        OrderVerb.PARK: "转待核对",
        OrderVerb.SET_ASIDE: "略过",
        OrderVerb.RESOLVE: "核对",
        OrderVerb.DISMISS: "不作处理",
    }
)
REASON_NAMES: Final[Mapping[ParkReason, str]] = MappingProxyType(
    {
        ParkReason.KIND: "诉求种类不明",
        ParkReason.STATUS: "工单状态不明",
        ParkReason.GRADE: "评价等级不明",
        ParkReason.DISTRICT: "县（市、区）不明",
        ParkReason.UNIT: "加派单位不明",
        ParkReason.MESSAGE: "回传的消息不是本系统发出的",
        ParkReason.REFUSED: "现在不能接收",
    }
)
MESSAGE_NAMES: Final[Mapping[MessageKind, str]] = MappingProxyType(
    {
        MessageKind.SIGNED: "已签收",
        MessageKind.EXTENDED: "已延期",
        MessageKind.REPLIED: "已答复",
        MessageKind.BEYOND_DUTY: "超职责",
        MessageKind.RETURNED: "退单",
        MessageKind.TERMINATED: "终止办理",
        MessageKind.REOPENED: "重新办理",
        MessageKind.CLOSED: "已办结",
    }
)
MESSAGE_STATE_NAMES: Final[Mapping[MessageState, str]] = MappingProxyType(
    {
        MessageState.WAITING: "待发送",
        MessageState.SENT: "已送达",
        MessageState.REFUSED: "热线未接收",
    }
)
