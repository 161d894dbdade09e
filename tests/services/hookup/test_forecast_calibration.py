"""Forecasts keep their word: on the year 2022 of the example city, each from cases that had closed before it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from math import sqrt

import pytest

from libs.common.clock import SHANGHAI
from services.hookup.dev.ledger_example import city as example_city
from services.hookup.dev.ledger_example import year as example_year
from services.hookup.dev.ledger_example.city import CUT
from services.hookup.dev.ledger_example.ending import as_of
from services.hookup.domain.case import Case
from services.hookup.domain.reports.forecast import Level, forecast
from services.hookup.domain.reports.ledger_row import LedgerRow
from services.hookup.domain.values.tracks import Trajectory, track
from services.hookup.ledger.replay import replay
from services.hookup.storage.past_cases import MOST_CASES

# Every fifth day, so that each day of the week has its turn, from when there is something to compare with.
CUTS = [
    datetime.combine(date(2022, 3, 1) + timedelta(days=n), time(10), SHANGHAI).astimezone(UTC)
    for n in range(0, 300, 5)
]


@dataclass(frozen=True)
class Told:
    """What was said of a case, and what came of it."""

    chance: float
    level: Level
    kept: bool


Like = tuple[Level, str, str, str]


def likes(case: Case) -> dict[Level, Like]:
    codes = {Level.UTILITY: case.utility, Level.DISTRICT: case.district, Level.CITY: ""}
    return {level: (level, code, case.supply, case.length_class) for level, code in codes.items()}


@pytest.fixture(scope="module")
def told() -> list[Told]:
    """Return every forecast of the year."""
    city = example_city.city()
    rows = list(example_year.rows(city))
    cases = [replay(row, city.rules, CUT, "test")[0] for row in rows]
    closed = sorted(
        (each for each in cases if each.on_time is not None and each.on_time.judged is not None),
        key=lambda each: each.finished_at or each.submitted_at,
        reverse=True,
    )
    tracks = {
        each.id: track(each.stages, each.spans, each.meter_live_at, each.finished_at, city.rules)
        for each in closed
        if each.meter_live_at is not None and each.finished_at is not None
    }

    def as_it_was(row: LedgerRow, cut: datetime) -> Case:
        return replay(replace(as_of(row, cut), ended_at=None), city.rules, cut, "test")[0]

    found = []
    for cut in CUTS:
        past: dict[Like, list[Trajectory]] = defaultdict(list)
        for each in closed:
            if each.finished_at is not None and each.finished_at < cut:
                for like in likes(each).values():
                    past[like].append(tracks[each.id])
        for row, each in zip(rows, cases, strict=True):
            if (
                each.on_time is None
                or each.finished_at is None
                or not row.submitted_at < cut < each.finished_at
            ):
                continue
            case = as_it_was(row, cut)
            known: dict[Level, Sequence[Trajectory]] = {
                level: past[like][:MOST_CASES] for level, like in likes(case).items()
            }
            said = forecast(case, known, cut, city.rules)
            if said.chance is not None and said.level is not None and each.on_time.judged is not None:
                found.append(Told(float(said.chance), said.level, each.on_time.judged))
    return found


def share(told: Sequence[Told]) -> float:
    return sum(each.kept for each in told) / len(told)


def mean(told: Sequence[Told]) -> float:
    return sum(each.chance for each in told) / len(told)


def test_of_those_given_80_to_90_percent_75_to_95_percent_make_it(told: list[Told]) -> None:
    band = [each for each in told if 0.8 <= each.chance < 0.9]
    assert len(band) > 300
    assert 0.75 <= share(band) <= 0.95


def test_every_tenth_with_enough_forecasts_is_what_it_said_but_for_chance(told: list[Told]) -> None:
    tenths: dict[int, list[Told]] = defaultdict(list)
    for each in told:
        tenths[min(9, int(each.chance * 10))].append(each)
    weighed = {tenth: band for tenth, band in sorted(tenths.items()) if len(band) >= 20}
    assert len(weighed) == 10
    for tenth, band in weighed.items():
        said, kept = mean(band), share(band)
        error = sqrt(said * (1 - said) / len(band))
        assert abs(said - kept) <= 3 * error, (tenth, len(band), said, kept)


def test_in_all_neither_hope_nor_gloom(told: list[Told]) -> None:
    assert len(told) > 2_000
    assert abs(mean(told) - share(told)) <= 0.03
    for level in (Level.UTILITY, Level.CITY):
        band = [each for each in told if each.level is level]
        assert len(band) > 100
        assert abs(mean(band) - share(band)) <= 0.05


def test_a_chance_tells_cases_apart(told: list[Told]) -> None:
    # Saying the year's average of every case would be calibrated too, and worth nothing.
    base = share(told)
    brier = sum((each.chance - each.kept) ** 2 for each in told) / len(told)
    assert brier < 0.85 * base * (1 - base)
