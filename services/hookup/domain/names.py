"""Chinese names of the codes that people see."""

from collections.abc import Mapping
from types import MappingProxyType

from services.hookup.domain.case import CustomerCategory, RefusalCode
from services.hookup.domain.lengths import LengthClass
from services.hookup.domain.limits import Basis, Reading

CATEGORY_NAMES: Mapping[CustomerCategory, str] = MappingProxyType(
    {
        CustomerCategory.ENT: "企业用户",
        CustomerCategory.IND: "个体工商户",
        CustomerCategory.RES: "居民用户",
        CustomerCategory.PUB: "公服用户",
        CustomerCategory.OTH: "其他",
    }
)

# 二（一）3 and 5: the approval system's one form, and the ways of 全程网办.
CHANNEL_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "ISHANDONG": "爱山东APP",
        "WECHAT": "微信公众号",
        "GOV_PORTAL": "政务服务网",
        "PROJECT_APPROVAL": "工程审批系统",
        "HALL": "办事大厅",
        "PHONE": "电话",
    }
)

CLASS_NAMES: Mapping[LengthClass, str] = MappingProxyType(
    {
        LengthClass.UNKNOWN: "长度待定",
        LengthClass.L0_NONE: "无外线",
        LengthClass.L1_LE50: "50米以内",
        LengthClass.L2_LE200: "200米以内",
        LengthClass.L3_GT200: "200米以上",
    }
)

READING_NAMES: Mapping[Reading, str] = MappingProxyType(
    {
        Reading.CALENDAR_ROLL: "自然日（末日遇休息日顺延）",
        Reading.WORKING: "工作日",
        Reading.CALENDAR_STRICT: "自然日（不顺延）",
    }
)

BASIS_NAMES: Mapping[Basis, str] = MappingProxyType(
    {
        Basis.LIMIT: "规定时限",
        Basis.AGREED: "约定日期",
        Basis.PLANNED: "计划时限",
        Basis.NONE: "未约定日期",
    }
)

EVENT_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "case_submitted": "提交申请",
        "correction_requested": "一次性告知补正",
        "correction_answered": "提交补正",
        "case_accepted": "受理",
        "stage_started": "环节开始",
        "stage_completed": "环节完成",
        "length_changed": "登记外线长度",
        "pause_requested": "申请暂停",
        "case_paused": "批准暂停",
        "pause_declined": "未批准暂停",
        "case_resumed": "恢复办理",
        "date_agreed": "约定日期",
        "special_case_approved": "认定特殊情况",
        "due_recomputed": "因工作日历修订重算时限",
        "due_soon": "临期提醒",
        "case_overdue": "超时",
        "gap_detected": "出现空档",
        "meter_live": "通水通气通热",
        "case_closed": "办结",
        "case_withdrawn": "撤回申请",
        "case_refused": "不予办理",
        "agent_assigned": "指派帮办人员",
        "agent_overdue": "逾期未指派帮办人员",
        "agent_authorised": "用户授权代办",
        "agent_revoked": "用户撤销授权",
        "guidance_given": "接入方案指导",
        "material_received": "收到申请材料",
        "extra_material_attempted": "超范围索要材料，未予准许",
        "quote_made": "报价",
        "quote_blocked": "报价含不得收取的费用，未予出具",
        "quote_line_answered": "用户答复报价项目",
        "bill_compared": "结算与报价比对",
        "bill_blocked": "结算含不得收取的费用，未予登记",
        "supervision_item_opened": "收费项目列入督导",
    }
)

REFUSAL_NAMES: Mapping[RefusalCode, str] = MappingProxyType(
    {
        RefusalCode.OUT_OF_COVERAGE: "管网未覆盖",
        RefusalCode.SAFETY_NOT_MET: "不具备安全条件",
        RefusalCode.NO_LAWFUL_PREMISES: "无合法建筑或用地",
        RefusalCode.DUPLICATE: "重复申请",
        RefusalCode.ARREARS_OF_APPLICANT: "申请人欠费（报监管部门复核）",
    }
)
