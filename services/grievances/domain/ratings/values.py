"""What a rating of a service is: its states, what can be done to it, signals, and their names."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from libs.common.aggregate import Transitions


class RatedService(StrEnum):
    """The services that are rated (一事一评)."""

    HOOKUP = "HOOKUP"
    REQUEST = "REQUEST"
    GRIEVANCE = "GRIEVANCE"


class Ending(StrEnum):
    """How the service ended. Each ending invites: nobody chooses who is asked."""

    DONE = "DONE"
    REFUSED = "REFUSED"
    STOPPED = "STOPPED"
    WITHDRAWN = "WITHDRAWN"


class RatingState(StrEnum):
    """Where a rating is."""

    INVITED = "INVITED"
    RATED = "RATED"
    EXPIRED = "EXPIRED"


class RatingOrder(StrEnum):
    """What comes first in a list of ratings: what ended last, or what was rated last."""

    SERVED = "served"
    RATED = "rated"


class RatingVerb(StrEnum):
    """What can be done to a rating."""

    RATE = "RATE"
    CHANGE = "CHANGE"
    LINK = "LINK"
    CALL = "CALL"
    RECTIFY = "RECTIFY"
    APPEAL = "APPEAL"
    DECIDE = "DECIDE"


class RatingChannel(StrEnum):
    """How a grade came: the person's app, the link of a message, or the hall's staff in the person's stead."""

    APP = "APP"
    LINK = "LINK"
    HALL = "HALL"


class Signal(StrEnum):
    """Why a rating is SUSPECT."""

    SAME_DEVICE = "SAME_DEVICE"
    SAME_NETWORK = "SAME_NETWORK"
    STAFF_NETWORK = "STAFF_NETWORK"
    INSTANT = "INSTANT"
    BURST = "BURST"
    EQUAL = "EQUAL"
    NO_CONTACT = "NO_CONTACT"
    BULK_CLOSING = "BULK_CLOSING"
    DENIED = "DENIED"


class CallCause(StrEnum):
    """Why the person is called back about a rating."""

    BAD = "BAD"
    SAMPLE = "SAMPLE"


class AppealGround(StrEnum):
    """Why a unit says that a bad rating should not count."""

    MALICIOUS = "MALICIOUS"
    MISTAKEN = "MISTAKEN"


class AppealState(StrEnum):
    """Where an appeal is; one that is granted leaves the rating out of the figures."""

    COUNTY = "COUNTY"
    CITY = "CITY"
    GRANTED = "GRANTED"
    REFUSED = "REFUSED"


class RatingDeadline(StrEnum):
    """What can be overdue, and the end of the term for rating, which an amended calendar moves as well."""

    EXPIRY = "EXPIRY"
    CALL = "CALL"
    RECTIFY = "RECTIFY"
    APPEAL = "APPEAL"


class RatingTimer(StrEnum):
    """What the clock brings about."""

    EXPIRY = "rating_expiry"
    CALL = "rating_call"
    RECTIFY = "rating_rectify"
    APPEAL = "rating_appeal"


class RatingTurn(StrEnum):
    """Whose turn it is."""

    CALLER = "caller"
    HANDLER = "handler"
    COUNTY = "county"
    CITY = "city"


class RatingWork(StrEnum):
    """What there is to do."""

    CALL = "CALL"
    RECTIFY = "RECTIFY"
    DECIDE = "DECIDE"


SERVICE_NAMES: Final[Mapping[RatedService, str]] = MappingProxyType(
    {RatedService.HOOKUP: "报装", RatedService.REQUEST: "用户业务", RatedService.GRIEVANCE: "诉求"}
)
ENDING_NAMES: Final[Mapping[Ending, str]] = MappingProxyType(
    {
        Ending.DONE: "已办结",
        Ending.REFUSED: "不予办理",
        Ending.STOPPED: "已终止",
        Ending.WITHDRAWN: "已撤回",
    }
)
RATING_STATE_NAMES: Final[Mapping[RatingState, str]] = MappingProxyType(
    {RatingState.INVITED: "待评价", RatingState.RATED: "已评价", RatingState.EXPIRED: "逾期未评价"}
)
RATING_VERB_NAMES: Final[Mapping[RatingVerb, str]] = MappingProxyType(
    {
        RatingVerb.RATE: "评价",
        RatingVerb.CHANGE: "更改评价",
        RatingVerb.LINK: "生成评价链接",
        RatingVerb.CALL: "登记回访",
        RatingVerb.RECTIFY: "登记整改",
        RatingVerb.APPEAL: "申诉",
        RatingVerb.DECIDE: "审核申诉",
    }
)
CHANNEL_NAMES: Final[Mapping[RatingChannel, str]] = MappingProxyType(
    {RatingChannel.APP: "手机应用", RatingChannel.LINK: "短信链接", RatingChannel.HALL: "大厅代录"}
)
SIGNAL_NAMES: Final[Mapping[Signal, str]] = MappingProxyType(
    {
        Signal.SAME_DEVICE: "同一设备多次评价",
        Signal.SAME_NETWORK: "同一网络多次评价",
        Signal.STAFF_NETWORK: "来自承办单位或工作人员的网络",
        Signal.INSTANT: "办结后数秒内评价",
        Signal.BURST: "短时间集中评价",
        Signal.EQUAL: "同一承办人评价全部相同",
        Signal.NO_CONTACT: "未联系诉求人即获好评",
        Signal.BULK_CLOSING: "批量办结",
        Signal.DENIED: "本人否认评价",
    }
)
CAUSE_NAMES: Final[Mapping[CallCause, str]] = MappingProxyType(
    {CallCause.BAD: "差评回访", CallCause.SAMPLE: "抽样回访"}
)
APPEAL_NAMES: Final[Mapping[AppealGround, str]] = MappingProxyType(
    {AppealGround.MALICIOUS: "恶意评价", AppealGround.MISTAKEN: "误评"}
)
APPEAL_STATE_NAMES: Final[Mapping[AppealState, str]] = MappingProxyType(
    {
        AppealState.COUNTY: "待县（市、区）审核",
        AppealState.CITY: "待市局审核",
        AppealState.GRANTED: "申诉成立，不计入统计",
        AppealState.REFUSED: "申诉不成立",
    }
)
DEADLINE_NAMES: Final[Mapping[RatingDeadline, str]] = MappingProxyType(
    {
        RatingDeadline.EXPIRY: "评价期",
        RatingDeadline.CALL: "回访",
        RatingDeadline.RECTIFY: "整改",
        RatingDeadline.APPEAL: "申诉审核",
    }
)
RATING_TURN_NAMES: Final[Mapping[RatingTurn, str]] = MappingProxyType(
    {
        RatingTurn.CALLER: "评价回访",
        RatingTurn.HANDLER: "差评整改",
        RatingTurn.COUNTY: "县区审核申诉",
        RatingTurn.CITY: "市局审核申诉",
    }
)
RATING_WORK_NAMES: Final[Mapping[RatingWork, str]] = MappingProxyType(
    {RatingWork.CALL: "回访", RatingWork.RECTIFY: "整改", RatingWork.DECIDE: "审核申诉"}
)

_S, _V = RatingState, RatingVerb
GOOD_AND_BAD: Final = "鲁政办发〔2020〕10号"
TRANSITIONS: Final = Transitions(
    [
        (_S.INVITED, _V.RATE, _S.RATED, GOOD_AND_BAD),
        # Given in time and heard of later, by an event.
        (_S.EXPIRED, _V.RATE, _S.RATED, GOOD_AND_BAD),
        (_S.INVITED, _V.LINK, _S.INVITED, GOOD_AND_BAD),
        *(
            (_S.RATED, verb, _S.RATED, GOOD_AND_BAD)
            for verb in (_V.CHANGE, _V.CALL, _V.RECTIFY, _V.APPEAL, _V.DECIDE)
        ),
    ],
    RATING_STATE_NAMES,
    RATING_VERB_NAMES,
)
