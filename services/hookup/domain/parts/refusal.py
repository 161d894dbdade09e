"""Cases that end without supply: the applicant withdraws, or the supplier refuses (O17)."""

from dataclasses import dataclass
from datetime import datetime

from libs.common.references import object_id
from libs.common.rules import RuleError
from services.hookup.domain.parts.timeline import Timeline
from services.hookup.domain.values.codes import RefusalCode
from services.hookup.domain.values.transitions import CaseState, Verb


@dataclass
class Refusal(Timeline):
    """Why a case was refused."""

    refusal: RefusalCode | None = None
    # Of a case that was refused as a duplicate, the number of the case that continues instead.
    duplicate_of: str | None = None

    def withdraw(self, at: datetime) -> None:
        """Withdraw the case; if it was overdue then, that stays on record."""
        self.check(Verb.WITHDRAW)
        self.check_not_before_submission(at)
        overdue = self.is_overdue(at)
        self.finished_at = at
        self.move(Verb.WITHDRAW, CaseState.WITHDRAWN)
        self.record("case_withdrawn", at, overdue=overdue, customer_id=object_id(self.customer_ref))

    def refuse(self, code: RefusalCode, at: datetime, duplicate_of: str | None = None) -> None:
        """Refuse for one of the allowed reasons; arrears are marked for the regulator's review (O17).

        `duplicate_of` is the number of the other case of the same user that goes on, or came to its end.
        """
        self.check(Verb.REFUSE)
        self.check_not_before_submission(at)
        if code is RefusalCode.DUPLICATE and duplicate_of is None and not self.is_read_in:
            raise RuleError(
                "duplicate-not-named",
                "以重复申请为由不予办理，须指明该用户同一地块、同一服务的另一件",
                "请填写另一件的受理编号；另一件已撤回或不予办理的，不构成重复",
                "duplicate_of",
            )
        self.duplicate_of = duplicate_of
        accepted, overdue = self.accepted_at is not None, self.is_overdue(at)
        self.refusal = code
        self.finished_at = at
        self.move(Verb.REFUSE, CaseState.TERMINATED if accepted else CaseState.REJECTED)
        self.record(
            "case_refused",
            at,
            code=code,
            needs_regulator_review=code is RefusalCode.ARREARS_OF_APPLICANT,
            after_acceptance=accepted,
            duplicate_of=duplicate_of,
            overdue=overdue,
            customer_id=object_id(self.customer_ref),
        )
