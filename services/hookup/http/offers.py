"""When each command on a case is offered, with its choices; checks of the body's values are not here."""

from libs.common.http.actions import Offer, doing
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.work import WorkKind
from services.hookup.http import choices

# The groups of an interface, in the order of a case's life.
GROUPS = ("受理与环节", "时限", "并联审批", "收费", "帮办与沟通", "开通与终结")
PROGRESS, TIME, PERMITS, CHARGES, CONTACT, END = GROUPS
_CLOSES = "本件到此结束，不能恢复；用户可以重新申请，时限从新的受理日起算"
_GROUNDS = {"late_entry.evidence_ref": choices.evidence}
_FILED = {"evidence_ref": choices.evidence}

REQUEST_CORRECTION = Offer(
    PROGRESS,
    when=lambda case, _at: case.correction_items is None,
    choices={"materials": choices.required_of_user},
    otherwise="补正只能一次性告知，此件已告知过",
    hint=choices.materials_on_file,
)
ANSWER_CORRECTION = Offer(PROGRESS, does=doing(WorkKind.ANSWER_CORRECTION))
ACCEPT = Offer(PROGRESS, does=doing(WorkKind.ACCEPT), hint=choices.materials_on_file)
START_STAGE = Offer(
    PROGRESS,
    target_label="环节",
    targets={"stage": choices.startable},
    choices=_GROUNDS,
    does=doing(WorkKind.HAND_OVER),
    otherwise=lambda case, at: choices.why_not_started(case, at) or "各环节都已经开始",
    hint=choices.why_not_started,
)
COMPLETE_STAGE = Offer(
    PROGRESS,
    target_label="环节",
    targets={"stage": choices.running},
    choices=_GROUNDS,
    does=choices.doing_step(choices.Step.COMPLETION),
    otherwise="没有正在办理、由本项登记完成的环节：报装受理以受理结束，验收开通以登记通水通气通热结束",
)
CHANGE_LENGTH = Offer(
    PROGRESS,
    choices=_GROUNDS,
    values={"kind": choices.length_kind},
    does=choices.doing_step(choices.Step.LENGTH),
)
UPLOAD = Offer(
    PROGRESS,
    target_label="材料",
    targets={"kind": choices.listed},
    otherwise="此渠道的申请实行零材料，没有需要上传的材料",
)
ATTACH_EVIDENCE = Offer(PROGRESS, hint="申请暂停、申请认定特殊情况和补录时选用；用户和审批人可以打开")
REQUEST_PAUSE = Offer(TIME, choices=_FILED, hint="批准后才停止计时，提出人不能自行批准")
DECIDE_PAUSE = Offer(
    TIME,
    target_label="暂停申请",
    targets={"pause_id": choices.requested_pauses},
    does=doing(WorkKind.DECIDE_PAUSE),
    otherwise="没有待审批的暂停申请",
)
RESUME = Offer(
    TIME,
    target_label="暂停",
    targets={"pause_id": choices.open_pauses},
    choices=_GROUNDS,
    otherwise="没有正在执行的暂停",
)
AGREE_DATE = Offer(
    TIME,
    when=choices.is_by_date,
    choices=_GROUNDS,
    does=choices.doing_step(choices.Step.DATE),
    otherwise="外线200米以内的供水、供气报装按规定时限办理，不约定日期",
    hint="外线200米以外的和供热报装适用",
)
REQUEST_SPECIAL = Offer(
    TIME,
    when=lambda case, _at: not case.is_special and not case.special_waits,
    choices=_FILED,
    otherwise=lambda case, _at: (
        "此件已认定为特殊情况" if case.is_special else "已有待审批的特殊情况申请，请等待审批"
    ),
)
DECIDE_SPECIAL = Offer(
    TIME,
    when=lambda case, _at: case.special_waits,
    does=doing(WorkKind.DECIDE_SPECIAL),
    otherwise="没有待审批的特殊情况申请",
)
DECIDE_LATE_ENTRY = Offer(
    TIME,
    target_label="补录",
    targets={"entry_id": choices.late_entries},
    does=doing(WorkKind.DECIDE_LATE_ENTRY),
    otherwise="没有待审批的补录",
    hint="按申报的发生时间生效，标明为审批补录；录入人不能自行审批",
)
FILE_PERMITS = Offer(PERMITS, does=choices.doing_step(choices.Step.PERMITS, WorkKind.FILE_EMERGENCY))
ATTACH_PERMIT_FILE = Offer(
    PERMITS,
    target_label="图件",
    targets={"kind": choices.needed_by_authorities},
    otherwise="现行规则没有审批部门需要的图件",
    hint="审批部门在其审批事项中可以打开",
)
RECORD_NO_PERMIT = Offer(
    PERMITS, when=lambda case, _at: case.no_permit is None, otherwise="已经登记过无需审批的原因"
)
COMMIT = Offer(
    PERMITS,
    target_label="审批事项",
    targets={"item_id": choices.commitments},
    does=doing(WorkKind.SIGN_COMMITMENT),
    otherwise="没有待签署的告知承诺",
)
DIG = Offer(
    PERMITS,
    when=choices.may_dig,
    does=choices.doing_step(choices.Step.DIG),
    otherwise=lambda case, _at: (
        "没有报审批事项，也没有登记无需审批的原因" if case.excavation_at is None else "已经登记过开挖"
    ),
)
DIG_IN_EMERGENCY = Offer(
    PERMITS,
    when=lambda case, _at: case.excavation_at is None and Stage.EXTERNAL_WORKS in case.open_stages,
    otherwise=lambda case, _at: (
        "外线施工未在进行，不能登记先行开挖" if case.excavation_at is None else "已经登记过开挖"
    ),
    hint="城市道路下的管线故障可先行开挖；登记即通知审批部门，24小时内补报挖掘城市道路（城市道路管理条例第三十四条）",
)
QUOTE = Offer(
    CHARGES,
    when=lambda case, _at: case.quote is None or case.quote.bill is None,
    choices={"lines.code": choices.chargeable},
    otherwise="已经结算，不能再报价",
    hint="不填数量的项目不报；选装项目由用户逐项答复",
)
ANSWER_QUOTE = Offer(
    CHARGES,
    when=choices.is_billable,
    choices={"lines.line": choices.answerable},
    otherwise=choices.why_not_billable,
)
# All lines are answered by one form; these two stay for callers that answer one.
ANSWER_LINE = Offer(CHARGES, when=lambda _case, _at: False, otherwise="报价项目由“逐项答复报价”一次办理")
BILL = Offer(
    CHARGES,
    when=choices.is_billable,
    choices={"lines.code": choices.chargeable},
    otherwise=choices.why_not_billable,
    hint="不填金额的项目不结算",
)
ASSIGN_AGENT = Offer(
    CONTACT,
    when=lambda case, at: bool(choices.other_agents(case, at)),
    choices={"agent": choices.other_agents},
    does=doing(WorkKind.ASSIGN_AGENT),
    otherwise="本单位没有其他帮办人员，请先在人员名单中设置",
)
AUTHORISE_AGENT = Offer(
    CONTACT,
    when=lambda case, _at: case.agency is not None and case.agency.authorisation is None,
    otherwise=lambda case, _at: "尚未指派帮办人员" if case.agency is None else "用户已授权帮办人员",
)
REVOKE_AGENT = Offer(
    CONTACT,
    when=lambda case, _at: case.agency is not None and case.agency.authorisation is not None,
    otherwise="用户没有授权帮办人员，没有可以撤销的授权",
)
GUIDE = Offer(CONTACT)
REPORT_METER_LIVE = Offer(END, choices=_GROUNDS, does=choices.doing_step(choices.Step.METER))
DISPUTE = Offer(END, hint="用户认为没有通水通气通热：时限继续计算，直到再次开通并确认")
CONFIRM = Offer(END, does=doing(WorkKind.CONFIRM))
WITHDRAW = Offer(END, consequence=_CLOSES)
REFUSE = Offer(END, consequence=_CLOSES)
