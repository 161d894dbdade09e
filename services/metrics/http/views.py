"""Figures as the API shows them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row

from libs.common.telemetry import CONSUMER_LAG
from services.metrics.contributions import Cell
from services.metrics.declare import Duration, Figure, Mean, Panel, Rate, Share, Source
from services.metrics.domain import rates
from services.metrics.domain.histogram import Minutes
from services.metrics.domain.names import READING_NAMES
from services.metrics.domain.ranking import ranked
from services.metrics.events.handlers import subscription_name
from services.metrics.http import models
from services.metrics.storage.conditions import Filter
from services.metrics.storage.drill_down import Quantile, Totals
from services.metrics.storage.figures import Group, Tally
from services.metrics.storage.shards import Watermark
from services.metrics.storage.tables import duration, subject

PERCENTS = (50, 90, 99)


def label(source: Source, dimension: str, code: str) -> models.Label:
    """Show a code with its name; a month is its own name."""
    name = code if dimension == "month" else source.dimension(dimension).name_of(code)
    return models.Label(code=code, name=name)


def reach(source: Source, present: Watermark) -> models.Reach:
    """Show how far the figures of a source reach."""
    shown = models.Reach.model_validate(present)
    lags = [
        int(sample.value)
        for metric in CONSUMER_LAG.collect()
        for sample in metric.samples
        if sample.labels["subscription"] == subscription_name(source)
    ]
    return shown.model_copy(update={"lag": sum(lags) if lags else None})


def rows(source: Source, panel: Panel, groups: Mapping[Group, Tally]) -> list[models.Row]:
    """Show the figures of groups, ranked where the panel says so."""
    shown = {
        group: models.Row(
            group={name: label(source, name, code) for name, code in zip(panel.by, group, strict=True)},
            figures={code: _value(source.by_code[code], tally) for code in panel.codes},
        )
        for group, tally in groups.items()
    }
    if not panel.ranked:
        return list(shown.values())
    figure = source.rate(panel.ranked)
    places = ranked({code: _rate(figure, groups[code,].counts) for (code,) in groups})
    return [
        shown[place.code,].model_copy(update={"rank": place.rank, "is_small": place.is_small})
        for place in places
    ]


def _value(figure: Figure, tally: Tally) -> models.Value:
    counts = tally.counts
    match figure:
        case Rate(from_ledger=ledger):
            rate = _rate(figure, counts)
            shown = models.Rate(
                numerator=rate.numerator,
                denominator=rate.denominator,
                percent=rate.percent,
                from_ledger=counts.get(ledger, 0) if ledger else None,
            )
            return _share(figure, rate, shown) if isinstance(figure, Share) else shown
        case Mean(total=total, count=count):
            mean = rates.Mean(counts.get(total, 0), counts.get(count, 0))
            return models.Mean(total=mean.total, count=mean.count, mean=mean.mean)
        case Duration(code=code):
            cell = tally.times.get(code, Cell())
            return models.Duration(
                count=cell.elapsed.count, elapsed=_minutes(cell.elapsed), working=_minutes(cell.working)
            )
    return counts.get(figure.code, 0)


def _rate(figure: Rate, counts: Mapping[str, int]) -> rates.Rate:
    return rates.Rate(counts.get(figure.part, 0), sum(counts.get(code, 0) for code in figure.of))


def _share(figure: Share, rate: rates.Rate, shown: models.Rate) -> models.Share:
    interval = rate.interval
    return models.Share(
        **shown.model_dump(),
        meets=rate.reaches(figure.target),
        interval=interval
        and models.Interval(low=f"{100 * interval.low:.2f}", high=f"{100 * interval.high:.2f}"),
    )


def _minutes(minutes: Minutes) -> models.Minutes | None:
    if not minutes.count:
        return None
    # A finer step than the error of 1 % at any duration, so that rounding does not add to it.
    p50, p90, p99 = (round(value, 3) for value in minutes.quantiles(PERCENTS))
    return models.Minutes(
        sum=minutes.total, min=minutes.least, max=minutes.greatest, p50=p50, p90=p90, p99=p99
    )


def list_behind(
    source: Source,
    code: str,
    wanted: Filter,
    listed: Sequence[Row[Any]],
    following: str | None,
    totals: Totals | None,
    counted: Quantile | None,
    present: Watermark,
    now: datetime,
) -> models.ListBehind:
    """Show a page of a drill-down, and on the first one what the whole list adds up to."""
    figure = source.by_code[code]
    return models.ListBehind(
        items=[_behind(source, row, counted, place) for place, row in enumerate(listed)],
        next=following,
        reach=reach(source, present),
        now=now,
        name=figure.title,
        figure=figure.explained_by or figure.code,
        unit=figure.unit,
        narrowed={
            name: label(source, name if name in wanted.codes else "month", narrowed)
            for name, narrowed in wanted.as_dict().items()
            if narrowed is not None
        },
        totals=totals and _totals(source, figure, totals),
        quantile=counted
        and models.Quantile(**{name: getattr(counted, name) for name in models.Quantile.model_fields}),
    )


def _totals(source: Source, figure: Figure, totals: Totals) -> models.Totals:
    part = name = None
    if totals.part is not None and isinstance(figure, Rate):
        name = source.count(figure.part).title
        rate = rates.Rate(totals.part, totals.subjects if totals.number is None else totals.number)
        part = models.Rate(numerator=rate.numerator, denominator=rate.denominator, percent=rate.percent)
    return models.Totals(subjects=totals.subjects, number=totals.number, part=part, part_name=name)


def _behind(source: Source, row: Row[Any], counted: Quantile | None, place: int) -> models.Behind:
    """Show a subject; `place` is that on its page, counted from 0."""
    values = row._mapping
    by, dims = values[duration.c.by], values[subject.c.dims]
    return models.Behind(
        id=values[subject.c.subject_id],
        number=values[subject.c.number],
        dims={name: label(source, name, code) for name, code in zip(source.dim_names, dims, strict=True)},
        facts=dict(source.shown(msgspec.convert(values[subject.c.facts], source.facts))),
        adds=values["adds"],
        in_part=None if values["in_part"] is None else values["in_part"] > 0,
        by=None if by is None else label(source, source.durations[0].by, by),
        round=values[duration.c.round],
        elapsed_minutes=values[duration.c.elapsed],
        working_minutes=values[duration.c.working],
        position=counted and counted.first + place,
        at_quantile=counted is not None and values[duration.c[counted.time]] == counted.minutes,
    )


def definitions(source: Source, judged_under: Sequence[tuple[str, str]]) -> models.Definitions:
    """Show what the figures of a source mean."""
    figures: list[Figure] = []
    for figure in source.figures:
        if not figure.explained_by:
            figures.append(figure)
        if isinstance(figure, Duration):
            figures += [figure.elapsed, figure.working]
    return models.Definitions(
        items=[
            models.Definition(
                code=figure.code,
                name=figure.name,
                unit=figure.unit,
                numerator=figure.means,
                denominator=figure.per,
                exclusions=figure.excludes,
                clause=figure.clause,
            )
            for figure in figures
        ],
        judged_under=[
            models.JudgedUnder(
                policy_version=version,
                reading=models.Label(code=reading, name=READING_NAMES.get(reading, reading)),
            )
            for version, reading in judged_under
        ],
    )
