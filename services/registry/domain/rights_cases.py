"""A request by a customer's right in the own data that is answered within a time (PIPL §44–50). No personal data.

What can be done at once (a copy, a restriction, an erasure) is done by its own command and noted; a case is what came
by letter, by telephone or at a counter that may not do it, and waits until it was done or refused with a reason.
Instants are aware UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from libs.casework.domain.work import WorkItem
from libs.common.aggregate import Aggregate, Transitions
from libs.common.clock import local, midnight
from libs.common.rules import RuleError
from libs.common.texts import check_text
from services.registry.domain.rules import Rules


class RightsKind(StrEnum):
    """What is asked for."""

    COPY = "COPY"
    TRANSFER = "TRANSFER"
    CORRECT = "CORRECT"
    ERASE = "ERASE"
    RESTRICT = "RESTRICT"
    EXPLAIN = "EXPLAIN"


class RightsState(StrEnum):
    """Where a case is."""

    OPEN = "OPEN"
    DONE = "DONE"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"


class RightsVerb(StrEnum):
    """What can be done to a case."""

    ANSWER = "answer"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


class RightsRefusal(StrEnum):
    """On what ground a request is refused; the reason is told besides (PIPL §50)."""

    NOT_VERIFIED = "NOT_VERIFIED"
    RETAINED = "RETAINED"
    CONFIDENTIAL = "CONFIDENTIAL"
    NOT_KEPT = "NOT_KEPT"
    REPEATED = "REPEATED"


class RightsTurn(StrEnum):
    """Whose turn it is: the counter's that handles rights."""

    ANSWER = "answer"


class RightsTimer(StrEnum):
    """What a case waits for by the clock; the name is of the whole service."""

    OVERDUE = "RIGHTS_CASE_OVERDUE"


RIGHTS_KIND_NAMES: Final[Mapping[RightsKind, str]] = MappingProxyType(
    {
        RightsKind.COPY: "查阅、复制",
        RightsKind.TRANSFER: "转移至其他处理者",
        RightsKind.CORRECT: "更正、补充",
        RightsKind.ERASE: "删除",
        RightsKind.RESTRICT: "限制处理",
        RightsKind.EXPLAIN: "解释说明处理规则",
    }
)
RIGHTS_STATE_NAMES: Final[Mapping[RightsState, str]] = MappingProxyType(
    {
        RightsState.OPEN: "待答复",
        RightsState.DONE: "已办理",
        RightsState.REFUSED: "不予办理",
        RightsState.WITHDRAWN: "已撤回",
    }
)
RIGHTS_VERB_NAMES: Final[Mapping[RightsVerb, str]] = MappingProxyType(
    {RightsVerb.ANSWER: "办结", RightsVerb.REFUSE: "不予办理", RightsVerb.WITHDRAW: "撤回"}
)
REFUSAL_NAMES: Final[Mapping[RightsRefusal, str]] = MappingProxyType(
    {
        RightsRefusal.NOT_VERIFIED: "身份未能核实",
        RightsRefusal.RETAINED: "户未销、申请未办结或保存期限未满（第四十七条）",
        RightsRefusal.CONFIDENTIAL: "法律、行政法规规定应当保密或不需要告知（第四十五条）",
        RightsRefusal.NOT_KEPT: "本系统没有该项信息",
        RightsRefusal.REPEATED: "与已办理的请求重复",
    }
)
RIGHTS_TURN_NAMES: Final[Mapping[RightsTurn, str]] = MappingProxyType({RightsTurn.ANSWER: "待答复"})
# What has to be there before a case of a kind is done.
_NOT_CARRIED_OUT: Final[Mapping[RightsKind, tuple[str, str]]] = MappingProxyType(
    {
        RightsKind.COPY: ("提出以来还没有为用户生成文件", "请先下载文件并交给用户"),
        RightsKind.TRANSFER: ("提出以来还没有为用户生成文件", "请先下载文件并转交"),
        RightsKind.CORRECT: ("提出以来用户的信息没有变更", "请先变更用户信息或户信息"),
        RightsKind.ERASE: ("用户的个人信息还没有删除", "请先在用户页面办理删除，不能删除的按不予办理答复"),
        RightsKind.RESTRICT: ("该用户还没有限制处理", "请先在用户页面办理限制处理"),
    }
)
_S, _V = RightsState, RightsVerb
ANSWERING: Final = "个人信息保护法第五十条"


@dataclass(frozen=True, slots=True)
class RightsPolicy:
    """One version of the time for an answer: natural days from the day on which it was asked for."""

    version: str = "default"
    source: str = ""
    days: int = 30


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a case ended: what is told to the customer, by whom, when; the ground where it was refused."""

    by: str
    at: datetime
    text: str
    ground: RightsRefusal | None = None


@dataclass(slots=True)
class RightsCase(Aggregate[Rules, RightsTimer]):
    """One request by one customer."""

    transitions = Transitions(
        [
            (_S.OPEN, _V.ANSWER, _S.DONE, ANSWERING),
            (_S.OPEN, _V.REFUSE, _S.REFUSED, ANSWERING),
            (_S.OPEN, _V.WITHDRAW, _S.WITHDRAWN, ANSWERING),
        ],
        RIGHTS_STATE_NAMES,
        RIGHTS_VERB_NAMES,
    )

    customer_id: str
    kind: RightsKind
    asked_at: datetime
    due_at: datetime
    policy_version: str
    document_ref: str
    detail: str
    state: RightsState = field(default=RightsState.OPEN, kw_only=True)
    outcome: Outcome | None = field(default=None, kw_only=True)
    # Whether its time has been noted to have passed.
    overdue: bool = field(default=False, kw_only=True)

    def open(self) -> None:
        """Note that it was taken. Raises RuleError for a personal number in its text."""
        check_text(self.detail, "detail")
        self.record(
            "rights_case_opened",
            self.asked_at,
            kind=self.kind,
            due_at=self.due_at,
            policy_version=self.policy_version,
        )

    def answer(self, by: str, text: str, at: datetime, *, is_carried_out: bool) -> None:
        """Note that what was asked for was done. Raises RuleError where it was not."""
        self.check(RightsVerb.ANSWER)
        if not is_carried_out and self.kind in _NOT_CARRIED_OUT:
            rule, remedy = _NOT_CARRIED_OUT[self.kind]
            raise RuleError("not-carried-out", rule, remedy, "text")
        self._end(RightsVerb.ANSWER, RightsState.DONE, Outcome(by, at, text))
        self.record("rights_case_done", at, kind=self.kind, in_time=self.is_in_time(at))

    def refuse(self, by: str, ground: RightsRefusal, text: str, at: datetime) -> None:
        """Refuse it on a ground, with the reason that the customer is told. Raises RuleError."""
        self.check(RightsVerb.REFUSE)
        self._end(RightsVerb.REFUSE, RightsState.REFUSED, Outcome(by, at, text, ground))
        self.record("rights_case_refused", at, kind=self.kind, ground=ground, in_time=self.is_in_time(at))

    def withdraw(self, by: str, text: str, at: datetime) -> None:
        """Note that the customer wants it no more. Raises RuleError."""
        self.check(RightsVerb.WITHDRAW)
        self._end(RightsVerb.WITHDRAW, RightsState.WITHDRAWN, Outcome(by, at, text))
        self.record("rights_case_withdrawn", at, kind=self.kind)

    def timers(self, rules: Rules) -> dict[RightsTimer, datetime]:
        """Wait for the time of the answer to have passed."""
        del rules
        waits = self.state is RightsState.OPEN and not self.overdue
        return {RightsTimer.OVERDUE: self.due_at} if waits else {}

    def fire(self, kind: RightsTimer, at: datetime, rules: Rules) -> None:
        """Note once that it was not answered in time."""
        if kind in self.timers(rules):
            self.overdue = True
            self.record("rights_case_overdue", at, kind=self.kind, due_at=self.due_at)

    def is_in_time(self, now: datetime) -> bool:
        """Tell whether it ended in time, or may still by an instant."""
        return (self.outcome.at if self.outcome else now) <= self.due_at

    @property
    def task(self) -> WorkItem[RightsTurn, RightsTurn, None] | None:
        """What it waits for; None after its end."""
        if self.state is not RightsState.OPEN:
            return None
        return WorkItem(RightsTurn.ANSWER, RightsTurn.ANSWER, self.asked_at, self.due_at)

    def _end(self, verb: RightsVerb, state: RightsState, outcome: Outcome) -> None:
        check_text(outcome.text, "text")
        self.outcome = outcome
        self.move(verb, state)


def due_of(asked_at: datetime, policy: RightsPolicy) -> datetime:
    """Return the end of the last day for the answer to what was asked at an instant."""
    return midnight(local(asked_at).date() + timedelta(days=policy.days + 1)) - timedelta(minutes=1)
