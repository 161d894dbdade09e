"""The rules of late entries, written a second time."""

from datetime import date, datetime, timedelta

from libs.common.clock import local
from services.hookup.domain.case import Case
from services.hookup.domain.values.entries import Act, ApprovalGround, LateEntryState
from services.hookup.domain.values.lengths import LengthKind, classify
from services.hookup.domain.values.limits import due
from services.hookup.domain.values.pauses import excluded_dates
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import Verb
from tests.services.hookup.domain.oracle.clock import announced, complete_stage, start_stage, surveyed
from tests.services.hookup.domain.oracle.ending import report_meter_live
from tests.services.hookup.domain.oracle.outcomes import Outcome, outcome


def lengthens(case: Case, kind: LengthKind, length_dm: int, rules: Rules) -> bool:
    """Whether a length would move, or take away, a date that was announced missed, or that the survey gave.

    What the user declared is lengthened by nobody alone, nor what is on record as built.
    """
    if kind is LengthKind.AS_BUILT:
        return case.as_built_dm is not None and length_dm > case.as_built_dm
    if case.receipt is None or case.due is None or case.due.judged_at is None:
        return False
    first = kind is LengthKind.DESIGNED and case.designed_dm is None
    if first and not announced(case) and not surveyed(case):
        return False
    declared = length_dm if kind is LengthKind.DECLARED else case.declared_dm
    designed = length_dm if kind is LengthKind.DESIGNED else case.designed_dm
    of_class = classify(declared if designed is None else designed, rules.policy)
    ended = [span for span in case.spans if span.end is not None]
    out = excluded_dates(ended, None, rules.policy, rules.calendar)
    then = due(case.receipt, case.supply, of_class, case.agreed, out, rules.policy, rules.calendar).judged_at
    return then is None or then > case.due.judged_at


def puts_off(case: Case, agreed: date) -> bool:
    """Whether a date is later than the one that stands, or the first when the works have begun."""
    if case.agreed is None:
        return case.stage(Stage.EXTERNAL_WORKS) is not None
    return agreed > case.agreed


def gap_days(case: Case, now: datetime, rules: Rules, begun: datetime | None = None) -> int:
    """Count the working days of gaps up to now, with a stage that began at an instant and runs."""
    times = [(each.start, each.end or now) for each in case.stages]
    times += [] if begun is None else [(begun, now)]
    reached, total = min(start for start, _ in times), 0
    for start, end in sorted([*times, (now, now)]):
        if start > reached:
            first, last = local(reached).date(), local(start).date()
            out = excluded_dates(case.spans, last, rules.policy, rules.calendar)
            days = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
            counted = sum(rules.calendar.is_workday(day) and day not in out for day in days)
            total += counted if counted > rules.policy.handover_workdays else 0
        reached = max(reached, end)
    return total


def needs_approval(
    case: Case, act: Act, claimed: datetime, now: datetime, rules: Rules
) -> ApprovalGround | None:
    """Very late is after the close of the second working day; a live meter or a start undoes what was announced."""
    if act is Act.METER_LIVE and announced(case) and case.overdue_for and claimed <= case.overdue_for:
        return ApprovalGround.AFTER_BREACH
    covers = act is Act.START_STAGE and case.gap_since is not None
    if covers and gap_days(case, now, rules, claimed) < gap_days(case, now, rules):
        return ApprovalGround.AFTER_GAP
    day, left = local(claimed).date(), 2
    while left:
        day += timedelta(days=1)
        left -= rules.calendar.is_workday(day)
    return ApprovalGround.VERY_LATE if now > rules.calendar.close_of(day) else None


def perform(case: Case, act: Act, stage: Stage, at: datetime, *, evidence: bool) -> Outcome:
    """What the act itself needs."""
    match act:
        case Act.START_STAGE:
            return start_stage(case, stage, at)
        case Act.COMPLETE_STAGE:
            return complete_stage(case, stage, at)
        case _:
            return report_meter_live(case, at, evidence=evidence)


def enter(
    case: Case,
    act: Act,
    stage: Stage,
    claimed: datetime,
    now: datetime,
    rules: Rules,
    *,
    grounds: bool,
    evidence: bool | None = None,
) -> tuple[Verb, Outcome]:
    """At once, or to wait with grounds, which are evidence as well; what can never be is refused either way."""
    own = {
        Act.START_STAGE: Verb.START_STAGE,
        Act.COMPLETE_STAGE: Verb.COMPLETE_STAGE,
        Act.METER_LIVE: Verb.REPORT_METER_LIVE,
    }[act]
    performed = perform(case, act, stage, claimed, evidence=grounds if evidence is None else evidence)
    if needs_approval(case, act, claimed, now, rules) is None:
        return own, performed
    return Verb.ENTER_LATE, outcome(case, Verb.ENTER_LATE, grounds and performed is Outcome.LEGAL)


def decide_entry(
    case: Case, entry_id: str, by: str, now: datetime, rules: Rules, *, approve: bool
) -> Outcome:
    """By somebody else, once, and what undoes a breach by who supervises."""
    entry = next((each for each in case.late_entries if each.id == entry_id), None)
    if entry is None or entry.state is not LateEntryState.PENDING or entry.entered_by == by:
        return Outcome.ILLEGAL
    claim = entry.claim
    published = (ApprovalGround.AFTER_BREACH, ApprovalGround.AFTER_GAP)
    undoes = approve and needs_approval(case, claim.act, claim.claimed_at, now, rules) in published
    supervised = by == "supervisor-1" or not (entry.needs in published or undoes)
    stage = claim.stage or Stage.TURN_ON
    done = (
        not approve
        or perform(case, claim.act, stage, claim.claimed_at, evidence=claim.evidence_ref is not None)
        is Outcome.LEGAL
    )
    return outcome(case, Verb.ENTER_LATE, supervised and done)
