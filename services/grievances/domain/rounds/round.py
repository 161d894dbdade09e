"""A round of visits or calls (回访、走访活动): whom it asks what, and its sample. Instants are aware UTC.

What becomes of each who is asked is an `Interview` of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from libs.common.aggregate import Aggregate, Transitions
from libs.common.clock import midnight
from libs.common.places import Supply
from libs.common.rules import RuleError
from libs.common.texts import check_text
from services.grievances.domain.rounds.questions import Question, check_questions
from services.grievances.domain.rounds.sampling import Stratum
from services.grievances.domain.rounds.values import (
    ROUND_STATE_NAMES,
    ROUND_VERB_NAMES,
    Allocation,
    CustomerCategory,
    RoundPurpose,
    RoundState,
    RoundTimer,
    RoundVerb,
    StratifiedBy,
)
from services.grievances.domain.rules import Rules

MOST_DAYS = 366
_S, _V = RoundState, RoundVerb
_CLAUSE = "seed 二（二）2 电话回访、企业走访"


@dataclass(frozen=True, slots=True)
class Population:
    """Of which accounts a sample is drawn; an empty condition holds for all."""

    categories: tuple[CustomerCategory, ...] = ()
    districts: tuple[str, ...] = ()
    utilities: tuple[str, ...] = ()
    supplies: tuple[Supply, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """How a sample is drawn: of whom, how many, by which strata and how divided among them."""

    population: Population
    number: int
    stratified_by: tuple[StratifiedBy, ...] = ()
    allocation: Allocation = Allocation.PROPORTIONAL


@dataclass(slots=True)
class Round(Aggregate[Rules, RoundTimer]):
    """One round, of the city or of a district."""

    transitions = Transitions(
        [
            (_S.DRAFT, _V.ADD_QUESTIONS, _S.DRAFT, _CLAUSE),
            (_S.DRAFT, _V.DRAW, _S.RUNNING, _CLAUSE),
            (_S.DRAFT, _V.CANCEL, _S.CANCELLED, _CLAUSE),
            (_S.RUNNING, _V.SHARE_OUT, _S.RUNNING, _CLAUSE),
            (_S.RUNNING, _V.CLOSE, _S.CLOSED, _CLAUSE),
        ],
        ROUND_STATE_NAMES,
        ROUND_VERB_NAMES,
    )

    number: str
    title: str
    purpose: RoundPurpose
    # The district that holds it; None of one of the city.
    district: str | None
    starts_on: date
    ends_on: date
    plan: Plan
    questions: list[Question]
    prepared_at: datetime
    prepared_by: str
    state: RoundState = field(default=RoundState.DRAFT, kw_only=True)
    strata: list[Stratum] = field(default_factory=list, kw_only=True)
    drawn_at: datetime | None = field(default=None, kw_only=True)
    ended_at: datetime | None = field(default=None, kw_only=True)

    @property
    def seed(self) -> str:
        """What the order of the sample comes from: its id, which nobody chooses."""
        return self.id

    @property
    def ends_at(self) -> datetime:
        """When its last day is over."""
        return midnight(self.ends_on + timedelta(days=1))

    def prepare(self, today: date) -> None:
        """Check a new round, and tell of it. Raises RuleError."""
        check_text(self.title, "title")
        check_questions(self.questions)
        if self.ends_on < self.starts_on or self.ends_on < today:
            raise RuleError("period-reversed", "结束日期不能早于开始日期和今天", "请核对起止日期", "ends_on")
        if (self.ends_on - self.starts_on).days >= MOST_DAYS:
            raise RuleError("period-too-long", f"一次活动至多{MOST_DAYS}天", "请缩短起止日期", "ends_on")
        self.record(
            "round_prepared",
            self.prepared_at,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            wanted=self.plan.number,
            question_count=len(self.questions),
        )

    def add_questions(self, more: Sequence[Question], at: datetime) -> None:
        """Ask more; what is asked stands fast once the sample is drawn. Raises RuleError."""
        self.check(RoundVerb.ADD_QUESTIONS)
        questions = [*self.questions, *more]
        check_questions(questions)
        self.questions = questions
        self.record("round_questions_added", at, question_count=len(questions))

    def draw(self, strata: Sequence[Stratum], at: datetime) -> None:
        """Take over the strata of the sample that was drawn; it is drawn once. Raises RuleError."""
        self.check(RoundVerb.DRAW)
        if not any(stratum.sample for stratum in strata):
            raise RuleError("population-empty", "没有符合条件的户", "请取消后调整调查范围", "population")
        self.move(RoundVerb.DRAW, RoundState.RUNNING)
        self.strata, self.drawn_at = list(strata), at
        self.record(
            "round_drawn",
            at,
            seed=self.seed,
            allocation=self.plan.allocation,
            population=sum(stratum.population for stratum in strata),
            sample=sum(stratum.sample for stratum in strata),
            stratum_count=len(strata),
        )

    def share_out(self, people: int, shared: int, at: datetime) -> None:
        """Tell that so many who are to be asked were shared out among so many people. Raises RuleError."""
        self.check(RoundVerb.SHARE_OUT)
        if not shared:
            raise RuleError("nothing-to-share", "没有未指定回访人的待访用户", "无需分配", "people")
        self.record("round_shared_out", at, people=people, shared=shared)

    def close(self, at: datetime) -> None:
        """End it before its last day: nobody is asked any more. Raises RuleError."""
        self.check(RoundVerb.CLOSE)
        self._end(RoundVerb.CLOSE, RoundState.CLOSED, at)

    def cancel(self, at: datetime) -> None:
        """Give it up before its sample is drawn. Raises RuleError."""
        self.check(RoundVerb.CANCEL)
        self._end(RoundVerb.CANCEL, RoundState.CANCELLED, at)

    def _end(self, verb: RoundVerb, state: RoundState, at: datetime) -> None:
        self.move(verb, state)
        self.ended_at = at
        self.record("round_closed" if state is RoundState.CLOSED else "round_cancelled", at)

    # -- the clock

    def timers(self, rules: Rules) -> dict[RoundTimer, datetime]:
        """Return that it ends with its last day."""
        del rules
        return {RoundTimer.END: self.ends_at} if self.state is RoundState.RUNNING else {}

    def fire(self, kind: RoundTimer, at: datetime, rules: Rules) -> None:
        """End it."""
        if kind in self.timers(rules):
            self.close(at)
