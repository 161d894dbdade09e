"""The application: submitted, corrected once, accepted by the utility or by its silence (行政许可法 §32)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, Final

from libs.casework.domain.deadlines import Moved, moved_deadline
from libs.common.calendars.workdays import receipt_date
from libs.common.clock import local
from libs.common.references import object_id
from libs.common.rules import RuleError
from services.hookup.domain.parts.timeline import Timeline
from services.hookup.domain.values.deadlines import Deadline
from services.hookup.domain.values.lengths import classify
from services.hookup.domain.values.materials import MaterialKind
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.transitions import CaseState, Verb
from services.hookup.domain.values.work import Whose, Work, WorkKind

# How far back a withdrawn or refused case is searched for when the same user applies again. Otherwise a withdrawal
# or refusal just before the due time would start a new clock without any link to the old one (二（一）1).
ANEW_WITHIN: Final = timedelta(days=90)


@dataclass
class Application(Timeline):
    """The application as submitted and corrected before the clock runs, and the acceptance that starts the clock."""

    kinds: ClassVar[tuple[TimerKind, ...]] = (TimerKind.DEEMED_ACCEPTANCE,)

    received_at: datetime | None = None
    correction_items: list[str] | None = None
    correction_asked_at: datetime | None = None
    answer_by: datetime | None = None
    correction_materials: list[MaterialKind] = field(default_factory=list)
    # The reason for asking again for material that is already on file.
    correction_reason: str | None = None
    # The earlier withdrawn or refused case of the same customer, service and site.
    begun_anew_after: str | None = None
    # The open case of the same customer, service and street from which this one was declared to be separate.
    apart_from: str | None = None

    def submit(self, *, declared_dm: int | None, complete: bool, rules: Rules) -> None:
        """Submit the case; a complete online form is accepted at receipt (clock: start event)."""
        if self.stages:
            raise RuleError("submitted-already", "此件已经提交过", "无需再次提交")
        at = self.submitted_at
        self.received_at = at
        self.declared_dm = declared_dm
        self.length_class = classify(declared_dm, rules.policy)
        self.note_promise(at)
        self.record(
            "case_submitted",
            at,
            declared_length_dm=declared_dm,
            complete=complete,
            begun_anew_after=self.begun_anew_after,
            apart_from=self.apart_from,
            customer_id=object_id(self.customer_ref),
        )
        self.open_stage(Stage.ACCEPT, at)
        if complete:
            self.accept(at, rules, automatic=True)

    def request_correction(
        self, items: list[str], at: datetime, rules: Rules, *, again: int = 0, reason: str | None = None
    ) -> None:
        """Ask, once, for everything that is missing (行政许可法 §32(4)).

        `again` counts the requested materials that are already on file, `reason` says why those do not suffice.
        """
        self.check(Verb.REQUEST_CORRECTION)
        if self.correction_items is not None:
            raise RuleError(
                "correction-asked-already",
                "补正只能一次性告知，此件已告知过",
                "请受理或按规定不予办理",
                "items",
            )
        self.check_not_before_submission(at)
        self.correction_asked_at = at
        answer_by = self.answer_by = rules.calendar.close_after(at, rules.policy.answer_workdays)
        self.correction_items, self.correction_reason = items, reason
        self.move(Verb.REQUEST_CORRECTION, CaseState.CORRECTION)
        self.record("correction_requested", at, item_count=len(items), again_count=again, answer_by=answer_by)

    def answer_correction(self, at: datetime) -> None:
        """Record the applicant's correction; the deadline for acceptance starts again at `at`."""
        self.check(Verb.ANSWER_CORRECTION)
        self.check_not_before_submission(at)
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
        self.check_not_before_submission(at)
        accepted_at = clock_from or at
        receipt = receipt_date(accepted_at, rules.on(local(accepted_at).date()).calendar)
        rules = rules.on(receipt)
        self.accepted_at, self.receipt = accepted_at, receipt
        self.policy_version, self.versions = rules.policy.version, rules.versions
        self.length_class = classify(self.line_dm, rules.policy)
        state = self.running_state
        self.close_stage(Stage.ACCEPT, at, rules)
        self.move(Verb.ACCEPT, state)
        self.set_due(rules)
        self.record(
            "case_accepted", at, receipt_date=self.receipt, automatic=automatic, due=self.due_data(rules)
        )
        for part in self.parts_with("on_acceptance"):
            part.on_acceptance(self, at, rules)

    def waits_for(self, rules: Rules) -> dict[TimerKind, datetime]:
        """Wait for the acceptance; an application that the utility does not answer in time is deemed accepted."""
        if self.state is not CaseState.SUBMITTED or self.received_at is None:
            return {}
        received = receipt_date(self.received_at, rules.calendar)
        limit = rules.calendar.add_workdays(received, rules.policy.correction_workdays)
        return {TimerKind.DEEMED_ACCEPTANCE: rules.calendar.close_of(limit)}

    def on_timer(self, kind: TimerKind, at: datetime, rules: Rules) -> None:
        """Accept the case because the utility did not answer; the clock starts at the receipt."""
        del kind
        self.accept(at, rules, automatic=True, clock_from=self.received_at)

    def work_items(self, rules: Rules) -> Iterator[Work]:
        """Let the utility accept, or the applicant answer."""
        if self.state is CaseState.SUBMITTED:
            since = self.received_at or self.submitted_at
            accept_by = Application.waits_for(self, rules).get(TimerKind.DEEMED_ACCEPTANCE)
            yield Work(WorkKind.ACCEPT, Whose.CLERK, since, accept_by)
        elif self.state is CaseState.CORRECTION:
            yield Work(WorkKind.ANSWER_CORRECTION, Whose.APPLICANT, self.submitted_at, self.answer_by)

    def move_deadlines(self, at: datetime, rules: Rules) -> Iterator[Moved]:
        """Move the deadline for answering a correction."""
        if self.state is CaseState.CORRECTION and self.correction_asked_at is not None:
            answer_by = rules.calendar.close_after(self.correction_asked_at, rules.policy.answer_workdays)
            if move := moved_deadline(Deadline.CORRECTION, None, self.answer_by, answer_by, at):
                self.answer_by = move.at
                yield move
