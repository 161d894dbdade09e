"""Chinese names of the codes that figures are grouped by; a code without a name is shown as it is."""

from collections.abc import Callable, Mapping

from libs.common.places import Service, load_places
from services.metrics.domain.ages import AGE_NAMES
from services.metrics.domain.facts import STAGE_NAMES

LENGTH_NAMES = {
    "UNKNOWN": "长度待定",
    "L0_NONE": "无外线",
    "L1_LE50": "50米以内",
    "L2_LE200": "200米以内",
    "L3_GT200": "200米以外",
}
REASON_NAMES = {
    "USER_SITE_NOT_READY": "用户现场不具备条件",
    "USER_DECISION": "等待用户确认方案或合同",
    "USER_REQUESTED_DATE": "用户要求的日期",
    "PERMIT_ORDINARY": "非告知承诺审批",
    "NO_DIG_ROAD": "限制挖掘道路",
    "CROSSING": "穿越铁路、河道或国省道",
    "EMERGENCY_STOP": "应急停工",
    "RELIC_OR_UNDERGROUND_OBSTACLE": "文物或地下障碍物",
    "CAPACITY": "需新增供应能力",
    "HEATING_SEASON": "供暖期热力干管无法泄水",
    "FORCE_MAJEURE": "不可抗力",
}
READING_NAMES = {
    "calendar_roll": "自然日（末日遇休息日顺延）",
    "working": "工作日",
    "calendar_strict": "自然日（不顺延）",
}
_NAMES: Mapping[str, Callable[[str], str]] = {
    "district": lambda code: load_places().division(code).name,
    "utility": lambda code: load_places().utility(code).name,
    "supply": lambda code: load_places().service_name(Service(code)),
    "stage": STAGE_NAMES.__getitem__,
    "length_class": LENGTH_NAMES.__getitem__,
    "age": AGE_NAMES.__getitem__,
    "reason": REASON_NAMES.__getitem__,
    "reading": READING_NAMES.__getitem__,
}


def name_of(dimension: str, code: str) -> str:
    """Return the Chinese name of a code of a dimension; a month is its own name."""
    try:
        return _NAMES[dimension](code)
    except (KeyError, ValueError):
        return code
