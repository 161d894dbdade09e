"""Random verbs of the clock: application, stages, lengths, pauses, dates, special cases."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from libs.common.clock import local
from services.hookup.domain.parts.special import Special
from services.hookup.domain.values.approval import Approver
from services.hookup.domain.values.lengths import LengthKind
from services.hookup.domain.values.materials import MaterialFile, MaterialKind
from services.hookup.domain.values.pauses import Pause, PauseReason
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import Verb
from services.hookup.domain.verbs.materials import attach_evidence, receive_material, request_materials
from tests.services.hookup.domain import oracle
from tests.services.hookup.domain.machine.base import (
    AGO,
    APPROVERS,
    LENGTHS,
    PEOPLE,
    PLACE,
    RULES,
    STAGES,
    TEXTS,
    Machine,
)
from tests.services.hookup.domain.oracle.outcomes import TELEPHONE

REASONS = st.sampled_from([PauseReason.USER_DECISION, PauseReason.CROSSING, PauseReason.PERMIT_ORDINARY])


class ClockRules(Machine):
    """Verbs of the clock."""

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
            oracle.decide_pause(self.case, pause_id, by, RULES, approve=approve),
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
