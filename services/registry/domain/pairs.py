"""A pair of customers who may be one: found, looked at, found to be two, or merged by two persons. No personal data.

Nothing is merged by itself: one person proposes it, another confirms it, and it can be undone. Instants are in UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from libs.common.aggregate import Aggregate, Transitions
from libs.common.rules import RuleError
from libs.common.texts import check_text
from services.registry.domain.duplicates import Feature, MatchPolicy, Score, weighted
from services.registry.domain.rules import Rules


class PairState(StrEnum):
    """Where a pair is."""

    OPEN = "OPEN"
    PROPOSED = "PROPOSED"
    MERGED = "MERGED"
    DISTINCT = "DISTINCT"
    # One of the two is no longer active, or they are no longer alike.
    OBSOLETE = "OBSOLETE"


class PairVerb(StrEnum):
    """What can be done to a pair."""

    DISMISS = "dismiss"
    PROPOSE = "propose"
    DECLINE = "decline"
    CONFIRM = "confirm"
    UNDO = "undo"
    RESCORE = "rescore"
    RETIRE = "retire"


PAIR_STATE_NAMES: Final[Mapping[PairState, str]] = MappingProxyType(
    {
        PairState.OPEN: "待核实",
        PairState.PROPOSED: "合并待确认",
        PairState.MERGED: "已合并",
        PairState.DISTINCT: "不是重复",
        PairState.OBSOLETE: "已失效",
    }
)
PAIR_VERB_NAMES: Final[Mapping[PairVerb, str]] = MappingProxyType(
    {
        PairVerb.DISMISS: "认定不是重复",
        PairVerb.PROPOSE: "提出合并",
        PairVerb.DECLINE: "退回合并",
        PairVerb.CONFIRM: "确认合并",
        PairVerb.UNDO: "撤销合并",
        PairVerb.RESCORE: "重新比对",
        PairVerb.RETIRE: "失效",
    }
)


class PairTurn(StrEnum):
    """Whose turn it is with a pair: who looks at it, or a second person."""

    REVIEW = "review"
    CONFIRM = "confirm"


PAIR_TURN_NAMES: Final[Mapping[PairTurn, str]] = MappingProxyType(
    {PairTurn.REVIEW: "待核实", PairTurn.CONFIRM: "合并待确认"}
)
PAIR_TASK_NAMES: Final[Mapping[PairTurn, str]] = MappingProxyType(
    {PairTurn.REVIEW: "核实是否为同一用户", PairTurn.CONFIRM: "由另一人确认合并，或退回"}
)
STATES_OF_TURNS: Final[Mapping[PairTurn, PairState]] = MappingProxyType(
    {PairTurn.REVIEW: PairState.OPEN, PairTurn.CONFIRM: PairState.PROPOSED}
)
_S, _V = PairState, PairVerb
LEDGER: Final = "聊城管字〔2022〕49号 二（二）1"
ACCURACY: Final = "个人信息保护法第八条"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a person decided of a pair, with the features that the decision went by."""

    by: str
    at: datetime
    reason: str
    features: Mapping[Feature, float] = field(default_factory=dict)

    def is_overtaken_by(self, score: Score, policy: MatchPolicy) -> bool:
        """Tell whether the score rose by the policy's margin since: both by the present weights."""
        rise = weighted(_rounded(score), policy) - weighted(self.features, policy)
        return Fraction(rise).limit_denominator(10_000) > policy.ask_again_margin


@dataclass(frozen=True, slots=True)
class Proposal:
    """Who proposed to merge, and which of the two stays."""

    by: str
    at: datetime
    survivor: str
    reason: str


@dataclass(slots=True)
class Pair(Aggregate[Rules, StrEnum]):
    """Two customers, the one with the smaller id first; `score` counts thousandths."""

    transitions = Transitions(
        [
            (_S.OPEN, _V.DISMISS, _S.DISTINCT, ACCURACY),
            (_S.PROPOSED, _V.DISMISS, _S.DISTINCT, ACCURACY),
            (_S.OPEN, _V.PROPOSE, _S.PROPOSED, LEDGER),
            (_S.PROPOSED, _V.DECLINE, _S.OPEN, LEDGER),
            (_S.PROPOSED, _V.CONFIRM, _S.MERGED, LEDGER),
            (_S.MERGED, _V.UNDO, _S.DISTINCT, ACCURACY),
            (_S.OPEN, _V.RESCORE, _S.OPEN, LEDGER),
            (_S.PROPOSED, _V.RESCORE, _S.PROPOSED, LEDGER),
            (_S.DISTINCT, _V.RESCORE, _S.OPEN, ACCURACY),
            (_S.OBSOLETE, _V.RESCORE, _S.OPEN, LEDGER),
            (_S.OPEN, _V.RETIRE, _S.OBSOLETE, LEDGER),
            (_S.PROPOSED, _V.RETIRE, _S.OBSOLETE, LEDGER),
        ],
        PAIR_STATE_NAMES,
        PAIR_VERB_NAMES,
    )

    first: str
    second: str
    found_at: datetime
    score: int = 0
    features: Mapping[Feature, float] = field(default_factory=dict)
    policy_version: str = ""
    state: PairState = field(default=PairState.OPEN, kw_only=True)
    # Kept for as long as the pair: who is asked again is told what was found before.
    judgement: Judgement | None = field(default=None, kw_only=True)
    proposal: Proposal | None = field(default=None, kw_only=True)
    confirmed_by: str | None = field(default=None, kw_only=True)
    # The accounts that went to the survivor by the merge.
    moved: tuple[str, ...] = field(default=(), kw_only=True)
    # The matters that did, each by its service and its id there.
    matters: tuple[tuple[str, str], ...] = field(default=(), kw_only=True)

    @property
    def both(self) -> tuple[str, str]:
        """The two customers."""
        return self.first, self.second

    @property
    def merged(self) -> str:
        """Which of the two is merged into the other. Raises AssertionError where no merge is proposed."""
        if self.proposal is None:
            raise AssertionError("no merge is proposed")
        return self.second if self.proposal.survivor == self.first else self.first

    @property
    def turn(self) -> PairTurn | None:
        """Whose turn it is; None where it is decided."""
        return next((turn for turn, state in STATES_OF_TURNS.items() if state is self.state), None)

    # -- what the comparison finds

    def find(self, score: Score, policy: MatchPolicy) -> None:
        """Note that it was found."""
        self._score(score, policy)
        self.record("duplicate_found", self.found_at, **self._facts(), again=False)

    def rescore(self, score: Score, policy: MatchPolicy, at: datetime) -> None:
        """Take the score of changed particulars. What a person decided stays until the score rises by the margin.

        What is no longer a candidate is obsolete; a proposal is left to those who decide on it.
        """
        if self.state is PairState.MERGED:
            return
        if not score.is_candidate:
            if self.state is PairState.OPEN:
                self.retire(at)
            return
        is_closed = self.state in (PairState.DISTINCT, PairState.OBSOLETE)
        if is_closed and self.judgement is not None and not self.judgement.is_overtaken_by(score, policy):
            return
        if not is_closed and _rounded(score) == self.features:
            return
        self._score(score, policy)
        if is_closed:
            self.move(PairVerb.RESCORE, PairState.OPEN)
            self.proposal, self.found_at = None, at
            self.record("duplicate_found", at, **self._facts(), again=True)

    def retire(self, at: datetime) -> None:
        """Close what is no longer to be decided: one of the two is no longer active, or they differ now."""
        self.check(PairVerb.RETIRE)
        self.move(PairVerb.RETIRE, PairState.OBSOLETE)
        self.record("duplicate_lapsed", at)

    # -- what persons decide

    def dismiss(self, by: str, reason: str, at: datetime) -> None:
        """Remember that the two are not one, with person and reason. Raises RuleError."""
        self.check(PairVerb.DISMISS)
        check_text(reason, "reason")
        self.judgement = Judgement(by, at, reason, self.features)
        self.proposal = None
        self.move(PairVerb.DISMISS, PairState.DISTINCT)
        self.record("duplicate_dismissed", at)

    def propose(self, by: str, survivor: str, reason: str, at: datetime) -> None:
        """Propose that the other is merged into `survivor`. Raises RuleError."""
        self.check(PairVerb.PROPOSE)
        check_text(reason, "reason")
        if survivor not in self.both:
            raise RuleError(
                "survivor-elsewhere", "保留的用户须是这两个用户之一", "请选择保留的用户", "survivor_id"
            )
        self.proposal = Proposal(by, at, survivor, reason)
        self.move(PairVerb.PROPOSE, PairState.PROPOSED)
        self.record("merge_proposed", at, survivor_id=survivor)

    def decline(self, reason: str, at: datetime) -> None:
        """Send a proposal back, whoever made it; the pair is to be looked at again. Raises RuleError."""
        self.check(PairVerb.DECLINE)
        check_text(reason, "reason")
        self.proposal = None
        self.move(PairVerb.DECLINE, PairState.OPEN)
        self.record("merge_declined", at)

    def confirm(
        self, by: str, accounts: Sequence[str], matters: Sequence[tuple[str, str]], at: datetime
    ) -> None:
        """Note that they were merged, and what moved with it. Raises RuleError for who proposed it."""
        self.check(PairVerb.CONFIRM)
        if self.proposal is not None and self.proposal.by == by:
            raise RuleError("same-person", "提出合并的人不能自行确认", "请由另一名有权限的人员确认", "state")
        self.confirmed_by, self.moved, self.matters = by, tuple(accounts), tuple(matters)
        self.move(PairVerb.CONFIRM, PairState.MERGED)
        self.record("merge_confirmed", at, survivor_id=self.proposal and self.proposal.survivor)

    def undo(self, by: str, reason: str, at: datetime) -> None:
        """Note that the merge was undone: the two are not one. Raises RuleError."""
        self.check(PairVerb.UNDO)
        check_text(reason, "reason")
        self.judgement = Judgement(by, at, reason, self.features)
        self.move(PairVerb.UNDO, PairState.DISTINCT)
        self.record("merge_undone", at)

    # -- inside

    def _score(self, score: Score, policy: MatchPolicy) -> None:
        self.score, self.policy_version = round(score.total * 1000), policy.version
        self.features = _rounded(score)

    def _facts(self) -> dict[str, object]:
        return {"score": self.score, "features": sorted(self.features), "policy_version": self.policy_version}


def _rounded(score: Score) -> Mapping[Feature, float]:
    return {feature: round(likeness, 3) for feature, likeness in score.features.items()}
