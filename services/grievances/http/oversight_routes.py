"""What goes to the unit above, the call-back, and the ledger."""

from functools import partial
from typing import Any

from fastapi import APIRouter

from libs.common.auth.callers import Role, ScopeKind
from libs.common.http.actions import Chosen, Offer, doing
from libs.common.rules import RuleError
from services.grievances.domain.cycle import Call
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.values.codes import CLOSE_NAMES, CloseReason, Level
from services.grievances.domain.values.kinds import ContactWay, ReporterKind
from services.grievances.domain.values.states import Verb, WorkKind
from services.grievances.domain.verbs import calling, clearing, handling, supervising
from services.grievances.http import requests
from services.grievances.http.commands import (
    ABOVE,
    CALLING,
    CLERK,
    COMMANDS,
    DESK,
    LEDGER,
    OVERSIGHT,
    REPORTERS,
    STEPS,
    Given,
)

router = APIRouter(prefix="/v1", tags=["诉求督办与回访"])
_verb = partial(COMMANDS.verb, router)


def level_of(at: Given) -> Level:
    """Return the level that the caller decides for."""
    return Level.CITY if at.caller.scope.kind is ScopeKind.CITY else Level.COUNTY


def _waits_for_level(item: Grievance, at: Given) -> bool:
    return item.waits_above and item.cycle.open_escalation(level_of(at)) is not None


def _has_level_above(_item: Grievance, at: Given) -> bool:
    return at.caller.scope.kind is not ScopeKind.CITY


def _in_ledger(item: Grievance, _at: Any) -> bool:
    return item.ledger is not None and item.ledger.is_open


def not_worked_on(item: Grievance, at: Given) -> bool:
    """Tell whether the caller did nothing of it, in any cycle."""
    return all(at.subject not in cycle.handlers for cycle in item.cycles)


@_verb(
    Verb.ASK_EXTENSION,
    "extension",
    "askExtension",
    "申请延期",
    *CLERK,
    offer=Offer(
        STEPS,
        when=lambda item, at: item.cycle.extension is None and at.now <= (item.cycle.reply_by or at.now),
        otherwise="已申请过延期，或已超过时限",
        hint="须在时限以内申请，并已告知诉求人",
    ),
)
def ask_extension(item: Grievance, body: requests.AskExtension, at: Given) -> None:
    """Ask for a longer time before it is up."""
    supervising.ask_extension(item, body.workdays, body.reason, body.told_at, at.now, at.rules)


@_verb(
    Verb.DECIDE_EXTENSION,
    "extension-decision",
    "decideExtension",
    "审批延期",
    *ABOVE,
    offer=Offer(
        OVERSIGHT,
        when=lambda item, _at: item.cycle.extension is not None and item.cycle.extension.granted is None,
        otherwise="没有待审批的延期申请",
        does=doing(WorkKind.DECIDE_EXTENSION),
    ),
)
def decide_extension(item: Grievance, body: requests.Decide, at: Given) -> None:
    """Decide on a longer time."""
    supervising.decide_extension(item, at.now, at.rules, granted=body.granted)


@_verb(
    Verb.ESCALATE,
    "escalation",
    "escalateGrievance",
    "上报",
    *CLERK,
    *ABOVE,
    offer=Offer(
        OVERSIGHT,
        when=_has_level_above,
        otherwise="市局没有上级，请直接协调",
        hint="专营单位上报县（市、区）主管部门，县（市、区）上报市局",
    ),
)
def escalate(item: Grievance, body: requests.Escalate, at: Given) -> None:
    """Bring it before the unit above."""
    if not _has_level_above(item, at):
        raise RuleError("nobody-above", "市局没有上级", "请直接协调", "need")
    level = Level.COUNTY if at.caller.scope.kind is ScopeKind.UTILITY else Level.CITY
    supervising.escalate(item, level, body.need, at.now, at.rules)


@_verb(
    Verb.ANSWER_ESCALATION,
    "escalation-answer",
    "answerEscalation",
    "答复上报事项",
    *ABOVE,
    offer=Offer(
        OVERSIGHT,
        when=_waits_for_level,
        otherwise="没有待本级答复的上报事项",
        does=doing(WorkKind.ANSWER_ESCALATION),
    ),
)
def answer_escalation(item: Grievance, body: requests.AnswerEscalation, at: Given) -> None:
    """Answer what was brought before one's level."""
    supervising.answer_escalation(item, level_of(at), body.answer, at.now)


@_verb(
    Verb.CONFIRM,
    "finding-confirmation",
    "confirmFinding",
    "复核不合理认定",
    *ABOVE,
    offer=Offer(
        OVERSIGHT,
        when=lambda item, _at: (
            item.cycle.verification is not None
            and not item.cycle.verification.reasonable
            and item.cycle.verification.confirmed is None
        ),
        otherwise="没有待复核的不合理认定",
        does=doing(WorkKind.CONFIRM),
    ),
)
def confirm(item: Grievance, body: requests.Confirm, at: Given) -> None:
    """Confirm that a matter is unreasonable, or say that it is not."""
    handling.confirm(item, at.now, agreed=body.agreed)


def _terminations(_item: Grievance, _at: Given) -> Chosen:
    reasons = (CloseReason.IN_PROCEEDINGS, CloseReason.CONFIDENTIAL, CloseReason.UNCOOPERATIVE)
    return [(reason, CLOSE_NAMES[reason]) for reason in reasons]


@_verb(
    Verb.ASK_TERMINATION,
    "termination",
    "askTermination",
    "申请终止办理",
    *CLERK,
    offer=Offer(STEPS, choices={"reason": _terminations}),
)
def ask_termination(item: Grievance, body: requests.AskTermination, at: Given) -> None:
    """Ask to end it without a solution."""
    supervising.ask_termination(item, body.reason, body.note, at.now)


@_verb(
    Verb.TERMINATE,
    "termination-decision",
    "decideTermination",
    "审批终止办理",
    *ABOVE,
    offer=Offer(
        OVERSIGHT,
        when=lambda item, at: item.cycle.termination is not None and level_of(at) is Level.CITY,
        otherwise="没有待审批的终止申请，或须由市局审批",
        does=doing(WorkKind.TERMINATE),
        consequence="同意的，此件到此结束",
    ),
)
def decide_termination(item: Grievance, body: requests.Decide, at: Given) -> None:
    """Decide whether it ends without a solution: by the city."""
    supervising.check_level(level_of(at))
    supervising.decide_termination(item, at.now, granted=body.granted)


@_verb(
    Verb.CALL,
    "call",
    "recordCallBack",
    "登记回访",
    *DESK,
    offer=Offer(
        CALLING,
        when=not_worked_on,
        otherwise="您办理过此件，须由他人回访",
        does=doing(WorkKind.CALL),
        hint="未联系上的，在两天以上共回访三次",
    ),
)
def call_back(item: Grievance, body: requests.RecordCall, at: Given) -> None:
    """Record a call-back; a good one closes it, a bad one begins it anew."""
    call = Call(at.new_id(), at.now, at.subject, **body.model_dump())
    calling.call_back(item, call, at.rules)


@_verb(
    Verb.CALL,
    "own-call",
    "answerCallBack",
    "填写回访",
    Role.CITIZEN,
    offer=Offer(REPORTERS, hint="您的回答决定此件是否办结"),
)
def answer_call_back(item: Grievance, body: requests.AnswerCallBack, at: Given) -> None:
    """Say in the app whether it is solved."""
    # The units see who called, and not who told it.
    by = at.subject if item.reporter is ReporterKind.NAMED else str(Role.CITIZEN)
    call = Call(at.new_id(), at.now, by, ContactWay.APP, True, **body.model_dump())
    calling.call_back(item, call, at.rules)


@_verb(
    Verb.REOPEN,
    "reopening",
    "reopenGrievance",
    "重新办理",
    *DESK,
    Role.CITIZEN,
    offer=Offer(
        OVERSIGHT,
        when=lambda item, _at: item.utility is not None,
        otherwise="直接答复的咨询不能重新办理",
        hint="重新计时，原来的记录不变",
    ),
)
def reopen(item: Grievance, body: requests.Reopen, at: Given) -> None:
    """Begin a closed one anew."""
    calling.reopen(item, body.reason, at.now, at.rules)


@_verb(
    Verb.KEEP_LEDGER,
    "ledger-entry",
    "keepLedger",
    "填写清零台账",
    *CLERK,
    offer=Offer(
        LEDGER,
        when=_in_ledger,
        otherwise="此件不在清零台账",
        choices={"owner": lambda item, at: at.rules.staff.get(item.utility or "", {}).items()},
        does=doing(WorkKind.CLEAR),
    ),
)
def keep_ledger(item: Grievance, body: requests.KeepLedger, at: Given) -> None:
    """Name who is responsible, what is to be done, or what was done."""
    clearing.keep(item, body.owner, body.measures, body.progress, at.now, at.rules)


@_verb(
    Verb.CROSS_OFF,
    "cross-off",
    "crossOff",
    "销号",
    *ABOVE,
    offer=Offer(
        LEDGER,
        when=_in_ledger,
        otherwise="此件不在清零台账",
        does=doing(WorkKind.CROSS_OFF),
        hint="已解决的须回访基本满意以上；客观上无法解决的须县（市、区）和市局都同意",
    ),
)
def cross_off(item: Grievance, body: requests.CrossOff, at: Given) -> None:
    """Agree to cross an entry off."""
    clearing.cross_off(item, body.ground, level_of(at), body.explanation, at.now, at.rules)
