"""The end of a case with supply: the live meter, and the user's confirmation or dispute (clock: stop event; O19)."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar

from libs.common.references import object_id
from libs.common.rules import RuleError
from services.hookup.domain.parts.timeline import Timeline
from services.hookup.domain.values.case_figures import CaseFigures, case_figures
from services.hookup.domain.values.clock_policy import StopEvent
from services.hookup.domain.values.limits import OnTime, judge
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import STAGE_NAMES, Stage
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.transitions import CaseState, Verb
from services.hookup.domain.values.work import Whose, Work, WorkKind


@dataclass(frozen=True, slots=True)
class Dispute:
    """The user's dispute of a live meter: the clock runs on until the meter is live again and confirmed."""

    disputed_at: datetime
    disputed_by: str
    meter_live_at: datetime
    reason: str
    # The file that proves the supply after the dispute.
    evidence_ref: str | None = None


@dataclass
class TurnOn(Timeline):
    """The live meter, disputes, the user's confirmation, and the figures that the case was closed with."""

    kinds: ClassVar[tuple[TimerKind, ...]] = (TimerKind.CONFIRMATION_ABSENT,)

    meter_live_at: datetime | None = None
    meter_live_recorded_at: datetime | None = None
    disputes: list[Dispute] = field(default_factory=list)
    confirmed_at: datetime | None = None
    confirmed_by_user: bool | None = None
    on_time: OnTime | None = None
    # None in cases closed before they were stored.
    closed: CaseFigures | None = None

    @property
    def on_time_by_late_entry(self) -> bool:
        """Whether a closed case is judged on time although it had been announced as overdue."""
        return self.on_time is not None and self.on_time.judged is True and self.overdue_for is not None

    def report_meter_live(self, at: datetime, rules: Rules, evidence_ref: str | None = None) -> None:
        """Record the live meter; the user has 24 hours to confirm. After a dispute an evidence file is required."""
        self.check(Verb.REPORT_METER_LIVE)
        turn_on = self.stage(Stage.TURN_ON)
        if turn_on is None:
            raise RuleError("stage-not-started", "尚未开始验收开通", "请先开始验收开通", "stage")
        still_open = [stage for stage in self.open_stages if stage is not Stage.TURN_ON]
        if still_open:
            names = "、".join(STAGE_NAMES[stage] for stage in still_open)
            raise RuleError("stages-open", f"{names}尚未完成", "请先完成这些环节", "stage")
        if at < max(stage.end or stage.start for stage in self.stages):
            raise RuleError("before-start", "开通时间早于已登记的环节时间", "请核对时间", "at")
        if self.disputes and at < self.disputes[-1].disputed_at:
            raise RuleError(
                "before-dispute", "开通时间早于用户提出异议的时间", "请填写处理异议之后再次开通的时间", "at"
            )
        if self.disputes:
            if evidence_ref is None:
                # Otherwise the user's silence would close the disputed case a day later.
                raise RuleError(
                    "evidence-after-dispute",
                    "用户对开通提出过异议，再次登记开通须附依据材料",
                    "请先上传再次开通的依据材料（如现场照片、用户签字），再选定该文件",
                    "evidence_ref",
                )
            self.disputes[-1] = replace(self.disputes[-1], evidence_ref=evidence_ref)
        self.meter_live_at = at
        self.meter_live_recorded_at = self.recorded_at(at)
        self.move(Verb.REPORT_METER_LIVE, CaseState.TURNED_ON)
        self.record(
            "meter_live",
            at,
            meter_live_at=at,
            confirm_by=self._notified_at + _hours(rules),
            customer_id=object_id(self.customer_ref),
            site_division=self.site_division,
        )

    @property
    def _notified_at(self) -> datetime:
        """When the live meter was recorded: the time to confirm starts with the notification."""
        assert self.meter_live_at is not None  # noqa: S101 - only asked in TURNED_ON
        return self.meter_live_recorded_at or self.meter_live_at

    def confirm_by(self, rules: Rules) -> datetime | None:
        """Return until when the user may confirm or dispute a live meter.

        None where there is nothing to confirm. An urge or a question is not silence: the time starts again with its
        answer, or when the answer was due.
        """
        if self.state is not CaseState.TURNED_ON:
            return None
        silent_since = self._notified_at
        for part in self.parts_with("answered_at"):
            silent_since = part.answered_at(self, silent_since)
        return silent_since + _hours(rules)

    def confirm(self, at: datetime, rules: Rules) -> None:
        """Confirm the supply: the case's time ends with the live meter, or now where the policy says so (O19)."""
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
        confirm_by = self.confirm_by(rules)
        if confirm_by is not None and at > confirm_by:
            raise RuleError("confirmed-too-late", "已超过确认时限，以表计开通时间为准", "无需再确认", "at")
        self.confirmed_at = at
        by_meter = rules.clock.stop_event is StopEvent.METER_LIVE
        self._finish(self.meter_live_at if by_meter else at, at, rules, confirmed=True)

    def dispute_meter_live(self, reason: str, at: datetime, by: str) -> None:
        """Dispute the live meter: the clock runs on until the meter is live again (clock: stop event)."""
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
        self.close_stage(Stage.TURN_ON, finished_at, rules, recorded_at=at)
        self.move(Verb.FINISH, CaseState.CLOSED)
        self.on_time = judge(finished_at, self.due)
        self.closed = case_figures(
            self.submitted_at,
            self.due.judged_at,
            self.stages,
            self.spans,
            self.receipt,
            self.meter_live_at,
            finished_at,
            rules,
        )
        figures = dict[str, object]()
        for part in self.parts_with("closing_figures"):
            figures |= part.closing_figures(self, rules)
        self.record(
            "case_closed",
            at,
            violations=self.violations(),
            customer_id=object_id(self.customer_ref),
            **figures,
        )

    def closing_figures(self, rules: Rules) -> dict[str, object]:
        """Return the case's start and end, who ended it, and whether it was on time."""
        del rules
        assert self.on_time is not None  # noqa: S101 - judged before
        return {
            "started_at": self.submitted_at,
            "finished_at": self.finished_at,
            "confirmed_by_user": self.confirmed_by_user,
            "source": self.source,
            "on_time": asdict(self.on_time),
            "by_late_entry": self.on_time_by_late_entry,
        }

    def waits_for(self, rules: Rules) -> dict[TimerKind, datetime]:
        """Wait for the user's confirmation."""
        confirm_by = self.confirm_by(rules)
        return {} if confirm_by is None else {TimerKind.CONFIRMATION_ABSENT: confirm_by}

    def on_timer(self, kind: TimerKind, at: datetime, rules: Rules) -> None:
        """Close a case whose user did not answer in time; its time ends with the live meter."""
        del kind
        assert self.meter_live_at is not None  # noqa: S101 - only waited for in TURNED_ON
        self._finish(self.meter_live_at, at, rules, confirmed=False)

    def work_items(self, rules: Rules) -> Iterator[Work]:
        """Let the applicant confirm."""
        if self.state is CaseState.TURNED_ON and self.meter_live_at is not None:
            yield Work(WorkKind.CONFIRM, Whose.APPLICANT, self._notified_at, self.confirm_by(rules))


def _hours(rules: Rules) -> timedelta:
    return timedelta(hours=rules.policy.confirmation_hours)
