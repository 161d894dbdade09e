"""Figures as the API shows them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from libs.common.telemetry import CONSUMER_LAG
from services.metrics.domain.activities import Activity
from services.metrics.domain.definitions import DEFINITIONS, MEASURES
from services.metrics.domain.facts import READINGS
from services.metrics.domain.names import name_of
from services.metrics.domain.rates import Mean, Rate
from services.metrics.events.handlers import HOOKUP
from services.metrics.http import models
from services.metrics.storage.conditions import Filter
from services.metrics.storage.queries import Acts, Counts, Durations, Group, StageRow, Totals
from services.metrics.storage.tables import case_fact, stage_fact
from services.metrics.storage.watermark import Watermark
from services.metrics.usecases.board import Board


def label(dimension: str, code: str) -> models.Label:
    """Show a code with its name."""
    return models.Label(code=code, name=name_of(dimension, code))


def _group(by: Sequence[str], group: Group) -> dict[str, models.Label]:
    return {name: label(name, code) for name, code in zip(by, group, strict=True)}


def reach(present: Watermark) -> models.Reach:
    """Show how far the figures reach."""
    return models.Reach(
        version=present.version,
        generation=present.generation,
        folded=present.folded,
        latest_event_at=present.latest_event_at,
        folded_at=present.folded_at,
        lag=_lag(),
    )


def _lag() -> int | None:
    lags = [
        int(sample.value)
        for metric in CONSUMER_LAG.collect()
        for sample in metric.samples
        if sample.labels["subscription"] == HOOKUP.name
    ]
    return sum(lags) if lags else None


def _rate(numerator: int, denominator: int) -> models.Rate:
    return models.Rate.model_validate(Rate(numerator, denominator))


def stage_figure(by: Sequence[str], row: StageRow) -> models.StageFigure:
    """Show the stage times of one group."""
    return models.StageFigure(
        group=_group(by, row.group),
        count=row.count,
        elapsed=_durations(row.elapsed),
        working=_durations(row.working),
    )


def _durations(durations: Durations) -> models.Durations:
    # A finer step than the error of 1 % at any duration, so that rounding does not add to it.
    p50, p90, p99 = (round(value, 3) for value in durations.quantiles)
    return models.Durations(
        sum=durations.sum, min=durations.least, max=durations.greatest, p50=p50, p90=p90, p99=p99
    )


def case_figure(by: Sequence[str], group: Group, counts: Counts) -> models.CaseFigure:
    """Show the ended cases of one group."""
    plain = (
        "closed",
        "unpromised",
        "gaps",
        "gap_workdays",
        "gap_minutes",
        "overlap_saved_minutes",
        "violations",
        "withdrawn",
        "refused",
    )
    on_time = {
        reading: _rate(counts[f"limit_{reading}_on_time"], counts[f"limit_{reading}"]) for reading in READINGS
    }
    return models.CaseFigure(
        group=_group(by, group),
        on_time=models.OnTime(**on_time),
        agreed=_rate(counts["agreed_on_time"], counts["agreed"]),
        planned=_rate(counts["planned_on_time"], counts["planned"]),
        special=_rate(counts["special"], counts["closed"]),
        gap_cases=_rate(counts["gap_cases"], counts["closed"]),
        **{name: counts[name] for name in plain},
    )


def pause_figure(by: Sequence[str], group: Group, counts: Counts) -> models.PauseFigure:
    """Show the pauses of one group."""
    return models.PauseFigure(group=_group(by, group), count=counts["count"], days=counts["days"])


def activity_figure(by: Sequence[str], group: Group, acts: Acts) -> models.ActivityFigure:
    """Show what was done on the cases of one group."""
    count = {activity: acts[activity].count if activity in acts else 0 for activity in Activity}

    def rate(part: Activity, *whole: Activity) -> models.Rate:
        return _rate(count[part], sum(count[each] for each in whole))

    def mean(activity: Activity) -> models.Mean:
        total = acts[activity].amount if activity in acts else 0
        return models.Mean.model_validate(Mean(total, count[activity]))

    return models.ActivityFigure(
        group=_group(by, group),
        permits=models.Permits(
            filed=count[Activity.PERMIT_FILED],
            parallel=rate(Activity.PERMIT_PARALLEL, Activity.PERMIT_FILED),
            decided=count[Activity.PERMIT_DECIDED],
            in_time=rate(Activity.PERMIT_IN_TIME, Activity.PERMIT_DECIDED),
            refused=count[Activity.PERMIT_REFUSED],
            overdue=count[Activity.PERMIT_OVERDUE],
            objected=count[Activity.PERMIT_OBJECTED],
            undeclared_risks=count[Activity.UNDECLARED_RISK],
            unneeded=count[Activity.NO_PERMIT_NEEDED],
            emergencies=count[Activity.EMERGENCY_DIG],
            emergencies_unfiled=count[Activity.EMERGENCY_UNFILED],
            working=mean(Activity.PERMIT_DECIDED),
        ),
        commitments=models.Commitments(
            signed=count[Activity.COMMITMENT_SIGNED],
            withdrawn=count[Activity.COMMITMENT_WITHDRAWN],
            check_due=count[Activity.COMMITMENT_CHECK_DUE],
            checked=count[Activity.COMMITMENT_CHECKED],
            mismatched=rate(Activity.COMMITMENT_MISMATCHED, Activity.COMMITMENT_CHECKED),
            rectification_overdue=count[Activity.RECTIFICATION_OVERDUE],
            revoked=count[Activity.COMMITMENT_REVOKED],
            untrue=count[Activity.COMMITMENT_FALSE],
        ),
        materials=models.Materials(extra_attempts=count[Activity.EXTRA_MATERIAL_ATTEMPTED]),
        charges=models.Charges(
            quotes=count[Activity.QUOTE_MADE],
            quotes_blocked=rate(Activity.QUOTE_BLOCKED, Activity.QUOTE_MADE, Activity.QUOTE_BLOCKED),
            bills=count[Activity.BILL_COMPARED],
            bills_over=rate(Activity.BILL_OVER_QUOTE, Activity.BILL_COMPARED),
            bills_blocked=rate(Activity.BILL_BLOCKED, Activity.BILL_COMPARED, Activity.BILL_BLOCKED),
            supervision_items=count[Activity.SUPERVISION_ITEM_OPENED],
        ),
        urging=models.Urging(
            urged=count[Activity.URGED],
            answered=count[Activity.URGE_ANSWERED],
            in_time=rate(Activity.URGE_IN_TIME, Activity.URGE_ANSWERED),
            overdue=count[Activity.URGE_OVERDUE],
        ),
        questions=models.Questions(
            asked=count[Activity.QUESTION_ASKED],
            answered=count[Activity.QUESTION_ANSWERED],
            in_time=rate(Activity.QUESTION_IN_TIME, Activity.QUESTION_ANSWERED),
        ),
        agents=models.Agents(
            coverage=rate(Activity.AGENT_IN_TIME, Activity.AGENT_IN_TIME, Activity.AGENT_LATE),
            authorised=count[Activity.AGENT_AUTHORISED],
            guidance=count[Activity.GUIDANCE_GIVEN],
        ),
        ratings=models.Ratings(
            rated=count[Activity.RATED],
            satisfied=rate(Activity.RATED_SATISFIED, Activity.RATED),
            well_satisfied=rate(Activity.RATED_WELL_SATISFIED, Activity.RATED),
            score=mean(Activity.RATED),
        ),
    )


def live_figure(by: Sequence[str], group: Group, counts: Counts) -> models.LiveFigure:
    """Show the live cases of one group."""
    return models.LiveFigure(group=_group(by, group), **counts)


def board(found: Board, now: datetime) -> models.Board:
    """Show the board."""
    return models.Board(
        reach=reach(found.reach),
        now=now,
        live=live_figure((), (), found.live(())[0][1]),
        ended=case_figure((), (), found.ended(())[0][1]),
        this_month=case_figure((), (), found.this_month),
        **{
            f"live_by_{name}": [live_figure(by, *row) for row in found.live(by)]
            for name, by in (
                ("utility", ("utility",)),
                ("district", ("district",)),
                ("stage_and_age", ("stage", "age")),
            )
        },
        **{
            f"ended_by_{name}": [case_figure((name,), *row) for row in found.ended((name,))]
            for name in ("utility", "district", "month")
        },
        stage_hours=[_stage_hours(row) for row in found.stages],
        activities=activity_figure((), (), found.acts),
    )


def _stage_hours(row: StageRow) -> models.StageHours:
    stage, supply = row.group
    return models.StageHours(
        stage=label("stage", stage),
        supply=label("supply", supply),
        count=row.count,
        elapsed_p50=_hours(row.elapsed, 0),
        elapsed_p90=_hours(row.elapsed, 1),
        working_p50=_hours(row.working, 0),
        working_p90=_hours(row.working, 1),
    )


def _hours(durations: Durations, quantile: int) -> float:
    return round(durations.quantiles[quantile] / 60, 1)


def cases_behind(
    measure: str,
    wanted: Filter,
    rows: Sequence[Row[Any]],
    following: str | None,
    totals: Totals | None,
    present: Watermark,
) -> models.CasesBehind:
    """Show a page of a drill-down, and on the first one what the whole list adds up to."""
    name, figure = MEASURES[measure]
    return models.CasesBehind(
        items=[_case_behind(row._mapping) for row in rows],
        next=following,
        reach=reach(present),
        name=name,
        figure=figure,
        narrowed={
            dimension: label(dimension, code)
            for dimension, code in wanted.as_dict().items()
            if code is not None
        },
        totals=None if totals is None else _totals(totals),
    )


def _totals(totals: Totals) -> models.Totals:
    return models.Totals(
        cases=totals.cases,
        on_time=None if totals.on_time is None else _rate(totals.on_time, totals.cases),
        overlap_saved_minutes=totals.overlap_saved_minutes,
        acts=totals.acts,
    )


def _case_behind(row: Mapping[Any, Any]) -> models.CaseBehind:
    fact, time = case_fact.c, stage_fact.c
    stage = row[time.stage]
    return models.CaseBehind(
        case_id=row[fact.case_id],
        **{name: label(name, row[fact[name]]) for name in ("district", "utility", "supply", "length_class")},
        **{
            name: row[fact[name]]
            for name in (
                "case_number",
                "state",
                "special",
                "receipt_date",
                "due_at",
                "basis",
                "gaps",
                "ended_at",
            )
        },
        on_time=row["verdict"],
        overlap_saved_minutes=row["overlap_saved"],
        open_stages=[label("stage", code) for code in row[fact.open_stages].split(",") if code],
        stage=None if stage is None else label("stage", stage),
        elapsed_minutes=row[time.elapsed],
        working_minutes=row[time.working],
    )


def definitions(judged_under: Sequence[tuple[str, str]]) -> models.Definitions:
    """Show what the figures mean."""
    return models.Definitions(
        items=[models.Definition(**each._asdict()) for each in DEFINITIONS],
        judged_under=[
            models.JudgedUnder(policy_version=version, reading=label("reading", reading))
            for version, reading in judged_under
        ],
    )
