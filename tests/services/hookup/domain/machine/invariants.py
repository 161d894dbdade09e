"""What holds of a case after every verb."""

from dataclasses import replace

import msgspec
from hypothesis.stateful import invariant

from libs.common.aggregate import DomainEvent
from libs.common.events import outgoing
from libs.common.places import Supply
from services.hookup.domain.case import Case
from services.hookup.domain.reports.work import work
from services.hookup.domain.values.durations import elapsed_minutes
from services.hookup.domain.values.lengths import LengthClass, classify
from services.hookup.domain.values.limits import due
from services.hookup.domain.values.pauses import excluded_dates
from services.hookup.domain.values.permit_items import (
    CommitmentState,
    PermitItem,
    PermitMode,
)
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.timesheet import time_sheet
from services.hookup.domain.values.transitions import FINISHED, CaseState
from services.hookup.events.published import CASE_EVENTS
from tests.services.hookup.domain import oracle
from tests.services.hookup.domain.machine.base import RULES, Machine

MODELS = {each.event: each for each in CASE_EVENTS}
OF_COMMITMENTS = {TimerKind.COMMITMENT_CHECK, TimerKind.RECTIFICATION}
OF_THE_CLOCK = {TimerKind.DUE_SOON, TimerKind.DUE_REMINDER, TimerKind.OVERDUE, TimerKind.GAP}


class Invariants(Machine):
    """What always holds."""

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
            and case.supply is Supply.GAS
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
        for part in case.parts_with("waits_for"):
            assert {*part.waits_for(case, RULES)} <= {*part.kinds}

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
        assert {each.id for each in case.permits} == set(case.dirty_permits)

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
