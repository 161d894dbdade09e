"""Random verbs of permits, commitments and digging."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

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
    Decision,
    PermitKind,
    PermitMode,
    Risk,
    authority,
)
from services.hookup.domain.values.transitions import Verb
from services.hookup.domain.verbs import authorities as authority_verbs
from services.hookup.domain.verbs import commitments as commitment_verbs
from services.hookup.domain.verbs import digging as dig_verbs
from services.hookup.domain.verbs import permits as permit_verbs
from tests.services.hookup.domain import oracle
from tests.services.hookup.domain.machine.base import AGO, NOTHING, PLACE, RULES, SOMETIMES, Machine
from tests.services.hookup.domain.oracle.outcomes import Outcome

KINDS = st.sampled_from([PermitKind.ROAD_EXCAVATION, PermitKind.GREEN_LAND, PermitKind.TREES])
FILINGS = st.lists(
    st.tuples(KINDS, st.sampled_from(PermitMode), st.sampled_from([(), (), (), (Risk.ANCIENT_TREE,)])),
    min_size=1,
    max_size=3,
)
BASES = st.sampled_from([None, "条例第十五条", "条例第十五条", "条例第十五条"])
SITES = st.lists(st.sampled_from(DigSite), min_size=1, max_size=2, unique=True)
REFUSAL = Reason(ReasonCode.NOT_SAFE)


class PermitRules(Machine):
    """Verbs of permits and of the ground."""

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
