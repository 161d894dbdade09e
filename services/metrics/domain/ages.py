"""How long open cases have been with the utility: classes of calendar days since the receipt date."""

from datetime import date, datetime, timedelta

from libs.common.clock import local, midnight

# Class and its last day; the limits of 3, 5 and 10 days are borders (HK-02).
AGES = (("0-3", 3), ("4-5", 5), ("6-10", 10), ("11-20", 20))
OLDEST = "over-20"
NOT_ACCEPTED = "not-accepted"
AGE_NAMES = {
    NOT_ACCEPTED: "未受理",
    "0-3": "0—3天",
    "4-5": "4—5天",
    "6-10": "6—10天",
    "11-20": "11—20天",
    OLDEST: "超过20天",
}


def age_of(receipt_date: date | None, today: date) -> str:
    """Return the class of a case that was received on a day; one that is not accepted has no age."""
    if receipt_date is None:
        return NOT_ACCEPTED
    days = (today - receipt_date).days
    return next((name for name, last in AGES if days <= last), OLDEST)


def end_of_day(instant: datetime) -> datetime:
    """Return the midnight, in UTC, that ends the instant's day in Shanghai."""
    return midnight(local(instant).date() + timedelta(days=1))


def month_of(instant: datetime) -> str:
    """Return the month in Shanghai, as 2022-10."""
    wall = local(instant)
    return f"{wall.year:04d}-{wall.month:02d}"


def months_of(period: str, now: datetime) -> tuple[str, str]:
    """Return the first and the last month of a period in Shanghai: this `month`, this `year` or `last-year`."""
    year = local(now).year - (period == "last-year")
    return (month_of(now),) * 2 if period == "month" else (f"{year}-01", f"{year}-12")
