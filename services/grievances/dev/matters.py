"""What people of the example city tell: categories by season, with words for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from libs.common.places import Supply
from services.grievances.domain.values.kinds import GrievanceKind

_K = GrievanceKind


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that is told: how often in a common month and in the heating season, and in which words."""

    kind: GrievanceKind
    category: str
    supply: Supply
    common: float
    in_winter: float
    words: Sequence[str]


MATTERS: Final[Sequence[Matter]] = (
    Matter(
        _K.REPAIR, "FACILITY-LEAK", Supply.WATER, 6, 5, ("楼道里的水管一直在漏。", "门前阀门井往外冒水。")
    ),
    Matter(
        _K.REPAIR, "SUPPLY-NONE", Supply.WATER, 5, 4, ("今天早上开始没有水。", "整栋楼停水，没有看到通知。")
    ),
    Matter(_K.COMPLAINT, "SUPPLY-PRESSURE", Supply.WATER, 4, 3, ("六楼晚上水压太小，热水器打不着。",)),
    Matter(
        _K.COMPLAINT, "FEE-BILL", Supply.WATER, 4, 3, ("这个月水费比上个月多了一倍。", "抄表数和表上不一样。")
    ),
    Matter(_K.REPAIR, "FACILITY-METER", Supply.GAS, 3, 3, ("燃气表不走字。", "燃气卡充值后读不出来。")),
    Matter(_K.COMPLAINT, "FEE-EXTRA", Supply.GAS, 2, 2, ("安装时另收了一项没有公示的费用。",)),
    Matter(_K.HELP, "SERVICE-BUSINESS", Supply.GAS, 3, 2, ("过户需要带什么材料，跑了两趟没办成。",)),
    Matter(_K.CONSULTATION, "SERVICE-BUSINESS", Supply.WATER, 5, 4, ("想问一下报停怎么办理。",)),
    Matter(_K.CONSULTATION, "HOOKUP-TIME", Supply.WATER, 3, 2, ("饭店接水要多长时间？",)),
    Matter(_K.COMPLAINT, "HOOKUP-TIME", Supply.GAS, 2, 2, ("报装已经过了承诺的时间还没有通气。",)),
    Matter(_K.SUGGESTION, "SERVICE-DISCLOSURE", Supply.WATER, 1, 1, ("停水通知能不能提前发到手机上。",)),
    Matter(_K.REPORT, "FACILITY-ROAD", Supply.WATER, 1, 1, ("管道施工后路面一直没有恢复。",)),
    Matter(
        _K.COMPLAINT, "SUPPLY-COLD", Supply.HEAT, 0.2, 30, ("家里只有十五度，老人受不了。", "暖气一直不热。")
    ),
    Matter(_K.HELP, "SUPPLY-TEST", Supply.HEAT, 0, 6, ("申请上门测温。",)),
    Matter(_K.REPAIR, "FACILITY-LEAK", Supply.HEAT, 0, 6, ("暖气立管漏水。",)),
    Matter(_K.CONSULTATION, "FEE-BILL", Supply.HEAT, 1, 4, ("采暖费怎么计算？",)),
)
REPLIES: Final[Mapping[str, str]] = {
    "FACILITY-LEAK": "已更换漏水的管件并试压，现场不再漏水。",
    "SUPPLY-NONE": "停水因水泵故障，已修复，供水恢复。",
    "SUPPLY-PRESSURE": "已调整二次供水压力，现场测得压力符合规定。",
    "FEE-BILL": "已现场核对表底数并逐项说明计费，差错部分已更正。",
    "FACILITY-METER": "已更换表具并读回余额。",
    "FEE-EXTRA": "该项费用不在清单内，已退还。",
    "SERVICE-BUSINESS": "已告知所需材料和办理渠道，本次已一次办成。",
    "HOOKUP-TIME": "已说明各环节时间，工程队已进场。",
    "SERVICE-DISCLOSURE": "建议已采纳，停水通知将同时推送到手机。",
    "FACILITY-ROAD": "路面已恢复并清理现场。",
    "SUPPLY-COLD": "已排气并调节阀门，复测室温达到规定。",
    "SUPPLY-TEST": "已上门测温，结果已当面告知。",
}
GENERIC: Final = "您反映的问题已收悉，我单位高度重视，已安排人员处理。"
NAMES: Final = ("李女士", "王先生", "赵女士", "张先生", "刘先生", "陈女士")


def is_winter(day: date) -> bool:
    """Whether heat is supplied."""
    return (day.month, day.day) >= (11, 15) or (day.month, day.day) <= (3, 15)


def weights_on(day: date) -> Sequence[float]:
    """Return how often each matter is told on a day, in the order of `MATTERS`."""
    return [matter.in_winter if is_winter(day) else matter.common for matter in MATTERS]
