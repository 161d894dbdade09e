"""The clock of a laptop's city."""

import asyncio
from datetime import date, timedelta
from pathlib import Path
from time import monotonic

import pytest

from libs.common.clock import local
from libs.development import city_clock
from libs.development.city_clock import CITY_BEGINS, CityClock, morning_of


async def test_the_citys_clock_runs_fast_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    clock = CityClock(tmp_path / "clock")
    assert clock.now() == CITY_BEGINS
    running = asyncio.create_task(clock.run())
    until = monotonic() + 20
    while clock.now() < CITY_BEGINS + timedelta(hours=1):
        assert monotonic() < until, "the clock does not run"
        await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    clock.save()
    assert CityClock(tmp_path / "clock").now() == clock.now()
    assert local(clock.now()).date() == local(CITY_BEGINS).date()


def test_a_city_may_begin_on_another_day(tmp_path: Path) -> None:
    clock = CityClock(tmp_path / "clock", morning_of(date(2023, 9, 4)))
    assert local(clock.now()).isoformat() == "2023-09-04T08:00:00+08:00"
    clock.save()
    assert CityClock(tmp_path / "clock").now() == clock.now()


async def test_a_clock_that_was_suspended_does_not_leap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = CityClock(tmp_path / "clock")
    passing = iter([0.0, 3600.0])
    monkeypatch.setattr(city_clock, "monotonic", lambda: next(passing, 3600.0))
    running = asyncio.create_task(clock.run())
    until = monotonic() + 20
    while clock.now() == CITY_BEGINS:
        assert monotonic() < until, "the clock does not run"
        await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert clock.now() <= CITY_BEGINS + timedelta(seconds=CityClock.NIGHT_PACE)


def test_a_clock_that_cannot_be_kept_goes_on_from_where_it_was(tmp_path: Path) -> None:
    kept = tmp_path / "clock"
    CityClock(kept).save()
    before = kept.read_text()
    # In the way of the draft, as a full disk would be.
    kept.with_suffix(".new").mkdir()
    CityClock(kept).save()
    assert kept.read_text() == before
