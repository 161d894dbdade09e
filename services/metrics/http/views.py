"""Figures as the API shows them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from libs.common.telemetry import CONSUMER_LAG
from services.metrics.domain.activities import ENTRIES, Activity
from services.metrics.domain.definitions import DEFINITIONS
from services.metrics.domain.facts import READINGS, ratings_of
from services.metrics.domain.measures import MEASURES
from services.metrics.domain.names import name_of
from services.metrics.domain.ranking import ranked
from services.metrics.domain.rates import Mean, Rate
from services.metrics.domain.satisfaction import GRADE_NAMES, TARGET
from services.metrics.events.handlers import HOOKUP
from services.metrics.http import models
from services.metrics.storage.conditions import Filter
from services.metrics.storage.drill_down import Quantile, Totals
from services.metrics.storage.queries import Acts, Counts, Durations, Group, StageRow
from services.metrics.storage.tables import case_fact, stage_time
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


def _case_rate(rate: Rate, from_ledger: int) -> models.CaseRate:
    return models.CaseRate(
        numerator=rate.numerator, denominator=rate.denominator, percent=rate.percent, from_ledger=from_ledger
    )


def _satisfaction(rate: Rate, from_ledger: int) -> models.Satisfaction:
    interval = rate.interval
    shown = interval and models.Interval(low=f"{100 * interval.low:.2f}", high=f"{100 * interval.high:.2f}")
    return models.Satisfaction(
        **_case_rate(rate, from_ledger).model_dump(), meets=rate.reaches(TARGET), interval=shown
    )


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


_PLAIN_COUNTS = (
    *("closed", "unpromised", "special_overdue", "gaps", "gap_workdays", "gap_minutes"),
    *("overlap_saved_minutes", "violations"),
    *("withdrawn", "withdrawn_overdue", "refused", "refused_overdue"),
    *("agreed_by_late_entry", "planned_by_late_entry"),
)


def case_figure(by: Sequence[str], group: Group, counts: Counts) -> models.CaseFigure:
    """Show the ended cases of one group."""

    def rate(part: str, whole: str) -> models.CaseRate:
        return _case_rate(Rate(counts[part], counts[whole]), counts[f"{whole}_ledger"])

    on_time = {reading: rate(f"limit_{reading}_on_time", f"limit_{reading}") for reading in READINGS}
    return models.CaseFigure(
        group=_group(by, group),
        from_ledger=_rate(counts["closed_ledger"], counts["closed"]),
        on_time=models.OnTime(**on_time),
        on_time_by_late_entry=counts["limit_by_late_entry"],
        agreed=rate("agreed_on_time", "agreed"),
        planned=rate("planned_on_time", "planned"),
        ceiling=rate("ceiling_kept", "ceiling"),
        special=rate("special", "closed"),
        gap_cases=rate("gap_cases", "closed"),
        ratings=_ratings(counts),
        **{name: counts[name] for name in _PLAIN_COUNTS},
    )


def _ratings(counts: Counts) -> models.Ratings:
    ratings, from_ledger = ratings_of(counts), counts["rated_ledger"]
    return models.Ratings(
        rated=ratings.rated,
        grades=[
            models.Grade(grade=grade, name=name, count=ratings.of(grade))
            for grade, name in GRADE_NAMES.items()
        ],
        satisfied=_satisfaction(ratings.satisfied, from_ledger),
        well_satisfied=_satisfaction(ratings.well_satisfied, from_ledger),
        coverage=_case_rate(Rate(ratings.rated, counts["closed"]), counts["closed_ledger"]),
        score=models.Mean.model_validate(ratings.score),
        points=models.Mean.model_validate(ratings.points),
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
            recorded=rate(Activity.PERMIT_RECORDED, Activity.PERMIT_FILED),
            objected=rate(Activity.PERMIT_OBJECTED, Activity.PERMIT_RECORDED),
            undeclared_risks=count[Activity.UNDECLARED_RISK_FOUND],
            emergency_unfiled=count[Activity.EMERGENCY_UNFILED],
            emergencies=count[Activity.EMERGENCY_DIG],
            unneeded=count[Activity.NO_PERMIT_NEEDED],
            decided=count[Activity.PERMIT_DECIDED],
            in_time=rate(Activity.PERMIT_IN_TIME, Activity.PERMIT_DECIDED),
            refused=count[Activity.PERMIT_REFUSED],
            overdue=count[Activity.PERMIT_OVERDUE],
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
        entries=_entries(acts),
        confirmations=models.Confirmations(disputed=count[Activity.METER_LIVE_DISPUTED]),
    )


def _entries(acts: Acts) -> models.Entries:
    def count(activity: Activity) -> int:
        return acts[activity].count if activity in acts else 0

    return models.Entries(
        in_time=_rate(count(Activity.ENTERED_IN_TIME), sum(map(count, ENTRIES.values()))),
        late=count(Activity.ENTERED_LATE),
        approved=count(Activity.ENTERED_APPROVED),
        requested=count(Activity.LATE_ENTRY_REQUESTED),
        declined=count(Activity.LATE_ENTRY_DECLINED),
        in_stead=count(Activity.IN_STEAD),
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
        entries_by_utility=[
            models.EntryFigure(group=_group(("utility",), group), entries=_entries(acts))
            for group, acts in found.acts_by_utility
        ],
        **{
            f"satisfaction_by_{name}": _ranked_satisfaction(name, found.ended((name,)))
            for name in ("utility", "district")
        },
    )


def _ranked_satisfaction(
    dimension: str, rows: Iterable[tuple[Group, Counts]]
) -> list[models.RankedSatisfaction]:
    counts = {code: found for (code,), found in rows}
    return [
        models.RankedSatisfaction(
            rank=each.rank,
            group=_group((dimension,), (each.code,)),
            satisfied=_satisfaction(each.rate, counts[each.code]["rated_ledger"]),
            is_small=each.is_small,
        )
        for each in ranked({code: ratings_of(found).satisfied for code, found in counts.items()})
    ]


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
    counted: Quantile | None,
    present: Watermark,
) -> models.CasesBehind:
    """Show a page of a drill-down, and on the first one what the whole list adds up to."""
    name, figure = MEASURES[measure]
    return models.CasesBehind(
        items=[_case_behind(row._mapping, counted, place) for place, row in enumerate(rows)],
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
        quantile=counted
        and models.Quantile(
            **{name: getattr(counted, name) for name in models.Quantile.model_fields},
        ),
    )


def _totals(totals: Totals) -> models.Totals:
    return models.Totals(
        cases=totals.cases,
        on_time=None if totals.on_time is None else _rate(totals.on_time, totals.cases),
        overlap_saved_minutes=totals.overlap_saved_minutes,
        acts=totals.acts,
    )


def _case_behind(row: Mapping[Any, Any], counted: Quantile | None, place: int) -> models.CaseBehind:
    """Show a case; `place` is that on its page, counted from 0."""
    fact, time = case_fact.c, stage_time.c
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
                "score",
            )
        },
        on_time=row["verdict"],
        overlap_saved_minutes=row["overlap_saved"],
        open_stages=[label("stage", code) for code in row[fact.open_stages].split(",") if code],
        by_late_entry=row["by_late_entry"],
        from_ledger=row["from_ledger"],
        left_overdue=row[fact.ended_overdue] or (row[fact.special] and row[fact.special_overdue]),
        stage=None if stage is None else label("stage", stage),
        round=row[time.round],
        elapsed_minutes=row[time.elapsed],
        working_minutes=row[time.working],
        position=counted and counted.first + place,
        at_quantile=counted is not None and row[time[counted.time]] == counted.minutes,
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
