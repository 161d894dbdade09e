"""The rating (好差评) of one service that ended: invited by its event, given once, never deleted. Aware UTC.

Who rates is not kept here: the person's words stand sealed elsewhere, and of a device only keyed hashes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from libs.casework.domain.deadlines import MOMENT
from libs.common.aggregate import Aggregate
from libs.common.clock import local
from libs.common.places import Supply
from libs.common.rules import RuleError
from services.grievances.domain.ratings.parts import Appeal, CallBack, Grade, Rectification
from services.grievances.domain.ratings.values import (
    TRANSITIONS,
    AppealState,
    CallCause,
    Ending,
    RatedService,
    RatingDeadline,
    RatingState,
    RatingTimer,
    RatingVerb,
    Signal,
)
from services.grievances.domain.rules import Rules


@dataclass(slots=True)
class Rating(Aggregate[Rules, RatingTimer]):
    """One service, one rating (一次一评)."""

    transitions = TRANSITIONS

    service: RatedService
    thing_id: str
    thing_number: str
    cycle: int
    ending: Ending
    kind: str
    district: str
    served_at: datetime
    utility: str | None = None
    supply: Supply | None = None
    # The customer's code as a citizen's scope has it, where the service tells it.
    owner: str | None = None
    # The account of who did the work, where the service tells it.
    handler: str | None = None
    # Of a grievance: false where its unit spoke with nobody, or the person says so.
    contacted: bool | None = None
    state: RatingState = field(default=RatingState.INVITED, kw_only=True)
    expires_at: datetime = field(kw_only=True)
    policy_version: str = field(kw_only=True)
    good_from: int = field(kw_only=True)
    grades: list[Grade] = field(default_factory=list, kw_only=True)
    call_back: CallBack | None = field(default=None, kw_only=True)
    rectification: Rectification | None = field(default=None, kw_only=True)
    appeal: Appeal | None = field(default=None, kw_only=True)
    signals: dict[Signal, datetime] = field(default_factory=dict, kw_only=True)
    # When a grade that was given since it was loaded is to be looked at with others; not stored.
    look_at: datetime | None = field(default=None, kw_only=True)
    # Whether something changed since it was loaded that the province is told; not stored.
    is_news: bool = field(default=False, kw_only=True)
    # Whether units may not know whose it is.
    is_confidential: bool = field(default=False, kw_only=True)
    # The accounts that had a link made.
    linked_by: list[str] = field(default_factory=list, kw_only=True)

    # -- what it is now

    @property
    def last(self) -> Grade | None:
        """The grade that counts: the last one."""
        return self.grades[-1] if self.grades else None

    @property
    def grade(self) -> int | None:
        """The grade that counts, 1 (非常不满意) to 5 (非常满意)."""
        return None if self.last is None else self.last.grade

    @property
    def is_late(self) -> bool | None:
        """Whether it was added after the day of the service (补评); None where nobody rated."""
        return local(self.grades[0].at).date() > local(self.served_at).date() if self.grades else None

    @property
    def is_suspect(self) -> bool:
        """Whether the grade is good and a signal says that it may not be the person's.

        A bad grade never is: else a unit could bring about signals and drop what it is blamed for. Of these it can
        appeal, and two persons decide.
        """
        return bool(self.signals) and self.grade is not None and self.grade >= self.good_from

    @property
    def is_excluded(self) -> bool:
        """Whether two persons left it out of the figures."""
        return self.appeal is not None and self.appeal.state is AppealState.GRANTED

    @property
    def is_called(self) -> bool:
        """Whether the person was reached about it."""
        return self.call_back is not None and any(call.reached for call in self.call_back.calls)

    def by(self) -> str:
        """Return who acts. Raises AssertionError where nobody is named: a programming error."""
        if self.actor is None or self.actor.subject is None:
            raise AssertionError("nobody is named who acts")
        return self.actor.subject

    def unit(self) -> str | None:
        """Return the unit that acts, as scopes name it."""
        return None if self.actor is None else self.actor.unit

    # -- inviting and rating

    def invite(self) -> None:
        """Note that it may be rated."""
        self.record("rating_invited", self.served_at, expires_at=self.expires_at)

    def note_link(self, by: str, at: datetime) -> None:
        """Note that somebody had a link made. Raises RuleError."""
        self._check_time(at)
        self.check(RatingVerb.LINK)
        if by not in self.linked_by:
            self.linked_by.append(by)
        self.record("rating_link_made", at)

    def give(self, grade: Grade, rules: Rules) -> None:
        """Take the one grade. Raises RuleError where there is one, and after the term."""
        if self.grades:
            raise RuleError("rated-already", "此件已经评价过", "每件只能评价一次", "grade")
        self._check_time(grade.at)
        self.move(RatingVerb.RATE, RatingState.RATED)
        self._take(grade, rules)
        self.record("rating_given", grade.at)

    def change(self, grade: Grade, rules: Rules) -> None:
        """Take another grade shortly after the first one, which stays on record. Raises RuleError."""
        self.check(RatingVerb.CHANGE)
        hours, before = rules.ratings.change_hours, self.grade
        if not self.may_change(grade.at, rules):
            raise RuleError(
                "change-too-late", f"评价 {hours} 小时后不能更改", "如有新的问题，请提出诉求", "grade"
            )
        self._take(grade, rules)
        self.record("rating_changed", grade.at, grade_before=before)

    def may_change(self, at: datetime, rules: Rules) -> bool:
        """Tell whether the grade may still be changed."""
        return bool(self.grades) and at <= self.grades[0].at + timedelta(hours=rules.ratings.change_hours)

    def _check_time(self, at: datetime) -> None:
        if at > self.expires_at:
            until = f"{local(self.expires_at):%Y-%m-%d %H:%M}"
            raise RuleError(
                "rating-too-late", f"评价期已于 {until} 结束", "如有新的问题，请提出诉求", "grade"
            )

    def _take(self, grade: Grade, rules: Rules) -> None:
        policy, calendar = rules.ratings, rules.calendar
        self.grades.append(grade)
        self.is_news = True
        self.look_at = grade.at + timedelta(minutes=policy.look_minutes)
        if policy.is_bad(grade.grade):
            # Once bad it is followed to its end, whatever the person is brought to say afterwards.
            if self.rectification is None:
                due_at = calendar.close_after(grade.at, policy.rectify_workdays)
                self.rectification = Rectification(grade.at, due_at)
            if self.call_back is None or self.call_back.cause is CallCause.SAMPLE:
                due_at = calendar.close_after(grade.at, policy.call_workdays)
                self.call_back = CallBack(CallCause.BAD, grade.at, due_at)
        elif self.call_back is None and policy.is_sampled(self.id):
            due_at = calendar.close_after(grade.at, policy.sample_call_workdays)
            self.call_back = CallBack(CallCause.SAMPLE, grade.at, due_at)

    # -- signals

    def suspect(self, signals: set[Signal], at: datetime) -> None:
        """Mark it by signals that it does not have yet; none is ever taken back."""
        new = sorted(signals - self.signals.keys())
        if new:
            self.signals |= dict.fromkeys(new, at)
            self.is_news = True
            self.record("rating_suspected", at, new_signals=new)

    # -- the clock

    def timers(self, rules: Rules) -> dict[RatingTimer, datetime]:
        """Return what it waits for."""
        del rules
        timers = {RatingTimer[kind.name]: due_at + MOMENT for kind, due_at in self.deadlines().items()}
        if self.state is RatingState.INVITED:
            timers[RatingTimer.EXPIRY] = self.expires_at + MOMENT
        return timers

    def deadlines(self) -> Mapping[RatingDeadline, datetime]:
        """Return what is awaited and not yet overdue, with its due time."""
        call, mending, appeal = self.call_back, self.rectification, self.appeal
        due = dict[RatingDeadline, datetime]()
        if call is not None and call.ended_at is None and not call.overdue:
            due[RatingDeadline.CALL] = call.due_at
        if mending is not None and mending.done_at is None and not mending.overdue and not self.is_excluded:
            due[RatingDeadline.RECTIFY] = mending.due_at
        if appeal is not None and appeal.is_open and not appeal.overdue:
            due[RatingDeadline.APPEAL] = appeal.review_by
        return due

    def fire(self, kind: RatingTimer, at: datetime, rules: Rules) -> None:
        """Note what has passed; a timer that it no longer waits for does nothing."""
        if kind not in self.timers(rules):
            return
        if kind is RatingTimer.EXPIRY:
            self.state = RatingState.EXPIRED
            self.record("rating_expired", at)
        else:
            deadline = RatingDeadline[kind.name]
            due_at = self.deadlines()[deadline]
            awaited = {
                RatingDeadline.CALL: self.call_back,
                RatingDeadline.RECTIFY: self.rectification,
                RatingDeadline.APPEAL: self.appeal,
            }[deadline]
            assert awaited is not None  # noqa: S101 - it has a deadline
            awaited.overdue = True
            self.record("rating_overdue", at, deadline=deadline, due_at=due_at)
