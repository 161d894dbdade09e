"""Chinese names of the codes that people see."""

from collections.abc import Mapping
from types import MappingProxyType

from services.hookup.domain.values.channels import Channel
from services.hookup.domain.values.codes import CustomerCategory, RefusalCode, Source
from services.hookup.domain.values.entries import Act, EntryMark
from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.limits import Basis, Reading
from services.hookup.domain.values.permit_details import (
    DigSite,
    EmergencyReason,
    NoPermitReason,
    ReasonCode,
    Task,
)
from services.hookup.domain.values.permit_items import (
    CheckResult,
    CommitmentState,
    Decision,
    Office,
    PermitKind,
    PermitMode,
    Risk,
)
from services.hookup.domain.values.work import WorkKind

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
        Channel.ISHANDONG: "爱山东APP",
        Channel.WECHAT: "微信公众号",
        Channel.GOV_PORTAL: "政务服务网",
        Channel.PROJECT_APPROVAL: "工程审批系统",
        Channel.HALL: "办事大厅",
        Channel.PHONE: "电话",
    }
)

CLASS_NAMES: Mapping[LengthClass, str] = MappingProxyType(
    {
        LengthClass.UNKNOWN: "长度待定",
        LengthClass.L0_NONE: "无外线",
        LengthClass.L1_LE50: "50米以内",
        LengthClass.L2_LE200: "200米以内",
        LengthClass.L3_GT200: "200米以外",
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

PERMIT_NAMES: Mapping[PermitKind, str] = MappingProxyType(
    {
        PermitKind.PLANNING: "建设工程规划许可",
        PermitKind.ROAD_OCCUPATION: "临时占用城市道路",
        PermitKind.ROAD_EXCAVATION: "挖掘城市道路",
        PermitKind.GREEN_LAND: "临时占用城市绿地",
        PermitKind.TREES: "砍伐、迁移城市树木",
        PermitKind.TRAFFIC_SAFETY: "交通安全保障",
    }
)

OFFICE_NAMES: Mapping[Office, str] = MappingProxyType(
    {
        Office.PLANNING: "自然资源和规划部门",
        Office.MUNICIPAL: "市政工程行政主管部门",
        Office.TRAFFIC_POLICE: "公安交通管理部门",
        Office.GREENING: "城市绿化行政主管部门",
    }
)

DECISION_NAMES: Mapping[Decision, str] = MappingProxyType(
    {Decision.GRANTED: "准予", Decision.REFUSED: "不予"}
)

CHECK_NAMES: Mapping[CheckResult, str] = MappingProxyType(
    {CheckResult.OK: "相符", CheckResult.MISMATCH: "不符", CheckResult.FALSE: "虚假承诺"}
)

MODE_NAMES: Mapping[PermitMode, str] = MappingProxyType(
    {
        PermitMode.APPROVAL: "审批",
        PermitMode.COMMITMENT: "告知承诺",
        PermitMode.RECORD: "备案",
        PermitMode.EXEMPT: "免审批",
    }
)

RISK_NAMES: Mapping[Risk, str] = MappingProxyType(
    {
        Risk.NO_DIG_ROAD: "限制挖掘道路",
        Risk.ANCIENT_TREE: "古树名木",
        Risk.GAS_HIGH_PRESSURE: "高压燃气",
        Risk.RAILWAY_CROSSING: "穿越铁路",
        Risk.RIVER_CROSSING: "穿越河道",
        Risk.PUBLIC_SAFETY: "公共安全",
    }
)

REASON_NAMES: Mapping[ReasonCode, str] = MappingProxyType(
    {
        ReasonCode.INCOMPLETE: "报件内容不完整或与现场不符",
        ReasonCode.NOT_LAWFUL: "不符合法定条件",
        ReasonCode.NOT_SAFE: "不符合安全要求",
        ReasonCode.CONFLICT: "与其他工程、管线或保护对象冲突",
        ReasonCode.PERIOD: "施工时段不可行",
        ReasonCode.MODE_NOT_DUE: "不符合备案、免审批的条件",
        ReasonCode.OTHER: "其他（须写明）",
    }
)

DIG_SITE_NAMES: Mapping[DigSite, str] = MappingProxyType(
    {DigSite.ROAD: "城市道路", DigSite.GREEN_LAND: "城市绿地", DigSite.OTHER: "其他地面"}
)

EMERGENCY_NAMES: Mapping[EmergencyReason, str] = MappingProxyType(
    {
        EmergencyReason.PIPE_BURST: "管道爆裂、漏损",
        EmergencyReason.GAS_LEAK: "燃气泄漏",
        EmergencyReason.ROAD_COLLAPSE: "管线引起的路面塌陷",
    }
)

NO_PERMIT_NAMES: Mapping[NoPermitReason, str] = MappingProxyType(
    {
        NoPermitReason.NOT_PUBLIC_GROUND: "不占用、不挖掘城市道路、绿地等公共用地",
        NoPermitReason.EXISTING_DUCT: "利用既有管廊或预埋管道，不开挖",
        NoPermitReason.COVERED_BY_OTHER_PERMIT: "已包含在其他工程取得的许可之内",
    }
)

TASK_NAMES: Mapping[Task, str] = MappingProxyType(
    {
        Task.DECIDE: "作出审批决定",
        Task.REVIEW: "查看备案、免审批事项，不同意的在期限内提出异议",
        Task.CHECK: "核查告知承诺是否属实",
        Task.RECHECK: "复查限期整改是否完成",
        Task.AWAIT_FILING: "应急抢修已先行开挖，等待补办审批手续",
    }
)

COMMITMENT_NAMES: Mapping[CommitmentState, str] = MappingProxyType(
    {
        CommitmentState.OFFERED: "待签署",
        CommitmentState.DECIDED: "已承诺并准予",
        CommitmentState.VERIFY_DUE: "待核查",
        CommitmentState.RECTIFYING: "限期整改",
        CommitmentState.OK: "核查相符",
        CommitmentState.REVOKED: "已撤销",
        CommitmentState.WITHDRAWN: "已撤回，改为审批",
    }
)

WORK_NAMES: Mapping[WorkKind, str] = MappingProxyType(
    {
        WorkKind.ACCEPT: "受理",
        WorkKind.ANSWER_CORRECTION: "补正",
        WorkKind.ASSIGN_AGENT: "指派帮办人员",
        WorkKind.HAND_OVER: "开始下一环节",
        WorkKind.STAGE: "办理环节",
        WorkKind.DECIDE_PAUSE: "审批暂停",
        WorkKind.DECIDE_SPECIAL: "认定特殊情况",
        WorkKind.DECIDE_PERMIT: "审批决定",
        WorkKind.SIGN_COMMITMENT: "签署告知承诺",
        WorkKind.CHECK_COMMITMENT: "核查承诺",
        WorkKind.REVIEW_RECORD: "备案、免审批异议期",
        WorkKind.FILE_EMERGENCY: "补办应急开挖审批",
        WorkKind.ANSWER_URGE: "答复催办",
        WorkKind.ANSWER_QUESTION: "答复咨询",
        WorkKind.CONFIRM: "用户确认",
        WorkKind.DECIDE_LATE_ENTRY: "审批补录",
    }
)

ACT_NAMES: Mapping[Act, str] = MappingProxyType(
    {
        Act.START_STAGE: "开始环节",
        Act.COMPLETE_STAGE: "完成环节",
        Act.METER_LIVE: "登记通水通气通热",
        Act.RESUME: "恢复办理",
        Act.CHANGE_LENGTH: "登记外线长度",
        Act.AGREE_DATE: "约定日期",
    }
)

MARK_NAMES: Mapping[EntryMark, str] = MappingProxyType(
    {
        EntryMark.IN_TIME: "按时录入",
        EntryMark.LATE: "补录",
        EntryMark.APPROVED: "审批补录",
        EntryMark.LEDGER: "台账导入",
    }
)

SOURCE_NAMES: Mapping[Source, str] = MappingProxyType({Source.LIVE: "系统", Source.LEDGER: "台账导入"})


REFUSAL_NAMES: Mapping[RefusalCode, str] = MappingProxyType(
    {
        RefusalCode.OUT_OF_COVERAGE: "管网未覆盖",
        RefusalCode.SAFETY_NOT_MET: "不具备安全条件",
        RefusalCode.NO_LAWFUL_PREMISES: "无合法建筑或用地",
        RefusalCode.DUPLICATE: "重复申请",
        RefusalCode.ARREARS_OF_APPLICANT: "用户欠费（报监管部门复核）",
    }
)
