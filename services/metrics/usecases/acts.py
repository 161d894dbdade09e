"""What each event adds to the activity figures. It is asked before the event changes the facts of its case."""

from collections.abc import Iterable
from functools import singledispatch

from services.metrics.domain.activities import ENTRIES, RECORDED, Act, Activity
from services.metrics.domain.facts import Case
from services.metrics.events import reader


def acts_of(event: reader.HookupEvent, case: Case) -> Iterable[Act]:
    """Return what an event adds: what was done, and how it was entered."""
    yield from acts(event, case)
    yield from _entered(event, case)


def _entered(event: reader.HookupEvent, case: Case) -> Iterable[Act]:
    """Return how an act was entered, and whether in the user's stead.

    All events of one act have one time of recording: the first of them counts.
    """
    if not event.tells_its_entry or event.entered_at == case.act_recorded_at:
        return
    if event.entry in ENTRIES:
        yield Act(ENTRIES[event.entry], recorded_at=event.entered_at)
    if event.in_stead:
        yield Act(Activity.IN_STEAD, recorded_at=event.entered_at)


@singledispatch
def acts(_event: reader.HookupEvent, _case: Case) -> Iterable[Act]:
    """Return what an event adds; most add nothing."""
    return ()


def _one(event: type[reader.HookupEvent], activity: Activity) -> None:
    """Let each event of a kind add one to an activity and say nothing more."""
    found = (Act(activity),)
    acts.register(event)(lambda _event, _case: found)


_one(reader.PermitOverdue, Activity.PERMIT_OVERDUE)
_one(reader.PermitObjected, Activity.PERMIT_OBJECTED)
_one(reader.UndeclaredRiskFound, Activity.UNDECLARED_RISK_FOUND)
_one(reader.EmergencyUnfiled, Activity.EMERGENCY_UNFILED)
_one(reader.NoPermitNeeded, Activity.NO_PERMIT_NEEDED)
_one(reader.CommitmentSigned, Activity.COMMITMENT_SIGNED)
_one(reader.CommitmentWithdrawn, Activity.COMMITMENT_WITHDRAWN)
_one(reader.CommitmentCheckDue, Activity.COMMITMENT_CHECK_DUE)
_one(reader.RectificationOverdue, Activity.RECTIFICATION_OVERDUE)
_one(reader.ExtraMaterialAttempted, Activity.EXTRA_MATERIAL_ATTEMPTED)
_one(reader.QuoteMade, Activity.QUOTE_MADE)
_one(reader.QuoteBlocked, Activity.QUOTE_BLOCKED)
_one(reader.BillBlocked, Activity.BILL_BLOCKED)
_one(reader.SupervisionItemOpened, Activity.SUPERVISION_ITEM_OPENED)
_one(reader.Urged, Activity.URGED)
_one(reader.UrgeOverdue, Activity.URGE_OVERDUE)
_one(reader.QuestionAsked, Activity.QUESTION_ASKED)
_one(reader.AgentAuthorised, Activity.AGENT_AUTHORISED)
_one(reader.GuidanceGiven, Activity.GUIDANCE_GIVEN)
_one(reader.MeterLiveDisputed, Activity.METER_LIVE_DISPUTED)


@acts.register
def _(event: reader.PermitsFiled, _case: Case) -> Iterable[Act]:
    items = len(event.items)
    yield Act(Activity.PERMIT_FILED, items)
    if recorded := sum(item.mode in RECORDED for item in event.items):
        yield Act(Activity.PERMIT_RECORDED, recorded)
    if event.is_parallel:
        yield Act(Activity.PERMIT_PARALLEL, items)


@acts.register
def _(event: reader.ExcavationBegun, _case: Case) -> Iterable[Act]:
    if event.emergency is not None:
        yield Act(Activity.EMERGENCY_DIG)


@acts.register
def _(event: reader.PermitDecided, _case: Case) -> Iterable[Act]:
    # 备案, 免审批 and 告知承诺 are decided at once; they would only shorten the mean of what is waited for.
    if event.mode != "APPROVAL":
        return
    yield Act(Activity.PERMIT_DECIDED, amount=event.working_minutes)
    if event.in_time:
        yield Act(Activity.PERMIT_IN_TIME)
    if event.decision == "REFUSED":
        yield Act(Activity.PERMIT_REFUSED)


@acts.register
def _(event: reader.CommitmentChecked, _case: Case) -> Iterable[Act]:
    yield Act(Activity.COMMITMENT_CHECKED)
    if event.result != "OK":
        yield Act(Activity.COMMITMENT_MISMATCHED)


@acts.register
def _(event: reader.CommitmentRevoked, _case: Case) -> Iterable[Act]:
    yield Act(Activity.COMMITMENT_REVOKED)
    if event.is_false:
        yield Act(Activity.COMMITMENT_FALSE)


@acts.register
def _(event: reader.BillCompared, _case: Case) -> Iterable[Act]:
    yield Act(Activity.BILL_COMPARED)
    if event.difference_fen > 0:
        yield Act(Activity.BILL_OVER_QUOTE)


@acts.register
def _(event: reader.UrgeAnswered, _case: Case) -> Iterable[Act]:
    yield Act(Activity.URGE_ANSWERED)
    if event.in_time:
        yield Act(Activity.URGE_IN_TIME)


@acts.register
def _(event: reader.QuestionAnswered, _case: Case) -> Iterable[Act]:
    yield Act(Activity.QUESTION_ANSWERED)
    if event.in_time:
        yield Act(Activity.QUESTION_IN_TIME)


@acts.register
def _(event: reader.LateEntryRequested, _case: Case) -> Iterable[Act]:
    yield Act(Activity.LATE_ENTRY_REQUESTED, recorded_at=event.entered_at)


@acts.register
def _(event: reader.LateEntryDecided, _case: Case) -> Iterable[Act]:
    if not event.approved:
        yield Act(Activity.LATE_ENTRY_DECLINED, recorded_at=event.entered_at)


@acts.register
def _(_event: reader.AgentAssigned, case: Case) -> Iterable[Act]:
    # A case counts once, with its first agent or when the time for one is over; later changes are no second case.
    if case.agent_in_time is None:
        yield Act(Activity.AGENT_IN_TIME)


@acts.register
def _(_event: reader.AgentOverdue, case: Case) -> Iterable[Act]:
    if case.agent_in_time is None:
        yield Act(Activity.AGENT_LATE)
