"""The life of one hookup case, told by the events that hookup promises."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from libs.common.clock import local
from libs.common.places import Supply
from services.hookup.domain.values.codes import Source
from services.hookup.domain.values.entries import EntryMark
from services.hookup.domain.values.lengths import LengthClass, LengthKind
from services.hookup.domain.values.limits import Basis, Reading
from services.hookup.domain.values.pauses import PauseReason
from services.hookup.domain.values.stages import Stage
from services.hookup.events import clock, contacts, ending, stages
from services.hookup.events.base import HookupEvent

START = datetime(2022, 9, 20, tzinfo=UTC)
UTILITIES = (
    ("371502", "W-371502", Supply.WATER),
    ("371502", "G-371502", Supply.GAS),
    ("371503", "W-371503", Supply.WATER),
    ("371581", "H-371581", Supply.HEAT),
)
ENTRIES = (None, EntryMark.IN_TIME, *EntryMark)
KNOWN = (LengthClass.L0_NONE, LengthClass.L1_LE50, LengthClass.L2_LE200, LengthClass.L3_GT200)


@dataclass
class Life:
    """One case: its present place and kind, its time, and its events so far."""

    random: Random
    number: int
    now: datetime = START
    length_class: LengthClass = LengthClass.UNKNOWN
    special: bool = False
    recorded_at: datetime = START
    entry: EntryMark | None = None
    in_stead: bool = False
    events: list[HookupEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.case_id = str(UUID(int=self.number, version=4))
        self.district, self.utility, self.supply = self.random.choice(UTILITIES)
        self.now += timedelta(minutes=self.random.randrange(60 * 24 * 40))

    def say(self, event: type[HookupEvent], /, **particulars: object) -> None:
        """Let some time pass and publish an event: of the act before, of the clock, or of an act of its own."""
        self.now += timedelta(minutes=self.random.choice((0, 1, 7, 55, 600, 3000)))
        chance = self.random.random()
        if chance < 0.7:
            late = timedelta(minutes=self.random.choice((0, 3, 900, 20_000)))
            self.recorded_at = max(self.recorded_at + timedelta(minutes=1), self.now + late)
            self.entry = self.random.choice(ENTRIES)
            self.in_stead = self.random.random() < 0.1
        is_of_clock = chance > 0.9
        self.events.append(
            event(
                case_id=self.case_id,
                case_number=f"BZ-{self.number:06d}",
                district=self.district,
                utility=self.utility,
                supply=self.supply,
                channel="ISHANDONG",
                customer_category="ENT",
                length_class=self.length_class,
                special=self.special,
                occurred_at=self.now,
                recorded_at=self.recorded_at,
                entry=None if is_of_clock else self.entry,
                in_stead=self.in_stead and not is_of_clock,
                **particulars,
            )
        )

    def due(self) -> clock.DueTimes:
        """A promise of some kind."""
        basis = self.random.choice((Basis.LIMIT, Basis.LIMIT, Basis.LIMIT, *Basis))
        at = None if basis is Basis.NONE else self.now + timedelta(days=self.random.randrange(-2, 12))
        return clock.DueTimes(
            judged_at=at,
            working=at,
            calendar_roll=at,
            calendar_strict=at,
            basis=basis,
            judged=Reading.CALENDAR_ROLL,
            provisional=False,
            policy_version="2022-1",
        )

    def change_length(self) -> None:
        """Set or change the length; most changes change the class."""
        before, self.length_class = self.length_class, self.random.choice(KNOWN)
        self.say(
            stages.LengthChanged,
            kind=LengthKind.DESIGNED,
            from_dm=None,
            to_dm=420,
            class_before=before,
            due=self.random.choice((None, self.due())),
        )

    def stage(self, stage: Stage) -> None:
        """Begin and, mostly, end a stage."""
        started = self.now
        self.say(stages.StageStarted, stage=stage, started_at=started)
        if self.random.random() < 0.2:
            self.change_length()
        if self.random.random() < 0.15:
            self.pause()
        if self.random.random() < 0.93:
            self.complete(stage, started, 1)
            if self.random.random() < 0.05:
                # As before rounds were told: the same interval, longer.
                self.say(stages.StageStarted, stage=stage, started_at=started)
                self.complete(stage, started, 1)
            for number in range(2, self.random.choice((2, 2, 2, 2, 3, 4))):
                started = self.now
                self.say(stages.StageStarted, stage=stage, started_at=started)
                self.complete(stage, started, number)

    def complete(self, stage: Stage, started: datetime, number: int) -> None:
        """End a round of a stage."""
        self.say(
            stages.StageCompleted,
            stage=stage,
            started_at=started,
            completed_at=self.now,
            elapsed_minutes=self.random.choice((0, 1, 45, 300, self.random.randrange(20_000))),
            working_minutes=self.random.randrange(0, 4_000),
            round=number,
        )

    def pause(self) -> None:
        """Stop the clock, and mostly let it go on."""
        reason = self.random.choice(tuple(PauseReason))
        name = {"pause_id": f"p{len(self.events)}", "reason": reason}
        self.say(clock.PauseRequested, **name, starts_at=self.now)
        stops = self.now + timedelta(minutes=self.random.choice((0, 500, 1440, 9000)))
        self.say(
            clock.CasePaused,
            **name,
            starts_at=self.now,
            counts_from=local(stops).date(),
            stops_at=stops,
        )
        if self.random.random() < 0.7:
            self.say(clock.CaseResumed, **name, starts_at=self.now, ended_at=self.now, due=self.due())

    def approve_special(self) -> None:
        """Take the case out of the limit statistics, at the second try."""
        self.say(clock.SpecialCaseDeclined, reason=PauseReason.CROSSING)
        self.special = True
        overdue = self.random.random() < 0.5
        self.say(clock.SpecialCaseApproved, reason=PauseReason.CROSSING, overdue=overdue)

    def close(self) -> None:
        """Finish, with whatever verdicts."""
        chance = self.random
        due = self.due()

        def verdict() -> bool | None:
            return None if due.judged_at is None else chance.random() < 0.8

        gaps = chance.choice((0, 0, 0, 1, 2))
        live = {"meter_live_at": self.now, "confirm_by": self.now + timedelta(days=1)}
        self.say(ending.MeterLive, **live)
        if chance.random() < 0.2:
            self.say(ending.MeterLiveDisputed, meter_live_at=self.now)
            if chance.random() < 0.4:
                return
            self.say(ending.MeterLive, **live)
        if chance.random() < 0.15:
            return
        ceiling = chance.choice((None, 12, 18))
        elapsed, working = chance.randrange(40_000), chance.randrange(9_000)
        self.say(
            ending.CaseClosed,
            started_at=START,
            finished_at=self.now - timedelta(hours=chance.randrange(48)),
            confirmed_by_user=chance.random() < 0.7,
            elapsed_minutes=elapsed,
            working_minutes=working,
            net_minutes=elapsed - chance.randrange(elapsed + 1),
            net_working_minutes=working - chance.randrange(working + 1),
            ceiling_workdays=ceiling,
            ceiling_used=None if ceiling is None else chance.randrange(30),
            by_late_entry=chance.random() < 0.5,
            breached=chance.random() < 0.3,
            # A case that was read in may be closed live; older events do not say where a case is from.
            source=chance.choice([None, *Source]),
            elapsed_days=3,
            working_days=2,
            due=due,
            on_time=clock.OnTime(
                judged=verdict(),
                working=verdict(),
                calendar_roll=verdict(),
                calendar_strict=verdict(),
            ),
            stage_minutes=1,
            pause_minutes=0,
            gap_minutes=gaps * 777,
            gaps=gaps,
            gap_workdays=gaps * 3,
            overlap_saved_minutes=chance.randrange(900),
            violations=["NO_PROMISED_DATE"] * chance.randrange(3),
            pauses=[
                ending.PauseDays(reason=reason, count=chance.randrange(1, 3), days=chance.randrange(9))
                for reason in chance.sample(tuple(PauseReason), chance.randrange(3))
            ],
        )
        if chance.random() < 0.7:
            self.say(contacts.CaseRated, score=chance.randrange(1, 6))
