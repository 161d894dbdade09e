"""What the tests of the hookup domain share: vectors, the limits of the notice, short ways to write time."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from libs.common.calendars.seed import published_calendar
from libs.common.clock import SHANGHAI
from libs.common.places import Supply
from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.limits import LimitPolicy, Reading

VECTORS: Mapping[str, Any] = json.loads((Path(__file__).parents[3] / "vectors.json").read_bytes())
HOURS = ((time(8, 30), time(12, 0)), (time(13, 30), time(17, 30)))
CALENDAR = published_calendar().closing(HOURS[-1][1])
DAYS = {LengthClass.L0_NONE: 3, LengthClass.L1_LE50: 5, LengthClass.L2_LE200: 10}


def policy_judging(reading: Reading) -> LimitPolicy:
    """The limits of HK-02 under one reading of 天."""
    limits = {(service, kind): n for service in (Supply.WATER, Supply.GAS) for kind, n in DAYS.items()}
    planned = {Supply.HEAT: 8}
    return LimitPolicy("test", judged=reading, limit_days=limits, planned_days=planned, business_hours=HOURS)


POLICY = policy_judging(Reading.CALENDAR_ROLL)


def at(text: str) -> datetime:
    """An instant in UTC, written as Shanghai's wall clock unless it carries an offset."""
    instant = datetime.fromisoformat(text)
    return (instant if instant.tzinfo else instant.replace(tzinfo=SHANGHAI)).astimezone(UTC)


def days(*texts: str) -> frozenset[date]:
    """A set of days."""
    return frozenset(map(date.fromisoformat, texts))
