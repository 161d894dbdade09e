"""The date agreed in writing with the user, for lines above 200 m and for heat (O4, O5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from libs.common.calendars.workdays import receipt_date
from libs.common.rules import RuleError
from services.hookup.domain.parts.timeline import Timeline
from services.hookup.domain.values.entries import EntryMark
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import Verb
from services.hookup.domain.values.violations import Violation


@dataclass(frozen=True, slots=True)
class Promise:
    """A date agreed with the user in writing."""

    agreed: date
    document_ref: str


@dataclass
class Promises(Timeline):
    """When and by which document the date was agreed; the timeline holds the date itself."""

    agreed_document: str | None = None
    # For records stored before `agreed_at` existed.
    promise_missing: bool = False
    agreed_at: datetime | None = None

    @property
    def misses_promise(self) -> bool:
        """O4: above 200 m and for heat a date must be agreed before the contract ends.

        A line that grows beyond 200 m later needs it from then on; one whose length was corrected needs none.
        """
        contract = self.first(Stage.CONTRACT)
        if contract is None or contract.end is None or not self.needs_agreed_date:
            return False
        if self.agreed is None:
            return True
        by = max(contract.end, self.promise_needed_at or contract.end)
        return self.promise_missing if self.agreed_at is None else self.agreed_at > by

    def agree_date(self, agreed: date, document: str, at: datetime, rules: Rules) -> None:
        """Record the date agreed in writing for lines above 200 m and for heat (O4, O5)."""
        self.check(Verb.AGREE_DATE)
        if not self.needs_agreed_date:
            raise RuleError(
                "agreed-date-not-allowed",
                "200米以内的水、气报装按规定时限办理，不另行约定",
                "无需约定日期",
                "agreed_date",
            )
        self.check_not_before_submission(at)
        before = self.agreed
        if agreed < (self.receipt or receipt_date(self.submitted_at, rules.calendar)):
            raise RuleError("agreed-date-too-early", "约定日期早于收件日期", "请核对约定日期", "agreed_date")
        try:
            rules.calendar.is_workday(agreed)
        except ValueError as error:
            raise RuleError("agreed-date-too-late", str(error), "请核对约定日期", "agreed_date") from None
        if self.due is not None and self.is_overdue(at):
            if self.mark is not EntryMark.APPROVED and not self.is_read_in:
                raise RuleError(
                    "agreed-date-passed",
                    "应办结时间已过，改约须经他人审批，超时记录保留",
                    "请填写原因和证据，提交审批",
                    "agreed_date",
                )
            if not self.is_read_in:
                self.breach_kept = self.breach_kept or self.due.judged_at
        self.agreed = agreed
        self.agreed_at = at
        self.agreed_document = document
        due_before = self.judged_at
        self.set_due(rules)
        self.record(
            "date_agreed",
            at,
            agreed_date=agreed,
            agreed_before=before,
            due=self.due_data(rules),
            due_before=due_before,
        )

    def infringements(self) -> Iterator[Violation]:
        """Return the code of a date that was not agreed in time."""
        if self.misses_promise:
            yield Violation.NO_PROMISED_DATE
