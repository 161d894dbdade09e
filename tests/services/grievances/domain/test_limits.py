"""Which limit holds, and until when: every rule that ships against grievances.md, and the shortest of any."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.clock import local
from libs.common.places import Supply
from services.grievances.domain.limits import Told, deadline, holding, shortest
from services.grievances.domain.rules import Aim, LimitRule, Season, Unit
from services.grievances.domain.values.kinds import GrievanceKind as Kind
from services.grievances.domain.values.kinds import LimitClass
from tests.services.grievances.samples import CALENDAR, RULES
from tests.support.service import when

WATER, GAS, HEAT = Supply.WATER, Supply.GAS, Supply.HEAT
COLD = Told(Kind.HELP, HEAT, LimitClass.TEMPERATURE)
TEST = Told(Kind.HELP, HEAT, LimitClass.TEMPERATURE_TEST)
SUMMER, FIRST = "2022-07-04 09:00", "2022-11-15 09:00"


@pytest.mark.parametrize(
    ("told", "aim", "since", "code", "until"),
    [
        # 咨询 1, 诉求 5 working days (山东 2020); a repair 2.
        (Told(Kind.CONSULTATION, None, None), Aim.REPLY, SUMMER, "REPLY-CONSULTATION", "2022-07-05 17:30"),
        *(
            (Told(kind, WATER, None), Aim.REPLY, SUMMER, "REPLY", "2022-07-11 17:30")
            for kind in (Kind.HELP, Kind.COMPLAINT, Kind.REPORT, Kind.SUGGESTION)
        ),
        (Told(Kind.REPAIR, WATER, None), Aim.REPLY, SUMMER, "REPLY-REPAIR", "2022-07-06 17:30"),
        # Heat 3 days (§28), where that is shorter; gas 5 (§29), of which a complaint's 15 never is the shortest.
        (Told(Kind.COMPLAINT, HEAT, None), Aim.REPLY, SUMMER, "REPLY-HEAT", "2022-07-07 17:30"),
        (Told(Kind.CONSULTATION, HEAT, None), Aim.REPLY, SUMMER, "REPLY-CONSULTATION", "2022-07-05 17:30"),
        (Told(Kind.CONSULTATION, GAS, None), Aim.REPLY, SUMMER, "REPLY-CONSULTATION", "2022-07-05 17:30"),
        (Told(Kind.COMPLAINT, GAS, None), Aim.REPLY, SUMMER, "REPLY", "2022-07-11 17:30"),
        # A bill of water 3 working days, of gas as any other.
        (Told(Kind.COMPLAINT, WATER, LimitClass.BILL), Aim.REPLY, SUMMER, "REPLY-WATER-BILL", "2022-07-07 17:30"),
        (Told(Kind.COMPLAINT, GAS, LimitClass.BILL), Aim.REPLY, SUMMER, "REPLY", "2022-07-11 17:30"),
        # Restored, and tested, within 24 hours of the clock.
        (Told(Kind.HELP, GAS, LimitClass.RESTORATION), Aim.REPLY, SUMMER, "RESTORE", "2022-07-05 09:00"),
        (TEST, Aim.REPLY, SUMMER, "TEMPERATURE-TEST", "2022-07-05 09:00"),
        # Spoken to within 24 hours, on rest days too.
        (Told(Kind.HELP, None, None), Aim.CONTACT, "2022-10-01 23:50", "CONTACT", "2022-10-02 23:50"),
        # On the spot.
        (Told(Kind.REPAIR, WATER, LimitClass.NO_SUPPLY), Aim.ARRIVE, SUMMER, "ARRIVE", "2022-07-04 11:00"),
        (Told(Kind.REPAIR, WATER, LimitClass.LEAK), Aim.ARRIVE, SUMMER, "ARRIVE", "2022-07-04 11:00"),
        (Told(Kind.REPAIR, WATER, LimitClass.MAIN_BURST), Aim.ARRIVE, SUMMER, "ARRIVE-MAIN", "2022-07-04 10:00"),
        (Told(Kind.REPAIR, GAS, LimitClass.LEAK), Aim.ARRIVE, SUMMER, "ARRIVE-GAS", "2022-07-04 09:30"),
        (Told(Kind.REPAIR, GAS, LimitClass.GAS_SMELL), Aim.ARRIVE, SUMMER, "ARRIVE-GAS", "2022-07-04 09:30"),
        (Told(Kind.REPAIR, HEAT, LimitClass.LEAK), Aim.ARRIVE, SUMMER, "ARRIVE-HEAT-LEAK", "2022-07-04 10:00"),
        # Cold rooms: 5 hours in the first ten days of the season, then 2; the instant that it was told decides.
        (COLD, Aim.ARRIVE, FIRST, "ARRIVE-COLD-FIRST", "2022-11-15 14:00"),
        (COLD, Aim.ARRIVE, "2022-11-24 23:59", "ARRIVE-COLD-FIRST", "2022-11-25 04:59"),
        (COLD, Aim.ARRIVE, "2022-11-25 00:00", "ARRIVE-COLD", "2022-11-25 02:00"),
        (COLD, Aim.ARRIVE, "2023-03-15 23:00", "ARRIVE-COLD", "2023-03-16 01:00"),
    ],
)  # fmt: skip
def test_every_rule_that_ships_holds_as_its_source_says(
    told: Told, aim: Aim, since: str, code: str, until: str
) -> None:
    limit = shortest(told, aim, when(since), RULES.limits, CALENDAR)
    assert limit is not None
    assert (limit.rule, limit.until, limit.version) == (code, when(until), RULES.limits.version)


def test_a_rule_that_is_never_the_shortest_holds_all_the_same_and_all_name_a_source() -> None:
    held = [
        rule.code for rule in holding(Told(Kind.COMPLAINT, GAS, None), Aim.REPLY, when(SUMMER), RULES.limits)
    ]
    assert held == ["REPLY", "REPLY-GAS-COMPLAINT"]
    assert all(len(rule.source) >= 2 for rule in RULES.limits.rules)


@pytest.mark.parametrize("since", ["2022-11-14 23:59", "2023-03-16 00:00", SUMMER])
def test_a_cold_room_outside_of_the_season_has_no_time_for_being_on_the_spot(since: str) -> None:
    assert shortest(COLD, Aim.ARRIVE, when(since), RULES.limits, CALENDAR) is None


@pytest.mark.parametrize(
    ("day", "part"),
    [
        (date(2022, 11, 14), None),
        (date(2022, 11, 15), Season.FIRST_DAYS),
        (date(2022, 11, 24), Season.FIRST_DAYS),
        (date(2022, 11, 25), Season.LATER),
        (date(2023, 1, 1), Season.LATER),
        (date(2024, 2, 29), Season.LATER),
        (date(2023, 3, 15), Season.LATER),
        (date(2023, 3, 16), None),
    ],
)
def test_the_heating_season(day: date, part: Season | None) -> None:
    assert RULES.limits.heat.part(day) is part


@pytest.mark.parametrize(
    ("number", "unit", "since", "until"),
    [
        # The day itself never counts: before, at and after the close of business.
        (1, Unit.WORKDAYS, "2022-07-04 00:00", "2022-07-05 17:30"),
        (1, Unit.WORKDAYS, "2022-07-04 17:30", "2022-07-05 17:30"),
        (1, Unit.WORKDAYS, "2022-07-04 17:31", "2022-07-05 17:30"),
        (1, Unit.WORKDAYS, "2022-07-04 23:59", "2022-07-05 17:30"),
        # Over the weekend.
        (1, Unit.WORKDAYS, "2022-07-08 17:31", "2022-07-11 17:30"),
        (1, Unit.WORKDAYS, "2022-07-09 10:00", "2022-07-11 17:30"),
        # The holidays of October 2022 are the 1st to the 7th; Saturday the 8th and Sunday the 9th are worked.
        (1, Unit.WORKDAYS, "2022-09-30 10:00", "2022-10-08 17:30"),
        (2, Unit.WORKDAYS, "2022-09-30 10:00", "2022-10-09 17:30"),
        (5, Unit.WORKDAYS, "2022-09-30 10:00", "2022-10-12 17:30"),
        (1, Unit.WORKDAYS, "2022-10-08 10:00", "2022-10-09 17:30"),
        # A last calendar day of rest moves (§203), to a make-up Saturday too.
        (3, Unit.DAYS, "2022-07-04 10:00", "2022-07-07 17:30"),
        (3, Unit.DAYS, "2022-07-07 10:00", "2022-07-11 17:30"),
        (3, Unit.DAYS, "2022-09-30 10:00", "2022-10-08 17:30"),
        (8, Unit.DAYS, "2022-09-30 10:00", "2022-10-08 17:30"),
        # By the clock, at night and on rest days.
        (24, Unit.HOURS, "2022-10-01 02:00", "2022-10-02 02:00"),
        (30, Unit.MINUTES, "2022-12-31 23:45", "2023-01-01 00:15"),
    ],
)
def test_where_a_limit_ends(number: int, unit: Unit, since: str, until: str) -> None:
    assert deadline(number, unit, when(since), CALENDAR) == when(until)


def plain_deadline(rule: LimitRule, since: datetime) -> datetime:
    """Walk from day to day, as a person would with the calendar on the wall."""
    if rule.unit is Unit.HOURS:
        return since + timedelta(hours=rule.number)
    if rule.unit is Unit.MINUTES:
        return since + timedelta(minutes=rule.number)
    day, left = local(since).date(), rule.number
    while left:
        day += timedelta(days=1)
        left -= rule.unit is Unit.DAYS or CALENDAR.is_workday(day)
    while not CALENDAR.is_workday(day):
        day += timedelta(days=1)
    return when(f"{day:%Y-%m-%d} 17:30")


def some(values: type[Kind] | type[Supply] | type[LimitClass]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(list(values)), max_size=2)


RULE = st.builds(
    LimitRule,
    code=st.uuids().map(str),
    name=st.just("时限"),
    aim=st.sampled_from([Aim.REPLY, Aim.REPLY, Aim.ARRIVE]),
    number=st.integers(1, 60),
    unit=st.sampled_from(list(Unit)),
    source=st.just("依据"),
    kinds=some(Kind),
    supplies=some(Supply),
    classes=some(LimitClass),
)
TOLD = st.builds(
    Told,
    st.sampled_from(list(Kind)),
    st.sampled_from([None, *Supply]),
    st.sampled_from([None, *LimitClass]),
)
SINCE = st.integers(0, 3 * 366 * 24 * 60).map(lambda n: when("2022-01-01 00:00") + timedelta(minutes=n))


@given(st.lists(RULE, max_size=12), TOLD, SINCE)
def test_the_shortest_of_all_that_hold_is_the_limit(
    rules: list[LimitRule], told: Told, since: datetime
) -> None:
    found = shortest(told, Aim.REPLY, since, replace(RULES.limits, rules=tuple(rules)), CALENDAR)
    best: LimitRule | None = None
    for rule in rules:
        holds = (
            rule.aim is Aim.REPLY
            and told.kind in (rule.kinds or {told.kind})
            and told.supply in (rule.supplies or {told.supply})
            and told.limit_class in (rule.classes or {told.limit_class})
        )
        if holds and (best is None or plain_deadline(rule, since) < plain_deadline(best, since)):
            best = rule
    assert (found and found.rule) == (best and best.code)
    if found is not None and best is not None:
        assert found.until == plain_deadline(best, since) > since
