"""What tests of grievances share: the policies that ship, the calendar of 2022, and grievances on their way."""

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timedelta
from typing import TypeVar

import pytest

from libs.common.calendars.seed import published_calendar
from libs.common.places import Supply
from libs.common.policy import PolicyKind, read_policies
from libs.common.rules import RuleError
from services.grievances.dev.scenarios import CLERK, COUNTY, DESK, UTILITY, act, call, grievance, work_on
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.kinds import GrievanceKind, ReporterKind
from services.grievances.domain.verbs import calling, handling, screening
from services.grievances.storage.policies import CATEGORY_POLICY, LIMIT_POLICY, POLICIES
from services.grievances.storage.process_policy import PROCESS_POLICY
from tests.support.service import when

T = TypeVar("T")
SHIPPED = {version.policy: version for version in read_policies(POLICIES.path)}


def shipped(kind: PolicyKind[T]) -> T:
    """Return the model of the version of a policy that ships."""
    return kind.read(SHIPPED[kind.name])


PROCESS = shipped(PROCESS_POLICY)
CALENDAR = published_calendar().closing(PROCESS.hours[-1][1])
COLLEAGUE = "u-W-371502-2"
RULES = Rules(
    shipped(LIMIT_POLICY),
    shipped(CATEGORY_POLICY),
    PROCESS,
    CALENDAR,
    {UTILITY: {CLERK: "东昌府区供水窗口", COLLEAGUE: "东昌府区供水抢修"}},
)
# A Monday, 09:00.
MONDAY = when("2022-07-04 09:00")
# Of no limit class: five working days, until the next Monday.
PRESSURE, PRESSURE_DUE = "SUPPLY-PRESSURE", when("2022-07-11 17:30")


def at(day: int, clock: str = "09:00") -> datetime:
    """Return an instant of July 2022; the 4th is a Monday."""
    return when(f"2022-07-{day:02d} {clock}")


def new(
    category: str = PRESSURE,
    kind: GrievanceKind = GrievanceKind.COMPLAINT,
    supply: Supply | None = Supply.WATER,
    since: datetime = MONDAY,
    reporter: ReporterKind = ReporterKind.NAMED,
) -> Grievance:
    """Return a grievance that waits for the desk."""
    item = grievance(1, RULES, since, kind)
    if reporter is not ReporterKind.NAMED:
        item.reporter = reporter
        item.customer_id = None if reporter is ReporterKind.ANONYMOUS else item.customer_id
    act(item, since, DESK)
    screening.reclassify(item, kind, category, supply, since, RULES)
    return item


def sent(
    category: str = PRESSURE,
    since: datetime = MONDAY,
    reporter: ReporterKind = ReporterKind.NAMED,
    helpers: tuple[str, ...] = (),
) -> Grievance:
    """Return a grievance that the desk sent to its utility as it came; the clerk acts from now on."""
    item = new(category, since=since, reporter=reporter)
    screening.dispatch(item, UTILITY, list(helpers), since, RULES)
    act(item, since, CLERK)
    return item


def signed(category: str = PRESSURE, since: datetime = MONDAY) -> Grievance:
    """Return a grievance that the utility signed for at once."""
    item = sent(category, since)
    handling.sign(item, since)
    return item


def replied(category: str = PRESSURE, since: datetime = MONDAY, *, reasonable: bool = True) -> Grievance:
    """Return a grievance that was replied to at once; the district calls back from now on."""
    item = sent(category, since)
    work_on(item, since, RULES, reasonable=reasonable)
    act(item, since, COUNTY)
    return item


def closed(since: datetime = MONDAY) -> Grievance:
    """Return a grievance whose reporter is satisfied."""
    item = replied(since=since)
    calling.call_back(item, call(1, since), RULES)
    return item


def unsatisfied(item: Grievance, since: datetime) -> None:
    """Let a grievance be called back about, by who is not satisfied."""
    act(item, since, COUNTY)
    calling.call_back(item, call(1, since, grade=1, solved=False), RULES)


def failed(since: datetime = MONDAY) -> Grievance:
    """Return a grievance that failed for the third time."""
    item = replied(since=since)
    unsatisfied(item, since)
    for _ in range(2):
        work_on(item, since, RULES)
        unsatisfied(item, since)
    return item


def names(item: Grievance) -> list[str]:
    """Return the names of what happened and was not stored."""
    return [event.event for event in item.pending_events]


def pass_until(item: Grievance, instant: datetime) -> None:
    """Let the clock act until after an instant."""
    act(item, instant, None)
    item.catch_up(instant + timedelta(seconds=2), RULES)


def refused(code: str, item: Grievance, attempt: Callable[[], None]) -> RuleError:
    """Check that something is refused with a code, and changes nothing; return the refusal."""
    before = deepcopy(item)
    with pytest.raises(RuleError) as caught:
        attempt()
    assert caught.value.code == code
    assert item == before
    return caught.value
