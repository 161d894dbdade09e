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

REFUSAL_NAMES: Mapping[RefusalCode, str] = MappingProxyType(
    {
        RefusalCode.OUT_OF_COVERAGE: "管网未覆盖",
        RefusalCode.SAFETY_NOT_MET: "不具备安全条件",
        RefusalCode.NO_LAWFUL_PREMISES: "无合法建筑或用地",
        RefusalCode.DUPLICATE: "重复申请",
        RefusalCode.ARREARS_OF_APPLICANT: "申请人欠费（报监管部门复核）",
    }
)
