"""Chinese names of the codes that figures are grouped by; a code without a name is shown as it is."""

from collections.abc import Callable, Mapping

from libs.common.places import Service, load_places
from services.metrics.domain.ages import AGE_NAMES
from services.metrics.domain.facts import STAGE_NAMES

LENGTH_NAMES = {
    "UNKNOWN": "长度待定",
    "L0_NONE": "无外线",
    "L1_LE50": "50米以内",
    "L2_LE200": "50—200米",
    "L3_GT200": "200米以上",
}
REASON_NAMES = {
    "USER_SITE_NOT_READY": "用户现场不具备条件",
    "USER_DECISION": "等待用户决定",
    "USER_REQUESTED_DATE": "用户要求延后",
    "PERMIT_ORDINARY": "普通行政审批",
    "NO_DIG_ROAD": "禁挖道路",
    "CROSSING": "穿越铁路、河道或国省道",
    "EMERGENCY_STOP": "应急停工",
    "RELIC_OR_UNDERGROUND_OBSTACLE": "文物或地下障碍物",
    "CAPACITY": "供应能力不足",
    "HEATING_SEASON": "供暖季",
    "FORCE_MAJEURE": "不可抗力",
}
_NAMES: Mapping[str, Callable[[str], str]] = {
    "district": lambda code: load_places().division(code).name,
    "utility": lambda code: load_places().utility(code).name,
    "supply": lambda code: load_places().service_name(Service(code)),
    "stage": STAGE_NAMES.__getitem__,
    "length_class": LENGTH_NAMES.__getitem__,
    "age": AGE_NAMES.__getitem__,
    "reason": REASON_NAMES.__getitem__,
}


def name_of(dimension: str, code: str) -> str:
    """Return the Chinese name of a code of a dimension; a month is its own name."""
    try:
        return _NAMES[dimension](code)
    except (KeyError, ValueError):
        return code
