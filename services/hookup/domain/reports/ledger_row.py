"""One row of the 报装全流程台账 (HK-01): the recorded values of a case, and the verdict computed from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from libs.common.places import Supply
from services.hookup.domain.case import Case
from services.hookup.domain.reports.case_figures import figures_of
from services.hookup.domain.values.codes import CustomerCategory, RefusalCode
from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.limits import Reading
from services.hookup.domain.values.pauses import PauseReason, PauseSpan
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Interval, Stage
from services.hookup.domain.values.transitions import CaseState
from services.hookup.domain.values.violations import Violation


class Acceptance(StrEnum):
    """How a case was accepted: at once online, by the utility, or deemed so after its silence (行政许可法 §32)."""

    AUTOMATIC = "AUTOMATIC"
    MANUAL = "MANUAL"
    DEEMED = "DEEMED"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """The values from which a case can be rebuilt. Instants are UTC, to the millisecond as in a spreadsheet.

    `stages` are those with columns for both ends; acceptance and turn-on have instants of their own.
    """

    number: str
    district: str
    utility: str
    supply: Supply
    customer_ref: str
    category: CustomerCategory
    channel: str
    site_division: str
    submitted_at: datetime
    state: CaseState
    declared_dm: int | None = None
    designed_dm: int | None = None
    as_built_dm: int | None = None
    accepted_at: datetime | None = None
    acceptance: Acceptance | None = None
    correction_items: tuple[str, ...] = ()
    corrected_at: datetime | None = None
    stages: Mapping[Stage, Interval] = field(default_factory=dict)
    turn_on_at: datetime | None = None
    meter_live_at: datetime | None = None
    confirmed_at: datetime | None = None
    agreed: date | None = None
    agreed_late: bool = False
    pauses: tuple[PauseSpan, ...] = ()
    special: PauseReason | None = None
    refusal: RefusalCode | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The computed columns of a row. Days are counted after the receipt date, without paused days.

    `overdue` is None while it is undecided or nothing is due; the totals are None until the case is closed.
    """

    length_class: LengthClass
    pause_days: int
    gap_workdays: int
    overlap_minutes: int
    elapsed_days: int | None
    working_days: int | None
    due_at: datetime | None
    judged: Reading
    policy_version: str
    overdue: bool | None
    violations: tuple[Violation, ...]


def ledger_row(case: Case) -> LedgerRow:
    """Return the ledger row of a case. Only approved pauses are in it."""
    ended = case.state in (CaseState.WITHDRAWN, CaseState.REJECTED, CaseState.TERMINATED)
    turn_on = case.stage(Stage.TURN_ON)
    return LedgerRow(
        number=case.number,
        district=case.district,
        utility=case.utility,
        supply=case.supply,
        customer_ref=case.customer_ref,
        category=case.customer_category,
        channel=case.channel,
        site_division=case.site_division,
        submitted_at=_whole(case.submitted_at),
        state=case.state,
        declared_dm=case.declared_dm,
        designed_dm=case.designed_dm,
        as_built_dm=case.as_built_dm,
        accepted_at=_whole_or_none(case.accepted_at),
        acceptance=_acceptance(case),
        correction_items=tuple(case.correction_items or ()),
        corrected_at=_corrected_at(case),
        stages={
            stage.stage: Interval(stage.stage, _whole(stage.start), _whole_or_none(stage.end))
            for stage in case.stages
            if stage.stage not in (Stage.ACCEPT, Stage.TURN_ON)
        },
        turn_on_at=_whole_or_none(turn_on.start) if turn_on else None,
        meter_live_at=_whole_or_none(case.meter_live_at),
        # Records stored before the confirmation was a field ended with it.
        confirmed_at=_whole_or_none(case.confirmed_at or case.finished_at)
        if case.confirmed_by_user
        else None,
        agreed=case.agreed,
        agreed_late=case.misses_promise and case.agreed is not None,
        pauses=tuple(
            PauseSpan(span.reason, _whole(span.start), _whole_or_none(span.end)) for span in case.spans
        ),
        special=case.special.reason if case.special and case.is_special else None,
        refusal=case.refusal,
        ended_at=_whole_or_none(case.finished_at) if ended else None,
    )


def verdict(case: Case, rules: Rules) -> Verdict:
    """Compute the verdict of a case under the rules that it is judged by."""
    figures = figures_of(case, rules)
    overdue = None
    if case.on_time is not None and case.on_time.judged is not None:
        overdue = not case.on_time.judged
    elif case.overdue_for is not None and case.due is not None and case.overdue_for == case.due.judged_at:
        overdue = True
    return Verdict(
        length_class=case.length_class,
        pause_days=figures.pause_days,
        gap_workdays=sum(gap.workdays for gap in figures.gaps if gap.is_gap),
        overlap_minutes=figures.overlap_minutes,
        elapsed_days=figures.elapsed_days,
        working_days=figures.working_days,
        due_at=case.due.judged_at if case.due else None,
        judged=rules.policy.judged,
        policy_version=rules.policy.version,
        overdue=overdue,
        violations=tuple(case.violations()),
    )


def _acceptance(case: Case) -> Acceptance | None:
    if case.accepted_at is None:
        return None
    answered = case.stage(Stage.ACCEPT)
    if answered is not None and answered.end != case.accepted_at:
        return Acceptance.DEEMED
    return Acceptance.AUTOMATIC if case.accepted_at == case.submitted_at else Acceptance.MANUAL


def _corrected_at(case: Case) -> datetime | None:
    if case.correction_items is None or case.received_at in (None, case.submitted_at):
        return None
    return _whole_or_none(case.received_at)


def _whole(instant: datetime) -> datetime:
    return instant - timedelta(microseconds=instant.microsecond % 1000)


def _whole_or_none(instant: datetime | None) -> datetime | None:
    return None if instant is None else _whole(instant)
