"""What may be done to a case: each verb's rules written a second time, apart from the code, from what is on record.

Whether the state has an edge is asked of `ALLOWED`, which is the specification; all else is here.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta
from enum import Enum, auto

from libs.common.clock import local
from libs.common.places import Service
from services.hookup.domain.case import Case
from services.hookup.domain.values.codes import RefusalCode
from services.hookup.domain.values.entries import Act, ApprovalGround, LateEntryState
from services.hookup.domain.values.lengths import LengthClass, LengthKind, classify
from services.hookup.domain.values.limits import due
from services.hookup.domain.values.materials import MaterialKind
from services.hookup.domain.values.pauses import PauseReason, PauseState, excluded_dates
from services.hookup.domain.values.permit_details import DigSite, NoPermitReason, Reason
from services.hookup.domain.values.permit_items import (
    OFFICES,
    CheckResult,
    CommitmentState,
    Decision,
    PermitItem,
    PermitKind,
    PermitMode,
    Risk,
)
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import ALLOWED, CaseState, Verb
from services.hookup.domain.verbs.permits import Filing
from services.hookup.domain.verbs.quotes import AskedLine, BilledLine

LINE = (Stage.PERMIT, Stage.EXTERNAL_WORKS)
CATALOGUE_BEGINS = date(2022, 1, 1)
TELEPHONE = "请打13800001234"


class Outcome(Enum):
    """What becomes of a command; RECORDED is refused, and that it was tried is kept."""

    LEGAL = auto()
    ILLEGAL = auto()
    RECORDED = auto()


def outcome(case: Case, verb: Verb, legal: bool, recorded: bool = False) -> Outcome:
    """Put together what the state and the verb's own rules say; `recorded` goes before what else is wrong."""
    if (case.state, verb) not in ALLOWED:
        return Outcome.ILLEGAL
    if recorded:
        return Outcome.RECORDED
    return Outcome.LEGAL if legal else Outcome.ILLEGAL


# -- application


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


# -- stages and lengths


def start_stage(case: Case, stage: Stage, at: datetime) -> Outcome:
    """Once; what must have begun has begun, what must have ended has ended."""

    def begun(earlier: Stage) -> bool:
        found = case.stage(earlier)
        return found is not None and found.start <= at

    def ended(earlier: Stage) -> bool:
        found = case.stage(earlier)
        return found is not None and found.end is not None and found.end <= at

    is_gas, has_line = case.supply is Service.GAS, case.length_class is not LengthClass.L0_NONE
    match stage:
        case Stage.ACCEPT:
            ready = False
        case Stage.SURVEY_DESIGN:
            ready = True
        case Stage.CONTRACT | Stage.PERMIT:
            ready = begun(Stage.SURVEY_DESIGN)
        case Stage.EXTERNAL_WORKS:
            ready = begun(Stage.SURVEY_DESIGN) or not is_gas
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


# -- pauses, dates, special cases


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


def decide_pause(case: Case, pause_id: str, by: str) -> Outcome:
    """One that was asked for by somebody else, and not decided."""
    legal = any(
        each.id == pause_id and each.state is PauseState.REQUESTED and each.asked_by != by
        for each in case.pauses
    )
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
    needed = case.supply is Service.HEAT or case.length_class is LengthClass.L3_GT200
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
    """Until one is approved."""
    return outcome(case, Verb.MARK_SPECIAL, case.special is None or case.special.approved_by is None)


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


# -- the end


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


def lengthens(case: Case, kind: LengthKind, length_dm: int, rules: Rules) -> bool:
    """Whether a length would move, or take away, a date that was announced missed, or that the survey gave."""
    if case.receipt is None or case.due is None or case.due.judged_at is None:
        return False
    if not announced(case) and not surveyed(case):
        return False
    declared = length_dm if kind is LengthKind.DECLARED else case.declared_dm
    designed = length_dm if kind is LengthKind.DESIGNED else case.designed_dm
    of_class = classify(declared if designed is None else designed, rules.policy)
    ended = [span for span in case.spans if span.end is not None]
    out = excluded_dates(ended, None, rules.policy, rules.calendar)
    then = due(case.receipt, case.supply, of_class, case.agreed, out, rules.policy, rules.calendar).judged_at
    return then is None or then > case.due.judged_at


def puts_off(case: Case, agreed: date) -> bool:
    """Whether a date is later than the one that stands."""
    return case.agreed is not None and agreed > case.agreed


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


def perform(case: Case, act: Act, stage: Stage, at: datetime) -> Outcome:
    """What the act itself needs."""
    match act:
        case Act.START_STAGE:
            return start_stage(case, stage, at)
        case Act.COMPLETE_STAGE:
            return complete_stage(case, stage, at)
        case _:
            return report_meter_live(case, at)


def enter(
    case: Case, act: Act, stage: Stage, claimed: datetime, now: datetime, rules: Rules, *, grounds: bool
) -> tuple[Verb, Outcome]:
    """At once, or to wait with grounds; what can never be is refused either way."""
    own = {
        Act.START_STAGE: Verb.START_STAGE,
        Act.COMPLETE_STAGE: Verb.COMPLETE_STAGE,
        Act.METER_LIVE: Verb.REPORT_METER_LIVE,
    }[act]
    performed = perform(case, act, stage, claimed)
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
    done = not approve or perform(case, claim.act, stage, claim.claimed_at) is Outcome.LEGAL
    return outcome(case, Verb.ENTER_LATE, supervised and done)


def dispute(case: Case, at: datetime) -> Outcome:
    """What is said to run."""
    return outcome(case, Verb.DISPUTE, case.meter_live_at is not None and at >= case.meter_live_at)


def report_meter_live(case: Case, at: datetime) -> Outcome:
    """Acceptance runs and nothing else does; it is not before anything that was done."""
    turn_on = case.stage(Stage.TURN_ON)
    others_ended = all(each.end for each in case.stages if each.stage is not Stage.TURN_ON)
    last = max(each.end or each.start for each in case.stages)
    again = not case.disputes or at >= case.disputes[-1].disputed_at
    return outcome(
        case, Verb.REPORT_METER_LIVE, turn_on is not None and others_ended and at >= last and again
    )


def confirm(case: Case, at: datetime, rules: Rules) -> Outcome:
    """Within the hours for it; then the clock does it."""
    live = case.meter_live_at
    hours = timedelta(hours=rules.policy.confirmation_hours)
    return outcome(case, Verb.FINISH, live is not None and live <= at <= live + hours)


def refuse(case: Case, code: RefusalCode, duplicate_of: str | None) -> Outcome:
    """A duplicate is one of another case."""
    return outcome(case, Verb.REFUSE, code is not RefusalCode.DUPLICATE or duplicate_of is not None)


def by_state(case: Case, verb: Verb) -> Outcome:
    """Whatever only the state decides."""
    return outcome(case, verb, legal=True)


# -- permits


def last_items(case: Case) -> list[PermitItem]:
    """The last item of each kind at each authority."""
    return list({(item.kind, item.authority): item for item in case.permits}.values())


def granted(case: Case) -> bool:
    """Whether works may rest on permits: the last item of each kind at each authority."""
    last = last_items(case)
    return bool(last) and all(stands(item) for item in last)


def stands(item: PermitItem) -> bool:
    """Whether an item was granted and not revoked."""
    revoked = item.mode is PermitMode.COMMITMENT and (
        item.commitment is not None and item.commitment.state is CommitmentState.REVOKED
    )
    return item.decision is Decision.GRANTED and not revoked


def waiting(case: Case) -> list[PermitItem]:
    """The items that an authority has to decide."""
    return [
        item
        for item in case.permits
        if item.mode is PermitMode.APPROVAL and item.decision is None and item.form_id is not None
    ]


def may_object(item: PermitItem, at: datetime) -> bool:
    """Whether the term for an objection runs."""
    without = item.mode in (PermitMode.RECORD, PermitMode.EXEMPT) and item.decision is None
    return without and item.object_by is not None and at <= item.object_by


def allowed(case: Case, kind: PermitKind, risks: AbstractSet[Risk]) -> set[PermitMode]:
    """The modes that the shipped table has for a line: nothing but an approval with a risk."""
    designed = case.declared_dm if case.designed_dm is None else case.designed_dm
    if risks:
        return {PermitMode.APPROVAL}
    known = [length for length in (designed, case.as_built_dm) if length is not None]
    short = bool(known) and 0 < max(known) <= 2000 and kind is not PermitKind.TREES
    modes = {PermitMode.APPROVAL, PermitMode.COMMITMENT}
    return modes | {PermitMode.RECORD, PermitMode.EXEMPT} if short else modes


def risks_of(case: Case) -> set[Risk]:
    """What is known of a line."""
    return {risk for item in case.permits for risk in item.risks}


def works_over(case: Case) -> bool:
    """Whether there is nothing left to stop."""
    works = case.stage(Stage.EXTERNAL_WORKS)
    return works is not None and works.end is not None


def file_permits(case: Case, filings: Sequence[Filing], at: datetime, barred: AbstractSet[str]) -> Outcome:
    """Before the works end, each kind once unless an authority refused it, in a mode that its line allows."""
    risks = risks_of(case) | {risk for filing in filings for risk in filing.risks}
    legal = True
    for filing in filings:
        mine = [item for item in last_items(case) if item.kind is filing.kind]
        held = [item for item in mine if item.form_id and (not item.decision or stands(item))]
        legal = legal and len(held) < len(OFFICES[filing.kind])
        if filing.mode is PermitMode.APPROVAL:
            continue
        said_no = any(item.decision is Decision.REFUSED for item in case.permits if item.kind is filing.kind)
        notified = any(item.form_id is None for item in case.permits if item.kind is filing.kind)
        legal = legal and not said_no and not notified and filing.mode in allowed(case, filing.kind, risks)
        if filing.mode is PermitMode.COMMITMENT:
            legal = legal and filing.party not in barred
        else:
            legal = legal and filing.basis is not None
    permit = case.stage(Stage.PERMIT)
    begins = (
        start_stage(case, Stage.PERMIT, at) is Outcome.LEGAL
        if permit is None
        else at >= (permit.end or permit.start)
    )
    once = len({filing.kind for filing in filings}) == len(filings)
    return outcome(case, Verb.FILE_PERMITS, once and legal and not works_over(case) and begins)


def decide_permit(
    case: Case,
    item_id: str,
    at: datetime,
    decision: Decision = Decision.GRANTED,
    reason: Reason | None = None,
) -> Outcome:
    """What waits for a decision, a refusal with its reason; in an objection's term only that there is none."""
    refuses = decision is Decision.REFUSED
    legal = any(item.id == item_id and item.filed_at <= at for item in waiting(case)) or (
        not refuses and any(item.id == item_id and may_object(item, at) for item in case.permits)
    )
    return outcome(case, Verb.DECIDE_PERMIT, legal and (reason is not None) is refuses)


def object_to_permit(case: Case, item_id: str, at: datetime) -> Outcome:
    """Within its term."""
    legal = any(item.id == item_id and may_object(item, at) for item in case.permits)
    return outcome(case, Verb.OBJECT, legal)


def report_risk(case: Case, item_id: str, risk: Risk) -> Outcome:
    """What the item does not name yet."""
    legal = any(item.id == item_id and risk not in item.risks for item in case.permits)
    return outcome(case, Verb.REPORT_RISK, legal)


def record_no_permit(case: Case) -> Outcome:
    """Once, for a line whose works go on, and not against what is on file."""
    fits = case.length_class is not LengthClass.L0_NONE and not works_over(case)
    legal = fits and case.no_permit is None and (not case.permits or granted(case))
    return outcome(case, Verb.RECORD_NO_PERMIT, legal)


def sign_commitment(case: Case, item_id: str, barred: AbstractSet[str]) -> Outcome:
    """What is offered, to who may commit."""
    legal = any(
        each.id == item_id
        and each.commitment is not None
        and each.commitment.state is CommitmentState.OFFERED
        and each.commitment.party not in barred
        for each in case.permits
    )
    return outcome(case, Verb.SIGN_COMMITMENT, legal)


def is_of_utility(case: Case, item_id: str) -> bool:
    """Whether the utility is to commit."""
    return any(
        each.id == item_id and each.commitment is not None and each.commitment.party == case.utility
        for each in case.permits
    )


def withdraw_commitment(case: Case, item_id: str) -> Outcome:
    """What is offered."""
    return sign_commitment(case, item_id, frozenset())


def check_commitment(case: Case, item_id: str, result: CheckResult, at: datetime) -> Outcome:
    """What was committed to and not settled; that nothing was rectified shows when the time for it is over."""
    commitment = next((each.commitment for each in case.permits if each.id == item_id), None)
    match commitment and commitment.state:
        case CommitmentState.DECIDED | CommitmentState.VERIFY_DUE:
            legal = True
        case CommitmentState.RECTIFYING if commitment and commitment.rectify_by:
            legal = result is not CheckResult.MISMATCH or at > commitment.rectify_by
        case _:
            legal = False
    return outcome(case, Verb.CHECK_COMMITMENT, legal)


def excavate(case: Case, at: datetime, sites: Sequence[DigSite]) -> Outcome:
    """Once, on all permits, of which one is for the very ground, while the works go on."""
    decided = all(item.decided_at is not None and item.decided_at <= at for item in last_items(case))
    covered = all(
        granted_kind(
            case, {DigSite.ROAD: PermitKind.ROAD_EXCAVATION, DigSite.GREEN_LAND: PermitKind.GREEN_LAND}[site]
        )
        if site is not DigSite.OTHER
        else case.no_permit is not None
        for site in sites
    )
    legal = works_go_on(case, at) and (not case.permits or granted(case)) and decided and covered
    return outcome(case, Verb.EXCAVATE, legal)


def excavate_in_emergency(case: Case, at: datetime) -> Outcome:
    """A road that is not granted."""
    needed = not (granted(case) and granted_kind(case, PermitKind.ROAD_EXCAVATION))
    return outcome(case, Verb.EXCAVATE, works_go_on(case, at) and needed)


def works_go_on(case: Case, at: datetime) -> bool:
    """Whether works run, and nothing was dug."""
    works = case.stage(Stage.EXTERNAL_WORKS)
    return case.excavation_at is None and works is not None and works.end is None and works.start <= at


def granted_kind(case: Case, kind: PermitKind) -> bool:
    """Whether each authority of a kind has granted it."""
    mine = [item for item in last_items(case) if item.kind is kind]
    return len(mine) == len(OFFICES[kind]) and all(stands(item) for item in mine)


# -- charges: of each supply the items CONNECT (mandatory, free) and INSIDE (optional), and nothing else


def known(case: Case, code: str, at: datetime) -> bool:
    """Whether the catalogue has an item for this case."""
    own = (f"{case.supply[0]}-CONNECT", f"{case.supply[0]}-INSIDE")
    return code in own and local(at).date() >= CATALOGUE_BEGINS


def make_quote(case: Case, lines: Sequence[AskedLine], at: datetime) -> Outcome:
    """From the catalogue, before the bill."""
    if _billed(case) or _twice(line.code for line in lines):
        return Outcome.ILLEGAL
    outside = not all(known(case, line.code, at) for line in lines)
    return outcome(case, Verb.MAKE_QUOTE, legal=True, recorded=outside)


def answer_line(case: Case, number: int, *, accept: bool) -> Outcome:
    """A line that is there; what is mandatory cannot be declined, and no answer is given twice."""
    legal = False
    if case.quote and not _billed(case) and 1 <= number <= len(case.quote.lines):
        line = case.quote.lines[number - 1]
        legal = (accept or not line.is_mandatory) and line.accepted is not accept
    return outcome(case, Verb.ANSWER_QUOTE, legal)


def record_bill(case: Case, lines: Sequence[BilledLine], at: datetime) -> Outcome:
    """After a quote, once; nothing is charged for what is free."""
    if case.quote is None or _billed(case) or _twice(line.code for line in lines):
        return Outcome.ILLEGAL
    charged = any(line.code.endswith("-CONNECT") and line.amount_fen for line in lines)
    outside = not all(known(case, line.code, at) for line in lines)
    return outcome(case, Verb.RECORD_BILL, legal=True, recorded=charged or outside)


def _billed(case: Case) -> bool:
    return case.quote is not None and case.quote.bill is not None


def _twice(codes: Iterable[str]) -> bool:
    return max(Counter(codes).values(), default=0) > 1


# -- agents and contacts


def assign_agent(case: Case, agent: str, rules: Rules) -> Outcome:
    """Another one of the utility's."""
    own = (rules.agents or {}).get(case.utility, ())
    now = case.agency and case.agency.agent
    return outcome(case, Verb.ASSIGN_AGENT, agent in own and agent != now)


def authorise_agent(case: Case) -> Outcome:
    """Who is there and was not authorised."""
    legal = case.agency is not None and case.agency.authorisation is None
    return outcome(case, Verb.AUTHORISE_AGENT, legal)


def revoke_agent(case: Case) -> Outcome:
    """Who was authorised."""
    return outcome(case, Verb.AUTHORISE_AGENT, may_act(case, case.agency.agent if case.agency else ""))


def may_act(case: Case, subject: str) -> bool:
    """Whether an agent may do what is the applicant's."""
    agency = case.agency
    return agency is not None and agency.agent == subject and agency.authorisation is not None


def urge(case: Case) -> Outcome:
    """While none waits for its answer, fifty times at most."""
    return outcome(case, Verb.URGE, all(each.answered_at for each in case.urges) and len(case.urges) < 50)


def answer_urge(case: Case, urge_id: str, text: str) -> Outcome:
    """One that waits, without personal data."""
    there = any(each.id == urge_id and each.answered_at is None for each in case.urges)
    return outcome(case, Verb.URGE, there and text != TELEPHONE)


def ask(case: Case, text: str) -> Outcome:
    """Without personal data, while less than five wait for an answer, fifty at most."""
    waiting = [each for each in case.questions if each.answered_at is None]
    return outcome(case, Verb.ASK, text != TELEPHONE and len(waiting) < 5 and len(case.questions) < 50)


def answer_question(case: Case, question_id: str, text: str) -> Outcome:
    """One that waits, without personal data."""
    there = any(each.id == question_id and each.answered_at is None for each in case.questions)
    return outcome(case, Verb.ASK, there and text != TELEPHONE)


def rate(case: Case) -> Outcome:
    """Once."""
    return outcome(case, Verb.RATE, case.rating is None)
