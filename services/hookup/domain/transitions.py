"""The states of a hookup case and every edge between them, each with the rule that it comes from."""

from enum import StrEnum


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

FINISHED = frozenset({CaseState.CLOSED, CaseState.WITHDRAWN, CaseState.REJECTED, CaseState.TERMINATED})


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
    FINISH = "finish"
    WITHDRAW = "withdraw"
    REFUSE = "refuse"


VERB_NAMES = {
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
    Verb.FINISH: "办结",
    Verb.WITHDRAW: "撤回",
    Verb.REFUSE: "不予办理",
}

_S = CaseState
_WORKING = (_S.ACCEPTED, _S.IN_PROGRESS, _S.PAUSED)
_BEFORE_TURNED_ON = (_S.SUBMITTED, _S.CORRECTION, *_WORKING)

# (from, verb, to, rule). Where several `to` stand for one pair the aggregate chooses among them.
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
    *((state, Verb.WITHDRAW, _S.WITHDRAWN, "the applicant's right") for state in _BEFORE_TURNED_ON),
    (_S.SUBMITTED, Verb.REFUSE, _S.REJECTED, "民法典 §648, §656; allowed codes only [R]"),
    (_S.CORRECTION, Verb.REFUSE, _S.REJECTED, "民法典 §648, §656; allowed codes only [R]"),
    *((state, Verb.REFUSE, _S.TERMINATED, "民法典 §648, §656; allowed codes only [R]") for state in _WORKING),
)

ALLOWED: dict[tuple[CaseState, Verb], frozenset[CaseState]] = {
    (origin, verb): frozenset(to for o, v, to, _ in TRANSITIONS if (o, v) == (origin, verb))
    for origin, verb, _, _ in TRANSITIONS
}
