"""The rules of the clock, written a second time: application, stages, lengths, pauses, dates."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from libs.common.clock import local
from libs.common.places import Supply
from services.hookup.domain.case import Case
from services.hookup.domain.values.lengths import LengthClass, LengthKind
from services.hookup.domain.values.materials import MaterialKind
from services.hookup.domain.values.pauses import PauseReason, PauseState, excluded_dates
from services.hookup.domain.values.permit_details import NoPermitReason
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import CaseState, Verb
from tests.services.hookup.domain.oracle.items import granted, last_items, waiting
from tests.services.hookup.domain.oracle.outcomes import TELEPHONE, Outcome, outcome

LINE = (Stage.PERMIT, Stage.EXTERNAL_WORKS)


def request_correction(case: Case, codes: Sequence[str], rules: Rules, reason: str | None = None) -> Outcome:
    """Once, only for what the list has and nobody shares, and for a reason where it is on file."""
    listed = rules.materials.lists.get((case.supply, case.channel), ())
    askable = {each.kind.value for each in listed if each.shared_from is None}
    extra = any(code not in askable for code in codes)
    again = any(file.kind in codes for file in case.materials)
    legal = case.correction_items is None and (reason is not None or not again) and reason != TELEPHONE
    return outcome(case, Verb.REQUEST_CORRECTION, legal, extra)


def accept(case: Case, at: datetime) -> Outcome:
    """Not before it was applied for."""
    return outcome(case, Verb.ACCEPT, at >= case.submitted_at)


def receive_material(case: Case, kind: MaterialKind, rules: Rules) -> Outcome:
    """Only what is listed, and not more files than the policy allows."""
    listed = rules.materials.lists.get((case.supply, case.channel), ())
    of_the_user = [file for file in case.materials if file.kind is not MaterialKind.EVIDENCE]
    room = len(of_the_user) < rules.materials.most_files
    return outcome(case, Verb.ADD_MATERIAL, room and any(each.kind is kind for each in listed))


def attach_evidence(case: Case, rules: Rules) -> Outcome:
    """Not more files than the policy allows, beside those of the user."""
    shown = [file for file in case.materials if file.kind is MaterialKind.EVIDENCE]
    return outcome(case, Verb.ADD_EVIDENCE, len(shown) < rules.materials.most_files)


def start_stage(case: Case, stage: Stage, at: datetime) -> Outcome:
    """Once; what must have begun has begun, what must have ended has ended."""

    def begun(earlier: Stage) -> bool:
        found = case.stage(earlier)
        return found is not None and found.start <= at

    def ended(earlier: Stage) -> bool:
        found = case.stage(earlier)
        return found is not None and found.end is not None and found.end <= at

    is_gas, has_line = case.supply is Supply.GAS, case.length_class is not LengthClass.L0_NONE
    match stage:
        case Stage.ACCEPT:
            ready = False
        case Stage.SURVEY_DESIGN:
            ready = True
        case Stage.CONTRACT | Stage.PERMIT:
            ready = begun(Stage.SURVEY_DESIGN)
        case Stage.EXTERNAL_WORKS:
            filed = [item.filed_at for item in case.permits if item.form_id]
            permitted = case.no_permit is not None or (bool(filed) and min(filed) <= at)
            ready = ended(Stage.SURVEY_DESIGN) and begun(Stage.CONTRACT) and permitted
        case Stage.TURN_ON:
            works = ended(Stage.EXTERNAL_WORKS) if is_gas else begun(Stage.EXTERNAL_WORKS)
            ready = ended(Stage.SURVEY_DESIGN) and ended(Stage.CONTRACT) and (works or not has_line)
    accepted = case.accepted_at is not None and case.accepted_at <= at
    return outcome(
        case,
        Verb.START_STAGE,
        ready
        and case.stage(stage) is None
        and at >= case.submitted_at
        and (accepted or stage is Stage.SURVEY_DESIGN)
        and (has_line or stage not in LINE),
    )


def complete_stage(case: Case, stage: Stage, at: datetime) -> Outcome:
    """What runs and may end by itself: designed with a length, permitted or known to need no permit."""
    found = case.stage(stage)
    measured = stage is not Stage.SURVEY_DESIGN or case.length_class is not LengthClass.UNKNOWN
    permitted = stage not in LINE or (permits_there(case, at) and (stage is Stage.PERMIT or dug(case, at)))
    runs = found is not None and found.end is None and found.start <= at
    ends_so = stage not in (Stage.ACCEPT, Stage.TURN_ON)
    return outcome(case, Verb.COMPLETE_STAGE, runs and ends_so and measured and permitted)


def permits_there(case: Case, at: datetime) -> bool:
    """Whether all that was filed is granted by an instant, or nothing was filed and it is known why."""
    if not case.permits:
        return case.no_permit is not None
    return granted(case) and all(item.decided_at and item.decided_at <= at for item in last_items(case))


def dug(case: Case, at: datetime) -> bool:
    """Whether the works may end as far as the dig is concerned."""
    if case.excavation_at is not None:
        return case.excavation_at <= at
    return case.no_permit is not None and (
        not case.permits or case.no_permit.reason is NoPermitReason.EXISTING_DUCT
    )


def change_length(case: Case, kind: LengthKind, length_dm: int) -> Outcome:
    """A line neither vanishes under stages that it needs nor appears under a turn-on that had none."""
    declared = length_dm if kind is LengthKind.DECLARED else case.declared_dm
    designed = length_dm if kind is LengthKind.DESIGNED else case.designed_dm
    has_line = (declared if designed is None else designed) != 0
    fits = has_line or not any(case.stage(each) for each in LINE)
    too_late = has_line and case.stage(Stage.TURN_ON) and not case.stage(Stage.EXTERNAL_WORKS)
    fixed = case.state is CaseState.TURNED_ON and kind is not LengthKind.AS_BUILT
    return outcome(case, Verb.CHANGE_LENGTH, fits and not too_late and not fixed)


def request_pause(
    case: Case, reason: PauseReason, starts_at: datetime, now: datetime, rules: Rules
) -> Outcome:
    """Within a working day of its start; a permit's from its filing, which came soon after the scheme reply."""

    def workdays(start: datetime, end: datetime) -> int:
        days = (local(end).date() - local(start).date()).days
        return sum(
            rules.calendar.is_workday(local(start).date() + timedelta(days=n)) for n in range(1, days + 1)
        )

    legal = case.accepted_at is not None and starts_at >= case.accepted_at
    legal = legal and workdays(starts_at, now) <= rules.policy.retroactive_pause_workdays
    legal = legal and (case.overdue_for is None or starts_at >= case.overdue_for)
    if reason is PauseReason.PERMIT_ORDINARY:
        survey = case.stage(Stage.SURVEY_DESIGN)
        last = None
        if survey is not None and survey.end is not None:
            day = local(survey.end).date()
            for _ in range(rules.policy.permit_filing_workdays):
                day += timedelta(days=1)
                while not rules.calendar.is_workday(day):
                    day += timedelta(days=1)
            last = rules.calendar.close_of(day)
        since = [item.approval_since or item.filed_at for item in waiting(case)]
        legal = legal and any(start == starts_at and (last is None or start <= last) for start in since)
    return outcome(case, Verb.REQUEST_PAUSE, legal)


def gap_told(case: Case, since: datetime, rules: Rules) -> datetime:
    """When it was told that nothing followed: at the close of the working day before the hand-over is a gap."""
    ended = [span for span in case.spans if span.end is not None]
    out = excluded_dates(ended, None, rules.policy, rules.calendar)
    day, left = local(since).date(), rules.policy.handover_workdays + 1
    while left:
        day += timedelta(days=1)
        left -= rules.calendar.is_workday(day) and day not in out
    day -= timedelta(days=1)
    while not rules.calendar.is_workday(day):
        day -= timedelta(days=1)
    return rules.calendar.close_of(day)


def decide_pause(
    case: Case, pause_id: str, by: str, rules: Rules, *, approve: bool = True, supervises: bool = False
) -> Outcome:
    """One that was asked for by somebody else, and not decided.

    Who supervises approves what begins before an announced breach, or in a gap that was announced.
    """
    pause = next((each for each in case.pauses if each.id == pause_id), None)
    legal = pause is not None and pause.state is PauseState.REQUESTED and pause.asked_by != by
    if legal and approve and not supervises and pause is not None:
        starts = pause.starts_at
        undoes = announced(case) and case.overdue_for is not None and starts < case.overdue_for
        legal = not undoes and (case.gap_since is None or starts >= gap_told(case, case.gap_since, rules))
    return outcome(case, Verb.DECIDE_PAUSE, legal)


def resume(case: Case, pause_id: str, at: datetime) -> Outcome:
    """One that runs."""
    legal = any(
        each.id == pause_id
        and each.state is PauseState.APPROVED
        and each.ended_at is None
        and each.starts_at <= at
        for each in case.pauses
    )
    return outcome(case, Verb.RESUME, legal)


def agree_date(case: Case, agreed: date, at: datetime, rules: Rules) -> Outcome:
    """Above 200 m and for heat: from the receipt on, and not anew once the agreed day is over."""
    needed = case.supply is Supply.HEAT or case.length_class is LengthClass.L3_GT200
    first = case.receipt
    if first is None:
        first = local(case.submitted_at).date()
        while not rules.calendar.is_workday(first) or (
            first == local(case.submitted_at).date() and case.submitted_at > rules.calendar.close_of(first)
        ):
            first += timedelta(days=1)
    return outcome(
        case, Verb.AGREE_DATE, needed and not overdue(case, at) and first <= agreed <= date(2099, 12, 31)
    )


def request_special(case: Case) -> Outcome:
    """One at a time, until one is approved."""
    declined = case.special is not None and case.special.declined_by is not None
    return outcome(case, Verb.MARK_SPECIAL, case.special is None or declined)


def approve_special(case: Case, by: str, *, supervises: bool) -> Outcome:
    """By somebody else than who asked, once; of an overdue case by who supervises the utility."""
    special = case.special
    legal = special is not None and special.approved_by is None and special.declined_by is None
    legal = legal and special is not None and special.asked_by != by
    return outcome(case, Verb.MARK_SPECIAL, legal and (supervises or not announced(case)))


def decline_special(case: Case, by: str, text: str) -> Outcome:
    """As an approval, by anybody else with the right, and with a reason that names nobody."""
    legal = text != TELEPHONE and approve_special(case, by, supervises=True) is Outcome.LEGAL
    return outcome(case, Verb.MARK_SPECIAL, legal)


def overdue(case: Case, now: datetime) -> bool:
    """Whether the date passed before the clock stopped: a pause stops it with the day on which it begins to count."""
    if case.due is None or case.due.judged_at is None or case.finished_at or case.meter_live_at:
        return False
    stops = now
    for pause in case.pauses:
        if pause.state is PauseState.APPROVED and pause.ended_at is None:
            wall = local(pause.counts_from or pause.starts_at)
            midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
            stops = min(stops, midnight.astimezone(now.tzinfo))
    return case.due.judged_at < stops


def announced(case: Case) -> bool:
    """Whether it was published that the present date is missed."""
    return case.due is not None and case.overdue_for is not None and case.overdue_for == case.due.judged_at


def surveyed(case: Case) -> bool:
    """Whether the survey has ended once."""
    return any(each.stage is Stage.SURVEY_DESIGN and each.end for each in case.stages)
