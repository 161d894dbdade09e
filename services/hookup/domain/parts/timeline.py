"""The timeline of a case: its stages, pauses and lengths, and the due time that follows from them (HK-01, HK-02)."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime

from libs.common.places import Supply
from libs.common.rules import RuleError
from services.hookup.domain.parts.part import Part
from services.hookup.domain.values.durations import elapsed_minutes, working_minutes
from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.limits import Due, due
from services.hookup.domain.values.pauses import Pause, PauseSpan, PauseState, excluded_dates
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import STAGE_NAMES, Interval, Stage
from services.hookup.domain.values.transitions import FINISHED, CaseState, Verb


@dataclass
class Timeline(Part):
    """The state that all other parts read and change only by these methods: stages, pauses, lengths, due time."""

    accepted_at: datetime | None = None
    receipt: date | None = None
    policy_version: str | None = None
    # Version names by policy; empty until the acceptance, and in cases accepted before versions were stored.
    versions: dict[str, str] = field(default_factory=dict)
    declared_dm: int | None = None
    designed_dm: int | None = None
    as_built_dm: int | None = None
    length_class: LengthClass = LengthClass.UNKNOWN
    stages: list[Interval] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    due: Due | None = None
    agreed: date | None = None
    # The judged due time that had passed when a date was agreed: the agreement does not move it.
    breach_kept: datetime | None = None
    # Since when the case needs an agreed date.
    promise_needed_at: datetime | None = None
    # Announced facts: the judged due time that had passed, and since when no stage had run.
    overdue_for: datetime | None = None
    gap_since: datetime | None = None
    finished_at: datetime | None = None

    # -- lengths

    @property
    def needs_agreed_date(self) -> bool:
        """Whether the case is judged on a date agreed with the user: above 200 m, and heat (O4, O5)."""
        return self.supply is Supply.HEAT or self.length_class is LengthClass.L3_GT200

    @property
    def line_dm(self) -> int | None:
        """The length of the line in decimetres: the designed one, else the declared one."""
        return self.declared_dm if self.designed_dm is None else self.designed_dm

    def note_promise(self, at: datetime) -> None:
        """Note since when a date is to be agreed."""
        if not self.needs_agreed_date:
            self.promise_needed_at = None
        elif self.promise_needed_at is None:
            self.promise_needed_at = at

    # -- stages

    @property
    def open_stages(self) -> list[Stage]:
        """The stages that run now; in a finished case none, even where a stage was never completed."""
        if self.state in FINISHED:
            return []
        return [interval.stage for interval in self.stages if interval.end is None]

    @property
    def last_intervals(self) -> dict[Stage, Interval]:
        """The last interval of each stage that was begun."""
        return {interval.stage: interval for interval in self.stages}

    def stage(self, stage: Stage) -> Interval | None:
        """Return a stage's last interval, if it was begun."""
        return next((interval for interval in reversed(self.stages) if interval.stage is stage), None)

    def first(self, stage: Stage) -> Interval | None:
        """Return a stage's first interval, if it was begun; a reopened stage has several."""
        return next((interval for interval in self.stages if interval.stage is stage), None)

    def uncovered_since(self) -> datetime | None:
        """Return since when no stage has run, None while one does."""
        if self.open_stages:
            return None
        return max((interval.end for interval in self.stages if interval.end is not None), default=None)

    def open_stage(self, stage: Stage, at: datetime) -> None:
        """Begin an interval of a stage; the caller checks whether it may begin."""
        self.stages.append(Interval(stage, at, None, self.recorded_at(at)))
        self.record("stage_started", at, stage=stage, started_at=at)

    def close_stage(
        self, stage: Stage, at: datetime, rules: Rules, recorded_at: datetime | None = None
    ) -> None:
        """End a stage's running interval. Raises RuleError where none runs, or it began later."""
        interval = self.stage(stage)
        if interval is None:
            raise RuleError("stage-not-started", f"{STAGE_NAMES[stage]}尚未开始", "请先开始该环节", "stage")
        if interval.end is not None:
            raise RuleError("stage-completed", f"{STAGE_NAMES[stage]}已经完成", "无需再次完成", "stage")
        if at < interval.start:
            raise RuleError("before-start", f"{STAGE_NAMES[stage]}的完成时间早于开始时间", "请核对时间", "at")
        index = len(self.stages) - 1 - self.stages[::-1].index(interval)
        self.stages[index] = replace(interval, end=at, end_recorded_at=self.recorded_at(recorded_at or at))
        self.record(
            "stage_completed",
            recorded_at or at,
            stage=stage,
            started_at=interval.start,
            completed_at=at,
            elapsed_minutes=elapsed_minutes(interval.start, at),
            working_minutes=working_minutes(interval.start, at, rules.calendar, rules.policy.business_hours),
            round=sum(item.stage is stage for item in self.stages),
        )

    def reopen(self, stage: Stage, at: datetime) -> None:
        """Reopen an ended stage, for items filed late: it gets a second interval, the first keeps its end."""
        interval = self.stage(stage)
        if interval is None or interval.end is None or at < interval.end:
            raise RuleError("before-start", f"时间早于{STAGE_NAMES[stage]}的完成时间", "请核对时间", "at")
        self.open_stage(stage, at)

    # -- pauses

    @property
    def paused(self) -> bool:
        """Whether an approved pause is open."""
        return any(pause.is_open for pause in self.pauses)

    @property
    def spans(self) -> list[PauseSpan]:
        """The approved pauses."""
        return [pause.span for pause in self.pauses if pause.state is PauseState.APPROVED]

    @property
    def stopped_at(self) -> datetime | None:
        """When the clock stopped, for as long as an approved pause is open."""
        return min((span.stands_from for span in self.spans if span.end is None), default=None)

    @property
    def running_state(self) -> CaseState:
        """The state of an accepted case without an open pause: IN_PROGRESS once a later stage was begun."""
        has_stage = any(interval.stage is not Stage.ACCEPT for interval in self.stages)
        return CaseState.IN_PROGRESS if has_stage else CaseState.ACCEPTED

    def pause(self, pause_id: str) -> Pause:
        """Return a pause by its id. Raises RuleError."""
        for pause in self.pauses:
            if pause.id == pause_id:
                return pause
        raise RuleError("pause-unknown", "没有这条暂停记录", "请核对暂停编号", "pause_id")

    def resume(self, pause_id: str, at: datetime, rules: Rules) -> None:
        """End a pause: the days after its start up to and including today do not count."""
        self.check(Verb.RESUME)
        pause = self.pause(pause_id)
        if not pause.is_open:
            raise RuleError("pause-not-open", "这条暂停不在暂停中", "请核对暂停编号", "pause_id")
        if at < pause.starts_at:
            raise RuleError("resume-before-pause", "恢复时间早于暂停开始时间", "请核对恢复时间", "at")
        self.end_pause(pause, at, at, rules)

    def end_pause(self, pause: Pause, ended_at: datetime, at: datetime, rules: Rules) -> None:
        """End an open pause at an instant, which may be earlier than now."""
        pause.ended_at = ended_at
        if not self.paused:
            self.move(Verb.RESUME, self.running_state)
        due_before = self.judged_at
        self.set_due(rules)
        self.record(
            "case_resumed",
            at,
            pause_id=pause.id,
            reason=pause.reason,
            starts_at=pause.starts_at,
            ended_at=ended_at,
            due=self.due_data(rules),
            due_before=due_before,
        )

    # -- the due time

    @property
    def judged_at(self) -> datetime | None:
        """The due time that the case is judged by, where it has one."""
        return None if self.due is None else self.due.judged_at

    @property
    def running_due_at(self) -> datetime | None:
        """The judged due time that an open case can still miss or has missed; None while a pause holds it off.

        A case that was overdue when the clock stopped stays overdue meanwhile.
        """
        if self.due is None or self.state in FINISHED or self.state is CaseState.TURNED_ON:
            return None
        judged_at, stopped_at = self.due.judged_at, self.stopped_at
        return None if judged_at and stopped_at and judged_at >= stopped_at else judged_at

    @property
    def breach_announced(self) -> bool:
        """Whether the case was announced as overdue for its present due time."""
        return self.overdue_for is not None and self.overdue_for == self.judged_at

    def is_overdue(self, now: datetime) -> bool:
        """Whether the due time passed while the clock ran: a live meter ends that, a later pause does not."""
        return self.running_due_at is not None and self.running_due_at < now

    def set_due(self, rules: Rules) -> None:
        """Recompute the due time of an accepted case."""
        if self.receipt is None:
            return
        self.due = due(
            self.receipt,
            self.supply,
            self.length_class,
            self.agreed,
            excluded_dates(self.spans, None, rules.policy, rules.calendar),
            rules.policy,
            rules.calendar,
        )
        if self.breach_kept is not None:
            judged_at = self.due.judged_at
            self.due = replace(self.due, judged_at=min(judged_at or self.breach_kept, self.breach_kept))

    def due_data(self, rules: Rules) -> dict[str, object] | None:
        """Return the due times under the field names of the published events."""
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

        Call it again after a change that may have accepted the case; `rules` are those that it was loaded with.
        """
        if self.receipt is None or self.versions in ({}, rules.versions):
            return rules
        return rules.on(self.receipt)
