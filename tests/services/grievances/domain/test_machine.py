"""Whatever is asked of a grievance, by whom and whenever: what is refused changes nothing, what must hold holds."""

from dataclasses import replace
from datetime import date, time, timedelta
from itertools import count

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from libs.common.calendars.workdays import WorkCalendar
from libs.common.clock import local
from libs.common.places import Supply
from services.grievances.dev.scenarios import CITIZEN, CITY, CLERK, COUNTY, DESK, UTILITY, grievance
from services.grievances.domain.amendment import apply_calendar
from services.grievances.domain.cycle import Call
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.values.codes import (
    CloseReason,
    CrossOffGround,
    Level,
    Measure,
    ReturnReason,
)
from services.grievances.domain.values.kinds import ContactWay, GrievanceKind, ReporterKind
from services.grievances.domain.values.states import GrievanceState, Verb
from services.grievances.domain.verbs import calling, clearing, handling, screening, supervising
from tests.services.grievances.domain.machine_checks import Checked
from tests.services.grievances.samples import COLLEAGUE, MONDAY, RULES

NEIGHBOUR = "W-371503"
CATEGORIES = st.sampled_from(
    ["SUPPLY-PRESSURE", "SUPPLY-NONE", "FEE-BILL", "FEE-ARREARS", "SERVICE-BUSINESS"]
)
KINDS = st.sampled_from(list(GrievanceKind))
STAFF = st.sampled_from([CLERK, CLERK, COLLEAGUE])
LEVELS = st.sampled_from(list(Level))
YES = st.sampled_from([True, True, False])
AGO = st.sampled_from([0, 0, 60, 60 * 26, 60 * 80]).map(lambda n: timedelta(minutes=n))


class Machine(Checked):
    """Drives one grievance."""

    @initialize(category=CATEGORIES, kind=KINDS, reporter=st.sampled_from(list(ReporterKind)))
    def begin(self, category: str, kind: GrievanceKind, reporter: ReporterKind) -> None:
        self.now, self.ids, self.rest = MONDAY, count(1), dict[date, bool]()
        self.in_force = replace(RULES, calendar=WorkCalendar({}, (2022,)).closing(time(17, 30)))
        self.item = grievance(1, self.in_force, MONDAY, kind)
        self.item.reporter = reporter
        screening.classify(self.item, kind, category, Supply.WATER, self.in_force)
        self.frozen: list[bytes] = []

    @rule(minutes=st.sampled_from([1, 60, 240, 1440, 3 * 1440, 12 * 1440]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.do("time", None, self.catch_up)
        assert all(at >= self.now for at in self.item.timers(self.in_force).values())

    def catch_up(self, item: Grievance) -> None:
        item.catch_up(self.now, self.in_force)

    @rule(days=st.integers(1, 20))
    def calendar(self, days: int) -> None:
        day = local(self.now).date() + timedelta(days=days)
        self.rest[day] = not self.in_force.calendar.is_workday(day)
        days_of = WorkCalendar(self.rest, (2022,), version=len(self.rest) + 1)
        self.in_force = replace(self.in_force, calendar=days_of.closing(time(17, 30)))
        self.do("calendar", None, lambda item: apply_calendar(item, self.now, self.in_force))

    # -- the desk

    @rule(kind=KINDS, category=CATEGORIES)
    def classify(self, kind: GrievanceKind, category: str) -> None:
        def command(item: Grievance) -> None:
            item.check(Verb.DISPATCH)
            screening.reclassify(item, kind, category, Supply.WATER, self.now, self.in_force)

        self.do("classify", DESK, command)

    @rule(utility=st.sampled_from([UTILITY, UTILITY, UTILITY, NEIGHBOUR]), helps=YES)
    def dispatch(self, utility: str, helps: bool) -> None:
        helpers = [] if helps else ["G-371502"]
        self.do("dispatch", DESK, lambda i: screening.dispatch(i, utility, helpers, self.now, self.in_force))

    @rule()
    def answer(self) -> None:
        self.do("answer", DESK, lambda i: screening.answer(i, "见公告", None, self.now, self.in_force))

    @rule(seldom=st.integers(0, 9))
    def refuse(self, seldom: int) -> None:
        if not seldom:
            self.do("refuse", DESK, lambda i: screening.refuse(i, CloseReason.NOT_OURS, "属物业", self.now))

    @rule(granted=YES)
    def decide_return(self, granted: bool) -> None:
        self.do(
            "decide_return",
            DESK,
            lambda i: screening.decide_return(i, self.now, self.in_force, granted=granted),
        )

    # -- the unit

    @rule(steps=st.integers(1, 5))
    def go_on(self, steps: int) -> None:
        """Do what is next, so that more than the beginning is tried."""
        for _ in range(steps):
            match self.item.state:
                case GrievanceState.NEW:
                    self.dispatch(UTILITY, helps=True)
                case GrievanceState.DISPATCHED:
                    self.sign(CLERK)
                case GrievanceState.SIGNED:
                    self.speak(CLERK, timedelta(0))
                    self.verify(CLERK, reasonable=True)
                case GrievanceState.HANDLING:
                    self.reply(CLERK)
                case GrievanceState.REPLIED | GrievanceState.CALLBACK:
                    self.call(COUNTY, reached=True, contacted=True, solved=False, grade=1)
                case _:
                    return

    @rule(by=STAFF)
    def sign(self, by: str) -> None:
        self.do("sign", by, lambda i: handling.sign(i, self.now))

    @rule(by=STAFF, reason=st.sampled_from(list(ReturnReason)))
    def ask_return(self, by: str, reason: ReturnReason) -> None:
        self.do("ask_return", by, lambda i: handling.ask_return(i, reason, "属邻区", self.now, self.in_force))

    @rule(by=STAFF, ago=AGO)
    def speak(self, by: str, ago: timedelta) -> None:
        happened = self.now - ago
        self.do(
            "speak",
            by,
            lambda i: handling.speak(i, happened, ContactWay.PHONE, self.now, self.in_force),
        )

    @rule(by=STAFF, ago=AGO)
    def arrive(self, by: str, ago: timedelta) -> None:
        self.do("arrive", by, lambda i: handling.arrive(i, self.now - ago, self.now, self.in_force))

    @rule(by=STAFF, reasonable=YES)
    def verify(self, by: str, reasonable: bool) -> None:
        self.do("verify", by, lambda i: handling.verify(i, "已核实", self.now, reasonable=reasonable))

    @rule(by=STAFF, workdays=st.integers(1, 12))
    def ask_extension(self, by: str, workdays: int) -> None:
        self.do(
            "ask_extension",
            by,
            lambda i: supervising.ask_extension(i, workdays, "须采购", self.now, self.now, self.in_force),
        )

    @rule(by=STAFF)
    def reply(self, by: str) -> None:
        self.do(
            "reply",
            by,
            lambda i: handling.reply(i, "已处理", [Measure.REPAIRED], self.now, self.in_force),
        )

    @rule(by=st.sampled_from([CLERK, COUNTY]), level=LEVELS)
    def escalate(self, by: str, level: Level) -> None:
        self.do(
            "escalate",
            by,
            lambda i: supervising.escalate(
                i,
                level,
                "需协调",
                self.now,
                self.in_force,
            ),
        )

    @rule(by=STAFF, seldom=st.integers(0, 4))
    def ask_termination(self, by: str, seldom: int) -> None:
        if not seldom:
            reason = CloseReason.UNCOOPERATIVE
            self.do("ask_end", by, lambda i: supervising.ask_termination(i, reason, "不配合", self.now))

    @rule(by=STAFF)
    def hands_and_notes(self, by: str) -> None:
        self.do(
            "note",
            by,
            lambda i: i.write_note(f"note-{next(self.ids)}", "已约", [], self.now, by, self.in_force),
        )
        self.do("assign", by, lambda i: i.assign_to(by, self.now, by, self.in_force))
        self.do("keep", by, lambda i: clearing.keep(i, by, None, "已订购", self.now, self.in_force))

    # -- who supervises, and who told it

    @rule(by=st.sampled_from([COUNTY, CITY]), granted=YES)
    def decide(self, by: str, granted: bool) -> None:
        level = Level.COUNTY if by == COUNTY else Level.CITY
        self.do(
            "decide_extension",
            by,
            lambda i: supervising.decide_extension(i, self.now, self.in_force, granted=granted),
        )
        self.do("confirm", by, lambda i: handling.confirm(i, self.now, agreed=granted))
        self.do("answer_hop", by, lambda i: supervising.answer_escalation(i, level, "已协调", self.now))
        if level is Level.CITY:
            self.do(
                "terminate", by, lambda i: supervising.decide_termination(i, self.now, granted=not granted)
            )

    @rule(
        by=st.sampled_from([COUNTY, DESK, CLERK]),
        reached=YES,
        contacted=YES,
        solved=YES,
        grade=st.sampled_from([1, 2, 3, 5]),
    )
    def call(self, by: str, reached: bool, contacted: bool, solved: bool, grade: int) -> None:
        result = (contacted, solved, grade, "说明") if reached else (None, None, None, None)
        made = Call(f"call-{next(self.ids)}", self.now, by, ContactWay.PHONE, reached, *result)
        self.do("call", by, lambda i: calling.call_back(i, made, self.in_force))

    @rule(by=st.sampled_from([COUNTY, CITY]), ground=st.sampled_from(list(CrossOffGround)))
    def cross_off(self, by: str, ground: CrossOffGround) -> None:
        level = Level.COUNTY if by == COUNTY else Level.CITY
        self.do(
            "cross_off",
            by,
            lambda i: clearing.cross_off(i, ground, level, "已解释", self.now, self.in_force),
        )

    @rule(seldom=st.integers(0, 9))
    def person(self, seldom: int) -> None:
        number = next(self.ids)
        self.do("reopen", CITIZEN, lambda i: calling.reopen(i, "又停水了", self.now, self.in_force))
        self.do("urge", CITIZEN, lambda i: i.urge(f"urge-{number}", self.now, CITIZEN, self.in_force))
        if not seldom:
            self.do("withdraw", CITIZEN, lambda i: handling.withdraw(i, self.now))


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=50, stateful_step_count=50, deadline=None)
