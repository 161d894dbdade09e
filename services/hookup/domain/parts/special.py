"""The special case: the record that takes a case out of the limit statistics."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from libs.common.rules import RuleError
from libs.common.texts import check_text
from services.hookup.domain.parts.timeline import Timeline
from services.hookup.domain.values.approval import Approver, check_supervises
from services.hookup.domain.values.clock_policy import BreachApproval
from services.hookup.domain.values.deadlines import decide_by
from services.hookup.domain.values.pauses import PauseReason
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.transitions import FINISHED, Verb
from services.hookup.domain.values.work import Whose, Work, WorkKind


@dataclass(frozen=True, slots=True)
class Special:
    """A request to take a case out of the limit statistics, effective once someone else approves it.

    A declined request has its reason, and another request may follow.
    """

    reason: PauseReason
    evidence_ref: str
    asked_by: str
    approved_by: str | None = None
    declined_by: str | None = None
    declined_for: str | None = None
    # None in requests from before this was kept.
    asked_at: datetime | None = None


@dataclass
class SpecialCase(Timeline):
    """The request for a special case, and the decision on it."""

    special: Special | None = None

    @property
    def is_special(self) -> bool:
        """Whether an approved record takes the case out of the 3/5/10 statistics."""
        return self.special is not None and self.special.approved_by is not None

    @property
    def special_waits(self) -> bool:
        """Whether the request waits for its decision."""
        special = self.special
        return special is not None and special.approved_by is None and special.declined_by is None

    def request_special(self, special: Special) -> None:
        """Request to take the case out of the limit statistics; effective once someone else approves."""
        self.check(Verb.MARK_SPECIAL)
        if self.is_special:
            raise RuleError("special-decided", "此件已认定为特殊情况", "无需再次申请", "reason")
        if self.special_waits:
            # A request that waits for its decision cannot be replaced by another.
            raise RuleError("special-pending", "已有待审批的特殊情况申请", "请等待审批", "reason")
        self.special = special

    def approve_special(self, at: datetime, by: Approver, rules: Rules) -> None:
        """Approve the special case; who asked cannot approve, nor the utility itself once the breach is announced."""
        special = self._pending_special(by.subject)
        if self.breach_announced:
            check_supervises(by, rules.clock, "reason")
        self.special = replace(special, approved_by=by.subject)
        self.record("special_case_approved", at, reason=special.reason, overdue=self.is_overdue(at))

    def decline_special(self, reason: str, at: datetime, by: str) -> None:
        """Decline the special case, with a reason in words; the case stays in the limit statistics."""
        special = self._pending_special(by)
        check_text(reason, "reason")
        self.special = replace(special, declined_by=by, declined_for=reason)
        self.record("special_case_declined", at, reason=special.reason)

    def _pending_special(self, by: str) -> Special:
        self.check(Verb.MARK_SPECIAL)
        if self.is_special:
            raise RuleError("special-decided", "此件已认定为特殊情况", "无需再次审批", "reason")
        if self.special is None or not self.special_waits:
            raise RuleError("special-not-asked", "没有待审批的特殊情况申请", "请先申请", "reason")
        if self.special.asked_by == by:
            raise RuleError("approver-is-asker", "特殊情况的审批人不能是提出人本人", "请由他人审批", "reason")
        return self.special

    def work_items(self, rules: Rules) -> Iterator[Work]:
        """Let somebody else decide: who supervises, where the breach was announced."""
        if self.state in FINISHED or not self.special_waits:
            return
        supervised = rules.clock.breach_approval is BreachApproval.SUPERVISOR and self.breach_announced
        decider = Whose.SUPERVISOR if supervised else Whose.APPROVER
        asked_at = None if self.special is None else self.special.asked_at
        yield Work(
            WorkKind.DECIDE_SPECIAL, decider, asked_at or self.submitted_at, decide_by(asked_at, rules)
        )
