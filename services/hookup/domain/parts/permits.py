"""The permits of a case, and their effect on its PERMIT stage, its permit pause and their own modes (HK-04)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar

from libs.casework.domain.deadlines import Moved
from libs.common.rules import RuleError
from services.hookup.domain.parts import permit_timers
from services.hookup.domain.parts.timeline import Timeline
from services.hookup.domain.values.digging import Dig, NoPermit, check_end
from services.hookup.domain.values.durations import elapsed_minutes, working_minutes
from services.hookup.domain.values.lengths import LengthClass, classify
from services.hookup.domain.values.pauses import PauseReason
from services.hookup.domain.values.permit_items import (
    CommitmentState,
    PermitItem,
    all_granted,
    latest,
    undecided,
)
from services.hookup.domain.values.permit_modes import ModeEnd, undue
from services.hookup.domain.values.permit_terms import check_by, in_time, to_approval
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.transitions import CAME_TO_NOTHING, FINISHED, Verb
from services.hookup.domain.values.violations import Violation
from services.hookup.domain.values.work import Whose, Work, WorkKind, permit_work


@dataclass
class Permits(Timeline):
    """The permit items, and the excavation that they authorise."""

    kinds: ClassVar[tuple[TimerKind, ...]] = permit_timers.KINDS

    permits: list[PermitItem] = field(default_factory=list)
    excavation_at: datetime | None = None
    dig: Dig | None = None
    no_permit: NoPermit | None = None
    # Ids of permit items whose rows differ from this state: the next save writes them.
    dirty_permits: list[str] = field(default_factory=list)

    # -- items

    def permit(self, item_id: str) -> PermitItem:
        """Return a permit item by its id. Raises RuleError."""
        for item in self.permits:
            if item.id == item_id:
                return item
        raise RuleError("permit-unknown", "没有这项审批", "请核对审批事项编号", "item_id")

    def touch(self, *items: PermitItem) -> None:
        """Mark permit items as changed, so that the next save writes their rows."""
        self.dirty_permits += [item.id for item in items if item.id not in self.dirty_permits]

    def record_permit(self, event: str, item: PermitItem, at: datetime, **data: object) -> None:
        """Record an event of an item and mark the item as changed."""
        self.touch(item)
        self.record(event, at, item_id=item.id, kind=item.kind, authority=item.authority, **data)

    def record_decision(self, item: PermitItem, at: datetime, rules: Rules) -> None:
        """Record that an item was decided, by its authority or by the end of the objection term."""
        self.record_permit(
            "permit_decided",
            item,
            at,
            mode=item.mode,
            decision=item.decision,
            reason=item.reason and item.reason.code,
            filed_at=item.filed_at,
            decided_at=at,
            elapsed_minutes=elapsed_minutes(item.filed_at, at),
            working_minutes=working_minutes(item.filed_at, at, rules.calendar, rules.policy.business_hours),
            in_time=None if item.due_at is None else at <= item.due_at,
        )

    # -- stages

    @property
    def works_over(self) -> bool:
        """Whether the works were begun and have ended, so that no permit can stop them any more."""
        works = [interval for interval in self.stages if interval.stage is Stage.EXTERNAL_WORKS]
        return bool(works) and all(interval.end is not None for interval in works)

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
        self.close_stage(stage, at, rules)
        if stage is Stage.EXTERNAL_WORKS:
            self._check_commitments_soon(at, rules)

    def _check_commitments_soon(self, works_end: datetime, rules: Rules) -> None:
        for item in self.permits:
            commitment, decided_at = item.commitment, item.decided_at
            if commitment and decided_at and commitment.state is CommitmentState.DECIDED:
                commitment.check_by = check_by(decided_at, works_end, rules.service, rules.calendar)
                self.touch(item)

    def settle_permits(self, at: datetime, rules: Rules) -> None:
        """End the ordinary permit's pause once it is decided (O3), and the stage once every item is granted.

        The stage is reopened when a granted item waits for its authority again.
        """
        if not undecided(self.excusing_permits(rules)):
            for pause in self.pauses:
                if pause.reason is PauseReason.PERMIT_ORDINARY and pause.is_open:
                    self.resume(pause.id, at, rules)
        permit = self.stage(Stage.PERMIT)
        if permit is None:
            return
        if permit.end is None:
            if all_granted(self.permits):
                self.complete_stage(Stage.PERMIT, at, rules)
        elif undecided(latest(self.permits)) and not self.works_over:
            self.reopen(Stage.PERMIT, at)

    def excusing_permits(self, rules: Rules) -> Sequence[PermitItem]:
        """Return the ordinary items filed in time after the scheme reply: a pause may cover their time (O3)."""
        replies = [
            interval.end
            for interval in self.stages
            if interval.stage is Stage.SURVEY_DESIGN and interval.end is not None
        ]
        return in_time(self.permits, min(replies, default=None), rules.policy, rules.calendar)

    # -- modes

    def permit_class(self, rules: Rules) -> LengthClass:
        """Return the class that permits are judged by: of the line as designed, or as built where it is longer."""
        lengths = [length for length in (self.line_dm, self.as_built_dm) if length is not None]
        return classify(max(lengths, default=None), rules.policy)

    def follow_length(self, at: datetime, rules: Rules) -> None:
        """Pass the line's new length to the authorities, and end the modes that the new length does not allow."""
        length = self.line_dm
        for item in self.permits:
            if item.decision is None and item.works.length_dm != length:
                item.works = replace(item.works, length_dm=length)
                self.touch(item)
        self.end_undue_modes(ModeEnd.LENGTH, at, rules)

    def end_undue_modes(self, cause: ModeEnd, at: datetime, rules: Rules) -> None:
        """Move items whose mode is no longer allowed to approval; excavation waits for it.

        After the end of the works nothing can be stopped: then only the violation is recorded.
        """
        over = self.works_over
        for item in list(undue(self.permits, self.permit_class(rules), rules.permits)):
            if not over:
                self.await_approval(item, cause, at, rules)
            elif not item.mode_exceeded:
                item.mode_exceeded = True
                self.record_permit("permit_mode_ended", item, at, mode=item.mode, cause=cause, due_at=None)
        if self.permits:
            self.settle_permits(at, rules)

    def await_approval(self, item: PermitItem, cause: ModeEnd, at: datetime, rules: Rules) -> None:
        """End an item's mode: it waits for approval from now on, and a commitment behind it is revoked."""
        mode, commitment = item.mode, item.commitment
        to_approval(item, at, rules.service, rules.calendar)
        self.record_permit("permit_mode_ended", item, at, mode=mode, cause=cause, due_at=item.due_at)
        if commitment is not None and commitment.state is CommitmentState.REVOKED:
            self.record_permit("commitment_revoked", item, at, party=commitment.party, is_false=False)

    # -- as a part of the case

    def waits_for(self, rules: Rules) -> dict[TimerKind, datetime]:
        """Wait for decisions and checks; commitments are checked long after the case is closed."""
        del rules
        if not self.permits or self.state in CAME_TO_NOTHING:
            return {}
        return permit_timers.timers(self.permits)

    def on_timer(self, kind: TimerKind, at: datetime, rules: Rules) -> None:
        """Apply the items' due timers, and their effect on stage and pause."""
        for event, item in permit_timers.due_events(self.permits, kind, at):
            if event == "permit_decided":
                self.record_decision(item, at, rules)
            else:
                self.record_permit(event, item, at)
        self.settle_permits(at, rules)

    def work_items(self, rules: Rules) -> Iterator[Work]:
        """Let authorities decide and check, the utility file, and who committed sign."""
        del rules
        if self.state in CAME_TO_NOTHING:
            return
        for item in self.permits:
            if (work := permit_work(item)) is not None:
                yield work
            commitment = item.commitment
            offered = commitment is not None and commitment.state is CommitmentState.OFFERED
            if commitment is not None and offered and self.state not in FINISHED:
                signer = Whose.CLERK if commitment.party == self.utility else Whose.APPLICANT
                yield Work(WorkKind.SIGN_COMMITMENT, signer, commitment.offered_at, None, item)

    def move_deadlines(self, at: datetime, rules: Rules) -> Iterator[Moved]:
        """Move the deadlines for deciding, objecting, checking and rectifying."""
        works = self.stage(Stage.EXTERNAL_WORKS)
        for item in self.permits:
            moved = list(permit_timers.moved(item, works.end if works else None, at, rules))
            if moved:
                self.touch(item)
            yield from moved

    def infringements(self) -> Iterator[Violation]:
        """Return the codes of items filed apart or not at all, undeclared risks, and modes not allowed."""
        if not all(item.is_parallel for item in self.permits):
            yield Violation.NOT_PARALLEL
        if any(item.filing_overdue for item in self.permits):
            yield Violation.EMERGENCY_NOT_FILED
        if any(item.findings for item in self.permits):
            yield Violation.UNDECLARED_RISK
        if any(item.mode_exceeded for item in self.permits):
            yield Violation.PERMIT_MODE_EXCEEDED
