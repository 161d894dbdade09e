"""The states of a grievance, what can be done in each, and whose turn it is."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from libs.common.aggregate import Transitions


class GrievanceState(StrEnum):
    """Where a grievance is (grievances.md, life cycle)."""

    NEW = "NEW"
    DISPATCHED = "DISPATCHED"
    RETURN_REQUESTED = "RETURN_REQUESTED"
    SIGNED = "SIGNED"
    HANDLING = "HANDLING"
    REPLIED = "REPLIED"
    CALLBACK = "CALLBACK"
    CLOSED = "CLOSED"
    NOT_ACCEPTED = "NOT_ACCEPTED"
    TERMINATED = "TERMINATED"
    WITHDRAWN = "WITHDRAWN"


class Verb(StrEnum):
    """What can be done to a grievance."""

    ANSWER = "ANSWER"
    NOT_ACCEPT = "NOT_ACCEPT"
    DISPATCH = "DISPATCH"
    SIGN = "SIGN"
    ASK_RETURN = "ASK_RETURN"
    DECIDE_RETURN = "DECIDE_RETURN"
    CONTACT = "CONTACT"
    ARRIVE = "ARRIVE"
    VERIFY = "VERIFY"
    CONFIRM = "CONFIRM"
    ASK_EXTENSION = "ASK_EXTENSION"
    DECIDE_EXTENSION = "DECIDE_EXTENSION"
    ESCALATE = "ESCALATE"
    ANSWER_ESCALATION = "ANSWER_ESCALATION"
    REPLY = "REPLY"
    ASK_TERMINATION = "ASK_TERMINATION"
    TERMINATE = "TERMINATE"
    CALL = "CALL"
    CLOSE = "CLOSE"
    REDO = "REDO"
    REOPEN = "REOPEN"
    WITHDRAW = "WITHDRAW"
    KEEP_LEDGER = "KEEP_LEDGER"
    CROSS_OFF = "CROSS_OFF"
    LINK = "LINK"
    ADD_FILE = "ADD_FILE"
    URGE = "URGE"
    ASK = "ASK"
    RATE = "RATE"
    NOTE = "NOTE"
    WATCH = "WATCH"
    ASSIGN = "ASSIGN"
    UPDATE = "UPDATE"
    RENEW = "RENEW"
    READ_IN = "READ_IN"


class GrievanceTimer(StrEnum):
    """What the clock brings about."""

    SIGN = "grievance_sign"
    CONTACT = "grievance_contact"
    ARRIVAL = "grievance_arrival"
    YELLOW = "grievance_yellow"
    OVERDUE = "grievance_overdue"
    RED = "grievance_red"
    TO_COUNTY = "grievance_to_county"
    ESCALATION = "grievance_escalation"
    LEDGER = "grievance_ledger"
    URGE = "grievance_urge"
    LINK = "grievance_link"


class Turn(StrEnum):
    """Whose turn it is."""

    SCREENER = "screener"
    HANDLER = "handler"
    COUNTY = "county"
    CITY = "city"
    CALLER = "caller"


class WorkKind(StrEnum):
    """What there is to do."""

    SCREEN = "SCREEN"
    SIGN = "SIGN"
    CONTACT = "CONTACT"
    ARRIVE = "ARRIVE"
    VERIFY = "VERIFY"
    REPLY = "REPLY"
    DECIDE_RETURN = "DECIDE_RETURN"
    DECIDE_EXTENSION = "DECIDE_EXTENSION"
    CONFIRM = "CONFIRM"
    TERMINATE = "TERMINATE"
    ANSWER_ESCALATION = "ANSWER_ESCALATION"
    CALL = "CALL"
    CLEAR = "CLEAR"
    CROSS_OFF = "CROSS_OFF"
    ANSWER_URGE = "ANSWER_URGE"
    ANSWER_QUESTION = "ANSWER_QUESTION"


STATE_NAMES: Final[Mapping[GrievanceState, str]] = MappingProxyType(
    {
        GrievanceState.NEW: "待受理",
        GrievanceState.DISPATCHED: "已派单",
        GrievanceState.RETURN_REQUESTED: "申请退单",
        GrievanceState.SIGNED: "已签收",
        GrievanceState.HANDLING: "办理中",
        GrievanceState.REPLIED: "待回访",
        GrievanceState.CALLBACK: "回访中",
        GrievanceState.CLOSED: "已办结",
        GrievanceState.NOT_ACCEPTED: "不予受理",
        GrievanceState.TERMINATED: "终止办理",
        GrievanceState.WITHDRAWN: "已撤回",
    }
)
VERB_NAMES: Final[Mapping[Verb, str]] = MappingProxyType(
    {
        Verb.ANSWER: "直接答复",
        Verb.NOT_ACCEPT: "不予受理",
        Verb.DISPATCH: "派单",
        Verb.SIGN: "签收",
        Verb.ASK_RETURN: "申请退单",
        Verb.DECIDE_RETURN: "审核退单",
        Verb.CONTACT: "登记联系",
        Verb.ARRIVE: "登记到场",
        Verb.VERIFY: "核实",
        Verb.CONFIRM: "复核不合理认定",
        Verb.ASK_EXTENSION: "申请延期",
        Verb.DECIDE_EXTENSION: "审批延期",
        Verb.ESCALATE: "上报",
        Verb.ANSWER_ESCALATION: "答复上报事项",
        Verb.REPLY: "答复",
        Verb.ASK_TERMINATION: "申请终止",
        Verb.TERMINATE: "审批终止",
        Verb.CALL: "登记回访",
        Verb.CLOSE: "办结",
        Verb.REDO: "重办",
        Verb.REOPEN: "重新办理",
        Verb.WITHDRAW: "撤回",
        Verb.KEEP_LEDGER: "填写清零台账",
        Verb.CROSS_OFF: "销号",
        Verb.LINK: "关联重复诉求",
        Verb.ADD_FILE: "提交附件",
        Verb.URGE: "催办",
        Verb.ASK: "咨询",
        Verb.RATE: "评价",
        Verb.NOTE: "写备注",
        Verb.WATCH: "关注",
        Verb.ASSIGN: "指派",
        Verb.UPDATE: "接收热线变更",
        Verb.RENEW: "按热线决定重新受理",
        Verb.READ_IN: "从台账补录",
    }
)
TURN_NAMES: Final[Mapping[Turn, str]] = MappingProxyType(
    {
        Turn.SCREENER: "受理派单",
        Turn.HANDLER: "承办",
        Turn.COUNTY: "县区督办",
        Turn.CITY: "市局督办",
        Turn.CALLER: "回访",
    }
)
WORK_NAMES: Final[Mapping[WorkKind, str]] = MappingProxyType(
    {
        WorkKind.SCREEN: "受理派单",
        WorkKind.SIGN: "签收",
        WorkKind.CONTACT: "联系诉求人",
        WorkKind.ARRIVE: "到场",
        WorkKind.VERIFY: "核实",
        WorkKind.REPLY: "答复",
        WorkKind.DECIDE_RETURN: "审核退单",
        WorkKind.DECIDE_EXTENSION: "审批延期",
        WorkKind.CONFIRM: "复核不合理认定",
        WorkKind.TERMINATE: "审批终止",
        WorkKind.ANSWER_ESCALATION: "答复上报事项",
        WorkKind.CALL: "回访",
        WorkKind.CLEAR: "清零",
        WorkKind.CROSS_OFF: "审批销号",
        WorkKind.ANSWER_URGE: "答复催办",
        WorkKind.ANSWER_QUESTION: "答复咨询",
    }
)

_S, _V = GrievanceState, Verb
LIFE_CYCLE: Final = "seed 二（二）2; grievances.md, life cycle"
SCREENING: Final = "潍坊12345条例 §19, §22"
CALLING: Final = "潍坊12345条例 §25; 济南 §27"
JOURNEYS: Final = "channel-journeys.md, 报修、投诉"
WITH_UNIT: Final = (_S.DISPATCHED, _S.SIGNED, _S.HANDLING)
WORKED_ON: Final = (_S.SIGNED, _S.HANDLING)
ANSWERED: Final = (_S.REPLIED, _S.CALLBACK)
OVER: Final = frozenset({_S.CLOSED, _S.NOT_ACCEPTED, _S.TERMINATED, _S.WITHDRAWN})
OPEN: Final = tuple(state for state in _S if state not in OVER)
BEFORE_REPLY: Final = tuple(state for state in OPEN if state not in ANSWERED)
# What a utility does that only helps (协办); all else is the work of the one that leads (主办).
HELPED: Final = frozenset({_V.NOTE, _V.WATCH, _V.ADD_FILE})
TRANSITIONS: Final = Transitions(
    [
        (_S.NEW, _V.ANSWER, _S.REPLIED, LIFE_CYCLE),
        (_S.NEW, _V.READ_IN, _S.CLOSED, "seed 二（二）2 清零"),
        (_S.NEW, _V.NOT_ACCEPT, _S.NOT_ACCEPTED, SCREENING),
        (_S.NEW, _V.DISPATCH, _S.DISPATCHED, LIFE_CYCLE),
        (_S.DISPATCHED, _V.SIGN, _S.SIGNED, LIFE_CYCLE),
        (_S.DISPATCHED, _V.ASK_RETURN, _S.RETURN_REQUESTED, SCREENING),
        (_S.SIGNED, _V.ASK_RETURN, _S.RETURN_REQUESTED, SCREENING),
        (_S.RETURN_REQUESTED, _V.DECIDE_RETURN, _S.NEW, SCREENING),
        (_S.RETURN_REQUESTED, _V.DECIDE_RETURN, _S.DISPATCHED, SCREENING),
        (_S.RETURN_REQUESTED, _V.DECIDE_RETURN, _S.SIGNED, SCREENING),
        *((state, _V.CONTACT, state, "[M] 24 h") for state in WORKED_ON),
        *((state, _V.ARRIVE, state, "供热条例: 潍坊 §34, 菏泽 §41") for state in WORKED_ON),
        (_S.SIGNED, _V.VERIFY, _S.HANDLING, LIFE_CYCLE),
        *((state, _V.CONFIRM, state, "[R]") for state in (_S.HANDLING, *ANSWERED)),
        *((state, _V.ASK_EXTENSION, state, "山东省政务服务热线管理办法 2020") for state in WORKED_ON),
        *((state, _V.DECIDE_EXTENSION, state, "山东省政务服务热线管理办法 2020") for state in WORKED_ON),
        *((state, _V.ESCALATE, state, "seed 二（二）2") for state in WORKED_ON),
        *((state, _V.ANSWER_ESCALATION, state, "seed 二（二）2") for state in (*OPEN, _S.CLOSED)),
        (_S.HANDLING, _V.REPLY, _S.REPLIED, LIFE_CYCLE),
        *((state, _V.ASK_TERMINATION, state, "潍坊12345条例 §21; 济南 §25") for state in WORKED_ON),
        *((state, _V.TERMINATE, _S.TERMINATED, "潍坊12345条例 §21; 济南 §25") for state in WORKED_ON),
        *((state, _V.TERMINATE, state, "潍坊12345条例 §21; 济南 §25") for state in WORKED_ON),
        *((state, _V.CALL, _S.CALLBACK, CALLING) for state in ANSWERED),
        *((state, _V.CLOSE, _S.CLOSED, CALLING) for state in ANSWERED),
        *((state, _V.REDO, _S.DISPATCHED, CALLING) for state in ANSWERED),
        (_S.CLOSED, _V.REOPEN, _S.DISPATCHED, "[R]"),
        *((state, _V.WITHDRAW, _S.WITHDRAWN, JOURNEYS) for state in BEFORE_REPLY),
        *(
            (state, verb, state, "seed 二（二）2 清零")
            for state in _S
            for verb in (_V.KEEP_LEDGER, _V.CROSS_OFF)
        ),
        *((state, _V.LINK, state, "[R]") for state in BEFORE_REPLY),
        *((state, _V.ADD_FILE, state, JOURNEYS) for state in OPEN),
        *((state, verb, state, JOURNEYS) for state in BEFORE_REPLY for verb in (_V.URGE, _V.ASK)),
        (_S.CLOSED, _V.RATE, _S.CLOSED, "鲁政办发〔2020〕10号"),
        *((state, _V.ASSIGN, state, "[R]") for state in WITH_UNIT),
        *((state, verb, state, "[R]") for state in _S for verb in (_V.NOTE, _V.WATCH, _V.UPDATE)),
        (_S.NOT_ACCEPTED, _V.RENEW, _S.NEW, "山东省政务服务热线管理办法 2020; 潍坊12345条例 §22"),
    ],
    STATE_NAMES,
    VERB_NAMES,
)
