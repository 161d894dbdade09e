"""Whatever is asked of a case, at whatever time: it is refused and changes nothing, or all that must hold holds."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from libs.common.clock import local
from libs.common.events import outgoing
from libs.common.places import Service
from libs.common.rules import RuleError
from services.hookup.domain.case import Case, Happened, Pause, PauseState, RefusalCode, Special
from services.hookup.domain.durations import elapsed_minutes
from services.hookup.domain.lengths import LengthClass, LengthKind, classify
from services.hookup.domain.limits import due
from services.hookup.domain.pauses import PauseReason, excluded_dates
from services.hookup.domain.stages import Stage, stages_of
from services.hookup.domain.timesheet import time_sheet
from services.hookup.domain.transitions import FINISHED, CaseState
from services.hookup.events.published import CASE_EVENTS
from tests.support.hookup import RULES, new_case

MODELS = {each.event: each for each in CASE_EVENTS}
LENGTHS = st.sampled_from([0, 1, 500, 501, 2000, 2001, 9000])
# Most verbs come now; some say that it happened earlier, and a few would have it later.
AGO = st.sampled_from([0, 0, 0, 1, 30, 240, 1440, 2 * 1440, -60]).map(lambda n: timedelta(minutes=n))
SELDOM = st.sampled_from([False] * 15 + [True])
STAGES = st.sampled_from(Stage)
REASONS = st.sampled_from([PauseReason.USER_DECISION, PauseReason.CROSSING, PauseReason.PERMIT_ORDINARY])
PEOPLE = st.sampled_from(["clerk-1", "clerk-2"])
APPROVERS = st.sampled_from(["clerk-1", "approver-1", "approver-2"])


class Hookup(RuleBasedStateMachine):
    """Drives one case."""

    @initialize(
        day=st.dates(date(2021, 12, 1), date(2027, 2, 28)),
        minute=st.integers(0, 1439),
        supply=st.sampled_from(Service),
        length=st.none() | LENGTHS,
        complete=st.booleans(),
    )
    def submit(self, day: date, minute: int, supply: Service, length: int | None, complete: bool) -> None:
        self.now = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute)
        self.case = new_case(self.now, supply)
        self.seen = 0
        self.case.submit(declared_dm=length, complete=complete, rules=RULES)

    def attempt(self, verb: Callable[[Case], None]) -> None:
        before = deepcopy(self.case)
        try:
            verb(self.case)
        except RuleError:
            assert self.case == before
        else:
            assert self.case != before

    @rule(minutes=st.sampled_from([1, 20, 90, 480, 1440, 3 * 1440, 20 * 1440]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.case.catch_up(self.now, RULES)

    @rule(stage=STAGES, ago=AGO)
    def start(self, stage: Stage, ago: timedelta) -> None:
        self.attempt(lambda case: case.start_stage(stage, self.now - ago))

    @rule(stage=STAGES, ago=AGO)
    def complete(self, stage: Stage, ago: timedelta) -> None:
        self.attempt(lambda case: case.complete_stage(stage, self.now - ago, RULES))

    @rule(steps=st.integers(1, 6), minutes=st.sampled_from([0, 30, 480, 1440]))
    def go_on(self, steps: int, minutes: int) -> None:
        """Do what comes next, so that cases get to their end."""
        for _ in range(steps):
            self.time_passes(minutes)
            self.attempt(self.next_step)

    def next_step(self, case: Case) -> None:
        now, running = self.now, [each for each in case.open_stages if each is not Stage.TURN_ON]
        if case.state is CaseState.SUBMITTED:
            case.accept(now, RULES)
        elif case.state is CaseState.CORRECTION:
            case.answer_correction(now)
        elif case.state is CaseState.TURNED_ON:
            case.confirm(now, RULES)
        elif case.paused:
            case.resume(
                next(each.id for each in case.pauses if each.state is PauseState.APPROVED), now, RULES
            )
        elif case.length_class is LengthClass.UNKNOWN:
            case.change_length(LengthKind.DESIGNED, 420, now, "clerk-1", RULES)
        elif running:
            case.complete_stage(running[0], now, RULES)
        elif case.stage(Stage.TURN_ON):
            case.report_meter_live(now, RULES)
        else:
            case.start_stage(next(each for each in stages_of(case.length_class) if not case.stage(each)), now)

    @rule()
    def correct(self) -> None:
        self.attempt(lambda case: case.request_correction(["用地证明"], self.now, RULES))

    @rule()
    def answer(self) -> None:
        self.attempt(lambda case: case.answer_correction(self.now))

    @rule(ago=AGO)
    def accept(self, ago: timedelta) -> None:
        self.attempt(lambda case: case.accept(self.now - ago, RULES))

    @rule(kind=st.sampled_from(LengthKind), length=LENGTHS)
    def change_length(self, kind: LengthKind, length: int) -> None:
        self.attempt(lambda case: case.change_length(kind, length, self.now, "clerk-1", RULES))

    @rule(reason=REASONS, by=PEOPLE, ago=AGO, at_filing=st.booleans())
    def ask_pause(self, reason: PauseReason, by: str, ago: timedelta, at_filing: bool) -> None:
        permit = self.case.stage(Stage.PERMIT)
        start = permit.start if permit and at_filing else self.now - ago
        pause = Pause(str(uuid4()), reason, "scan-1", start, by)
        self.attempt(lambda case: case.request_pause(pause, self.now, RULES))

    @rule(ago=AGO)
    def stop_clock(self, ago: timedelta) -> None:
        """Ask for a pause and approve it at once."""
        pause = Pause(str(uuid4()), PauseReason.USER_DECISION, "scan-1", self.now - ago, "clerk-1")
        self.attempt(lambda case: case.request_pause(pause, self.now, RULES))
        self.attempt(lambda case: case.decide_pause(pause.id, self.now, "approver-1", approve=True))

    @rule(place=st.integers(0, 2), by=APPROVERS, approve=st.booleans())
    def decide_pause(self, place: int, by: str, approve: bool) -> None:
        self.attempt(lambda case: case.decide_pause(self.pause_id(place), self.now, by, approve=approve))

    @rule(place=st.integers(0, 2), ago=AGO)
    def resume(self, place: int, ago: timedelta) -> None:
        self.attempt(lambda case: case.resume(self.pause_id(place), self.now - ago, RULES))

    def pause_id(self, place: int) -> str:
        pauses = self.case.pauses
        return pauses[-1 - place].id if place < len(pauses) else "unknown"

    @rule(days=st.integers(-3, 40) | st.just(40_000))
    def agree_date(self, days: int) -> None:
        agreed = local(self.now).date() + timedelta(days=days)
        self.attempt(lambda case: case.agree_date(agreed, "scan-2", self.now, RULES))

    @rule(by=PEOPLE)
    def ask_special(self, by: str) -> None:
        special = Special(PauseReason.CROSSING, "scan-3", by)
        if self.case.special != special:
            self.attempt(lambda case: case.request_special(special))

    @rule(by=APPROVERS)
    def approve_special(self, by: str) -> None:
        self.attempt(lambda case: case.approve_special(self.now, by))

    @rule(ago=AGO)
    def meter_live(self, ago: timedelta) -> None:
        self.attempt(lambda case: case.report_meter_live(self.now - ago, RULES))

    @rule()
    def confirm(self) -> None:
        self.attempt(lambda case: case.confirm(self.now, RULES))

    @rule(sure=SELDOM)
    def withdraw(self, sure: bool) -> None:
        if sure:
            self.attempt(lambda case: case.withdraw(self.now))

    @rule(sure=SELDOM, code=st.sampled_from(RefusalCode))
    def refuse(self, sure: bool, code: RefusalCode) -> None:
        if sure:
            self.attempt(lambda case: case.refuse(code, self.now))

    @invariant()
    def the_time_adds_up(self) -> None:
        case = self.case
        # As the API shows it; a time that is still to come is no time spent.
        last = max([self.now, *(each.end or each.start for each in case.stages)])
        until = case.finished_at or last
        sheet = time_sheet(case.stages, case.spans, until)
        assert sheet.elapsed == sheet.stages + sheet.pauses + sheet.gaps
        assert min(sheet.stages, sheet.pauses, sheet.gaps, sheet.overlap_saving) >= 0
        if case.state is CaseState.CLOSED:
            assert case.finished_at is not None
            turn_on = case.stage(Stage.TURN_ON)
            assert turn_on is not None
            assert turn_on.end == case.finished_at
            assert sheet.elapsed == elapsed_minutes(case.submitted_at, case.finished_at)

    @invariant()
    def events_are_as_promised(self) -> None:
        for each in self.case.happened[self.seen :]:
            self.check(each)
        self.seen = len(self.case.happened)

    def check(self, each: Happened) -> None:
        case = self.case
        payload = MODELS[each.event](
            case_id=case.id,
            case_number=case.number,
            district=case.district,
            utility=case.utility,
            supply=case.supply,
            channel=case.channel,
            customer_category=case.customer_category,
            occurred_at=each.at,
            **each.data,
        )
        outgoing(payload, key=case.id, aggregate_seq=1, time=each.at)
        assert each.at >= case.submitted_at
        if each.event == "case_closed":
            data = each.data
            parts = data["stage_minutes"], data["pause_minutes"], data["gap_minutes"]
            assert data["elapsed_minutes"] == sum(int(str(part)) for part in parts)

    @invariant()
    def the_clock_keeps_its_start(self) -> None:
        case = self.case
        length = case.declared_dm if case.designed_dm is None else case.designed_dm
        assert case.length_class is classify(length, RULES.policy)
        if case.receipt is None:
            assert case.due is None
            return
        ended = [each for each in case.spans if each.end is not None]
        excluded = excluded_dates(ended, None)
        assert case.due == due(
            case.receipt, case.supply, case.length_class, case.agreed, excluded, RULES.policy, RULES.calendar
        )

    @invariant()
    def the_state_says_what_is(self) -> None:
        case = self.case
        if case.state not in FINISHED:
            assert case.paused == (case.state is CaseState.PAUSED)
        assert (case.finished_at is not None) == (case.state in FINISHED)
        assert (case.on_time is not None) == (case.state is CaseState.CLOSED)
        waits = case.timers(RULES)
        assert not (case.state in FINISHED and waits)
        assert not (case.paused and waits)
        if (
            case.stage(Stage.TURN_ON)
            and case.supply is Service.GAS
            and case.length_class is not LengthClass.L0_NONE
        ):
            works = case.stage(Stage.EXTERNAL_WORKS)
            assert works is not None
            assert works.end is not None

    @invariant()
    def what_is_stored_is_read_back(self) -> None:
        stored = replace(self.case, happened=[])
        assert msgspec.convert(msgspec.json.decode(msgspec.json.encode(stored)), Case) == stored


Hookup.TestCase.settings = settings(max_examples=200, stateful_step_count=40)
TestHookup = Hookup.TestCase
