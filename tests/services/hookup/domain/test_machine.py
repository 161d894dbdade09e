"""Whatever is asked of a case, whenever: what is legal is accepted, all else changes nothing, what must hold holds.

`oracle` says beforehand what becomes of each command.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import TypeVar

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from libs.common.aggregate import DomainEvent, Stead
from libs.common.clock import local
from libs.common.events import outgoing
from libs.common.places import Service
from libs.common.rules import RecordedRefusalError, RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.parts.special import Special
from services.hookup.domain.reports.work import work
from services.hookup.domain.values.approval import Approver
from services.hookup.domain.values.codes import RefusalCode
from services.hookup.domain.values.durations import elapsed_minutes
from services.hookup.domain.values.entries import Act, Claim, Grounds, LateEntryState
from services.hookup.domain.values.lengths import LengthClass, LengthKind, classify
from services.hookup.domain.values.limits import due
from services.hookup.domain.values.materials import ListedMaterial, MaterialFile, MaterialKind, MaterialPolicy
from services.hookup.domain.values.pauses import Pause, PauseReason, PauseState, excluded_dates
from services.hookup.domain.values.permit_details import (
    DigSite,
    EmergencyReason,
    NoPermitReason,
    Reason,
    ReasonCode,
)
from services.hookup.domain.values.permit_items import (
    OFFICES,
    CheckResult,
    CommitmentState,
    Decision,
    PermitItem,
    PermitKind,
    PermitMode,
    Risk,
    authority,
)
from services.hookup.domain.values.stages import Stage, stages_of
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.timesheet import time_sheet
from services.hookup.domain.values.transitions import ALLOWED, FINISHED, CaseState, Verb
from services.hookup.domain.verbs import agents as agent_verbs
from services.hookup.domain.verbs import authorities as authority_verbs
from services.hookup.domain.verbs import commitments as commitment_verbs
from services.hookup.domain.verbs import contacts as contact_verbs
from services.hookup.domain.verbs import digging as dig_verbs
from services.hookup.domain.verbs import permits as permit_verbs
from services.hookup.domain.verbs import quotes as quote_verbs
from services.hookup.domain.verbs.late_entries import decide_late_entry, enter
from services.hookup.domain.verbs.materials import attach_evidence, receive_material, request_materials
from services.hookup.events.published import CASE_EVENTS
from tests.services.hookup.domain import oracle
from tests.services.hookup.domain.oracle import TELEPHONE, Outcome
from tests.services.hookup.domain.test_charges import CATALOGUE
from tests.support.hookup import RULES as LIMITS
from tests.support.hookup import new_case

MODELS = {each.event: each for each in CASE_EVENTS}
LISTED = (
    ListedMaterial(MaterialKind.PREMISES_PROOF, required=True),
    ListedMaterial(MaterialKind.IDENTITY, required=True, shared_from="居民身份证电子证照"),
)
RULES = replace(
    LIMITS,
    # Heat has no agents, so that somebody is to be found.
    agents={"W-371502": ("agent-1", "agent-2"), "G-371502": ("agent-3",)},
    materials=MaterialPolicy("test", lists={(each, "ISHANDONG"): LISTED for each in Service}, most_files=2),
)
LENGTHS = st.sampled_from([0, 1, 500, 501, 501, 2000, 2001, 9000])
# Most verbs come now; some say that it happened earlier.
AGO = st.sampled_from([0, 0, 0, 1, 30, 240, 1440, 2 * 1440]).map(lambda n: timedelta(minutes=n))
SELDOM = st.sampled_from([False] * 15 + [True])
SOMETIMES = st.sampled_from([False] * 3 + [True])
STAGES = st.sampled_from([*Stage, Stage.TURN_ON, Stage.TURN_ON])
REASONS = st.sampled_from([PauseReason.USER_DECISION, PauseReason.CROSSING, PauseReason.PERMIT_ORDINARY])
PEOPLE = st.sampled_from(["clerk-1", "clerk-2"])
APPROVERS = st.sampled_from(["clerk-1", "approver-1", "approver-2"])
AGENTS = st.sampled_from(["agent-1", "agent-2", "agent-3", "agent-4"])
# Counted from the last one; 3 stands for one that is not there.
PLACE = st.sampled_from([0, 0, 0, 1, 2, 3])
KINDS = st.sampled_from([PermitKind.ROAD_EXCAVATION, PermitKind.GREEN_LAND, PermitKind.TREES])
FILINGS = st.lists(
    st.tuples(KINDS, st.sampled_from(PermitMode), st.sampled_from([(), (), (), (Risk.ANCIENT_TREE,)])),
    min_size=1,
    max_size=3,
)
# Commitments have the most that may follow.
MODES = st.sampled_from(
    [
        None,
        PermitMode.APPROVAL,
        *[PermitMode.RECORD, PermitMode.EXEMPT] * 2,
        *[PermitMode.COMMITMENT] * 4,
    ]
)
BASES = st.sampled_from([None, "条例第十五条", "条例第十五条", "条例第十五条"])
SITES = st.lists(st.sampled_from(DigSite), min_size=1, max_size=2, unique=True)
REFUSAL = Reason(ReasonCode.NOT_SAFE)
CODES = st.sampled_from(["CONNECT", "INSIDE", "INSIDE", "NO-SUCH"])
TEXTS = st.sampled_from(["今日施工", TELEPHONE])
NOTHING = "none"
SETTLING = (
    Verb.FILE_PERMITS,
    Verb.DECIDE_PERMIT,
    Verb.SIGN_COMMITMENT,
    Verb.DECIDE_PAUSE,
    Verb.OBJECT,
    Verb.REPORT_RISK,
)
ENTERED = {
    Act.START_STAGE: Verb.START_STAGE,
    Act.COMPLETE_STAGE: Verb.COMPLETE_STAGE,
    Act.METER_LIVE: Verb.REPORT_METER_LIVE,
}
OF_COMMITMENTS = {TimerKind.COMMITMENT_CHECK, TimerKind.RECTIFICATION}
OF_THE_CLOCK = {TimerKind.DUE_SOON, TimerKind.DUE_REMINDER, TimerKind.OVERDUE, TimerKind.GAP}


T = TypeVar("T")


def is_offered(case: Case) -> list[PermitItem]:
    """The items whose commitment waits for a signature."""
    return [
        each for each in case.permits if each.commitment and each.commitment.state is CommitmentState.OFFERED
    ]


class Hookup(RuleBasedStateMachine):
    """Drives one case."""

    @initialize(
        day=st.dates(date(2021, 12, 1), date(2027, 2, 28)),
        minute=st.integers(0, 1439),
        supply=st.sampled_from(Service),
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
        supply: Service,
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

    # -- what is held of every command

    def attempt(self, verb: Verb, expected: Outcome, command: Callable[[Case], None]) -> None:
        before, found = deepcopy(self.case), Outcome.LEGAL
        try:
            command(self.case)
        except RecordedRefusalError:
            found = Outcome.RECORDED
            assert len(self.case.pending_events) == len(before.pending_events) + 1
            assert replace(self.case, pending_events=before.pending_events) == before
        except RuleError:
            found = Outcome.ILLEGAL
            assert self.case == before
        else:
            assert self.case != before
            assert self.case.state in ALLOWED[before.state, verb]
            if self.case.permits and verb in SETTLING and not oracle.waiting(self.case):
                # O3: its pause ends with the decision.
                assert PauseReason.PERMIT_ORDINARY not in {
                    each.reason for each in self.case.spans if each.end is None
                }
        assert found is expected, (verb, before.state)

    # -- time

    @rule(minutes=st.sampled_from([1, 20, 90, 480, 1440, 3 * 1440, 20 * 1440]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        before = self.case.state
        self.case.catch_up(self.now, RULES)
        by_the_clock = [
            to for verb in (Verb.ACCEPT, Verb.FINISH) for to in ALLOWED.get((before, verb), frozenset())
        ]
        assert self.case.state in (before, *by_the_clock)
        assert all(at >= self.now for at in self.case.timers(RULES).values())

    # -- application

    @rule(
        codes=st.lists(
            st.sampled_from(["PREMISES_PROOF"] * 5 + ["IDENTITY", "被拆迁证明"]), min_size=1, max_size=2
        ),
        reason=st.sampled_from([None, "扫描件缺第二页", TELEPHONE]),
    )
    def correct(self, codes: list[str], reason: str | None = "扫描件缺第二页") -> None:
        self.attempt(
            Verb.REQUEST_CORRECTION,
            oracle.request_correction(self.case, codes, RULES, reason),
            lambda case: request_materials(case, codes, self.now, RULES, reason),
        )

    @rule()
    def answer(self) -> None:
        expected = oracle.by_state(self.case, Verb.ANSWER_CORRECTION)
        self.attempt(Verb.ANSWER_CORRECTION, expected, lambda case: case.answer_correction(self.now))

    @rule(ago=AGO)
    def accept(self, ago: timedelta = timedelta()) -> None:
        at = self.now - ago
        self.attempt(Verb.ACCEPT, oracle.accept(self.case, at), lambda case: case.accept(at, RULES))

    @rule(
        kind=st.sampled_from(
            [MaterialKind.PREMISES_PROOF, MaterialKind.IDENTITY, MaterialKind.SCHEME_DRAWING]
        )
    )
    def hand_in(self, kind: MaterialKind) -> None:
        file = MaterialFile(next(self.ids), kind, "key", "application/pdf", 9, "00", self.now, "C-1")
        self.attempt(
            Verb.ADD_MATERIAL,
            oracle.receive_material(self.case, kind, RULES),
            lambda case: receive_material(case, file, RULES),
        )

    @rule()
    def show(self) -> None:
        kind = MaterialKind.EVIDENCE
        file = MaterialFile(next(self.ids), kind, "key", "application/pdf", 9, "00", self.now, "clerk-1")
        self.attempt(
            Verb.ADD_EVIDENCE,
            oracle.attach_evidence(self.case, RULES),
            lambda case: attach_evidence(case, file, RULES),
        )

    # -- stages and lengths

    @rule(stage=STAGES, ago=AGO)
    def start(self, stage: Stage, ago: timedelta = timedelta()) -> None:
        at = self.now - ago
        self.attempt(
            Verb.START_STAGE,
            oracle.start_stage(self.case, stage, at),
            lambda case: case.start_stage(stage, at),
        )

    @rule(stage=STAGES, ago=AGO)
    def complete(self, stage: Stage, ago: timedelta = timedelta()) -> None:
        at = self.now - ago
        self.attempt(
            Verb.COMPLETE_STAGE,
            oracle.complete_stage(self.case, stage, at),
            lambda case: case.complete_stage(stage, at, RULES),
        )

    @rule(kind=st.sampled_from(LengthKind), length=LENGTHS)
    def change_length(self, kind: LengthKind, length: int) -> None:
        self.attempt(
            Verb.CHANGE_LENGTH,
            oracle.change_length(self.case, kind, length),
            lambda case: case.change_length(kind, length, self.now, "clerk-1", RULES),
        )

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

    def open_pauses(self) -> list[Pause]:
        return [
            each for each in self.case.pauses if each.state is PauseState.APPROVED and each.ended_at is None
        ]

    @staticmethod
    def place(found: Sequence[T], wanted: Callable[[T], bool]) -> int:
        return next(place for place, each in enumerate(reversed(found)) if wanted(each))

    # -- pauses, dates, special cases

    @rule(reason=REASONS, by=PEOPLE, ago=AGO, at_filing=st.booleans())
    def ask_pause(self, reason: PauseReason, by: str, ago: timedelta, at_filing: bool) -> None:
        filed = [item.approval_since or item.filed_at for item in self.case.permits]
        starts_at = filed[-1] if filed and at_filing else self.now - ago
        pause = Pause(next(self.ids), reason, "scan-1", starts_at, by)
        self.attempt(
            Verb.REQUEST_PAUSE,
            oracle.request_pause(self.case, reason, starts_at, self.now, RULES),
            lambda case: case.request_pause(pause, self.now, RULES),
        )

    @rule(place=PLACE, by=APPROVERS, approve=st.booleans())
    def decide_pause(self, place: int, by: str, approve: bool) -> None:
        pause_id = self.one([each.id for each in self.case.pauses], place)
        self.attempt(
            Verb.DECIDE_PAUSE,
            oracle.decide_pause(self.case, pause_id, by),
            lambda case: case.decide_pause(pause_id, self.now, by, RULES, approve=approve),
        )

    @rule(ago=AGO, reason=REASONS, by=APPROVERS)
    def stop_clock(self, ago: timedelta, reason: PauseReason, by: str) -> None:
        """Ask for a pause and approve it at once, unless it is oneself."""
        self.ask_pause(reason, "clerk-1", ago, at_filing=reason is PauseReason.PERMIT_ORDINARY)
        self.decide_pause(0, by, approve=True)

    @rule(place=PLACE, ago=AGO)
    def resume(self, place: int, ago: timedelta = timedelta()) -> None:
        pause_id, at = self.one([each.id for each in self.case.pauses], place), self.now - ago
        self.attempt(
            Verb.RESUME,
            oracle.resume(self.case, pause_id, at),
            lambda case: case.resume(pause_id, at, RULES),
        )

    @staticmethod
    def one(ids: Sequence[str], place: int) -> str:
        return ids[-1 - place] if place < len(ids) else NOTHING

    @rule(days=st.integers(-3, 40) | st.just(40_000))
    def agree_date(self, days: int) -> None:
        agreed = local(self.now).date() + timedelta(days=days)
        self.attempt(
            Verb.AGREE_DATE,
            oracle.agree_date(self.case, agreed, self.now, RULES),
            lambda case: case.agree_date(agreed, "scan-2", self.now, RULES),
        )

    @rule(by=PEOPLE)
    def ask_special(self, by: str) -> None:
        special = Special(PauseReason.CROSSING, next(self.ids), by)
        expected = oracle.request_special(self.case)
        self.attempt(Verb.MARK_SPECIAL, expected, lambda case: case.request_special(special))

    @rule(by=APPROVERS)
    def approve_special(self, by: str) -> None:
        expected = oracle.approve_special(self.case, by, supervises=True)
        self.attempt(
            Verb.MARK_SPECIAL,
            expected,
            lambda case: case.approve_special(self.now, Approver(by, supervises=True), RULES),
        )

    @rule(by=APPROVERS, text=TEXTS)
    def decline_special(self, by: str, text: str) -> None:
        expected = oracle.decline_special(self.case, by, text)
        self.attempt(Verb.MARK_SPECIAL, expected, lambda case: case.decline_special(text, self.now, by))

    # -- permits

    @rule(asked=FILINGS, by_applicant=st.booleans(), basis=BASES)
    def file(
        self,
        asked: list[tuple[PermitKind, PermitMode, tuple[Risk, ...]]],
        by_applicant: bool,
        basis: str | None,
    ) -> None:
        party = self.case.customer_ref if by_applicant else self.case.utility
        filings = [permit_verbs.Filing(kind, mode, party, risks, basis) for kind, mode, risks in asked]
        ids = {
            (each.kind, authority(office, self.case.district)): next(self.ids)
            for each in filings
            for office in OFFICES[each.kind]
        }
        form = permit_verbs.Form(next(self.ids), filings, ids)
        self.attempt(
            Verb.FILE_PERMITS,
            oracle.file_permits(self.case, filings, self.now, self.barred),
            lambda case: permit_verbs.file_permits(case, form, self.now, "agent-1", RULES, self.barred),
        )

    @rule(
        place=PLACE,
        decision=st.sampled_from([Decision.GRANTED, Decision.GRANTED, Decision.REFUSED]),
        explained=st.sampled_from([True, True, True, False]),
    )
    def decide(self, place: int, decision: Decision, explained: bool = True) -> None:
        item = self.one([each.id for each in self.case.permits], place)
        reason = REFUSAL if explained is (decision is Decision.REFUSED) else None
        self.attempt(
            Verb.DECIDE_PERMIT,
            oracle.decide_permit(self.case, item, self.now, decision, reason),
            lambda case: authority_verbs.decide_permit(
                case, item, decision, self.now, "office", "doc", RULES, reason
            ),
        )

    @rule(place=PLACE, risks=st.sampled_from([(), (), (Risk.ANCIENT_TREE,)]))
    def object_to(self, place: int, risks: tuple[Risk, ...]) -> None:
        item = self.one([each.id for each in self.case.permits], place)
        self.attempt(
            Verb.OBJECT,
            oracle.object_to_permit(self.case, item, self.now),
            lambda case: authority_verbs.object_to_permit(
                case, item, REFUSAL, risks, self.now, "office", "doc", RULES
            ),
        )

    @rule(
        kind=KINDS,
        mode=st.sampled_from([PermitMode.RECORD, PermitMode.EXEMPT]),
        minutes=st.sampled_from([0, 480, 1440, 5 * 1440]),
        risks=st.sampled_from([(), (Risk.ANCIENT_TREE,)]),
    )
    def file_and_object(
        self, kind: PermitKind, mode: PermitMode, minutes: int, risks: tuple[Risk, ...]
    ) -> None:
        self.file([(kind, mode, ())], by_applicant=False, basis="条例第十五条")
        self.time_passes(minutes)
        self.object_to(0, risks)

    @rule(place=PLACE, risk=st.sampled_from([Risk.ANCIENT_TREE, Risk.RIVER_CROSSING]), sure=SOMETIMES)
    def report_risk(self, place: int, risk: Risk, sure: bool) -> None:
        if not sure:
            return
        item = self.one([each.id for each in self.case.permits], place)
        self.attempt(
            Verb.REPORT_RISK,
            oracle.report_risk(self.case, item, risk),
            lambda case: authority_verbs.report_risk(case, item, [risk], self.now, "office", "doc", RULES),
        )

    @rule(reason=st.sampled_from(NoPermitReason))
    def need_no_permit(self, reason: NoPermitReason) -> None:
        self.attempt(
            Verb.RECORD_NO_PERMIT,
            oracle.record_no_permit(self.case),
            lambda case: dig_verbs.record_no_permit(case, reason, "doc", self.now, "clerk-1"),
        )

    @rule(place=PLACE)
    def sign(self, place: int) -> None:
        item = self.one([each.id for each in self.case.permits], place)
        self.attempt(
            Verb.SIGN_COMMITMENT,
            oracle.sign_commitment(self.case, item, self.barred),
            lambda case: commitment_verbs.sign_commitment(
                case, item, self.now, "C-1", "scan", RULES, self.barred
            ),
        )

    @rule(place=PLACE)
    def withdraw_commitment(self, place: int) -> None:
        item = self.one([each.id for each in self.case.permits], place)
        self.attempt(
            Verb.SIGN_COMMITMENT,
            oracle.withdraw_commitment(self.case, item),
            lambda case: commitment_verbs.withdraw_commitment(case, item, self.now, RULES),
        )

    @rule(place=PLACE, result=st.sampled_from(CheckResult))
    def check_commitment(self, place: int, result: CheckResult) -> None:
        item = self.one([each.id for each in self.case.permits if each.commitment], place)
        expected = oracle.check_commitment(self.case, item, result, self.now)
        self.attempt(
            Verb.CHECK_COMMITMENT,
            expected,
            lambda case: commitment_verbs.check_commitment(
                case, item, result, self.now, "office", "doc", RULES
            ),
        )
        commitment = None if item == NOTHING else self.case.permit(item).commitment
        if expected is Outcome.LEGAL and result is CheckResult.FALSE and commitment:
            self.barred.add(commitment.party)

    @rule(is_utility=st.booleans())
    def bar(self, is_utility: bool) -> None:
        """Somebody has committed falsely elsewhere."""
        self.barred.add(self.case.utility if is_utility else self.case.customer_ref)

    @rule()
    def repair(self) -> None:
        self.barred.clear()

    @rule(ago=AGO, sites=SITES)
    def excavate(self, ago: timedelta, sites: list[DigSite]) -> None:
        at = self.now - ago
        self.attempt(
            Verb.EXCAVATE,
            oracle.excavate(self.case, at, sites),
            lambda case: dig_verbs.excavate(case, sites, at, "clerk-1"),
        )

    @rule(sure=SOMETIMES)
    def dig_in_emergency(self, sure: bool) -> None:
        if not sure:
            return
        ids = {
            authority(office, self.case.district): next(self.ids)
            for office in OFFICES[PermitKind.ROAD_EXCAVATION]
        }
        emergency = dig_verbs.Emergency(EmergencyReason.GAS_LEAK, "doc", ids)
        self.attempt(
            Verb.EXCAVATE,
            oracle.excavate_in_emergency(self.case, self.now),
            lambda case: dig_verbs.excavate_in_emergency(case, emergency, self.now, "clerk-1", RULES),
        )

    # -- charges

    @rule(codes=st.lists(CODES, min_size=1, max_size=3))
    def quote(self, codes: list[str]) -> None:
        lines = [quote_verbs.AskedLine(f"{self.case.supply[0]}-{code}", 1500) for code in codes]
        self.attempt(
            Verb.MAKE_QUOTE,
            oracle.make_quote(self.case, lines, self.now),
            lambda case: quote_verbs.make_quote(case, lines, None, self.now, "clerk-1", CATALOGUE),
        )

    @rule(number=st.integers(0, 3), accept=st.booleans())
    def answer_line(self, number: int, accept: bool) -> None:
        self.attempt(
            Verb.ANSWER_QUOTE,
            oracle.answer_line(self.case, number, accept=accept),
            lambda case: quote_verbs.answer_line(case, number, self.now, "C-1", accept=accept),
        )

    @rule(codes=st.lists(CODES, max_size=2), fen=st.sampled_from([0, 27_750]))
    def bill(self, codes: list[str], fen: int) -> None:
        lines = [quote_verbs.BilledLine(f"{self.case.supply[0]}-{code}", fen) for code in codes]
        self.attempt(
            Verb.RECORD_BILL,
            oracle.record_bill(self.case, lines, self.now),
            lambda case: quote_verbs.record_bill(case, lines, self.now, "clerk-1", CATALOGUE),
        )

    # -- agents and contacts

    @rule(agent=AGENTS)
    def assign(self, agent: str) -> None:
        self.attempt(
            Verb.ASSIGN_AGENT,
            oracle.assign_agent(self.case, agent, RULES),
            lambda case: agent_verbs.assign_agent(case, agent, self.now, RULES),
        )

    @rule()
    def authorise(self) -> None:
        self.attempt(
            Verb.AUTHORISE_AGENT,
            oracle.authorise_agent(self.case),
            lambda case: agent_verbs.authorise_agent(case, "scan", self.now, "C-1"),
        )

    @rule()
    def revoke(self) -> None:
        expected = oracle.revoke_agent(self.case)
        self.attempt(Verb.AUTHORISE_AGENT, expected, lambda case: agent_verbs.revoke_agent(case, self.now))

    @rule(agent=AGENTS)
    def act_in_the_users_stead(self, agent: str) -> None:
        try:
            actor = agent_verbs.actor_of(
                self.case, agent, frozenset({"agent"}), self.now, stead=Stead.DOCUMENT
            )
        except RuleError:
            assert not oracle.may_act(self.case, agent)
        else:
            assert oracle.may_act(self.case, agent)
            assert (actor.subject, actor.on_behalf_of) == (agent, self.case.customer_ref)

    @rule()
    def guide(self) -> None:
        self.attempt(
            Verb.GUIDE,
            oracle.by_state(self.case, Verb.GUIDE),
            lambda case: agent_verbs.give_guidance(case, "doc", self.now, "agent-1"),
        )

    @rule()
    def urge(self) -> None:
        urge_id = next(self.ids)
        self.attempt(
            Verb.URGE,
            oracle.urge(self.case),
            lambda case: contact_verbs.urge(case, urge_id, self.now, "C-1", RULES),
        )

    @rule(place=PLACE, text=TEXTS)
    def answer_urge(self, place: int, text: str) -> None:
        urge_id = self.one([each.id for each in self.case.urges], place)
        self.attempt(
            Verb.URGE,
            oracle.answer_urge(self.case, urge_id, text),
            lambda case: contact_verbs.answer_urge(case, urge_id, text, self.now, "clerk-1"),
        )

    @rule(text=TEXTS)
    def ask(self, text: str) -> None:
        question_id = next(self.ids)
        self.attempt(
            Verb.ASK,
            oracle.ask(self.case, text),
            lambda case: contact_verbs.ask(case, question_id, text, self.now, "C-1", RULES),
        )

    @rule(place=PLACE, text=TEXTS)
    def answer_question(self, place: int, text: str) -> None:
        question_id = self.one([each.id for each in self.case.questions], place)
        self.attempt(
            Verb.ASK,
            oracle.answer_question(self.case, question_id, text),
            lambda case: contact_verbs.answer_question(case, question_id, text, self.now, "agent-1"),
        )

    # -- acts that are entered after they happened

    @rule(
        act=st.sampled_from([Act.START_STAGE, Act.COMPLETE_STAGE, Act.METER_LIVE, Act.METER_LIVE]),
        stage=STAGES,
        ago=st.sampled_from([0, 60, 1440, 3 * 1440, 5 * 1440, 9 * 1440]).map(lambda n: timedelta(minutes=n)),
        grounds=st.booleans(),
    )
    def enter(self, act: Act, stage: Stage, ago: timedelta, grounds: bool) -> None:
        case, claimed = self.case, self.now - ago
        if any(each.state is LateEntryState.PENDING for each in case.late_entries):
            return
        verb, expected = oracle.enter(case, act, stage, claimed, self.now, RULES, grounds=grounds)
        claim = Claim(act=act, claimed_at=claimed, stage=None if act is Act.METER_LIVE else stage)
        given = Grounds("现场记录次日交回", "scan-1") if grounds else None
        entry_id = next(self.ids)
        self.attempt(
            verb, expected, lambda case: enter(case, claim, given, entry_id, self.now, "clerk-1", RULES)
        )
        self.time_passes(0)

    @rule(
        place=PLACE,
        by=st.sampled_from(["clerk-1", "head-1", "supervisor-1", "supervisor-1"]),
        approve=st.booleans(),
    )
    def decide_entry(self, place: int, by: str, approve: bool) -> None:
        entry_id = self.one([each.id for each in self.case.late_entries], place)
        expected = oracle.decide_entry(self.case, entry_id, by, self.now, RULES, approve=approve)
        entry = next((each for each in self.case.late_entries if each.id == entry_id), None)
        verb = (
            ENTERED[entry.claim.act] if entry and approve and expected is Outcome.LEGAL else Verb.ENTER_LATE
        )
        approver = Approver(by, supervises=by == "supervisor-1")
        reason = None if approve else "照片没有日期"
        self.attempt(
            verb,
            expected,
            lambda case: decide_late_entry(case, entry_id, self.now, approver, RULES, decline_reason=reason),
        )
        self.time_passes(0)

    # -- the end

    @rule()
    def dispute(self) -> None:
        expected = oracle.dispute(self.case, self.now)
        self.attempt(Verb.DISPUTE, expected, lambda case: case.dispute_meter_live("没有水", self.now, "C-1"))
        self.time_passes(0)

    @rule(ago=AGO)
    def meter_live(self, ago: timedelta = timedelta()) -> None:
        at = self.now - ago
        self.attempt(
            Verb.REPORT_METER_LIVE,
            oracle.report_meter_live(self.case, at),
            lambda case: case.report_meter_live(at, RULES),
        )
        # It may have run for longer than the user has to confirm.
        self.time_passes(0)

    @rule()
    def confirm(self) -> None:
        expected = oracle.confirm(self.case, self.now, RULES)
        self.attempt(Verb.FINISH, expected, lambda case: case.confirm(self.now, RULES))

    @rule(sure=SELDOM)
    def withdraw(self, sure: bool) -> None:
        if sure or self.case.state in FINISHED:
            expected = oracle.by_state(self.case, Verb.WITHDRAW)
            self.attempt(Verb.WITHDRAW, expected, lambda case: case.withdraw(self.now))

    @rule(
        sure=SELDOM,
        code=st.sampled_from(RefusalCode),
        duplicate_of=st.sampled_from([None, "W-371502-20220701-0009"]),
    )
    def refuse(self, sure: bool, code: RefusalCode, duplicate_of: str | None) -> None:
        if sure or self.case.state in FINISHED:
            expected = oracle.refuse(self.case, code, duplicate_of)
            self.attempt(Verb.REFUSE, expected, lambda case: case.refuse(code, self.now, duplicate_of))

    @rule(score=st.integers(1, 5))
    def rate(self, score: int) -> None:
        self.attempt(
            Verb.RATE, oracle.rate(self.case), lambda case: contact_verbs.rate(case, score, self.now)
        )

    # -- what always holds

    @invariant()
    def the_time_adds_up(self) -> None:
        case = self.case
        sheet = time_sheet(case.stages, case.spans, case.finished_at or self.now)
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
        for each in self.case.pending_events[self.seen :]:
            self.check(each)
        self.seen = len(self.case.pending_events)

    def check(self, each: DomainEvent) -> None:
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
        assert case.submitted_at <= each.at <= self.now
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
        excluded = excluded_dates(ended, None, RULES.policy, RULES.calendar)
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
        if case.rating is not None:
            assert case.state is CaseState.CLOSED
        if (
            case.stage(Stage.TURN_ON)
            and case.supply is Service.GAS
            and case.length_class is not LengthClass.L0_NONE
        ):
            works = case.stage(Stage.EXTERNAL_WORKS)
            assert works is not None
            assert works.end is not None

    @invariant()
    def nobody_waits_in_vain(self) -> None:
        case, waits = self.case, set(self.case.timers(RULES))
        to_do = {each.whose for each in work(case, RULES)}
        if case.state in FINISHED:
            assert waits <= (OF_COMMITMENTS if case.state is CaseState.CLOSED else set())
            assert to_do <= ({"authority"} if case.state is CaseState.CLOSED else set())
        if case.paused:
            assert not waits & (OF_THE_CLOCK - {TimerKind.OVERDUE})

    @invariant()
    def permits_carry_what_rests_on_them(self) -> None:
        case, permit = self.case, self.case.stage(Stage.PERMIT)
        if not case.permits:
            return
        last = oracle.last_items(case)
        assert permit is not None or not any(item.form_id for item in case.permits)
        if permit is not None and oracle.granted(case):
            assert permit.end == max(item.decided_at for item in last if item.decided_at)
        if permit is not None and any(item in last for item in oracle.waiting(case)):
            assert permit.end is None
        assert len({each.id for each in case.permits}) == len(case.permits)
        assert {each.id for each in case.permits} == set(case.touched)

    @invariant()
    def the_ground_is_broken_by_right_or_in_an_emergency(self) -> None:
        case = self.case
        if oracle.works_over(case):
            assert (
                case.no_permit or oracle.granted(case) or any(self.was_revoked(each) for each in case.permits)
            )
        for item in case.permits:
            # No mode but an approval where the line does not allow it, while there is something to stop.
            allowed = oracle.allowed(case, item.kind, oracle.risks_of(case))
            counts = item in oracle.last_items(case) and (item.decision is None or oracle.stands(item))
            if counts and item.mode not in allowed:
                assert item.mode_exceeded
                assert oracle.works_over(case)
            if item.mode in (PermitMode.RECORD, PermitMode.EXEMPT):
                assert item.basis is not None
                if item.decision is not None and not item.decided_by:
                    assert item.decided_at is not None
                    assert item.object_by is not None
                    assert item.decided_at > item.object_by

    @staticmethod
    def was_revoked(item: PermitItem) -> bool:
        return item.commitment is not None and item.commitment.state is CommitmentState.REVOKED

    @invariant()
    def what_is_stored_is_read_back(self) -> None:
        stored = replace(self.case, pending_events=[])
        assert msgspec.json.decode(msgspec.json.encode(stored), type=Case) == stored


Hookup.TestCase.settings = settings(max_examples=200, stateful_step_count=50)
TestHookup = Hookup.TestCase
