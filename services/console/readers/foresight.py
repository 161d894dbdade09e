"""What the console reads of the hookup API's forecasts, what-if and B-READY; whatever else it says is passed over."""

from datetime import datetime

import msgspec

from services.console.readers.hookup import CaseRow


class Chance(msgspec.Struct, frozen=True):
    """A chance, as it is shown."""

    percent: str


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """The chance of a case and what it rests on; None where nothing can be said, then `basis` says why."""

    chance: Chance | None
    sample: int
    level: str | None
    basis: str


class CaseForecast(Forecast, frozen=True, kw_only=True):
    """The forecast of one case, and how it is worked out."""

    method: str


class ForecastRow(CaseRow, frozen=True, kw_only=True):
    """A running case and its forecast."""

    forecast: Forecast


class ForecastPage(msgspec.Struct, frozen=True):
    """One page of running cases."""

    items: tuple[ForecastRow, ...]
    next: str | None = None


class ConnectionDays(msgspec.Struct, frozen=True, kw_only=True):
    """The calendar days that water connections took, None where there is none; `name` is a utility's."""

    name: str = "合计"
    connections: int
    special: int
    mean: str | None
    median: str | None


class BReady(msgspec.Struct, frozen=True):
    """Time to obtain a water connection, by utility."""

    definition: str
    total: ConnectionDays
    utilities: tuple[ConnectionDays, ...]


class Share(msgspec.Struct, frozen=True):
    """A rate, as it is shown; no percentage where there is nothing to divide by."""

    percent: str | None


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """The differences between the rules that cases were judged by and others; `name` is a utility's."""

    name: str = "合计"
    cases: int
    on_time_before: int
    on_time_then: int
    became_on_time: int
    became_late: int
    rate_before: Share
    rate_then: Share


class ChangedCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case whose verdict would be another."""

    id: str
    number: str
    utility: str
    length_class: str
    finished_at: datetime
    due_before: datetime
    due_then: datetime
    on_time_then: bool


class WhatIfReport(msgspec.Struct, frozen=True):
    """The differences."""

    total: Difference
    utilities: tuple[Difference, ...]
    changed: tuple[ChangedCase, ...]
