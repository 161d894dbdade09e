"""Days and months in Shanghai, and instants as facts keep them."""

from datetime import datetime, timedelta

from libs.common.clock import local, midnight


def end_of_day(instant: datetime) -> datetime:
    """Return the midnight, in UTC, that ends the instant's day in Shanghai."""
    return midnight(local(instant).date() + timedelta(days=1))


def micros(instant: datetime) -> int:
    """Return an instant as microseconds since 1970."""
    return int(instant.timestamp()) * 1_000_000 + instant.microsecond


def month_of(instant: datetime) -> str:
    """Return the month in Shanghai, as 2022-10."""
    wall = local(instant)
    return f"{wall.year:04d}-{wall.month:02d}"


def months_of(period: str, now: datetime) -> tuple[str, str]:
    """Return the first and the last month of a period in Shanghai: this `month`, this `year` or `last-year`."""
    year = local(now).year - (period == "last-year")
    return (month_of(now),) * 2 if period == "month" else (f"{year}-01", f"{year}-12")
