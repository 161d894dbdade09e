"""The table of what people do in the console: each action is a command of the hookup API and the fields of its form.

Which of them a user sees is the user's roles, what the service says the present state allows, and what there is to do
it to; every other rule is the service's, which says beside the field what it refuses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.console.forms import Action, Choice, Field, Kind
from services.console.readers.casework import (
    Agents,
    AuthorityPermit,
    Bar,
    FeeItem,
    ListedMaterial,
    Permit,
)
from services.console.readers.hookup import Case, Name, Pause, Reference
from services.console.show import CHECKS, DECISIONS, LENGTHS, when, yuan


@dataclass(frozen=True, slots=True)
class OfCase:
    """What a case's page knows."""

    case: Case
    reference: Reference
    agents: tuple[str, ...] = ()
    catalogue: tuple[FeeItem, ...] = ()
    listed: tuple[ListedMaterial, ...] = ()


@dataclass(frozen=True, slots=True)
class OfPermit:
    """What the page of a permit item knows."""

    permit: AuthorityPermit
    reference: Reference


@dataclass(frozen=True, slots=True)
class OfAgents:
    """What the page of a utility's agents knows."""

    agents: Agents


@dataclass(frozen=True, slots=True)
class OfBars:
    """What the page of the barred knows."""

    bars: Sequence[Bar]


def codes(found: Sequence[Name]) -> list[Choice]:
    """Return codes as what there is to choose from."""
    return [Choice(each.code, each.name) for each in found]


def _unbegun(known: OfCase) -> list[Choice]:
    begun = {each.stage for each in known.case.stages}
    return [each for each in codes(known.reference.stages) if each.code not in begun]


def _running(known: OfCase) -> list[Choice]:
    # These two end otherwise: by the acceptance, and by the live meter.
    ends = {each.stage for each in known.case.stages if each.completed_at is None} - {"ACCEPT", "TURN_ON"}
    return [each for each in codes(known.reference.stages) if each.code in ends]


def _files(known: OfCase) -> list[Choice]:
    newest_first = reversed([each for each in known.case.materials if each.kind == "EVIDENCE"])
    return [Choice(each.id, f"{each.name}（{when(each.uploaded_at)}上传）") for each in newest_first]


def _pauses(found: Sequence[Pause]) -> list[Choice]:
    return [Choice(each.id, f"{each.name}（{when(each.starts_at)}起）") for each in found]


def _asked_pauses(known: OfCase) -> list[Choice]:
    return _pauses([each for each in known.case.pauses if each.state == "REQUESTED"])


def _open_pauses(known: OfCase) -> list[Choice]:
    found = [each for each in known.case.pauses if each.state == "APPROVED" and each.ended_at is None]
    return _pauses(found)


def _late_entries(known: OfCase) -> list[Choice]:
    stages = {each.code: f"（{each.name}）" for each in known.reference.stages}
    return [
        Choice(
            each.id,
            f"{each.act_name}{stages.get(each.stage or '', '')}，{when(each.claimed_at)} 发生，"
            f"{each.entered_by} 录入",
        )
        for each in known.case.late_entries
        if each.state == "PENDING"
    ]


def _offered_commitments(known: OfCase) -> list[Choice]:
    def is_offered(each: Permit) -> bool:
        return each.commitment is not None and each.commitment.state == "OFFERED"

    permits = [each for each in known.case.permits if is_offered(each)]
    return [Choice(each.id, f"{each.name}（{each.authority_name}）") for each in permits]


def _priced(item: FeeItem) -> Choice:
    kind = "必需" if item.mandatory else "选装"
    return Choice(
        item.code, f"{item.name}（{kind}，{item.location_name}，{yuan(item.price_fen)} 元/{item.unit}）"
    )


def _chargeable(known: OfCase) -> list[Choice]:
    return [_priced(each) for each in known.catalogue if not each.blocked]


def _billable(known: OfCase) -> list[Choice]:
    quoted = [] if known.case.quote is None else [(each.code, each.name) for each in known.case.quote.lines]
    others = [
        (each.code, f"{each.name}（未报价）")
        for each in known.catalogue
        if not each.blocked and each.code not in dict(quoted)
    ]
    return [Choice(*each) for each in quoted + others]


def _unaccepted(known: OfCase) -> list[Choice]:
    lines = known.case.quote.lines if known.case.quote else ()
    return [Choice(str(each.line), each.name) for each in lines if each.accepted is not True]


def _undeclined(known: OfCase) -> list[Choice]:
    lines = known.case.quote.lines if known.case.quote else ()
    return [
        Choice(str(each.line), each.name)
        for each in lines
        if not each.mandatory and each.accepted is not False
    ]


def _not_billed(known: OfCase) -> bool:
    return known.case.quote is not None and known.case.quote.comparison is None


def _risks(known: OfCase) -> list[Choice]:
    return codes(known.reference.risks)


def _drawings(known: OfCase) -> list[Choice]:
    return [each for each in codes(known.reference.materials) if each.code in _DRAWINGS]


def _special_waits(known: OfCase) -> bool:
    special = known.case.special_case
    return special is not None and special.approved_by is None and special.declined_by is None


def _urges(known: OfCase) -> list[Choice]:
    waiting = [each for each in known.case.urges if each.answered_at is None]
    return [Choice(each.id, f"{when(each.urged_at)} 催办") for each in waiting]


def _questions(known: OfCase) -> list[Choice]:
    return [Choice(each.id, each.text) for each in known.case.questions if each.answered_at is None]


def _other_agents(known: OfCase) -> list[Choice]:
    present = known.case.agent and known.case.agent.agent
    return [Choice(each, each) for each in known.agents if each != present]


def _asked_for(known: OfCase) -> list[Choice]:
    return [Choice(each.kind, each.name) for each in known.listed if each.shared_from is None]


def _handed_in(known: OfCase) -> list[Choice]:
    return [Choice(each.kind, each.name) for each in known.listed]


def _agents(known: OfAgents) -> str:
    return "\n".join(known.agents.agents)


CLERK = frozenset({"clerk"})
# What a counter receives, in a hall or at the utility, and what it and the agent do in the user's stead.
COUNTER = frozenset({"window", "clerk"})
IN_STEAD = frozenset({"window", "clerk", "agent"})
_APPROVER = frozenset({"approver"})
# Which of them decides is the service's to say: after an announced breach who supervises the utility.
_DECIDERS = frozenset({"approver", "supervisor"})
HELPERS = frozenset({"clerk", "agent"})
_USERS = frozenset({"window", "channel", "citizen"})
_AUTHORITY = frozenset({"authority"})

_UPLOADED = "从本件的文件中选；没有的，先在“上传依据材料”中上传"
_AS_MOMENT, _AS_DAY = "如 2022-10-08 09:00", "如 2022-10-08"
_AT = Field("at", "时间（不填即现在）", Kind.MOMENT, required=False, note=_AS_MOMENT)
# What is entered very late, or would undo an announced breach, waits for an approver.
_GROUNDS = (
    Field(
        "late_entry.reason",
        "补录原因",
        Kind.LONG,
        required=False,
        note="录入距发生已超过规定的工作日，登记会改变已公布的超时、空档，或会推迟约定日期、办结时限、"
        "加长竣工长度的，须填写原因和证据，经他人审批后生效；其他情形不填",
    ),
    Field("late_entry.evidence_ref", "补录证据", Kind.ONE, _files, required=False, note=_UPLOADED),
)
_DOCUMENT = Field("document_ref", "文书编号", Kind.REFERENCE)
_SIGNED = Field(
    "document_ref",
    "用户签字文件编号",
    Kind.REFERENCE,
    required=False,
    note="窗口代用户办理须填写，记为代录；帮办人员已获用户授权的可不填",
)
_SAID = Field(
    "document_ref",
    "用户签字文件编号（可不填）",
    Kind.REFERENCE,
    required=False,
    note="由窗口登记的记为代录",
)
_EVIDENCE = Field("evidence_ref", "依据", Kind.ONE, _files, note=_UPLOADED)
_REASON = Field("reason", "原因", Kind.ONE, lambda known: codes(known.reference.pause_reasons))
_MODE = Field("mode", "办理方式", Kind.ONE, lambda known: codes(known.reference.permit_modes), required=False)
PERMIT_ITEMS = Field(
    "items",
    "审批事项（一张表单同时报）",
    Kind.ROWS,
    lambda known: codes(known.reference.permit_kinds),
    columns=(
        _MODE,
        Field("risks", "涉及", Kind.SOME, _risks, required=False),
        Field("basis", "无需审批的依据（备案、免审批必填）", required=False),
        Field("applicant_commits", "由申请人承诺", Kind.YES, required=False),
    ),
    key="kind",
    note="不选办理方式的事项不报。备案、免审批限200米以内，审批部门在期限内可提异议；涉及风险的只能审批。",
)
PERMIT_FORM = (
    PERMIT_ITEMS,
    Field("works_from", "施工开始", Kind.DAY, note=_AS_DAY),
    Field("works_to", "施工结束", Kind.DAY, note=_AS_DAY),
)
# What authorities need beside the form, and the utility has: the user is not asked for it.
_DRAWINGS = ("SCHEME_DRAWING", "PLANNING_PERMIT")
_ANSWER = Field("answer", "答复", Kind.LONG, note="不要写手机号、证件号等个人信息")

_PROGRESS, _TIME, _PERMITS, _CHARGES, _CONTACT, _END = (
    "受理与环节", "时限", "并联审批", "收费", "帮办与沟通", "开通与终结",
)  # fmt: skip

CASE_ACTIONS: tuple[Action, ...] = (
    Action("accept", "acceptHookup", "受理", "acceptance", COUNTER, verb="accept", group=_PROGRESS),
    Action(
        "start-stage",
        "startStage",
        "开始环节",
        "stages/{stage}/start",
        CLERK,
        (Field("stage", "环节", Kind.ONE, _unbegun), _AT, *_GROUNDS),
        verb="start_stage",
        group=_PROGRESS,
    ),
    Action(
        "complete-stage",
        "completeStage",
        "完成环节",
        "stages/{stage}/completion",
        CLERK,
        (Field("stage", "环节", Kind.ONE, _running), _AT, *_GROUNDS),
        verb="complete_stage",
        group=_PROGRESS,
    ),
    Action(
        "change-length",
        "changeLength",
        "登记外线长度",
        "lengths",
        CLERK,
        (
            Field("kind", "类别", Kind.ONE, lambda _known: [Choice(*each) for each in LENGTHS.items()]),
            Field("length_m", "长度（米）", note="最多一位小数；没有外线填 0"),
            Field(
                "agreed_date",
                "与用户约定的日期（外线增至超过200米时）",
                Kind.DAY,
                required=False,
                note=_AS_DAY,
            ),
            Field("document_ref", "约定文书编号", Kind.REFERENCE, required=False),
            *_GROUNDS,
        ),
        verb="change_length",
        group=_PROGRESS,
    ),
    Action(
        "request-correction",
        "requestCorrection",
        "一次性告知补正",
        "corrections",
        COUNTER,
        (
            Field("materials", "需补正的材料", Kind.SOME, _asked_for, note="只能告知一次，请全部选上"),
            Field(
                "reason",
                "已提交的为何不能用",
                Kind.LONG,
                required=False,
                note="要求的材料用户已提交过的，须填写",
            ),
        ),
        verb="request_correction",
        group=_PROGRESS,
        ready=lambda known: known.case.correction_items is None,
        needs=frozenset({"listed"}),
    ),
    Action(
        "answer-correction",
        "answerCorrection",
        "代用户提交补正",
        "corrections/answer",
        IN_STEAD,
        (_SIGNED,),
        verb="answer_correction",
        group=_PROGRESS,
    ),
    Action(
        "upload",
        "uploadMaterial",
        "上传材料",
        "materials/{kind}",
        IN_STEAD,
        (
            Field("kind", "材料", Kind.ONE, _handed_in),
            Field("file", "文件", Kind.FILE, note="PDF、OFD、Word、Excel、JPEG、PNG 或 HEIC"),
        ),
        verb="add_material",
        group=_PROGRESS,
        needs=frozenset({"listed"}),
    ),
    Action(
        "attach-evidence",
        "attachEvidence",
        "上传依据材料",
        "evidence",
        HELPERS,
        (
            Field(
                "file", "文件", Kind.FILE, note="申请暂停、申请认定特殊情况和补录时选用；用户和审批人可以打开"
            ),
        ),
        verb="add_evidence",
        group=_PROGRESS,
    ),
    Action(
        "request-pause",
        "requestPause",
        "申请暂停",
        "pauses",
        CLERK,
        (
            _REASON,
            _EVIDENCE,
            Field(
                "starts_at",
                "暂停开始（不填即现在；审批自报件起）",
                Kind.MOMENT,
                required=False,
                note=_AS_MOMENT,
            ),
        ),
        verb="request_pause",
        group=_TIME,
        note="批准后才停止计时，申请人不能自行批准。",
    ),
    Action(
        "approve-pause",
        "approvePause",
        "同意暂停",
        "pauses/{pause_id}/approval",
        _DECIDERS,
        (Field("pause_id", "暂停申请", Kind.ONE, _asked_pauses),),
        verb="decide_pause",
        group=_TIME,
    ),
    Action(
        "decline-pause",
        "declinePause",
        "不同意暂停",
        "pauses/{pause_id}/refusal",
        _DECIDERS,
        (Field("pause_id", "暂停申请", Kind.ONE, _asked_pauses),),
        verb="decide_pause",
        group=_TIME,
    ),
    Action(
        "resume",
        "resumeHookup",
        "恢复办理",
        "pauses/{pause_id}/end",
        CLERK,
        (Field("pause_id", "暂停", Kind.ONE, _open_pauses), _AT, *_GROUNDS),
        verb="resume",
        group=_TIME,
    ),
    Action(
        "agree-date",
        "agreeDate",
        "登记约定日期",
        "agreed-date",
        CLERK,
        (Field("agreed_date", "约定日期", Kind.DAY, note=_AS_DAY), _DOCUMENT, *_GROUNDS),
        verb="agree_date",
        group=_TIME,
        ready=lambda known: known.case.supply == "HEAT" or known.case.length_class == "L3_GT200",
        note="外线200米以外的和供热报装适用。",
    ),
    Action(
        "request-special",
        "requestSpecialCase",
        "申请认定特殊情况",
        "special-case",
        CLERK,
        (_REASON, _EVIDENCE),
        verb="mark_special",
        group=_TIME,
        ready=lambda known: not known.case.special,
    ),
    Action(
        "approve-special",
        "approveSpecialCase",
        "认定特殊情况",
        "special-case/approval",
        _DECIDERS,
        verb="mark_special",
        group=_TIME,
        ready=_special_waits,
    ),
    Action(
        "decline-special",
        "declineSpecialCase",
        "不予认定特殊情况",
        "special-case/refusal",
        _APPROVER,
        (Field("reason", "理由", Kind.LONG, note="不要写手机号、证件号等个人信息"),),
        verb="mark_special",
        group=_TIME,
        ready=_special_waits,
    ),
    Action(
        "approve-late-entry",
        "approveLateEntry",
        "同意补录",
        "late-entries/{entry_id}/approval",
        _DECIDERS,
        (Field("entry_id", "补录", Kind.ONE, _late_entries),),
        verb="enter_late",
        group=_TIME,
        note="按申报的发生时间生效，标明为审批补录；录入人不能自行审批。",
    ),
    Action(
        "decline-late-entry",
        "declineLateEntry",
        "不同意补录",
        "late-entries/{entry_id}/refusal",
        _DECIDERS,
        (
            Field("entry_id", "补录", Kind.ONE, _late_entries),
            Field("reason", "不同意的原因", Kind.LONG, note="不要写手机号、证件号等个人信息"),
        ),
        verb="enter_late",
        group=_TIME,
    ),
    Action(
        "file-permits",
        "filePermits",
        "并联报件",
        "permits",
        HELPERS,
        PERMIT_FORM,
        verb="file_permits",
        group=_PERMITS,
    ),
    Action(
        "attach-drawing",
        "attachPermitFile",
        "上传报审图件",
        "permit-files/{kind}",
        HELPERS,
        (
            Field("kind", "图件", Kind.ONE, _drawings),
            Field("file", "文件", Kind.FILE, note="审批部门在其审批事项中可以打开"),
        ),
        verb="add_material",
        group=_PERMITS,
    ),
    Action(
        "no-permit",
        "recordNoPermit",
        "登记无需审批",
        "no-permit",
        CLERK,
        (
            Field("reason", "原因", Kind.ONE, lambda known: codes(known.reference.no_permit_reasons)),
            _DOCUMENT,
        ),
        verb="record_no_permit",
        group=_PERMITS,
        ready=lambda known: known.case.no_permit is None,
    ),
    Action(
        "sign-commitment",
        "signCommitment",
        "签署告知承诺",
        "permits/{item_id}/commitment",
        IN_STEAD,
        (Field("item_id", "事项", Kind.ONE, _offered_commitments), _DOCUMENT),
        verb="sign_commitment",
        group=_PERMITS,
    ),
    Action(
        "withdraw-commitment",
        "withdrawCommitment",
        "撤回承诺，改为审批",
        "permits/{item_id}/commitment/withdrawal",
        IN_STEAD,
        (Field("item_id", "事项", Kind.ONE, _offered_commitments), _SIGNED),
        verb="sign_commitment",
        group=_PERMITS,
    ),
    Action(
        "excavate",
        "beginExcavation",
        "登记开挖",
        "excavation",
        HELPERS,
        (Field("sites", "开挖地点", Kind.SOME, lambda known: codes(known.reference.dig_sites)),),
        verb="excavate",
        group=_PERMITS,
        ready=lambda known: (
            known.case.excavation_at is None
            and (bool(known.case.permits) or known.case.no_permit is not None)
        ),
    ),
    Action(
        "dig-in-emergency",
        "beginEmergencyExcavation",
        "登记应急抢修开挖",
        "excavation/emergency",
        HELPERS,
        (
            Field("reason", "抢修原因", Kind.ONE, lambda known: codes(known.reference.emergency_reasons)),
            _DOCUMENT,
        ),
        verb="excavate",
        group=_PERMITS,
        ready=lambda known: known.case.excavation_at is None and "EXTERNAL_WORKS" in known.case.open_stages,
        note="城市道路下的管线故障可先行开挖；登记即通知审批部门，24小时内补报挖掘城市道路（城市道路管理条例第三十四条）。",
    ),
    Action(
        "quote",
        "makeQuote",
        "报价",
        "quote",
        HELPERS,
        (
            Field(
                "lines",
                "收费项目（只能从收费目录选）",
                Kind.ROWS,
                _chargeable,
                columns=(Field("quantity", "数量", required=False),),
                note="不填数量的项目不报；选装项目由用户逐项答复。",
            ),
            Field("project_start", "项目开工日期（可不填）", Kind.DAY, required=False, note=_AS_DAY),
        ),
        verb="make_quote",
        group=_CHARGES,
        ready=lambda known: known.case.quote is None or known.case.quote.comparison is None,
        needs=frozenset({"catalogue"}),
    ),
    Action(
        "accept-line",
        "acceptQuoteLine",
        "代用户同意报价项目",
        "quote/lines/{line}/acceptance",
        IN_STEAD,
        (Field("line", "项目", Kind.ONE, _unaccepted), _SIGNED),
        verb="answer_quote",
        group=_CHARGES,
        ready=_not_billed,
    ),
    Action(
        "decline-line",
        "declineQuoteLine",
        "代用户不同意报价项目",
        "quote/lines/{line}/refusal",
        IN_STEAD,
        (Field("line", "选装项目", Kind.ONE, _undeclined),),
        verb="answer_quote",
        group=_CHARGES,
        ready=_not_billed,
    ),
    Action(
        "bill",
        "recordBill",
        "登记结算",
        "bill",
        CLERK,
        (
            Field(
                "lines",
                "结算项目",
                Kind.ROWS,
                _billable,
                columns=(Field("amount_fen", "金额（元）", Kind.MONEY, required=False),),
                note="不填金额的项目不结算；只能登记一次。",
            ),
        ),
        verb="record_bill",
        group=_CHARGES,
        ready=_not_billed,
        needs=frozenset({"catalogue"}),
    ),
    Action(
        "assign-agent",
        "assignAgent",
        "指派帮办人员",
        "agent",
        CLERK,
        (Field("agent", "帮办人员", Kind.ONE, _other_agents),),
        verb="assign_agent",
        group=_CONTACT,
        needs=frozenset({"agents"}),
    ),
    Action(
        "authorise-agent",
        "authoriseAgent",
        "登记用户授权代办",
        "agent/authorization",
        COUNTER,
        (_DOCUMENT,),
        verb="authorise_agent",
        group=_CONTACT,
        ready=lambda known: known.case.agent is not None and known.case.agent.authorised_at is None,
    ),
    Action(
        "revoke-agent",
        "revokeAgent",
        "登记用户撤销授权",
        "agent/revocation",
        COUNTER,
        verb="authorise_agent",
        group=_CONTACT,
        ready=lambda known: known.case.agent is not None and known.case.agent.authorised_at is not None,
    ),
    Action(
        "guidance",
        "giveGuidance",
        "登记接入方案指导",
        "guidance",
        HELPERS,
        (_DOCUMENT,),
        verb="guide",
        group=_CONTACT,
    ),
    Action(
        "answer-urge",
        "answerUrge",
        "答复催办",
        "urges/{urge_id}/answer",
        HELPERS,
        (Field("urge_id", "催办", Kind.ONE, _urges), _ANSWER),
        verb="urge",
        group=_CONTACT,
    ),
    Action(
        "ask",
        "askQuestion",
        "登记用户咨询",
        "questions",
        frozenset({"window"}),
        (Field("text", "问题", Kind.LONG, note="不要写手机号、证件号等个人信息"),),
        verb="ask",
        group=_CONTACT,
    ),
    Action(
        "answer-question",
        "answerQuestion",
        "答复咨询",
        "questions/{question_id}/answer",
        HELPERS,
        (Field("question_id", "问题", Kind.ONE, _questions), _ANSWER),
        verb="ask",
        group=_CONTACT,
    ),
    Action(
        "meter-live",
        "reportMeterLive",
        "登记通水通气通热",
        "meter-live",
        CLERK,
        (
            _AT,
            Field(
                "evidence_ref",
                "再次开通的依据",
                Kind.ONE,
                _files,
                required=False,
                note="用户提出过异议的，须附",
            ),
            *_GROUNDS,
        ),
        verb="report_meter_live",
        group=_END,
    ),
    Action(
        "confirm",
        "confirmHookup",
        "登记用户确认开通",
        "confirmation",
        IN_STEAD,
        (_SIGNED,),
        verb="finish",
        group=_END,
    ),
    Action(
        "dispute",
        "disputeMeterLive",
        "登记用户对开通的异议",
        "dispute",
        _USERS,
        (
            Field("reason", "用户说明的情况", Kind.LONG, note="不要写手机号、证件号等个人信息"),
            _SAID,
        ),
        verb="dispute",
        group=_END,
        note="用户认为没有通水通气通热：时限继续计算，直到再次开通并确认。",
    ),
    Action(
        "refuse",
        "refuseHookup",
        "不予办理",
        "refusal",
        CLERK,
        (
            Field("code", "原因", Kind.ONE, lambda known: codes(known.reference.refusal_codes)),
            Field(
                "duplicate_of", "另一件的受理编号", Kind.TEXT, required=False, note="原因为重复申请的，须填写"
            ),
        ),
        verb="refuse",
        group=_END,
    ),
    Action(
        "withdraw",
        "withdrawHookup",
        "代用户撤回申请",
        "withdrawal",
        IN_STEAD,
        (_SIGNED,),
        verb="withdraw",
        group=_END,
    ),
)

_GROUND_WORDS = Field(
    "reason_text",
    "理由说明（理由为“其他”的必填）",
    Kind.LONG,
    required=False,
    note="不要写手机号、证件号等个人信息",
)


def _reasons(known: OfPermit) -> list[Choice]:
    return codes(known.reference.permit_reasons)


def _unnamed_risks(known: OfPermit) -> list[Choice]:
    return [each for each in codes(known.reference.risks) if each.code not in known.permit.risks]


def _choices(names: Mapping[str, str]) -> list[Choice]:
    return [Choice(*each) for each in names.items()]


def _decisions(known: OfPermit) -> list[Choice]:
    # To a 备案 or 免审批 an authority says no by its objection; that it has none it may say before the term is over.
    found = _choices(DECISIONS)
    return found if known.permit.task == "DECIDE" else [each for each in found if each.code == "GRANTED"]


PERMIT_ACTIONS: tuple[Action, ...] = (
    Action(
        "decide",
        "decidePermit",
        "作出决定",
        "decision",
        _AUTHORITY,
        (
            Field("decision", "决定", Kind.ONE, _decisions),
            Field("reason", "理由（不予的必选）", Kind.ONE, _reasons, required=False),
            _GROUND_WORDS,
            _DOCUMENT,
        ),
        ready=lambda known: known.permit.task in ("DECIDE", "REVIEW"),
    ),
    Action(
        "object",
        "objectToPermit",
        "提出异议，改为审批",
        "objection",
        _AUTHORITY,
        (
            Field("reason", "理由", Kind.ONE, _reasons),
            _GROUND_WORDS,
            Field("risks", "查实而未申报的风险", Kind.SOME, _unnamed_risks, required=False),
            _DOCUMENT,
        ),
        ready=lambda known: known.permit.task == "REVIEW",
        note="异议提出后该事项改为审批，批准之前不得开挖。",
    ),
    Action(
        "check",
        "checkCommitment",
        "核查承诺",
        "check",
        _AUTHORITY,
        (
            Field("result", "核查结果", Kind.ONE, lambda _known: _choices(CHECKS)),
            _DOCUMENT,
        ),
        ready=lambda known: known.permit.task in ("CHECK", "RECHECK"),
    ),
    Action(
        "report-risk",
        "reportPermitRisk",
        "登记未申报的风险",
        "risks",
        _AUTHORITY,
        (Field("risks", "查实的风险", Kind.SOME, _unnamed_risks), _DOCUMENT),
        note="只能审批的风险一经登记，备案、免审批、告知承诺即终止，批准之前不得开挖。",
    ),
)

SAVE_AGENTS = Action(
    "save",
    "saveAgents",
    "保存帮办人员",
    "agents",
    _APPROVER,
    (Field("agents", "帮办人员账号，每行一个", Kind.LINES, required=False, present=_agents),),
    method="PUT",
)

REPAIR = Action(
    "repair",
    "repairCredit",
    "解除承诺限制",
    "{party}/repair",
    frozenset({"administrator"}),
    (
        Field(
            "party",
            "承诺人",
            Kind.ONE,
            lambda known: [Choice(each.party, each.party) for each in known.bars],
        ),
    ),
)
