"""The hookup case (报装): an aggregate that alone changes its state, and says what happened.

Every verb takes the instant at which it happened and the rules in force; it either changes the case and records
what happened, or raises RuleError and changes nothing. Instants are aware UTC, lengths decimetres.
"""

from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta

from libs.common.aggregate import Aggregate
from libs.common.clock import local
from libs.common.places import Service
from libs.common.rules import RuleError
from libs.common.workdays import receipt_date
from services.hookup.domain.parts import permit_course
from services.hookup.domain.parts import permit_timers as permit_clock
from services.hookup.domain.parts.agency import Agency, Guidance
from services.hookup.domain.parts.clock import Told
from services.hookup.domain.parts.contacts import Question, Rating, Urge
from services.hookup.domain.parts.lengths import LengthChange
from services.hookup.domain.parts.part import InStead
from services.hookup.domain.parts.pauses import Pause, PauseState
from services.hookup.domain.parts.promises import Promise
from services.hookup.domain.parts.quotes import Quote
from services.hookup.domain.parts.special import Special
from services.hookup.domain.parts.turn_on import Dispute
from services.hookup.domain.values import pauses as pause_rules
from services.hookup.domain.values.approval import Approver, check_supervises
from services.hookup.domain.values.case_figures import CaseFigures, case_figures
from services.hookup.domain.values.clock_policy import StopEvent
from services.hookup.domain.values.closing import closing_figures
from services.hookup.domain.values.codes import CustomerCategory, RefusalCode, Source
from services.hookup.domain.values.deadlines import agent_by, close_after, move_deadlines
from services.hookup.domain.values.digging import Dig, NoPermit, check_end
from services.hookup.domain.values.durations import elapsed_minutes, share_of_working_time, working_minutes
from services.hookup.domain.values.entries import EntryMark, LateEntry, MarkedEntry
from services.hookup.domain.values.lengths import LengthClass, LengthKind, classify, is_well_below
from services.hookup.domain.values.limits import Due, OnTime, due, judge
from services.hookup.domain.values.materials import MaterialFile, MaterialKind
from services.hookup.domain.values.pauses import PauseReason, PauseSpan, counted_start, excluded_dates
from services.hookup.domain.values.permit_items import CommitmentState, PermitItem
from services.hookup.domain.values.permit_terms import check_by
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stage_order import check_class_change, check_start
from services.hookup.domain.values.stages import STAGE_NAMES, Interval, Stage
from services.hookup.domain.values.texts import check_text
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.timesheet import hand_over_by, overlaps
from services.hookup.domain.values.transitions import (
    CAME_TO_NOTHING,
    CASE_TRANSITIONS,
    FINISHED,
    CaseState,
    Verb,
)

# A case that ends at the very instant at which it is due is in time.
_MOMENT = timedelta(seconds=1)
_BY_LENGTH = list(LengthClass)


@dataclass(slots=True)
class Case(Aggregate[Rules, TimerKind]):
    """One application for water, gas or heat, from submission to running water."""

    transitions = CASE_TRANSITIONS

    number: str
    supply: Service
    district: str
    utility: str
    channel: str
    customer_ref: str
    customer_category: CustomerCategory
    site_division: str
    submitted_at: datetime
    state: CaseState = field(default=CaseState.SUBMITTED, kw_only=True)
    declared_dm: int | None = None
    designed_dm: int | None = None
    as_built_dm: int | None = None
    # None where nothing is built yet, and of records from before it was kept.
    as_built_class: LengthClass | None = None
    length_class: LengthClass = LengthClass.UNKNOWN
    length_changes: list[LengthChange] = field(default_factory=list)
    received_at: datetime | None = None
    accepted_at: datetime | None = None
    receipt: date | None = None
    policy_version: str | None = None
    # By policy; empty until the acceptance, and in cases that were accepted before versions were kept.
    versions: dict[str, str] = field(default_factory=dict)
    due: Due | None = None
    agreed: date | None = None
    agreed_document: str | None = None
    stages: list[Interval] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    special: Special | None = None
    correction_items: list[str] | None = None
    correction_asked_at: datetime | None = None
    answer_by: datetime | None = None
    correction_materials: list[MaterialKind] = field(default_factory=list)
    # Why what is on file already was asked for again.
    correction_reason: str | None = None
    materials: list[MaterialFile] = field(default_factory=list)
    # Of records from before `agreed_at` was kept.
    promise_missing: bool = False
    due_soon_for: datetime | None = None
    overdue_for: datetime | None = None
    gap_since: datetime | None = None
    meter_live_at: datetime | None = None
    meter_live_recorded_at: datetime | None = None
    disputes: list[Dispute] = field(default_factory=list)
    confirmed_at: datetime | None = None
    finished_at: datetime | None = None
    confirmed_by_user: bool | None = None
    on_time: OnTime | None = None
    # None of what was closed before they were kept.
    closed: CaseFigures | None = None
    refusal: RefusalCode | None = None
    # The number of the case that goes on in the place of one that was refused as a duplicate.
    duplicate_of: str | None = None
    agency: Agency | None = None
    agent_by: datetime | None = None
    agent_overdue: bool = False
    guidance: list[Guidance] = field(default_factory=list)
    permits: list[PermitItem] = field(default_factory=list)
    excavation_at: datetime | None = None
    dig: Dig | None = None
    no_permit: NoPermit | None = None
    urges: list[Urge] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    rating: Rating | None = None
    joint_id: str | None = None
    joint_agent: str | None = None
    reminded_for: datetime | None = None
    told: list[Told] = field(default_factory=list)
    quote: Quote | None = None
    source: Source = Source.LIVE
    late_entries: list[LateEntry] = field(default_factory=list)
    marked_entries: list[MarkedEntry] = field(default_factory=list)
    in_stead: list[InStead] = field(default_factory=list)
    # The judged due time that a date agreed after it had passed does not move.
    breach_kept: datetime | None = None
    # Since when the case needs an agreed date, and since when it has one.
    promise_needed_at: datetime | None = None
    agreed_at: datetime | None = None
    # How the act that is being applied was entered.
    mark: EntryMark | None = None
    # Permit items that are not stored as they are now.
    touched: list[str] = field(default_factory=list)

    # -- reading ---------------------------------------------------------------------------------------------

    @property
    def is_special(self) -> bool:
        """Whether an approved record takes the case out of the 3/5/10 statistics."""
        return self.special is not None and self.special.approved_by is not None

    @property
    def paused(self) -> bool:
        """Whether an approved pause is open."""
        return any(each.state is PauseState.APPROVED and each.ended_at is None for each in self.pauses)

    @property
    def needs_agreed_date(self) -> bool:
        """Whether the case is judged on a date agreed with the user: above 200 m, and heat (O4, O5)."""
        return self.supply is Service.HEAT or self.length_class is LengthClass.L3_GT200

    @property
    def open_stages(self) -> list[Stage]:
        """The stages that run now; in a finished case none does, whatever was left unended."""
        if self.state in FINISHED:
            return []
        return [each.stage for each in self.stages if each.end is None]

    @property
    def spans(self) -> list[PauseSpan]:
        """The approved pauses."""
        return [pause.span for pause in self.pauses if pause.state is PauseState.APPROVED]

    @property
    def stopped_at(self) -> datetime | None:
        """When the clock stopped, for as long as an approved pause is open."""
        return min((span.stands_from for span in self.spans if span.end is None), default=None)

    @property
    def breach_announced(self) -> bool:
        """Whether it was published that the case is overdue by the due time that it has now."""
        return (
            self.due is not None and self.overdue_for is not None and self.overdue_for == self.due.judged_at
        )

    def stage(self, stage: Stage) -> Interval | None:
        """Return a stage's last interval, if it was begun."""
        return next((interval for interval in reversed(self.stages) if interval.stage is stage), None)

    def first(self, stage: Stage) -> Interval | None:
        """Return a stage's first interval, if it was begun: one that was taken up again has more."""
        return next((interval for interval in self.stages if interval.stage is stage), None)

    def pause(self, pause_id: str) -> Pause:
        """Return a pause by its id. Raises RuleError."""
        for each in self.pauses:
            if each.id == pause_id:
                return each
        raise RuleError("pause-unknown", "没有这条暂停记录", "请核对暂停编号", "pause_id")

    def permit(self, item_id: str) -> PermitItem:
        """Return a permit item by its id. Raises RuleError."""
        for each in self.permits:
            if each.id == item_id:
                return each
        raise RuleError("permit-unknown", "没有这项审批", "请核对审批事项编号", "item_id")

    def is_overdue(self, now: datetime) -> bool:
        """Whether the due time passed while the clock ran: a live meter ends that, a later pause does not."""
        return self.running_due_at is not None and self.running_due_at < now

    @property
    def running_due_at(self) -> datetime | None:
        """The judged due time that the case can still miss or has missed; None where nothing runs towards it.

        A case that was overdue when the clock stopped stays overdue while it stands.
        """
        if self.due is None or self.state in FINISHED or self.state is CaseState.TURNED_ON:
            return None
        judged_at, stopped_at = self.due.judged_at, self.stopped_at
        return None if judged_at and stopped_at and judged_at >= stopped_at else judged_at

    def violations(self) -> list[str]:
        """Return the codes of what went against HK-03, HK-04 and O4, each once."""
        found = {
            "UNSAFE_OVERLAP" if each.unsafe else "OVERLAP_NOT_LISTED"
            for each in overlaps(self.stages)
            if not each.allowed
        }
        if self.misses_promise:
            found.add("NO_PROMISED_DATE")
        if not all(each.is_parallel for each in self.permits):
            found.add("NOT_PARALLEL")
        if any(item.filing_overdue for item in self.permits):
            found.add("EMERGENCY_NOT_FILED")
        if any(item.findings for item in self.permits):
            found.add("UNDECLARED_RISK")
        if any(item.mode_exceeded for item in self.permits):
            found.add("PERMIT_MODE_EXCEEDED")
        if self.class_not_as_built:
            found.add("CLASS_NOT_AS_BUILT")
        return sorted(found)

    def due_data(self, rules: Rules) -> dict[str, object] | None:
        """Return the due times in the words of the published events."""
        if self.due is None:
            return None
        return {
            "judged_at": self.due.judged_at,
            "working": self.due.working,
            "calendar_roll": self.due.calendar_roll,
            "calendar_strict": self.due.calendar_strict,
            "basis": self.due.basis,
            "judged": rules.policy.judged,
            "provisional": self.due.provisional,
            "policy_version": rules.policy.version,
        }

    def judged_by(self, rules: Rules) -> Rules:
        """Return the rules that the case is judged by: those of its receipt date once it is accepted.

        To be asked after what may have accepted it; `rules` are those that it was loaded with.
        """
        if self.receipt is None or self.versions in ({}, rules.versions):
            return rules
        return rules.on(self.receipt)

    # -- application -----------------------------------------------------------------------------------------

    def submit(self, *, declared_dm: int | None, complete: bool, rules: Rules) -> None:
        """Begin; a complete online form is accepted at receipt (clock: start event)."""
        if self.stages:
            raise RuleError("submitted-already", "此件已经提交过", "无需再次提交")
        at = self.submitted_at
        self.received_at = at
        self.declared_dm = declared_dm
        self.length_class = classify(declared_dm, rules.policy)
        self._note_promise(at)
        self.record("case_submitted", at, declared_length_dm=declared_dm, complete=complete)
        self._open(Stage.ACCEPT, at)
        if complete:
            self.accept(at, rules, automatic=True)

    def request_correction(
        self, items: list[str], at: datetime, rules: Rules, *, again: int = 0, reason: str | None = None
    ) -> None:
        """Ask, once, for everything that is missing (行政许可法 §32(4)).

        `again` counts what of it is on file already, and `reason` says why that will not do.
        """
        self.check(Verb.REQUEST_CORRECTION)
        if self.correction_items is not None:
            raise RuleError(
                "correction-asked-already",
                "补正只能一次性告知，此件已告知过",
                "请受理或按规定不予办理",
                "items",
            )
        self._not_before_submission(at)
        self.correction_asked_at = at
        answer_by = self.answer_by = close_after(at, rules.policy.answer_workdays, rules)
        self.correction_items, self.correction_reason = items, reason
        self.move(Verb.REQUEST_CORRECTION, CaseState.CORRECTION)
        self.record("correction_requested", at, item_count=len(items), again_count=again, answer_by=answer_by)

    def answer_correction(self, at: datetime) -> None:
        """The applicant has answered; acceptance is due again from here."""
        self.check(Verb.ANSWER_CORRECTION)
        self._not_before_submission(at)
        self.received_at = at
        self.move(Verb.ANSWER_CORRECTION, CaseState.SUBMITTED)
        self.record("correction_answered", at)

    def accept(
        self, at: datetime, rules: Rules, *, automatic: bool = False, clock_from: datetime | None = None
    ) -> None:
        """Accept (受理): the clock starts at `clock_from` (deemed acceptance), else now.

        The business hours of that day give the receipt date, and the versions in force on the receipt date judge the
        case from here on, whatever comes into force later.
        """
        self.check(Verb.ACCEPT)
        self._not_before_submission(at)
        accepted_at = clock_from or at
        receipt = receipt_date(accepted_at, rules.on(local(accepted_at).date()).calendar)
        rules = rules.on(receipt)
        self.accepted_at, self.receipt = accepted_at, receipt
        self.policy_version, self.versions = rules.policy.version, rules.versions
        known = self.declared_dm if self.designed_dm is None else self.designed_dm
        self.length_class = classify(known, rules.policy)
        begun = any(each.stage is not Stage.ACCEPT for each in self.stages)
        self._close(Stage.ACCEPT, at, rules)
        self.move(Verb.ACCEPT, CaseState.IN_PROGRESS if begun else CaseState.ACCEPTED)
        self._set_due(rules)
        self.record(
            "case_accepted", at, receipt_date=self.receipt, automatic=automatic, due=self.due_data(rules)
        )
        self._assign_at_acceptance(at, rules)

    # -- stages ----------------------------------------------------------------------------------------------

    def start_stage(self, stage: Stage, at: datetime) -> None:
        """Begin a stage (HK-01); overlaps are allowed where HK-03 lists them and recorded where it does not."""
        self.check(Verb.START_STAGE)
        self._not_before_submission(at)
        check_start(stage, at, self._by_stage(), self.supply, self.length_class, self.accepted_at)
        if self.state is CaseState.ACCEPTED:
            self.move(Verb.START_STAGE, CaseState.IN_PROGRESS)
        self._open(stage, at)

    def complete_stage(self, stage: Stage, at: datetime, rules: Rules) -> None:
        """End a stage; its elapsed and working time go on record (HK-01)."""
        self.check(Verb.COMPLETE_STAGE)
        if stage is Stage.ACCEPT:
            raise RuleError("stage-ends-otherwise", "报装受理以受理通知结束", "请办理受理", "stage")
        if stage is Stage.TURN_ON:
            raise RuleError("stage-ends-otherwise", "验收开通以通水通气通热结束", "请登记表计开通", "stage")
        if stage is Stage.SURVEY_DESIGN and self.length_class is LengthClass.UNKNOWN:
            raise RuleError(
                "length-not-set", "勘查设计完成前必须登记外线长度", "请先登记设计长度", "length_m"
            )
        if stage in (Stage.PERMIT, Stage.EXTERNAL_WORKS) and not self.is_read_in:
            check_end(stage, at, self.permits, self.no_permit, self.excavation_at)
        self._close(stage, at, rules)
        if stage is Stage.EXTERNAL_WORKS:
            self._check_commitments_soon(at, rules)

    def reopen(self, stage: Stage, at: datetime) -> None:
        """Take an ended stage up again, for what was filed late: a second interval, the time between stays."""
        interval = self.stage(stage)
        if interval is None or interval.end is None or at < interval.end:
            raise RuleError("before-start", f"时间早于{STAGE_NAMES[stage]}的完成时间", "请核对时间", "at")
        self._open(stage, at)

    # -- length ----------------------------------------------------------------------------------------------

    def change_length(
        self,
        kind: LengthKind,
        length_dm: int,
        at: datetime,
        by: str,
        rules: Rules,
        promise: Promise | None = None,
    ) -> None:
        """Set or change a length; the class follows the designed one, the due time keeps its start.

        `promise` is the date agreed with the user for a line that grows beyond 200 m (O4).
        """
        self.check(Verb.CHANGE_LENGTH)
        if self.state is CaseState.TURNED_ON and kind is not LengthKind.AS_BUILT:
            raise RuleError("length-fixed", "开通后只能登记竣工长度", "请登记竣工长度", "kind")
        self._not_before_submission(at)
        lengths = {
            LengthKind.DECLARED: self.declared_dm,
            LengthKind.DESIGNED: self.designed_dm,
            LengthKind.AS_BUILT: self.as_built_dm,
        }
        before = lengths[kind]
        lengths[kind] = length_dm
        designed = lengths[LengthKind.DESIGNED]
        now_class = classify(lengths[LengthKind.DECLARED] if designed is None else designed, rules.policy)
        check_class_change(now_class, self._by_stage())
        class_before, self.length_class = self.length_class, now_class
        self.declared_dm = lengths[LengthKind.DECLARED]
        self.designed_dm = designed
        if kind is LengthKind.AS_BUILT:
            self.as_built_dm, self.as_built_class = length_dm, classify(length_dm, rules.policy)
        self.length_changes.append(LengthChange(kind, before, length_dm, at, by))
        self._note_promise(at)
        if promise is not None:
            self.agree_date(promise.agreed, promise.document_ref, at, rules)
        self._set_due(rules)
        self.record(
            "length_changed",
            at,
            kind=kind,
            from_dm=before,
            to_dm=length_dm,
            class_before=class_before,
            due=self.due_data(rules),
        )
        permit_course.follow_length(self, at, rules)

    # -- pauses ----------------------------------------------------------------------------------------------

    def request_pause(self, pause: Pause, asked_at: datetime, rules: Rules) -> None:
        """Ask for a pause: a listed reason, evidence, and no later than one working day after its start."""
        self.check(Verb.REQUEST_PAUSE)
        if self.accepted_at is None or pause.starts_at < self.accepted_at:
            raise RuleError("pause-before-acceptance", "暂停不能早于受理", "请核对暂停开始时间", "starts_at")
        if pause.reason is PauseReason.PERMIT_ORDINARY:
            permit_course.check_pause(self, pause.starts_at, rules)
        if pause_rules.too_late(pause.starts_at, asked_at, rules.policy, rules.calendar):
            raise RuleError(
                "pause-too-late",
                f"暂停最迟应在开始后{rules.policy.retroactive_pause_workdays}个工作日内申请",
                "请以今天为暂停开始时间重新申请",
                "starts_at",
            )
        if self.overdue_for is not None and pause.starts_at < self.overdue_for:
            # Or it would move the due time behind an instant at which the breach was published (二（一）1).
            raise RuleError(
                "pause-after-breach",
                "此件已公布超时，暂停不能从应办结时间以前算起",
                "请以应办结时间以后的时间为暂停开始时间",
                "starts_at",
            )
        self.pauses.append(pause)
        self.record(
            "pause_requested", asked_at, pause_id=pause.id, reason=pause.reason, starts_at=pause.starts_at
        )

    def decide_pause(self, pause_id: str, at: datetime, by: str, rules: Rules, *, approve: bool) -> None:
        """Approve or decline; who asked cannot approve.

        An ordinary permit's pause that is approved after the decision has ended with it (O3).
        """
        self.check(Verb.DECIDE_PAUSE)
        pause = self.pause(pause_id)
        if pause.state is not PauseState.REQUESTED:
            raise RuleError("pause-decided", "这条暂停已经审批过", "无需再次审批", "pause_id")
        if pause.asked_by == by:
            raise RuleError("approver-is-asker", "暂停的审批人不能是申请人本人", "请由他人审批", "pause_id")
        pause.decided_by = by
        if approve:
            pause.state = PauseState.APPROVED
            if not self.is_read_in:
                pause.counts_from = counted_start(pause.starts_at, at, rules.policy, rules.calendar)
            self.move(Verb.DECIDE_PAUSE, CaseState.PAUSED)
            span = pause.span
            self.record(
                "case_paused",
                at,
                pause_id=pause.id,
                reason=pause.reason,
                starts_at=pause.starts_at,
                counts_from=span.first_day,
                stops_at=span.stands_from,
            )
            ended_at = permit_course.waited_until(self, pause, rules)
            if ended_at is not None:
                self._end_pause(pause, ended_at, at, rules)
        else:
            pause.state = PauseState.DECLINED
            self.record("pause_declined", at, pause_id=pause.id, reason=pause.reason)

    def resume(self, pause_id: str, at: datetime, rules: Rules) -> None:
        """End a pause: the days after its start up to and including today do not count."""
        self.check(Verb.RESUME)
        pause = self.pause(pause_id)
        if pause.state is not PauseState.APPROVED or pause.ended_at is not None:
            raise RuleError("pause-not-open", "这条暂停不在暂停中", "请核对暂停编号", "pause_id")
        if at < pause.starts_at:
            raise RuleError("resume-before-pause", "恢复时间早于暂停开始时间", "请核对恢复时间", "at")
        self._end_pause(pause, at, at, rules)

    def _end_pause(self, pause: Pause, ended_at: datetime, at: datetime, rules: Rules) -> None:
        pause.ended_at = ended_at
        if not self.paused:
            begun = any(each.stage is not Stage.ACCEPT for each in self.stages)
            self.move(Verb.RESUME, CaseState.IN_PROGRESS if begun else CaseState.ACCEPTED)
        self._set_due(rules)
        self.record(
            "case_resumed",
            at,
            pause_id=pause.id,
            reason=pause.reason,
            starts_at=pause.starts_at,
            ended_at=ended_at,
            due=self.due_data(rules),
        )

    # -- promises --------------------------------------------------------------------------------------------

    def agree_date(self, agreed: date, document: str, at: datetime, rules: Rules) -> None:
        """Record the date agreed in writing for lines above 200 m and for heat (O4, O5)."""
        self.check(Verb.AGREE_DATE)
        if not self.needs_agreed_date:
            raise RuleError(
                "agreed-date-not-allowed",
                "200米以内的水、气报装按规定时限办理，不另行约定",
                "无需约定日期",
                "agreed_date",
            )
        self._not_before_submission(at)
        before = self.agreed
        if agreed < (self.receipt or receipt_date(self.submitted_at, rules.calendar)):
            raise RuleError("agreed-date-too-early", "约定日期早于收件日期", "请核对约定日期", "agreed_date")
        try:
            rules.calendar.is_workday(agreed)
        except ValueError as error:
            raise RuleError("agreed-date-too-late", str(error), "请核对约定日期", "agreed_date") from None
        if self.due is not None and self.is_overdue(at):
            if self.mark is not EntryMark.APPROVED and not self.is_read_in:
                raise RuleError(
                    "agreed-date-passed",
                    "应办结时间已过，改约须经他人审批，超时记录保留",
                    "请填写原因和证据，提交审批",
                    "agreed_date",
                )
            if not self.is_read_in:
                self.breach_kept = self.breach_kept or self.due.judged_at
        self.agreed = agreed
        self.agreed_at = at
        self.agreed_document = document
        self._set_due(rules)
        self.record("date_agreed", at, agreed_date=agreed, agreed_before=before, due=self.due_data(rules))

    def request_special(self, special: Special) -> None:
        """Ask to take the case out of the limit statistics; it counts once somebody else approves."""
        self.check(Verb.MARK_SPECIAL)
        if self.is_special:
            raise RuleError("special-decided", "此件已认定为特殊情况", "无需再次申请", "reason")
        self.special = special

    def approve_special(self, at: datetime, by: Approver, rules: Rules) -> None:
        """Approve the special case; who asked cannot approve, nor the utility itself once the breach is announced."""
        special = self._asked_special(by.subject)
        if self.breach_announced:
            check_supervises(by, rules.clock, "reason")
        self.special = replace(special, approved_by=by.subject)
        self.record("special_case_approved", at, reason=special.reason, overdue=self.is_overdue(at))

    def decline_special(self, reason: str, at: datetime, by: str) -> None:
        """Decline the special case, with a reason in words; the case stays in the limit statistics."""
        special = self._asked_special(by)
        check_text(reason, "reason")
        self.special = replace(special, declined_by=by, declined_for=reason)
        self.record("special_case_declined", at, reason=special.reason)

    def _asked_special(self, by: str) -> Special:
        self.check(Verb.MARK_SPECIAL)
        if self.is_special:
            raise RuleError("special-decided", "此件已认定为特殊情况", "无需再次审批", "reason")
        if self.special is None or self.special.declined_by is not None:
            raise RuleError("special-not-asked", "没有待审批的特殊情况申请", "请先申请", "reason")
        if self.special.asked_by == by:
            raise RuleError("approver-is-asker", "特殊情况的审批人不能是申请人本人", "请由他人审批", "reason")
        return self.special

    # -- the end ---------------------------------------------------------------------------------------------

    def report_meter_live(self, at: datetime, rules: Rules) -> None:
        """Water, gas or heat runs; the user has 24 hours to confirm."""
        self.check(Verb.REPORT_METER_LIVE)
        turn_on = self.stage(Stage.TURN_ON)
        if turn_on is None:
            raise RuleError("stage-not-started", "尚未开始验收开通", "请先开始验收开通", "stage")
        still_open = [each for each in self.open_stages if each is not Stage.TURN_ON]
        if still_open:
            names = "、".join(STAGE_NAMES[each] for each in still_open)
            raise RuleError("stages-open", f"{names}尚未完成", "请先完成这些环节", "stage")
        if at < max(each.end or each.start for each in self.stages):
            raise RuleError("before-start", "开通时间早于已登记的环节时间", "请核对时间", "at")
        if self.disputes and at < self.disputes[-1].disputed_at:
            raise RuleError(
                "before-dispute", "开通时间早于用户提出异议的时间", "请填写处理异议之后再次开通的时间", "at"
            )
        self.meter_live_at = at
        self.meter_live_recorded_at = self._recorded(at)
        self.move(Verb.REPORT_METER_LIVE, CaseState.TURNED_ON)
        self.record("meter_live", at, meter_live_at=at, confirm_by=self._confirm_by(rules))

    def confirm_by(self, rules: Rules) -> datetime | None:
        """Return until when the user may confirm or dispute a live meter; None where there is nothing to confirm."""
        return self._confirm_by(rules) if self.state is CaseState.TURNED_ON else None

    def _confirm_by(self, rules: Rules) -> datetime:
        assert self.meter_live_at is not None  # noqa: S101 - only asked in TURNED_ON
        # From its recording: nobody can confirm what he was not told.
        told_at = self.meter_live_recorded_at or self.meter_live_at
        return told_at + timedelta(hours=rules.policy.confirmation_hours)

    def confirm(self, at: datetime, rules: Rules) -> None:
        """The user confirms: the case ends with the live meter, or now where the policy says so (O19)."""
        self.check(Verb.FINISH)
        if self.disputes and self.actor is not None and self.actor.in_stead:
            raise RuleError(
                "confirmation-after-dispute",
                "用户对开通提出过异议，只能由用户本人确认，不能代录",
                "请由用户在手机上确认；用户未再提出异议的，到期自动办结",
                "state",
            )
        if self.meter_live_at is None or at < self.meter_live_at:
            raise RuleError("before-start", "确认时间早于开通时间", "请核对时间", "at")
        if at > self._confirm_by(rules):
            raise RuleError("confirmed-too-late", "已超过确认时限，以表计开通时间为准", "无需再确认", "at")
        self.confirmed_at = at
        by_meter = rules.clock.stop_event is StopEvent.METER_LIVE
        self._finish(self.meter_live_at if by_meter else at, at, rules, confirmed=True)

    def dispute_meter_live(self, reason: str, at: datetime, by: str) -> None:
        """The user says that it does not run: the clock goes on until it runs again (clock: stop event)."""
        self.check(Verb.DISPUTE)
        assert self.meter_live_at is not None  # noqa: S101 - set in TURNED_ON
        if at < self.meter_live_at:
            raise RuleError("before-start", "提出异议的时间早于开通时间", "请核对时间", "at")
        self.disputes.append(Dispute(at, by, self.meter_live_at, reason))
        self.record("meter_live_disputed", at, meter_live_at=self.meter_live_at)
        self.meter_live_at = self.meter_live_recorded_at = None
        self.move(Verb.DISPUTE, CaseState.IN_PROGRESS)

    def _finish(self, finished_at: datetime, at: datetime, rules: Rules, *, confirmed: bool) -> None:
        assert self.due is not None  # noqa: S101 - set at acceptance
        assert self.receipt is not None  # noqa: S101 - set at acceptance
        self.finished_at = finished_at
        self.confirmed_by_user = confirmed
        self._close(Stage.TURN_ON, finished_at, rules, recorded_at=at)
        self.move(Verb.FINISH, CaseState.CLOSED)
        self.on_time = judge(finished_at, self.due)
        breached = self.overdue_for is not None
        self.closed = case_figures(
            self.submitted_at,
            self.due.judged_at if self.due is not None else None,
            self.stages,
            self.spans,
            self.receipt,
            self.meter_live_at,
            finished_at,
            rules,
        )
        figures = closing_figures(
            self.submitted_at,
            finished_at,
            self.receipt,
            self.stages,
            self.spans,
            rules.policy,
            rules.calendar,
            rules.clock.ceiling_workdays.get(self.supply) if self.needs_agreed_date else None,
        )
        self.record(
            "case_closed",
            at,
            started_at=self.submitted_at,
            finished_at=finished_at,
            confirmed_by_user=confirmed,
            due=self.due_data(rules),
            on_time=asdict(self.on_time),
            breached=breached,
            source=self.source,
            by_late_entry=self.on_time_by_late_entry,
            violations=self.violations(),
            **figures,
        )

    @property
    def on_time_by_late_entry(self) -> bool:
        """Whether a closed case is judged on time although it had been published that it is overdue."""
        return self.on_time is not None and self.on_time.judged is True and self.overdue_for is not None

    def withdraw(self, at: datetime) -> None:
        """The applicant withdraws; that it was overdue then stays on record."""
        self.check(Verb.WITHDRAW)
        self._not_before_submission(at)
        overdue = self.is_overdue(at)
        self.finished_at = at
        self.move(Verb.WITHDRAW, CaseState.WITHDRAWN)
        self.record("case_withdrawn", at, overdue=overdue)

    def refuse(self, code: RefusalCode, at: datetime, duplicate_of: str | None = None) -> None:
        """Refuse for one of the allowed reasons; arrears are marked for the regulator's review (O17).

        `duplicate_of` is the number of the other case of the same user that goes on, or came to its end.
        """
        self.check(Verb.REFUSE)
        self._not_before_submission(at)
        if code is RefusalCode.DUPLICATE and duplicate_of is None and not self.is_read_in:
            raise RuleError(
                "duplicate-not-named",
                "以重复申请为由不予办理，须指明该用户同一地块、同一服务的另一件",
                "请填写另一件的受理编号；另一件已撤回或不予办理的，不构成重复",
                "duplicate_of",
            )
        self.duplicate_of = duplicate_of
        accepted, overdue = self.accepted_at is not None, self.is_overdue(at)
        self.refusal = code
        self.finished_at = at
        self.move(Verb.REFUSE, CaseState.TERMINATED if accepted else CaseState.REJECTED)
        self.record(
            "case_refused",
            at,
            code=code,
            needs_regulator_review=code is RefusalCode.ARREARS_OF_APPLICANT,
            after_acceptance=accepted,
            duplicate_of=duplicate_of,
            overdue=overdue,
        )

    # -- time ------------------------------------------------------------------------------------------------

    def timers(self, rules: Rules) -> dict[TimerKind, datetime]:
        """Return what the case waits for now, each with its instant."""
        calendar, wanted = rules.calendar, dict[TimerKind, datetime]()
        if self.state is CaseState.TURNED_ON:
            wanted[TimerKind.CONFIRMATION_ABSENT] = self._confirm_by(rules)
        if self.state is CaseState.SUBMITTED and self.received_at is not None:
            received = receipt_date(self.received_at, calendar)
            limit = calendar.add_workdays(received, rules.policy.correction_workdays)
            wanted[TimerKind.DEEMED_ACCEPTANCE] = calendar.close_of(limit)
        # Commitments are checked when the case is long closed; with one that came to nothing they end.
        if self.permits and self.state not in CAME_TO_NOTHING:
            wanted |= permit_clock.timers(self.permits)
        if self.state not in FINISHED:
            for each in self.urges:
                if each.answered_at is None and not each.overdue:
                    wanted[TimerKind.URGE] = each.answer_by + _MOMENT
        unassigned = self.agency is None and not self.agent_overdue and self.state not in FINISHED
        if self.agent_by is not None and unassigned:
            wanted[TimerKind.AGENT] = self.agent_by
        if (
            self.state not in (CaseState.ACCEPTED, CaseState.IN_PROGRESS, CaseState.PAUSED)
            or self.due is None
        ):
            return wanted
        # The day on which a pause starts is consumed: its close may still be missed.
        judged = self.running_due_at
        if judged is not None and self.overdue_for != judged:
            wanted[TimerKind.OVERDUE] = judged + _MOMENT
        if self.state is CaseState.PAUSED:
            return wanted
        strict = self.due.calendar_strict
        if strict is not None and self.due_soon_for != strict:
            eve = calendar.add_workdays(local(strict).date(), -rules.policy.warning_workdays)
            # Nobody is reminded of a case before it was there.
            wanted[TimerKind.DUE_SOON] = max(calendar.close_of(eve), self.accepted_at or self.submitted_at)
        if strict is not None and self.reminded_for != strict and self.accepted_at is not None:
            hours, share = rules.policy.business_hours, rules.service.reminder_share
            reminder = share_of_working_time(self.accepted_at, strict, share, calendar, hours)
            if reminder is not None:
                resumed = [each.ended_at for each in self.pauses if each.ended_at is not None]
                wanted[TimerKind.DUE_REMINDER] = max([reminder, *resumed])
        uncovered = self.uncovered_since()
        if uncovered is not None and self.gap_since != uncovered:
            wanted[TimerKind.GAP] = hand_over_by(uncovered, self.spans, calendar, rules.policy)
        return wanted

    def uncovered_since(self) -> datetime | None:
        """Return since when no stage has run, None while one does."""
        if self.open_stages:
            return None
        return max((interval.end for interval in self.stages if interval.end is not None), default=None)

    def fire(self, kind: TimerKind, at: datetime, rules: Rules) -> None:
        """Do what a due timer stands for. A timer that the case no longer waits for does nothing."""
        if kind not in self.timers(rules):
            return
        match kind:
            case TimerKind.DEEMED_ACCEPTANCE:
                self.accept(at, rules, automatic=True, clock_from=self.received_at)
            case TimerKind.CONFIRMATION_ABSENT:
                assert self.meter_live_at is not None  # noqa: S101 - only waited for in TURNED_ON
                self._finish(self.meter_live_at, at, rules, confirmed=False)
            case TimerKind.AGENT:
                self.agent_overdue = True
                self.record("agent_overdue", at)
            case TimerKind.DUE_SOON:
                assert self.due is not None  # noqa: S101 - only waited for once accepted
                self.due_soon_for = self.due.calendar_strict
                self.record("due_soon", at, strict_due_at=self.due.calendar_strict, told=self._tell(kind, at))
            case TimerKind.DUE_REMINDER:
                assert self.due is not None  # noqa: S101 - only waited for once accepted
                self.reminded_for = self.due.calendar_strict
                self.record(
                    "due_reminder", at, strict_due_at=self.due.calendar_strict, told=self._tell(kind, at)
                )
            case TimerKind.OVERDUE:
                assert self.due is not None  # noqa: S101 - only waited for once accepted
                self.overdue_for = self.due.judged_at
                self.record("case_overdue", at, due_at=self.due.judged_at, told=self._tell(kind, at))
            case TimerKind.URGE:
                for each in self.urges:
                    if each.answered_at is None:
                        each.overdue = True
                        self.record("urge_overdue", at, urge_id=each.id)
            case TimerKind.GAP:
                self.gap_since = self.uncovered_since()
                last = max(
                    (each for each in self.stages if each.end), key=lambda each: each.end or each.start
                )
                self.record("gap_detected", at, after_stage=last.stage, since=self.gap_since)
            case _ if kind in permit_clock.KINDS:
                permit_course.fire(self, kind, at, rules)

    def _tell(self, kind: TimerKind, at: datetime) -> tuple[str, ...]:
        """Note who is told that the date is near or past: the utility, the agent; the district of a late case."""
        whom = [f"utility:{self.utility}"]
        if self.agency is not None:
            whom.append(f"agent:{self.agency.agent}")
        if kind is TimerKind.OVERDUE:
            whom.append(f"district:{self.district}")
        self.told.append(Told(kind, at, tuple(whom)))
        return tuple(whom)

    def apply_calendar(self, at: datetime, rules: Rules) -> None:
        """Apply an amended calendar to an open case: to its receipt date, its due times and its other deadlines.

        What has already passed is never moved, and the versions that the case is judged by stay.
        """
        if moved := move_deadlines(self, at, rules):
            self.record(
                "deadlines_moved",
                at,
                calendar_version=rules.calendar.version,
                deadlines=[asdict(each) for each in moved],
            )
        if self.accepted_at is None or self.due is None or self.state in FINISHED:
            return
        if self.due.judged_at is not None and self.due.judged_at <= at:
            return
        before = self.receipt, self.due
        self.receipt = receipt_date(self.accepted_at, rules.on(local(self.accepted_at).date()).calendar)
        self._set_due(rules)
        if (self.receipt, self.due) != before:
            self.record(
                "due_recomputed",
                at,
                calendar_version=rules.calendar.version,
                receipt_date=self.receipt,
                due=self.due_data(rules),
            )

    # -- permits ---------------------------------------------------------------------------------------------

    def touch(self, *items: PermitItem) -> None:
        """Note that permit items are to be stored anew."""
        self.touched += [each.id for each in items if each.id not in self.touched]

    def end_permit_pauses(self, at: datetime, rules: Rules) -> None:
        """O3: the pause of an ordinary permit ends with the decision."""
        for each in self.pauses:
            is_open = each.state is PauseState.APPROVED and each.ended_at is None
            if each.reason is PauseReason.PERMIT_ORDINARY and is_open:
                self.resume(each.id, at, rules)

    def _check_commitments_soon(self, works_end: datetime, rules: Rules) -> None:
        for each in self.permits:
            commitment, decided_at = each.commitment, each.decided_at
            if commitment and decided_at and commitment.state is CommitmentState.DECIDED:
                commitment.check_by = check_by(decided_at, works_end, rules.service, rules.calendar)
                self.touch(each)

    # -- inside ----------------------------------------------------------------------------------------------

    def assign(self, agent: str, at: datetime, *, automatic: bool) -> None:
        """Put an agent on the case (HK-07)."""
        self.agency = Agency(agent, at, automatic)
        self.record("agent_assigned", at, agent=agent, automatic=automatic)

    def _assign_at_acceptance(self, at: datetime, rules: Rules) -> None:
        """HK-07 [R]: the utility's agents take turns; without one, somebody is to be assigned within office hours."""
        if rules.agents is None or self.agency is not None:
            return
        if self.joint_agent is not None:
            self.assign(self.joint_agent, at, automatic=True)
        elif agents := rules.agents.get(self.utility):
            turn = int(self.number.rpartition("-")[2])
            self.assign(agents[turn % len(agents)], at, automatic=True)
        else:
            self.agent_by = agent_by(at, rules)

    def _not_before_submission(self, at: datetime) -> None:
        if at < self.submitted_at:
            raise RuleError("before-submission", "时间早于申请时间", "请核对时间", "at")

    @property
    def class_not_as_built(self) -> bool:
        """Whether the limit was that of a design that was not built: of a shorter class, and not by a little."""
        built, designed = self.as_built_dm, self.designed_dm
        if built is None or designed is None or self.as_built_class is None:
            return False
        is_shorter = _BY_LENGTH.index(self.as_built_class) < _BY_LENGTH.index(self.length_class)
        return is_shorter and is_well_below(built, designed)

    @property
    def misses_promise(self) -> bool:
        """O4: above 200 m and for heat a date must be agreed before the contract ends.

        A line that grows beyond 200 m later needs it from then on; one that was corrected needs none.
        """
        contract = self.first(Stage.CONTRACT)
        if contract is None or contract.end is None or not self.needs_agreed_date:
            return False
        if self.agreed is None:
            return True
        by = max(contract.end, self.promise_needed_at or contract.end)
        return self.promise_missing if self.agreed_at is None else self.agreed_at > by

    def _note_promise(self, at: datetime) -> None:
        """Note since when a date is to be agreed."""
        if not self.needs_agreed_date:
            self.promise_needed_at = None
        elif self.promise_needed_at is None:
            self.promise_needed_at = at

    def _by_stage(self) -> dict[Stage, Interval]:
        """Return the last interval of each stage that was begun."""
        return {interval.stage: interval for interval in self.stages}

    def _open(self, stage: Stage, at: datetime) -> None:
        self.stages.append(Interval(stage, at, None, self._recorded(at)))
        self.record("stage_started", at, stage=stage, started_at=at)

    def _close(self, stage: Stage, at: datetime, rules: Rules, recorded_at: datetime | None = None) -> None:
        interval = self.stage(stage)
        if interval is None:
            raise RuleError("stage-not-started", f"{STAGE_NAMES[stage]}尚未开始", "请先开始该环节", "stage")
        if interval.end is not None:
            raise RuleError("stage-completed", f"{STAGE_NAMES[stage]}已经完成", "无需再次完成", "stage")
        if at < interval.start:
            raise RuleError("before-start", f"{STAGE_NAMES[stage]}的完成时间早于开始时间", "请核对时间", "at")
        place = len(self.stages) - 1 - self.stages[::-1].index(interval)
        self.stages[place] = replace(interval, end=at, end_recorded_at=self._recorded(recorded_at or at))
        self.record(
            "stage_completed",
            recorded_at or at,
            stage=stage,
            started_at=interval.start,
            completed_at=at,
            elapsed_minutes=elapsed_minutes(interval.start, at),
            working_minutes=working_minutes(interval.start, at, rules.calendar, rules.policy.business_hours),
            round=sum(each.stage is stage for each in self.stages),
        )

    def _set_due(self, rules: Rules) -> None:
        if self.receipt is not None:
            ended = [each for each in self.spans if each.end is not None]
            self.due = due(
                self.receipt,
                self.supply,
                self.length_class,
                self.agreed,
                excluded_dates(ended, None, rules.policy, rules.calendar),
                rules.policy,
                rules.calendar,
            )
            if self.breach_kept is not None:
                judged_at = self.due.judged_at
                self.due = replace(self.due, judged_at=min(judged_at or self.breach_kept, self.breach_kept))

    @property
    def is_read_in(self) -> bool:
        """Whether acts are being read in from a ledger, which were done and decided elsewhere."""
        return self.actor is not None and self.actor.read_in

    def _recorded(self, at: datetime) -> datetime:
        """Return when the act that happened at an instant is recorded; what is read in was recorded elsewhere."""
        return at if self.actor is None or self.is_read_in else self.actor.recorded_at

    def record(self, event: str, at: datetime, **data: object) -> None:
        """Note what happened, by whom, for whom, and how it was entered."""
        of_act: dict[str, object] = {}
        if (actor := self.actor) is not None:
            of_act = {
                "actor": actor.subject,
                "on_behalf_of": actor.on_behalf_of,
                "in_stead": actor.in_stead,
            }
            if actor.in_stead:
                self.in_stead.append(InStead(event, actor.recorded_at, actor.subject, actor.document_ref))
        if mark := EntryMark.LEDGER if self.is_read_in else self.mark:
            of_act["entry"] = mark
        of_case = {"length_class": self.length_class, "special": self.is_special}
        Aggregate.record(self, event, at, **(of_case | of_act | data))
