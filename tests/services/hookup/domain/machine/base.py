"""What every random verb on a case has in common: it does what the oracle says, or nothing."""

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from libs.common.places import Supply
from libs.common.rules import RecordedRefusalError, RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.values.materials import ListedMaterial, MaterialKind, MaterialPolicy
from services.hookup.domain.values.pauses import Pause, PauseReason, PauseState
from services.hookup.domain.values.permit_items import (
    PermitMode,
)
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import ALLOWED, Verb
from tests.services.hookup.domain import oracle
from tests.services.hookup.domain.oracle.outcomes import TELEPHONE, Outcome
from tests.support.hookup import RULES as LIMITS

LISTED = (
    ListedMaterial(MaterialKind.PREMISES_PROOF, required=True),
    ListedMaterial(MaterialKind.IDENTITY, required=True, shared_from="居民身份证电子证照"),
)
RULES = replace(
    LIMITS,
    # Heat has no agents, so that somebody is to be found.
    agents={"W-371502": ("agent-1", "agent-2"), "G-371502": ("agent-3",)},
    materials=MaterialPolicy("test", lists={(each, "ISHANDONG"): LISTED for each in Supply}, most_files=2),
)
LENGTHS = st.sampled_from([0, 1, 500, 501, 501, 2000, 2001, 9000])
# Most verbs come now; some say that it happened earlier.
AGO = st.sampled_from([0, 0, 0, 1, 30, 240, 1440, 2 * 1440]).map(lambda n: timedelta(minutes=n))
SELDOM = st.sampled_from([False] * 15 + [True])
SOMETIMES = st.sampled_from([False] * 3 + [True])
STAGES = st.sampled_from([*Stage, Stage.TURN_ON, Stage.TURN_ON])
PEOPLE = st.sampled_from(["clerk-1", "clerk-2"])
APPROVERS = st.sampled_from(["clerk-1", "approver-1", "approver-2"])
# Counted from the last one; 3 stands for one that is not there.
PLACE = st.sampled_from([0, 0, 0, 1, 2, 3])
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
T = TypeVar("T")


class Machine(RuleBasedStateMachine):
    """Drives one case."""

    case: Case
    now: datetime
    # Who may not commit, ids to come, the events that were looked at, and the mode that permits are filed in.
    barred: set[str]
    ids: Iterator[str]
    seen: int
    mode: PermitMode | None

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

    def open_pauses(self) -> list[Pause]:
        return [
            each for each in self.case.pauses if each.state is PauseState.APPROVED and each.ended_at is None
        ]

    @staticmethod
    def place(found: Sequence[T], wanted: Callable[[T], bool]) -> int:
        return next(place for place, each in enumerate(reversed(found)) if wanted(each))

    @staticmethod
    def one(ids: Sequence[str], place: int) -> str:
        return ids[-1 - place] if place < len(ids) else NOTHING
