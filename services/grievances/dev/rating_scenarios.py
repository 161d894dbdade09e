"""Ratings that bring about every event that the service promises of them."""

from dataclasses import replace
from datetime import datetime, timedelta

from libs.common.aggregate import Actor
from libs.common.calendars.workdays import BusinessCalendar, WorkCalendar
from libs.common.clock import local
from libs.common.places import Supply
from libs.development.identity import identity
from services.grievances.domain.ratings import acts
from services.grievances.domain.ratings.amendment import apply_calendar, expiry_of
from services.grievances.domain.ratings.parts import Grade, Sender
from services.grievances.domain.ratings.rating import Rating
from services.grievances.domain.ratings.values import (
    AppealGround,
    Ending,
    RatedService,
    RatingChannel,
    Signal,
)
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.codes import Level

UTILITY, DISTRICT = "W-371502", "371502"
CLERK, DESK, COUNTY, CITY = "u-W-371502", "u-371502-hall", "u-371502", "u-city"


def invited(number: int, rules: Rules, at: datetime) -> Rating:
    """Return a rating of a hookup that ended at an instant."""
    item = Rating(
        id=identity(f"rating/{number}"),
        service=RatedService.HOOKUP,
        thing_id=identity(f"hookup/{number}"),
        thing_number=f"{UTILITY}-20250303-{number:04d}",
        cycle=1,
        ending=Ending.DONE,
        kind=Supply.WATER,
        district=DISTRICT,
        served_at=at,
        utility=UTILITY,
        supply=Supply.WATER,
        handler=CLERK,
        expires_at=expiry_of(at, rules),
        policy_version=rules.ratings.version,
        good_from=rules.ratings.good_from,
    )
    item.actor = Actor(at)
    item.invite()
    return item


def rated(number: int, rules: Rules, at: datetime, grade: int) -> Rating:
    """Return a rating that its person has given by a link."""
    item = invited(number, rules, at)
    item.give(by_link(grade, at + timedelta(hours=1)), rules)
    return item


def by_link(grade: int, at: datetime) -> Grade:
    """Return a grade that came by a link."""
    return Grade(grade, at, None, RatingChannel.LINK, sender=Sender("device", "network"))


def _act(item: Rating, at: datetime, subject: str, unit: str) -> None:
    item.actor = Actor(at, subject, unit=unit)


def ratings(rules: Rules, at: datetime) -> list[Rating]:
    """Return ratings that bring about every event."""
    return [
        _excluded(rules, at),
        _late(rules, at),
        _sampled(rules, at),
        _moved(rules, at),
    ]


def _excluded(rules: Rules, at: datetime) -> Rating:
    """Linked, given, called back, rectified, appealed against at both levels."""
    item, later = invited(1, rules, at), at + timedelta(hours=2)
    _act(item, at, DESK, f"district:{DISTRICT}")
    item.note_link(DESK, at)
    item.actor = Actor(later)
    item.give(by_link(1, later), rules)
    _act(item, later, COUNTY, f"district:{DISTRICT}")
    acts.call_back(item, later, rules, reached=True, genuine=True, note=None)
    _act(item, later, CLERK, f"utility:{UTILITY}")
    acts.rectify(item, "已上门检修并致歉", later)
    acts.appeal(item, AppealGround.MISTAKEN, "评价的是另一件", later, rules)
    _act(item, later, COUNTY, f"district:{DISTRICT}")
    acts.decide_appeal(item, Level.COUNTY, "与回访记录一致", later, granted=True)
    _act(item, later, CITY, "city")
    acts.decide_appeal(item, Level.CITY, "同意", later, granted=True)
    return item


def _late(rules: Rules, at: datetime) -> Rating:
    """Bad and changed, of which nothing is done in time."""
    item = rated(2, rules, at, 1)
    item.change(by_link(5, at + timedelta(hours=2)), rules)
    item.suspect({Signal.SAME_DEVICE}, at + timedelta(hours=3))
    late = at + timedelta(days=30)
    item.actor = Actor(late)
    item.catch_up(late, rules)
    return item


def _sampled(rules: Rules, at: datetime) -> Rating:
    """Good, and in the sample."""
    every = replace(rules, ratings=replace(rules.ratings, sample_permille=1000))
    item = rated(3, every, at, 5)
    _act(item, at + timedelta(hours=2), COUNTY, f"district:{DISTRICT}")
    acts.call_back(item, at + timedelta(hours=2), rules, reached=True, genuine=False, note=None)
    return item


def _moved(rules: Rules, at: datetime) -> Rating:
    """Not rated; a day of the term becomes one of rest."""
    item = invited(4, rules, at)
    rest = rules.calendar.next_workday(local(at).date())
    days = WorkCalendar({rest: False}, (2025,), version=2)
    apply_calendar(item, at, replace(rules, calendar=BusinessCalendar(days, rules.calendar.close)))
    late = at + timedelta(days=30)
    item.actor = Actor(late)
    item.catch_up(late, rules)
    return item
