"""Re-judge past cases under other rules: which would have been on time with other limits (二(一)1; open point O1)?

Nothing stored is changed: receipt, class and pauses stay. The days of an excluded stage are excluded like those of
a pause: the day it starts counts, the days after it up to and including its end do not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from libs.common.calendars.workdays import WorkCalendar
from libs.common.clock import local
from libs.common.places import Supply
from services.hookup.domain.case import Case
from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.limits import Basis, LimitPolicy, Reading, due
from services.hookup.domain.values.pauses import PauseReason, PauseSpan, excluded_dates
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Stage

# The stages that comparable documents exclude from the limit; the 2018 plan: 双方商定或专营企业无法控制.
EXCLUDABLE: Final = (Stage.CONTRACT, Stage.PERMIT, Stage.EXTERNAL_WORKS)
MOST_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Alternative:
    """The other rules: a stored version or each case's own, with another reading, other limits or excluded stages."""

    policy: LimitPolicy | None = None
    judged: Reading | None = None
    excluded: frozenset[Stage] = frozenset()
    limit_days: Mapping[tuple[Supply, LengthClass], int] = field(default_factory=dict)

    def over(self, own_policy: LimitPolicy) -> LimitPolicy:
        """Return the policy to re-judge a case by, given the one that it was accepted under."""
        base = self.policy or own_policy
        return replace(
            base, judged=self.judged or base.judged, limit_days={**base.limit_days, **self.limit_days}
        )


@dataclass(frozen=True, slots=True)
class Changed:
    """A case whose verdict differs under the other rules."""

    id: str
    number: str
    utility: str
    length_class: LengthClass
    finished_at: datetime
    due_before: datetime
    due_then: datetime
    on_time_before: bool
    on_time_then: bool


@dataclass(slots=True)
class Count:
    """The number of cases, and of those on time, as judged and under the other rules."""

    cases: int = 0
    on_time_before: int = 0
    on_time_then: int = 0
    became_on_time: int = 0
    became_late: int = 0

    def add(self, before: bool, then: bool) -> None:
        """Count one case."""
        self.cases += 1
        self.on_time_before += before
        self.on_time_then += then
        self.became_on_time += then and not before
        self.became_late += before and not then


@dataclass(slots=True)
class Comparison:
    """The differences, by utility and in all, and the first cases whose verdict changes."""

    by_utility: dict[str, Count] = field(default_factory=dict)
    total: Count = field(default_factory=Count)
    changed: list[Changed] = field(default_factory=list)

    def add(self, cases: Iterable[tuple[Case, Rules]], alternative: Alternative) -> None:
        """Re-judge cases, each with the rules that it was judged by; skip those without a verdict by a limit."""
        for case, rules in cases:
            judged = judge_anew(case, rules, alternative)
            if judged is None:
                continue
            self.by_utility.setdefault(case.utility, Count()).add(judged.on_time_before, judged.on_time_then)
            self.total.add(judged.on_time_before, judged.on_time_then)
            if judged.on_time_before != judged.on_time_then and len(self.changed) < MOST_SHOWN:
                self.changed.append(judged)


def judge_anew(case: Case, rules: Rules, alternative: Alternative) -> Changed | None:
    """Re-judge a closed case; None for one that HK-02's statistics do not count.

    Its stored due time may rest on a calendar that was amended since. So both rules are applied under the present
    calendar, and the verdict changes only where they differ.
    """
    if (
        case.is_special
        or case.receipt is None
        or case.finished_at is None
        or case.due is None
        or case.due.basis is not Basis.LIMIT
        or case.due.judged_at is None
        or case.on_time is None
        or case.on_time.judged is None
    ):
        return None
    left_out = [
        PauseSpan(PauseReason.PERMIT_ORDINARY, stage.start, stage.end)
        for stage in case.stages
        if stage.stage in alternative.excluded
    ]
    own_due = _judged_at(case, case.spans, rules.policy, rules.days)
    anew = _judged_at(case, [*case.spans, *left_out], alternative.over(rules.policy), rules.days)
    if own_due is None or anew is None:
        return None
    before, differs = case.on_time.judged, (case.finished_at <= own_due) != (case.finished_at <= anew)
    return Changed(
        case.id,
        case.number,
        case.utility,
        case.length_class,
        case.finished_at,
        case.due.judged_at,
        case.due.judged_at if own_due == anew else anew,
        before,
        case.finished_at <= anew if differs else before,
    )


def _judged_at(
    case: Case, spans: Sequence[PauseSpan], policy: LimitPolicy, days: WorkCalendar
) -> datetime | None:
    """Return when a closed case was due under a policy, with that policy's business hours."""
    if case.receipt is None or case.finished_at is None:
        return None
    calendar = days.closing(policy.close)
    paused = excluded_dates(spans, local(case.finished_at).date(), policy, calendar)
    return due(case.receipt, case.supply, case.length_class, case.agreed, paused, policy, calendar).judged_at
