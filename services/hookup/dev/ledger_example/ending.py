"""How the cases of the example end, and what a ledger shows of them on the day on which it is filled in."""

from dataclasses import replace
from datetime import datetime, timedelta

from libs.common.clock import local
from libs.common.places import Supply
from services.hookup.dev.ledger_example.city import BY, CUT, SLOW, City
from services.hookup.domain.reports.ledger_row import Acceptance, LedgerRow
from services.hookup.domain.values.codes import RefusalCode
from services.hookup.domain.values.pauses import PauseReason, PauseSpan
from services.hookup.domain.values.stages import Interval, Stage
from services.hookup.domain.values.transitions import CaseState
from services.hookup.ledger.replay import replay


def promised(of: City, row: LedgerRow, kind: int) -> LedgerRow:
    """Agree a date where the notice has no limit, and approve special cases."""
    if kind == 3 or row.supply is Supply.HEAT:
        days = round((9, 12, 18, 32)[kind] * of.dice.uniform(0.85, 1.5))
        late = of.chance(1.5)
        if of.chance(95 if kind == 3 else 80):
            agreed = of.calendar.roll(local(row.submitted_at).date() + timedelta(days=days))
            row = replace(row, agreed=agreed, agreed_late=late)
    percent = 9.0 if row.utility in SLOW else 2.5
    if of.chance(percent):
        common = (
            PauseReason.NO_DIG_ROAD,
            PauseReason.CROSSING,
            PauseReason.CAPACITY,
            PauseReason.FORCE_MAJEURE,
        )
        row = replace(row, special=row.pauses[0].reason if row.pauses else of.dice.choice(common))
    return row


def ended_otherwise(of: City, row: LedgerRow) -> LedgerRow:
    """Let a few end without water, gas or heat."""
    throw = of.dice.random() * 100
    latest = (row.meter_live_at or row.submitted_at) - timedelta(minutes=1)
    if throw < 2.6:
        # Withdrawn somewhere on the way.
        share = of.dice.random()
        at = row.submitted_at + (latest - row.submitted_at) * share
        return _until(replace(row, state=CaseState.WITHDRAWN), at.replace(second=0, microsecond=0))
    if throw < 3.6 and row.acceptance is Acceptance.MANUAL and row.accepted_at is not None:
        code = of.dice.choice(
            (RefusalCode.DUPLICATE, RefusalCode.NO_LAWFUL_PREMISES, RefusalCode.OUT_OF_COVERAGE)
        )
        at = row.corrected_at or row.submitted_at
        half = (at + (row.accepted_at - at) / 2).replace(second=0, microsecond=0)
        return _until(replace(row, state=CaseState.REJECTED, refusal=code), max(half, at))
    if 3.6 < throw < 4.3:
        surveyed = row.stages[Stage.SURVEY_DESIGN].end or row.submitted_at
        code = of.dice.choice(
            (RefusalCode.SAFETY_NOT_MET, RefusalCode.OUT_OF_COVERAGE, RefusalCode.ARREARS_OF_APPLICANT)
        )
        ended = _until(replace(row, refusal=code), min(surveyed + timedelta(minutes=90), latest))
        # The surveyors may have come and gone before the papers were accepted.
        return replace(ended, state=CaseState.TERMINATED if ended.accepted_at else CaseState.REJECTED)
    return row


def _until(row: LedgerRow, at: datetime) -> LedgerRow:
    """Forget what had not happened by an instant, at which the case ends."""
    return replace(as_of(row, at), ended_at=at)


def as_of(row: LedgerRow, at: datetime) -> LedgerRow:
    """Forget what had not happened by an instant; the state is left as it was."""

    def if_past(instant: datetime | None) -> datetime | None:
        return instant if instant is not None and instant <= at else None

    stages = {
        stage: Interval(stage, interval.start, if_past(interval.end))
        for stage, interval in row.stages.items()
        if interval.start <= at
    }
    # What is deemed accepted counts from its receipt, but is accepted later: before its first stage at any rate.
    accepted = if_past(row.accepted_at) if stages or row.acceptance is not Acceptance.DEEMED else None
    designed = Stage.SURVEY_DESIGN in stages and stages[Stage.SURVEY_DESIGN].end is not None
    designed = designed or not stages.keys().isdisjoint((Stage.PERMIT, Stage.EXTERNAL_WORKS))
    works = stages.get(Stage.EXTERNAL_WORKS)
    contract = stages.get(Stage.CONTRACT)
    signed = contract is not None and contract.end is not None
    return replace(
        row,
        accepted_at=accepted,
        acceptance=row.acceptance if accepted else None,
        corrected_at=if_past(row.corrected_at),
        designed_dm=row.designed_dm if designed or signed else None,
        as_built_dm=row.as_built_dm if works and works.end else None,
        stages=stages,
        turn_on_at=if_past(row.turn_on_at),
        meter_live_at=if_past(row.meter_live_at),
        confirmed_at=if_past(row.confirmed_at),
        agreed=row.agreed if signed else None,
        agreed_late=row.agreed_late and signed,
        special=row.special if accepted and row.acceptance is not Acceptance.DEEMED else None,
        pauses=tuple(
            PauseSpan(pause.reason, pause.start, if_past(pause.end))
            for pause in row.pauses
            if pause.start <= at
        ),
    )


def cut_off(of: City, row: LedgerRow) -> LedgerRow:
    """Show the case as it stood when the ledger was filled in."""
    last = row.ended_at or row.confirmed_at or row.meter_live_at or row.submitted_at
    if last > CUT:
        row = replace(as_of(row, CUT), ended_at=None, refusal=None)
        _, state = replay(row, of.rules, CUT, BY)
        return replace(row, state=state)
    if row.state is CaseState.CLOSED and row.confirmed_at is None and last + timedelta(hours=24) > CUT:
        return replace(row, state=CaseState.TURNED_ON)
    return row
