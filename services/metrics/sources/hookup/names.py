"""Chinese names of hookup's codes; `tests/services/test_names.py` holds them against hookup's own."""

from typing import Final

from services.metrics.sources.hookup.facts import NET_TOTAL, TOTAL
from services.metrics.sources.hookup.live import AWAITING, NO_STAGE, NOT_ACCEPTED, OLDEST

STAGE_NAMES: Final = {
    "ACCEPT": "报装受理",
    "SURVEY_DESIGN": "勘查设计",
    "CONTRACT": "签订合同",
    "PERMIT": "并联审批/告知承诺",
    "EXTERNAL_WORKS": "外线施工",
    "TURN_ON": "验收通水/通气/通热",
    TOTAL: "全流程",
    NET_TOTAL: "全流程（扣除暂停）",
    NO_STAGE: "环节之间",
    AWAITING: "待用户确认",
}
LENGTH_NAMES: Final = {
    "UNKNOWN": "长度待定",
    "L0_NONE": "无外线",
    "L1_LE50": "50米以内",
    "L2_LE200": "200米以内",
    "L3_GT200": "200米以外",
}
REASON_NAMES: Final = {
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
AGE_NAMES: Final = {
    NOT_ACCEPTED: "未受理",
    "0-3": "0—3天",
    "4-5": "4—5天",
    "6-10": "6—10天",
    "11-20": "11—20天",
    OLDEST: "超过20天",
}
