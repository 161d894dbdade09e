"""What must hold of a grievance whatever is asked of it."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import fields
from datetime import datetime
from typing import Any

import msgspec
from hypothesis.stateful import RuleBasedStateMachine, invariant

from libs.common.rules import RuleError
from services.grievances.dev.scenarios import act
from services.grievances.domain.cycle import Cycle
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.values.codes import (
    CrossOffGround,
    LedgerState,
    Level,
    Outcome,
)
from services.grievances.domain.values.states import GrievanceState
from services.grievances.domain.work import work_of
from tests.services.grievances.domain.replay import replay

DUE = ("reply_by", "sign_by", "contact_by", "arrive_by", "call_by")
# What may set or move which due time of a cycle that goes on.
MOVED_BY: dict[str, set[str]] = {
    "classify": {"reply_by"},
    "dispatch": {"reply_by", "sign_by", "contact_by", "arrive_by"},
    "decide_extension": {"reply_by"},
    "reply": {"call_by"},
    "answer": {"call_by"},
    "calendar": {"reply_by", "sign_by", "call_by"},
}


def same_but(cycle: Cycle, names: set[str]) -> dict[str, Any]:
    """Return all of a cycle but for some fields."""
    return {item.name: getattr(cycle, item.name) for item in fields(Cycle) if item.name not in names}


class Checked(RuleBasedStateMachine):
    """Drives one grievance, and looks at it after each step."""

    item: Grievance
    now: datetime
    # What the cycles before the present one were when they ended.
    frozen: list[bytes]

    def do(self, verb: str, by: str | None, command: Callable[[Grievance], None]) -> None:
        act(self.item, self.now, by)
        before = deepcopy(self.item)
        try:
            command(self.item)
        except RuleError:
            self.check_unchanged(before)
            return
        self.check_due(verb, before)
        self.check_ledger(before)
        past = [msgspec.json.encode(cycle) for cycle in self.item.cycles[:-1]]
        if len(past) > len(self.frozen):
            self.frozen = past
        assert past == self.frozen, verb

    def check_unchanged(self, before: Grievance) -> None:
        assert self.item == before

    def check_due(self, verb: str, before: Grievance) -> None:
        old, new = before.cycle, self.item.cycle
        if old.number == new.number:
            moved = {name for name in DUE if getattr(old, name) != getattr(new, name)}
            assert moved <= MOVED_BY.get(verb, set()), (verb, moved)
            hops = [hop.answer_by for hop in new.escalations][: len(old.escalations)]
            assert verb == "calendar" or hops == [hop.answer_by for hop in old.escalations]
        if before.ledger is not None and before.ledger.is_open and verb != "calendar":
            assert self.item.ledger is not None
            assert self.item.ledger.clear_by == before.ledger.clear_by
        if before.state is GrievanceState.CLOSED and self.item.state is GrievanceState.CLOSED:
            assert same_but(old, {"escalations"}) == same_but(new, {"escalations"})

    def check_ledger(self, before: Grievance) -> None:
        entry = self.item.ledger
        if entry is None or entry.state is LedgerState.OPEN or before.ledger is None:
            return
        if not before.ledger.is_open:
            return
        call = next((call for call in reversed(self.item.cycle.calls) if call.reached), None)
        is_solved = call is not None and call.solved is True and (call.grade or 0) >= 3
        is_later = self.item.cycle.number > entry.cycle
        by_both = {approval.level for approval in entry.approvals} == set(Level)
        by_two = len({approval.by for approval in entry.approvals}) == 2
        is_explained = entry.explanation is not None and by_both and by_two
        assert (is_solved and is_later) if entry.ground is CrossOffGround.SOLVED else is_explained

    @invariant()
    def holds(self) -> None:
        item, known = self.item, replay(self.item.pending_events)
        assert known.state == item.state
        assert (known.cycle, known.reply_by) == (item.cycle.number, item.cycle.reply_by)
        assert known.in_ledger == (None if item.ledger is None else item.ledger.is_open)
        assert not known.hops or max(known.hops.values()) == 1
        assert not known.supervised or max(known.supervised.values()) == 1
        for cycle in item.cycles:
            levels = [hop.level for hop in cycle.escalations]
            assert len(levels) == len(set(levels))
            assert all(call.by not in cycle.handlers for call in cycle.calls)
            call = cycle.effective_call
            if cycle.outcome is Outcome.SATISFIED:
                assert call is not None
                assert call.solved
                assert (call.grade or 0) >= 3
            assert cycle.outcome is not Outcome.UNREACHABLE or call is None
            agreed = cycle.verification and cycle.verification.confirmed
            assert cycle.outcome is not Outcome.UNREASONABLE or agreed is True
        # One that is closed was called back about.
        assert item.state is not GrievanceState.CLOSED or item.cycle.calls
        assert item.state is not GrievanceState.CLOSED or item.closed_at is not None
        assert work_of(item) or item.state in (
            GrievanceState.CLOSED,
            GrievanceState.NOT_ACCEPTED,
            GrievanceState.TERMINATED,
            GrievanceState.WITHDRAWN,
        )
