"""Whatever is asked of a case, whenever: what is legal is accepted, all else changes nothing, what must hold holds.

`oracle` says beforehand what becomes of each command.
"""

from datetime import UTC, date, datetime, timedelta
from itertools import count

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from libs.common.clock import local
from libs.common.places import Supply
from services.hookup.domain.case import Case
from services.hookup.domain.values.lengths import LengthClass, LengthKind
from services.hookup.domain.values.permit_details import (
    DigSite,
    NoPermitReason,
)
from services.hookup.domain.values.permit_items import (
    CommitmentState,
    Decision,
    PermitItem,
    PermitKind,
    PermitMode,
)
from services.hookup.domain.values.stages import Stage, stages_of
from services.hookup.domain.values.transitions import FINISHED, CaseState
from tests.services.hookup.domain import oracle
from tests.services.hookup.domain.machine.base import LENGTHS, RULES
from tests.services.hookup.domain.machine.charges import ChargeRules
from tests.services.hookup.domain.machine.clock import ClockRules
from tests.services.hookup.domain.machine.contacts import ContactRules
from tests.services.hookup.domain.machine.ending import EndRules
from tests.services.hookup.domain.machine.invariants import Invariants
from tests.services.hookup.domain.machine.permits import PermitRules
from tests.support.hookup import new_case

# Commitments have the most that may follow.
MODES = st.sampled_from(
    [
        None,
        PermitMode.APPROVAL,
        *[PermitMode.RECORD, PermitMode.EXEMPT] * 2,
        *[PermitMode.COMMITMENT] * 4,
    ]
)


def is_offered(case: Case) -> list[PermitItem]:
    """The items whose commitment waits for a signature."""
    return [
        each for each in case.permits if each.commitment and each.commitment.state is CommitmentState.OFFERED
    ]


class Hookup(ClockRules, PermitRules, ChargeRules, ContactRules, EndRules, Invariants):
    """Drives one case."""

    @initialize(
        day=st.dates(date(2021, 12, 1), date(2027, 2, 28)),
        minute=st.integers(0, 1439),
        supply=st.sampled_from(Supply),
        length=st.none() | LENGTHS,
        complete=st.booleans(),
        joint_agent=st.sampled_from([None, None, "agent-9"]),
        mode=MODES,
        steps=st.integers(0, 15),
    )
    def submit(
        self,
        day: date,
        minute: int,
        supply: Supply,
        length: int | None,
        complete: bool,
        joint_agent: str | None,
        mode: PermitMode | None,
        steps: int,
    ) -> None:
        self.now = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute)
        self.case = new_case(self.now, supply)
        self.case.joint_agent = joint_agent
        self.barred = set[str]()
        self.ids = (f"id-{number}" for number in count())
        self.seen = 0
        self.mode = mode
        self.case.submit(declared_dm=length, complete=complete, rules=RULES)
        for _ in range(steps):
            self.time_passes(90)
            self.next_step()

    @rule(steps=st.integers(1, 6), minutes=st.sampled_from([0, 30, 480, 1440]))
    def go_on(self, steps: int, minutes: int) -> None:
        """Do what comes next, so that cases get to their end."""
        for _ in range(steps):
            self.time_passes(minutes)
            self.next_step()

    def next_step(self) -> None:
        case = self.case
        running = [each for each in case.open_stages if each is not Stage.TURN_ON]
        if case.state in FINISHED:
            self.rate(4)
        elif case.state is CaseState.SUBMITTED and self.mode and case.correction_items is None:
            self.correct(["PREMISES_PROOF"])
        elif case.state is CaseState.SUBMITTED:
            self.accept()
        elif case.state is CaseState.CORRECTION:
            self.answer()
        elif case.state is CaseState.TURNED_ON:
            self.confirm()
        elif case.paused and not oracle.waiting(case):
            self.resume(self.place(case.pauses, lambda each: each in self.open_pauses()))
        elif case.length_class is LengthClass.UNKNOWN:
            self.change_length(LengthKind.DESIGNED, 420)
        elif case.quote is None and local(self.now).date() >= oracle.CATALOGUE_BEGINS:
            self.quote(["INSIDE", "CONNECT"])
        elif any(item.form_id is None for item in case.permits):
            self.file([(PermitKind.ROAD_EXCAVATION, PermitMode.APPROVAL, ())], by_applicant=False, basis=None)
        elif case.stage(Stage.PERMIT) and not case.stage(Stage.EXTERNAL_WORKS):
            # What is only preparation goes on beside the permits.
            self.start(Stage.EXTERNAL_WORKS)
        elif oracle.waiting(case):
            self.decide(self.place(case.permits, lambda each: each in oracle.waiting(case)), Decision.GRANTED)
        elif is_offered(case):
            step = self.withdraw_commitment if self.barred else self.sign
            step(self.place(case.permits, lambda each: each in is_offered(case)))
        elif any(oracle.may_object(item, self.now) for item in case.permits):
            self.time_passes(1440)
        elif {*running} & {*oracle.LINE} and not case.permits and case.no_permit is None:
            self.need_no_permit(NoPermitReason.EXISTING_DUCT)
        elif Stage.EXTERNAL_WORKS in running and oracle.granted(case) and not oracle.dug(case, self.now):
            self.break_ground(case)
        elif running:
            self.complete(running[0])
        elif case.stage(Stage.TURN_ON):
            self.meter_live()
        else:
            following = next(each for each in stages_of(case.length_class) if not case.stage(each))
            if following is Stage.PERMIT and self.mode is not None:
                self.file([(PermitKind.GREEN_LAND, self.mode, ())], by_applicant=True, basis="条例第十五条")
            else:
                self.start(following)

    def break_ground(self, case: Case) -> None:
        if oracle.granted_kind(case, PermitKind.GREEN_LAND):
            self.excavate(timedelta(), [DigSite.GREEN_LAND])
        elif oracle.granted_kind(case, PermitKind.ROAD_EXCAVATION):
            self.excavate(timedelta(), [DigSite.ROAD])
        elif case.no_permit is None:
            self.need_no_permit(NoPermitReason.NOT_PUBLIC_GROUND)
        else:
            self.excavate(timedelta(), [DigSite.OTHER])


Hookup.TestCase.settings = settings(max_examples=200, stateful_step_count=50)
TestHookup = Hookup.TestCase
