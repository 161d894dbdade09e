"""The states of a hookup case and every transition between them, each with its legal source."""

from collections.abc import Mapping
from enum import StrEnum

from libs.common.aggregate import Transitions


class CaseState(StrEnum):
    """Where a case is. PAUSED is shown while a pause is open; stages may still move."""

    SUBMITTED = "SUBMITTED"
    CORRECTION = "CORRECTION"
    ACCEPTED = "ACCEPTED"
    IN_PROGRESS = "IN_PROGRESS"
    PAUSED = "PAUSED"
    TURNED_ON = "TURNED_ON"
    CLOSED = "CLOSED"
    WITHDRAWN = "WITHDRAWN"
    REJECTED = "REJECTED"
    TERMINATED = "TERMINATED"


STATE_NAMES = {
    CaseState.SUBMITTED: "已提交",
    CaseState.CORRECTION: "待补正",
    CaseState.ACCEPTED: "已受理",
    CaseState.IN_PROGRESS: "办理中",
    CaseState.PAUSED: "已暂停",
    CaseState.TURNED_ON: "已通，待确认",
    CaseState.CLOSED: "已办结",
    CaseState.WITHDRAWN: "已撤回",
    CaseState.REJECTED: "不予受理",
    CaseState.TERMINATED: "已终止",
}

# Cases that end without works: authorities have nothing to decide or check any more.
CAME_TO_NOTHING = frozenset({CaseState.WITHDRAWN, CaseState.REJECTED, CaseState.TERMINATED})
FINISHED = frozenset({CaseState.CLOSED, *CAME_TO_NOTHING})


class Verb(StrEnum):
    """What can be done to a case."""

    REQUEST_CORRECTION = "request_correction"
    ANSWER_CORRECTION = "answer_correction"
    ACCEPT = "accept"
    START_STAGE = "start_stage"
    COMPLETE_STAGE = "complete_stage"
    CHANGE_LENGTH = "change_length"
    REQUEST_PAUSE = "request_pause"
    DECIDE_PAUSE = "decide_pause"
    RESUME = "resume"
    AGREE_DATE = "agree_date"
    MARK_SPECIAL = "mark_special"
    REPORT_METER_LIVE = "report_meter_live"
    ENTER_LATE = "enter_late"
    DISPUTE = "dispute"
    FINISH = "finish"
    WITHDRAW = "withdraw"
    REFUSE = "refuse"
    ADD_MATERIAL = "add_material"
    ADD_EVIDENCE = "add_evidence"
    FILE_PERMITS = "file_permits"
    DECIDE_PERMIT = "decide_permit"
    SIGN_COMMITMENT = "sign_commitment"
    CHECK_COMMITMENT = "check_commitment"
    OBJECT = "object"
    REPORT_RISK = "report_risk"
    RECORD_NO_PERMIT = "record_no_permit"
    EXCAVATE = "excavate"
    MAKE_QUOTE = "make_quote"
    ANSWER_QUOTE = "answer_quote"
    RECORD_BILL = "record_bill"
    ASSIGN_AGENT = "assign_agent"
    AUTHORISE_AGENT = "authorise_agent"
    GUIDE = "guide"
    ASK = "ask"
    URGE = "urge"
    RATE = "rate"


class StaffVerb(StrEnum):
    """What the staff do among themselves; it leaves the case as it is, and users are not told of it."""

    ASSIGN = "assign"
    NOTE = "note"
    WATCH = "watch"


VERB_NAMES: Mapping[StrEnum, str] = {
    Verb.REQUEST_CORRECTION: "一次性告知补正",
    Verb.ANSWER_CORRECTION: "补正",
    Verb.ACCEPT: "受理",
    Verb.START_STAGE: "开始环节",
    Verb.COMPLETE_STAGE: "完成环节",
    Verb.CHANGE_LENGTH: "登记外线长度",
    Verb.REQUEST_PAUSE: "申请暂停",
    Verb.DECIDE_PAUSE: "审批暂停",
    Verb.RESUME: "恢复办理",
    Verb.AGREE_DATE: "约定日期",
    Verb.MARK_SPECIAL: "特殊情况",
    Verb.REPORT_METER_LIVE: "通水通气通热",
    Verb.ENTER_LATE: "补录或审批补录",
    Verb.DISPUTE: "对开通提出异议",
    Verb.FINISH: "办结",
    Verb.WITHDRAW: "撤回",
    Verb.REFUSE: "不予办理",
    Verb.ADD_MATERIAL: "上传材料",
    Verb.ADD_EVIDENCE: "上传依据材料",
    Verb.FILE_PERMITS: "申报并联审批",
    Verb.DECIDE_PERMIT: "登记审批决定",
    Verb.SIGN_COMMITMENT: "签署或撤回承诺",
    Verb.CHECK_COMMITMENT: "核查承诺",
    Verb.OBJECT: "提出异议",
    Verb.REPORT_RISK: "登记发现的风险",
    Verb.RECORD_NO_PERMIT: "登记无需审批",
    Verb.EXCAVATE: "开挖",
    Verb.MAKE_QUOTE: "报价",
    Verb.ANSWER_QUOTE: "答复报价",
    Verb.RECORD_BILL: "登记结算",
    Verb.ASSIGN_AGENT: "指派帮办人员",
    Verb.AUTHORISE_AGENT: "授权帮办代办",
    Verb.GUIDE: "登记接入方案指导",
    Verb.ASK: "提问或答复",
    Verb.URGE: "催办或答复催办",
    Verb.RATE: "评价",
    StaffVerb.ASSIGN: "指派或取消承办人",
    StaffVerb.NOTE: "写备注",
    StaffVerb.WATCH: "关注或取消关注",
}

_S = CaseState
_WORKING = (_S.ACCEPTED, _S.IN_PROGRESS, _S.PAUSED)
_BEFORE_TURNED_ON = (_S.SUBMITTED, _S.CORRECTION, *_WORKING)
_UNFINISHED = (*_BEFORE_TURNED_ON, _S.TURNED_ON)
_UNDER_WAY = (_S.IN_PROGRESS, _S.PAUSED)

# (from, verb, to, rule). Where a pair has several targets the aggregate chooses one.
TRANSITIONS: tuple[tuple[CaseState, Verb, CaseState, str], ...] = (
    (_S.SUBMITTED, Verb.REQUEST_CORRECTION, _S.CORRECTION, "行政许可法 §32(4), asked once"),
    (_S.CORRECTION, Verb.ANSWER_CORRECTION, _S.SUBMITTED, "行政许可法 §32(4)"),
    (_S.SUBMITTED, Verb.ACCEPT, _S.ACCEPTED, "HK-01; complete online forms at receipt [R]"),
    (_S.SUBMITTED, Verb.ACCEPT, _S.IN_PROGRESS, "ACCEPT‖SURVEY_DESIGN, HK-03"),
    (_S.SUBMITTED, Verb.START_STAGE, _S.SUBMITTED, "ACCEPT‖SURVEY_DESIGN, HK-03"),
    (_S.SUBMITTED, Verb.COMPLETE_STAGE, _S.SUBMITTED, "ACCEPT‖SURVEY_DESIGN, HK-03"),
    (_S.ACCEPTED, Verb.START_STAGE, _S.IN_PROGRESS, "HK-01"),
    *((state, Verb.START_STAGE, state, "HK-01, HK-03") for state in (_S.IN_PROGRESS, _S.PAUSED)),
    *((state, Verb.COMPLETE_STAGE, state, "HK-01") for state in (_S.IN_PROGRESS, _S.PAUSED)),
    *((state, Verb.CHANGE_LENGTH, state, "clock: length used") for state in _BEFORE_TURNED_ON),
    (_S.TURNED_ON, Verb.CHANGE_LENGTH, _S.TURNED_ON, "as-built record"),
    *((state, Verb.REQUEST_PAUSE, state, "clock: pause approval [R]") for state in _WORKING),
    *((state, Verb.DECIDE_PAUSE, state, "clock: pause approval [R]") for state in _WORKING),
    (_S.ACCEPTED, Verb.DECIDE_PAUSE, _S.PAUSED, "clock: pause approval [R]"),
    (_S.IN_PROGRESS, Verb.DECIDE_PAUSE, _S.PAUSED, "clock: pause approval [R]"),
    (_S.PAUSED, Verb.RESUME, _S.PAUSED, "another pause is open"),
    (_S.PAUSED, Verb.RESUME, _S.ACCEPTED, "clock: pause effect [R]"),
    (_S.PAUSED, Verb.RESUME, _S.IN_PROGRESS, "clock: pause effect [R]"),
    *((state, Verb.AGREE_DATE, state, "O4, O5") for state in _BEFORE_TURNED_ON),
    *((state, Verb.MARK_SPECIAL, state, "HK-02 特殊情况除外") for state in _WORKING),
    (_S.IN_PROGRESS, Verb.REPORT_METER_LIVE, _S.TURNED_ON, "clock: stop event [R]"),
    (_S.TURNED_ON, Verb.FINISH, _S.CLOSED, "clock: stop event [R]"),
    (_S.TURNED_ON, Verb.DISPUTE, _S.IN_PROGRESS, "clock: stop event [R], O19"),
    *((state, Verb.ENTER_LATE, state, "entering late [R]; 二（一）1") for state in _UNFINISHED),
    *((state, Verb.WITHDRAW, _S.WITHDRAWN, "the applicant's right") for state in _BEFORE_TURNED_ON),
    (_S.SUBMITTED, Verb.REFUSE, _S.REJECTED, "民法典 §648, §656; allowed codes only [R]"),
    (_S.CORRECTION, Verb.REFUSE, _S.REJECTED, "民法典 §648, §656; allowed codes only [R]"),
    *((state, Verb.REFUSE, _S.TERMINATED, "民法典 §648, §656; allowed codes only [R]") for state in _WORKING),
    *((state, Verb.ADD_MATERIAL, state, "HK-06") for state in _BEFORE_TURNED_ON),
    *((state, Verb.ADD_EVIDENCE, state, "clock: evidence file [R]") for state in _UNFINISHED),
    (_S.ACCEPTED, Verb.FILE_PERMITS, _S.IN_PROGRESS, "HK-04 在线并联办理"),
    *((state, Verb.FILE_PERMITS, state, "HK-04 在线并联办理") for state in _UNDER_WAY),
    (_S.PAUSED, Verb.FILE_PERMITS, _S.IN_PROGRESS, "O3: with nothing to wait for the permit pause ends"),
    *((state, Verb.DECIDE_PERMIT, state, "HK-04; 行政许可法 §42") for state in _UNDER_WAY),
    (_S.PAUSED, Verb.DECIDE_PERMIT, _S.IN_PROGRESS, "O3: the permit pause ends with the decision"),
    *((state, Verb.SIGN_COMMITMENT, state, "NC-01, NC-02") for state in _UNDER_WAY),
    *(
        (state, Verb.CHECK_COMMITMENT, state, "NC-05 to NC-07")
        for state in (*_UNDER_WAY, _S.TURNED_ON, _S.CLOSED)
    ),
    *((state, Verb.OBJECT, state, "NC-03 [R]: 备案, 免审批 may be objected to") for state in _UNDER_WAY),
    *(
        (state, Verb.REPORT_RISK, state, "NC-03; 山东省优化营商环境条例 §29")
        for state in (*_UNDER_WAY, _S.TURNED_ON, _S.CLOSED)
    ),
    *(
        (state, Verb.RECORD_NO_PERMIT, state, "HK-04: works need permits, or a reason")
        for state in _UNDER_WAY
    ),
    *(
        (state, Verb.EXCAVATE, state, "PERMIT‖EXTERNAL_WORKS: excavation needs the decision")
        for state in _UNDER_WAY
    ),
    *((state, Verb.MAKE_QUOTE, state, "二（一）2; 国办函〔2020〕129号") for state in _WORKING),
    *((state, Verb.ANSWER_QUOTE, state, "二（一）2") for state in _WORKING),
    *((state, Verb.RECORD_BILL, state, "二（一）2") for state in (*_WORKING, _S.TURNED_ON, _S.CLOSED)),
    *((state, Verb.ASSIGN_AGENT, state, "HK-07 [R]") for state in _UNFINISHED),
    *((state, Verb.AUTHORISE_AGENT, state, "HK-07 [R]") for state in _UNFINISHED),
    *((state, Verb.GUIDE, state, "HK-07; 二（一）4") for state in _UNFINISHED),
    *((state, Verb.ASK, state, "HK-07; 二（一）4") for state in _UNFINISHED),
    *((state, Verb.URGE, state, "二（一）5; channel journeys: 催办") for state in _UNFINISHED),
    (_S.CLOSED, Verb.RATE, _S.CLOSED, "二（二）2; channel journeys: one rating"),
)

STAFF_TRANSITIONS: tuple[tuple[CaseState, StaffVerb, CaseState, str], ...] = (
    *((state, StaffVerb.ASSIGN, state, "who works on it, until the end [R]") for state in _UNFINISHED),
    *((state, StaffVerb.NOTE, state, "internal note, after the end too [R]") for state in CaseState),
    *((state, StaffVerb.WATCH, state, "watching, after the end too [R]") for state in CaseState),
)

CASE_TRANSITIONS: Transitions[CaseState, StrEnum] = Transitions(
    (*TRANSITIONS, *STAFF_TRANSITIONS), STATE_NAMES, VERB_NAMES
)
ALLOWED = CASE_TRANSITIONS.allowed
