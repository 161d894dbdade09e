"""The hookup case (报装): the aggregate of one application. Only its methods change it; they record domain events.

Every verb takes the instant at which it happened and the rules in force; it either changes the case and records
what happened, or raises RuleError and changes nothing. Instants are aware UTC, lengths decimetres.
"""

from dataclasses import asdict, dataclass
from datetime import datetime

from libs.common.calendars.workdays import receipt_date
from libs.common.clock import local
from libs.common.rules import RuleError
from services.hookup.domain.parts import permit_pauses
from services.hookup.domain.parts.agents import Agents
from services.hookup.domain.parts.application import Application
from services.hookup.domain.parts.contacts import Contacts
from services.hookup.domain.parts.due_dates import DueDates
from services.hookup.domain.parts.late_entries import LateEntries
from services.hookup.domain.parts.lengths import Lengths
from services.hookup.domain.parts.materials import Materials
from services.hookup.domain.parts.part import InStead
from services.hookup.domain.parts.pauses import Pauses
from services.hookup.domain.parts.permits import Permits
from services.hookup.domain.parts.promises import Promise, Promises
from services.hookup.domain.parts.quotes import Quotes
from services.hookup.domain.parts.refusal import Refusal
from services.hookup.domain.parts.special import SpecialCase
from services.hookup.domain.parts.stages import Stages
from services.hookup.domain.parts.teamwork import Teamwork
from services.hookup.domain.parts.turn_on import TurnOn
from services.hookup.domain.values import pauses as pause_rules
from services.hookup.domain.values.approval import Approver, check_supervises
from services.hookup.domain.values.digging import check_works
from services.hookup.domain.values.entries import Act, Claim, EntryMark
from services.hookup.domain.values.lengths import LengthKind
from services.hookup.domain.values.pauses import Pause, PauseReason, PauseState, counted_start
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import FINISHED, CaseState, Verb


@dataclass(slots=True)
class Case(
    # The order of the parts is the order of their entries in a work list.
    Contacts,
    Application,
    TurnOn,
    Stages,
    Agents,
    Pauses,
    SpecialCase,
    LateEntries,
    Permits,
    DueDates,
    Promises,
    Lengths,
    Refusal,
    Materials,
    Quotes,
    Teamwork,
):
    """One application for water, gas or heat, from submission to supply: its parts, and verbs that span several."""

    def check_stage_start(self, stage: Stage, at: datetime) -> None:
        """Raise RuleError when a stage may not begin at an instant; works need their permits to be filed (HK-03)."""
        super(Case, self).check_stage_start(stage, at)
        if stage is Stage.EXTERNAL_WORKS and not self.is_read_in:
            check_works(self.permits, self.no_permit, at)

    def request_pause(self, pause: Pause, asked_at: datetime, rules: Rules) -> None:
        """Ask for a pause: a listed reason, evidence, and no later than one working day after its start."""
        self.check(Verb.REQUEST_PAUSE)
        if self.accepted_at is None or pause.starts_at < self.accepted_at:
            raise RuleError("pause-before-acceptance", "暂停不能早于受理", "请核对暂停开始时间", "starts_at")
        if pause.reason is PauseReason.PERMIT_ORDINARY:
            permit_pauses.check_pause(self, pause.starts_at, rules)
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
        pause.asked_at = asked_at
        self.pauses.append(pause)
        self.record(
            "pause_requested", asked_at, pause_id=pause.id, reason=pause.reason, starts_at=pause.starts_at
        )

    def decide_pause(
        self,
        pause_id: str,
        at: datetime,
        by: str,
        rules: Rules,
        *,
        approve: bool,
        supervises: bool = False,
    ) -> None:
        """Approve or decline; who asked cannot approve, nor the utility what would undo an announced breach or gap.

        `supervises` is true of who stands outside of the utility. An ordinary permit's pause that is approved after
        the decision has ended with it (O3).
        """
        self.check(Verb.DECIDE_PAUSE)
        pause = self.pause(pause_id)
        if pause.state is not PauseState.REQUESTED:
            raise RuleError("pause-decided", "这条暂停已经审批过", "无需再次审批", "pause_id")
        if pause.asked_by == by:
            raise RuleError("approver-is-asker", "暂停的审批人不能是提出人本人", "请由他人审批", "pause_id")
        if approve and not self.is_read_in and self.reaches_behind_announced(pause, rules):
            check_supervises(Approver(by, supervises), rules.clock, "pause_id")
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
            ended_at = permit_pauses.waited_until(self, pause, rules)
            if ended_at is not None:
                self.end_pause(pause, ended_at, at, rules)
        else:
            pause.state = PauseState.DECLINED
            self.record("pause_declined", at, pause_id=pause.id, reason=pause.reason)

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
        due_before = self.judged_at
        change, class_before = self.set_length(kind, length_dm, at, by, rules)
        if promise is not None:
            self.agree_date(promise.agreed, promise.document_ref, at, rules)
        self.set_due(rules)
        self.record(
            "length_changed",
            at,
            kind=kind,
            from_dm=change.from_dm,
            to_dm=length_dm,
            class_before=class_before,
            due=self.due_data(rules),
            due_before=due_before,
        )
        self.follow_length(at, rules)

    def perform(self, claim: Claim, by: str, rules: Rules) -> None:
        """Do a claimed act, by the part that it changes. Raises RuleError."""
        at = claim.claimed_at
        match claim:
            case Claim(act=Act.START_STAGE, stage=stage) if stage is not None:
                self.start_stage(stage, at)
            case Claim(act=Act.COMPLETE_STAGE, stage=stage) if stage is not None:
                self.complete_stage(stage, at, rules)
            case Claim(act=Act.METER_LIVE):
                self.report_meter_live(at, rules, claim.evidence_ref)
            case Claim(act=Act.RESUME, pause_id=pause_id) if pause_id is not None:
                self.resume(pause_id, at, rules)
            case Claim(act=Act.CHANGE_LENGTH, length_kind=kind, length_dm=length) if (
                kind and length is not None
            ):
                agreed, document = claim.agreed, claim.document_ref
                promise = Promise(agreed, document) if agreed and document else None
                self.change_length(kind, length, at, by, rules, promise)
            case Claim(act=Act.AGREE_DATE, agreed=agreed, document_ref=document) if agreed and document:
                self.agree_date(agreed, document, at, rules)
            case _:
                raise AssertionError(f"a claim without what it needs: {claim}")

    def apply_calendar(self, at: datetime, rules: Rules) -> None:
        """Apply an amended calendar to an open case: to its receipt date, its due times and its other deadlines.

        What has already passed is never moved, and the versions that the case is judged by stay.
        """
        if self.state in FINISHED:
            return
        moved = [
            item
            for part in self.parts_with("move_deadlines")
            for item in part.move_deadlines(self, at, rules)
        ]
        if moved:
            # Those of the case itself come first.
            moved.sort(key=lambda deadline: deadline.ref is not None)
            self.record(
                "deadlines_moved",
                at,
                calendar_version=rules.calendar.version,
                deadlines=[asdict(deadline) for deadline in moved],
            )
        if self.accepted_at is None or self.due is None:
            return
        if self.due.judged_at is not None and self.due.judged_at <= at:
            return
        before, due_before = (self.receipt, self.due), self.judged_at
        self.receipt = receipt_date(self.accepted_at, rules.on(local(self.accepted_at).date()).calendar)
        self.set_due(rules)
        if (self.receipt, self.due) != before:
            self.record(
                "due_recomputed",
                at,
                calendar_version=rules.calendar.version,
                receipt_date=self.receipt,
                receipt_before=before[0],
                due=self.due_data(rules),
                due_before=due_before,
            )

    def record(self, event: str, at: datetime, **data: object) -> None:
        """Note what happened, by whom, for whom, and how it was entered."""
        of_act: dict[str, object] = {}
        if (actor := self.actor) is not None:
            of_act = {
                "actor": actor.subject,
                "actor_unit": actor.unit,
                "on_behalf_of": actor.on_behalf_of,
                "in_stead": actor.in_stead,
            }
            if actor.in_stead:
                self.in_stead.append(InStead(event, actor.recorded_at, actor.subject, actor.document_ref))
        if mark := EntryMark.LEDGER if self.is_read_in else self.mark:
            of_act["entry"] = mark
        of_case = {"length_class": self.length_class, "special": self.is_special}
        super(Case, self).record(event, at, **(of_case | of_act | data))
