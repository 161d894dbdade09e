"""Random late entries, and the verbs that end a case."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from services.hookup.domain.values.approval import Approver
from services.hookup.domain.values.codes import RefusalCode
from services.hookup.domain.values.entries import Act, Claim, Grounds, LateEntryState
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import FINISHED, Verb
from services.hookup.domain.verbs.late_entries import decide_late_entry, enter
from tests.services.hookup.domain import oracle
from tests.services.hookup.domain.machine.base import AGO, PLACE, RULES, SELDOM, STAGES, Machine
from tests.services.hookup.domain.oracle.outcomes import Outcome

ENTERED = {
    Act.START_STAGE: Verb.START_STAGE,
    Act.COMPLETE_STAGE: Verb.COMPLETE_STAGE,
    Act.METER_LIVE: Verb.REPORT_METER_LIVE,
}


class EndRules(Machine):
    """Verbs of the end, and acts entered late."""

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
        of_meter = act is Act.METER_LIVE
        claim = Claim(
            act=act,
            claimed_at=claimed,
            stage=None if of_meter else stage,
            evidence_ref="scan-1" if grounds and of_meter else None,
        )
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

    @rule()
    def dispute(self) -> None:
        expected = oracle.dispute(self.case, self.now)
        self.attempt(Verb.DISPUTE, expected, lambda case: case.dispute_meter_live("没有水", self.now, "C-1"))
        self.time_passes(0)

    @rule(ago=AGO, evidence=st.sampled_from([None, "scan-2"]))
    def meter_live(self, ago: timedelta = timedelta(), evidence: str | None = "scan-2") -> None:
        at = self.now - ago
        self.attempt(
            Verb.REPORT_METER_LIVE,
            oracle.report_meter_live(self.case, at, evidence=evidence is not None),
            lambda case: case.report_meter_live(at, RULES, evidence),
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
        self.attempt(Verb.RATE, oracle.rate(self.case), lambda case: case.rate(score, self.now))
