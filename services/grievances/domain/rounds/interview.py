"""The visit or call of one customer in a round: who is to do it, the attempts, and what was answered.

It holds no particulars of the customer: the registry has these, and shows them to who calls.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from libs.common.aggregate import Aggregate, Transitions
from libs.common.clock import local
from libs.common.places import Supply
from libs.common.rules import RuleError
from services.grievances.domain.rounds.questions import Answers, Question, checked_answers, grade_of
from services.grievances.domain.rounds.values import (
    INTERVIEW_STATE_NAMES,
    INTERVIEW_VERB_NAMES,
    CustomerCategory,
    InterviewResult,
    InterviewState,
    InterviewVerb,
    RoundPurpose,
    RoundTimer,
)
from services.grievances.domain.rules import Rules

MOST_FINDINGS = 10
_S, _V = InterviewState, InterviewVerb
_CLAUSE = "grievances.md, Rules: callback"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to speak with the customer."""

    at: datetime
    by: str
    result: InterviewResult


@dataclass(slots=True)
class Interview(Aggregate[Rules, RoundTimer]):
    """One customer who is asked in a round, by an account; `stratum` is the place among the round's strata."""

    transitions = Transitions(
        [
            (_S.OPEN, _V.ASSIGN, _S.OPEN, _CLAUSE),
            (_S.OPEN, _V.RECORD, _S.OPEN, _CLAUSE),
            (_S.OPEN, _V.RECORD, _S.REACHED, _CLAUSE),
            (_S.OPEN, _V.RECORD, _S.REFUSED, _CLAUSE),
            (_S.OPEN, _V.RECORD, _S.UNREACHABLE, _CLAUSE),
            (_S.OPEN, _V.FIND, _S.OPEN, _CLAUSE),
            (_S.REACHED, _V.FIND, _S.REACHED, _CLAUSE),
        ],
        INTERVIEW_STATE_NAMES,
        INTERVIEW_VERB_NAMES,
    )

    round_id: str
    round_number: str
    purpose: RoundPurpose
    position: int
    stratum: int
    account_id: str
    customer_id: str
    utility: str
    district: str
    supply: Supply
    category: CustomerCategory
    questions: list[Question]
    state: InterviewState = field(default=InterviewState.OPEN, kw_only=True)
    assignee: str | None = field(default=None, kw_only=True)
    attempts: list[Attempt] = field(default_factory=list, kw_only=True)
    answers: Answers | None = field(default=None, kw_only=True)
    # The grievances that came of it.
    grievances: list[str] = field(default_factory=list, kw_only=True)
    ended_at: datetime | None = field(default=None, kw_only=True)

    def drawn(self, at: datetime) -> None:
        """Tell that it is in the sample; neither account nor customer is told, which units must not know."""
        self.record("interview_drawn", at)

    def assign_to(self, subject: str, at: datetime, rules: Rules) -> None:
        """Name who is to ask. Raises RuleError for the staff of the utility that is asked about."""
        self.check(InterviewVerb.ASSIGN)
        self._check_not_asked_about(subject, rules, "assignee")
        if subject != self.assignee:
            self.assignee = subject
            self.record("interview_assigned", at, in_charge=subject)

    def enter(
        self,
        result: InterviewResult,
        given: Sequence[str | None],
        at: datetime,
        by: str,
        rules: Rules,
    ) -> None:
        """Record an attempt, and the answers of who was reached. Raises RuleError.

        Not reached in so many attempts on so many days is unreachable, as at the call-back of a grievance.
        """
        self.check(InterviewVerb.RECORD)
        self._check_not_asked_about(by, rules, "result")
        if self.assignee not in (None, by):
            raise RuleError(
                "assigned-to-another", "此户已指定他人回访", "请由指定的人登记，或重新指定", "result"
            )
        if result is InterviewResult.REACHED:
            self.answers = checked_answers(self.questions, given)
        elif any(given):
            raise RuleError("answers-of-nobody", "没有联系上的没有回答", "请删除回答，或改正结果", "result")
        self.attempts.append(Attempt(at, by, result))
        self.record("interview_attempted", at, attempt=len(self.attempts), result=result)
        state = self._state_after(result, rules)
        self.move(InterviewVerb.RECORD, state)
        if state is not InterviewState.OPEN:
            self.ended_at = at
            grade = None if self.answers is None else grade_of(self.questions, self.answers)
            self.record("interview_ended", at, outcome=state, grade=grade, attempts=len(self.attempts))

    def find(self, grievance_id: str, at: datetime) -> None:
        """Note the grievance that came of it. Raises RuleError."""
        self.check_finding()
        self.grievances.append(grievance_id)
        self.record("interview_found", at, grievance_id=grievance_id)

    def check_finding(self) -> None:
        """Raise RuleError where no grievance can come of it any more."""
        self.check(InterviewVerb.FIND)
        if len(self.grievances) >= MOST_FINDINGS:
            raise RuleError("findings-too-many", f"每户至多登记{MOST_FINDINGS}件", "请合并登记", "words")

    def _state_after(self, result: InterviewResult, rules: Rules) -> InterviewState:
        if result is not InterviewResult.NOT_REACHED:
            return InterviewState(result)
        days = {local(attempt.at).date() for attempt in self.attempts}
        policy = rules.process
        is_enough = len(self.attempts) >= policy.call_attempts and len(days) >= policy.call_days
        return InterviewState.UNREACHABLE if is_enough else InterviewState.OPEN

    def _check_not_asked_about(self, subject: str, rules: Rules, name: str) -> None:
        if subject in rules.staff.get(self.utility, {}):
            raise RuleError(
                "asked-about-own-unit",
                "被调查专营单位的工作人员不能回访本单位的用户",
                "请由主管部门的其他人员回访",
                name,
            )
