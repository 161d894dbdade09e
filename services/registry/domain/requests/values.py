"""Requests of customers on their accounts: kinds, states, parties, reasons and materials, with their names."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from libs.common.aggregate import Transitions

JOURNEYS: Final = "channel-journeys.md 报停, 复用"
CONTACT: Final = "聊城管字〔2022〕49号 二（二）2"
TEAMWORK: Final = "[R]"


class RequestKind(StrEnum):
    """What a customer asks for."""

    SUSPENSION = "SUSPENSION"
    RESUMPTION = "RESUMPTION"
    TRANSFER = "TRANSFER"
    CLOSURE = "CLOSURE"
    CHANGE = "CHANGE"


class RequestState(StrEnum):
    """Where a request is."""

    SUBMITTED = "SUBMITTED"
    ACCEPTED = "ACCEPTED"
    DONE = "DONE"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"


class RequestVerb(StrEnum):
    """What can be done to a request."""

    AGREE = "agree"
    ADD_MATERIAL = "add_material"
    ACCEPT = "accept"
    APPROVE = "approve"
    COMPLETE = "complete"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    URGE = "urge"
    ASK = "ask"
    RATE = "rate"
    NOTE = "note"
    WATCH = "watch"
    ASSIGN = "assign"


class RequestTimer(StrEnum):
    """What a request waits for by the clock; the names are of the whole service."""

    OVERDUE = "REQUEST_OVERDUE"
    URGE = "REQUEST_URGE"


class Deadline(StrEnum):
    """What an amended calendar moves."""

    ACCEPT = "ACCEPT"
    DONE = "DONE"
    URGE = "URGE"
    QUESTION = "QUESTION"


class RequestChannel(StrEnum):
    """Where a request was made: an app that the citizen signed in to, or a counter."""

    ISHANDONG = "ISHANDONG"
    WECHAT = "WECHAT"
    GOV_PORTAL = "GOV_PORTAL"
    HALL = "HALL"
    COUNTER = "COUNTER"


APPS: Final = frozenset({RequestChannel.ISHANDONG, RequestChannel.WECHAT, RequestChannel.GOV_PORTAL})


class Party(StrEnum):
    """Whose agreement a request needs; the receiver is of a transfer only."""

    CUSTOMER = "CUSTOMER"
    RECEIVER = "RECEIVER"


class RefusalReason(StrEnum):
    """Why a request may be refused; the policy says which reasons hold for a kind."""

    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    NOT_THE_CUSTOMER = "NOT_THE_CUSTOMER"
    AGREEMENT_MISSING = "AGREEMENT_MISSING"
    MATERIALS_MISSING = "MATERIALS_MISSING"
    MATERIALS_WRONG = "MATERIALS_WRONG"
    ARREARS = "ARREARS"
    SITE_UNSAFE = "SITE_UNSAFE"


class MaterialKind(StrEnum):
    """What a list may ask for: no copy of a paper whose number the registry has, so no list can ask for one."""

    PREMISES_PROOF = "PREMISES_PROOF"
    USE_PROOF = "USE_PROOF"
    NAME_PROOF = "NAME_PROOF"
    AUTHORISATION = "AUTHORISATION"


class Turn(StrEnum):
    """Whose turn it is."""

    CLERK = "clerk"
    APPROVER = "approver"
    APPLICANT = "applicant"


class WorkKind(StrEnum):
    """What there is to do."""

    AGREE = "AGREE"
    HAND_IN = "HAND_IN"
    ACCEPT = "ACCEPT"
    APPROVE = "APPROVE"
    COMPLETE = "COMPLETE"
    ANSWER_URGE = "ANSWER_URGE"
    ANSWER_QUESTION = "ANSWER_QUESTION"


class EntryMark(StrEnum):
    """Whether the utility's act was recorded by the close of the working day after it."""

    IN_TIME = "IN_TIME"
    LATE = "LATE"


KIND_NAMES: Final[Mapping[RequestKind, str]] = MappingProxyType(
    {
        RequestKind.SUSPENSION: "报停",
        RequestKind.RESUMPTION: "复用",
        RequestKind.TRANSFER: "过户",
        RequestKind.CLOSURE: "销户",
        RequestKind.CHANGE: "信息变更",
    }
)
STATE_NAMES: Final[Mapping[RequestState, str]] = MappingProxyType(
    {
        RequestState.SUBMITTED: "已提交",
        RequestState.ACCEPTED: "已受理",
        RequestState.DONE: "已办结",
        RequestState.REFUSED: "不予办理",
        RequestState.WITHDRAWN: "已撤回",
    }
)
VERB_NAMES: Final[Mapping[RequestVerb, str]] = MappingProxyType(
    {
        RequestVerb.AGREE: "同意过户",
        RequestVerb.ADD_MATERIAL: "提交材料",
        RequestVerb.ACCEPT: "受理",
        RequestVerb.APPROVE: "审批",
        RequestVerb.COMPLETE: "办结",
        RequestVerb.REFUSE: "不予办理",
        RequestVerb.WITHDRAW: "撤回",
        RequestVerb.URGE: "催办",
        RequestVerb.ASK: "咨询",
        RequestVerb.RATE: "评价",
        RequestVerb.NOTE: "写备注",
        RequestVerb.WATCH: "关注",
        RequestVerb.ASSIGN: "指派",
    }
)
CHANNEL_NAMES: Final[Mapping[RequestChannel, str]] = MappingProxyType(
    {
        RequestChannel.ISHANDONG: "爱山东",
        RequestChannel.WECHAT: "微信公众号",
        RequestChannel.GOV_PORTAL: "政务服务网",
        RequestChannel.HALL: "办事大厅",
        RequestChannel.COUNTER: "专营单位窗口",
    }
)
PARTY_NAMES: Final[Mapping[Party, str]] = MappingProxyType(
    {Party.CUSTOMER: "现用户", Party.RECEIVER: "受让人"}
)
REFUSAL_NAMES: Final[Mapping[RefusalReason, str]] = MappingProxyType(
    {
        RefusalReason.NOT_ELIGIBLE: "不符合办理条件",
        RefusalReason.NOT_THE_CUSTOMER: "提出申请的不是该户用户，也未获授权",
        RefusalReason.AGREEMENT_MISSING: "受让人不同意或未表示同意",
        RefusalReason.MATERIALS_MISSING: "清单内材料未交齐",
        RefusalReason.MATERIALS_WRONG: "材料与事实不符",
        RefusalReason.ARREARS: "欠费未结清",
        RefusalReason.SITE_UNSAFE: "现场不具备安全条件",
    }
)
MATERIAL_NAMES: Final[Mapping[MaterialKind, str]] = MappingProxyType(
    {
        MaterialKind.PREMISES_PROOF: "房屋权属或使用证明",
        MaterialKind.USE_PROOF: "用途变更证明",
        MaterialKind.NAME_PROOF: "更名证明",
        MaterialKind.AUTHORISATION: "代办委托书",
    }
)
ENTRY_NAMES: Final[Mapping[EntryMark, str]] = MappingProxyType(
    {EntryMark.IN_TIME: "按时录入", EntryMark.LATE: "补录"}
)
DEADLINE_NAMES: Final[Mapping[Deadline, str]] = MappingProxyType(
    {
        Deadline.ACCEPT: "应受理时间",
        Deadline.DONE: "应办结时间",
        Deadline.URGE: "催办答复期限",
        Deadline.QUESTION: "咨询答复期限",
    }
)
TURN_NAMES: Final[Mapping[Turn, str]] = MappingProxyType(
    {Turn.CLERK: "窗口", Turn.APPROVER: "审批", Turn.APPLICANT: "等待用户"}
)
WORK_NAMES: Final[Mapping[WorkKind, str]] = MappingProxyType(
    {
        WorkKind.AGREE: "受让人同意",
        WorkKind.HAND_IN: "提交材料",
        WorkKind.ACCEPT: "受理",
        WorkKind.APPROVE: "审批",
        WorkKind.COMPLETE: "办结",
        WorkKind.ANSWER_URGE: "答复催办",
        WorkKind.ANSWER_QUESTION: "答复咨询",
    }
)
_S, _V = RequestState, RequestVerb
OPEN: Final = (_S.SUBMITTED, _S.ACCEPTED)
OVER: Final = frozenset({_S.DONE, _S.REFUSED, _S.WITHDRAWN})
TRANSITIONS: Final = Transitions(
    [
        (_S.SUBMITTED, _V.AGREE, _S.SUBMITTED, JOURNEYS),
        (_S.SUBMITTED, _V.ACCEPT, _S.ACCEPTED, JOURNEYS),
        (_S.ACCEPTED, _V.APPROVE, _S.ACCEPTED, "[R]"),
        (_S.ACCEPTED, _V.COMPLETE, _S.DONE, JOURNEYS),
        *((state, _V.ADD_MATERIAL, state, JOURNEYS) for state in OPEN),
        *((state, _V.REFUSE, _S.REFUSED, "[R]") for state in OPEN),
        *((state, _V.WITHDRAW, _S.WITHDRAWN, JOURNEYS) for state in OPEN),
        *((state, verb, state, CONTACT) for state in OPEN for verb in (_V.URGE, _V.ASK)),
        (_S.DONE, _V.RATE, _S.DONE, CONTACT),
        (_S.REFUSED, _V.RATE, _S.REFUSED, CONTACT),
        *((state, _V.ASSIGN, state, TEAMWORK) for state in OPEN),
        *((state, verb, state, TEAMWORK) for state in _S for verb in (_V.NOTE, _V.WATCH)),
    ],
    STATE_NAMES,
    VERB_NAMES,
)
