"""Commands on the clock of a case: lengths, pauses, agreed dates, special cases, and what is entered late."""

from functools import partial
from uuid import UUID

from fastapi import APIRouter

from services.hookup.domain.case import Case
from services.hookup.domain.parts.permit_pauses import pause_start
from services.hookup.domain.parts.special import Special
from services.hookup.domain.values.entries import Act, Claim
from services.hookup.domain.values.lengths import parse_length
from services.hookup.domain.values.pauses import Pause, PauseReason
from services.hookup.domain.values.transitions import Verb
from services.hookup.domain.verbs.late_entries import decide_late_entry
from services.hookup.domain.verbs.materials import check_evidence
from services.hookup.http import case_requests, offers
from services.hookup.http.commands import (
    CLERK,
    DECIDERS,
    HOOKUPS,
    Given,
    approver,
    enter_act,
    happened_at,
)
from services.hookup.http.entry_models import DeclineLateEntry

router = APIRouter(prefix="/v1", tags=["报装"])
_verb = partial(HOOKUPS.verb, router)


@_verb(
    Verb.CHANGE_LENGTH, "lengths", "changeLength", "登记或更正外线长度", *CLERK, offer=offers.CHANGE_LENGTH
)
def change_length(case: Case, body: case_requests.ChangeLength, at: Given) -> None:
    """Set or change the declared, designed or as-built length; beyond 200 m with the date agreed for it.

    What would undo an announced breach, or lengthen the limit once the survey has ended, waits for an approver.
    """
    claim = Claim(
        act=Act.CHANGE_LENGTH,
        claimed_at=at.now,
        length_kind=body.kind,
        length_dm=parse_length(body.length_m),
        agreed=body.agreed_date,
        document_ref=body.document_ref,
    )
    enter_act(case, claim, body.late_entry, at)


@_verb(Verb.REQUEST_PAUSE, "pauses", "requestPause", "申请暂停", *CLERK, offer=offers.REQUEST_PAUSE)
def request_pause(case: Case, body: case_requests.RequestPause, at: Given) -> None:
    """Ask for the clock to stand still; for an ordinary permit it starts with the filing."""
    check_evidence(case, body.evidence_ref)
    starts_at = happened_at(body.starts_at, at)
    if body.starts_at is None and body.reason is PauseReason.PERMIT_ORDINARY:
        starts_at = pause_start(case, at.rules) or starts_at
    pause = Pause(at.new_id(), body.reason, body.evidence_ref, starts_at, at.subject)
    case.request_pause(pause, at.now, at.rules)


@_verb(
    Verb.DECIDE_PAUSE,
    "pauses/{pause_id}/approval",
    "approvePause",
    "同意暂停",
    *DECIDERS,
    offer=offers.DECIDE_PAUSE,
)
def approve_pause(case: Case, pause_id: UUID, at: Given) -> None:
    """Approve a pause that somebody else asked for; who supervises, where it would undo what was announced."""
    by = approver(at)
    case.decide_pause(str(pause_id), at.now, by.subject, at.rules, approve=True, supervises=by.supervises)


@_verb(
    Verb.DECIDE_PAUSE,
    "pauses/{pause_id}/refusal",
    "declinePause",
    "不同意暂停",
    *DECIDERS,
    offer=offers.DECIDE_PAUSE,
)
def decline_pause(case: Case, pause_id: UUID, at: Given) -> None:
    """Decline a pause; the clock goes on."""
    case.decide_pause(str(pause_id), at.now, at.subject, at.rules, approve=False)


@_verb(Verb.RESUME, "pauses/{pause_id}/end", "resumeHookup", "恢复办理", *CLERK, offer=offers.RESUME)
def resume(case: Case, pause_id: UUID, body: case_requests.ResumePause, at: Given) -> None:
    """End a pause; its days are taken out of the count."""
    claim = Claim(act=Act.RESUME, pause_id=str(pause_id), claimed_at=happened_at(body.at, at))
    enter_act(case, claim, body.late_entry, at)


@_verb(Verb.AGREE_DATE, "agreed-date", "agreeDate", "登记约定日期", *CLERK, offer=offers.AGREE_DATE)
def agree_date(case: Case, body: case_requests.AgreeDate, at: Given) -> None:
    """Record the date agreed in writing: above 200 m, and heat. A later one, or one after a breach, is approved."""
    claim = Claim(
        act=Act.AGREE_DATE, claimed_at=at.now, agreed=body.agreed_date, document_ref=body.document_ref
    )
    enter_act(case, claim, body.late_entry, at)


@_verb(
    Verb.MARK_SPECIAL,
    "special-case",
    "requestSpecialCase",
    "申请认定特殊情况",
    *CLERK,
    offer=offers.REQUEST_SPECIAL,
)
def request_special(case: Case, body: case_requests.RequestSpecialCase, at: Given) -> None:
    """Ask to take the case out of the limit statistics."""
    check_evidence(case, body.evidence_ref)
    case.request_special(Special(body.reason, body.evidence_ref, at.subject, asked_at=at.now))


@_verb(
    Verb.MARK_SPECIAL,
    "special-case/approval",
    "approveSpecialCase",
    "认定特殊情况",
    *DECIDERS,
    offer=offers.DECIDE_SPECIAL,
)
def approve_special(case: Case, at: Given) -> None:
    """Approve a special case that somebody else asked for; of an overdue case who supervises the utility does."""
    case.approve_special(at.now, approver(at), at.rules)


@_verb(
    Verb.ENTER_LATE,
    "late-entries/{entry_id}/approval",
    "approveLateEntry",
    "同意补录",
    *DECIDERS,
    offer=offers.DECIDE_LATE_ENTRY,
)
def approve_late_entry(case: Case, entry_id: UUID, at: Given) -> None:
    """Approve an act that somebody else entered late; it takes effect with the time that is claimed for it."""
    decide_late_entry(case, str(entry_id), at.now, approver(at), at.rules)


@_verb(
    Verb.ENTER_LATE,
    "late-entries/{entry_id}/refusal",
    "declineLateEntry",
    "不同意补录",
    *DECIDERS,
    offer=offers.DECIDE_LATE_ENTRY,
)
def decline_late_entry(case: Case, entry_id: UUID, body: DeclineLateEntry, at: Given) -> None:
    """Decline an act that somebody else entered late; nothing of it takes effect."""
    decide_late_entry(case, str(entry_id), at.now, approver(at), at.rules, decline_reason=body.reason)


@_verb(
    Verb.MARK_SPECIAL,
    "special-case/refusal",
    "declineSpecialCase",
    "不予认定特殊情况",
    *DECIDERS,
    offer=offers.DECIDE_SPECIAL,
)
def decline_special(case: Case, body: case_requests.DeclineSpecialCase, at: Given) -> None:
    """Decline a special case that somebody else asked for, with a reason."""
    case.decline_special(body.reason, at.now, at.subject)
