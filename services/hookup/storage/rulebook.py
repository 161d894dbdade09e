"""The rules in force: policy versions and the working calendar, kept in memory and looked at again now and then."""

import asyncio
from datetime import date, time
from time import monotonic

import msgspec

from libs.common.calendar import calendar_version, read_calendar
from libs.common.clock import local
from libs.common.database.engine import Database
from libs.common.places import Service
from libs.common.policy import Policies, PolicyVersion, stored_policies
from libs.common.workdays import WorkCalendar
from services.hookup.domain.case import Case, Rules
from services.hookup.domain.lengths import LengthClass
from services.hookup.domain.limits import LimitPolicy, Reading

POLICY = "hookup_limits"
LOOK_AGAIN_SECONDS = 30.0


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    judged: Reading
    limit_days: dict[Service, dict[LengthClass, int]]
    planned_days: dict[Service, int]
    short_max_dm: int
    medium_max_dm: int
    business_hours: list[tuple[time, time]]
    confirmation_hours: int
    correction_workdays: int
    answer_workdays: int
    retroactive_pause_workdays: int
    permit_filing_workdays: int
    handover_workdays: int
    warning_workdays: int


def limit_policy(version: PolicyVersion) -> LimitPolicy:
    """Read a stored version as the domain's policy. Raises ValueError when its body is not right."""
    body = msgspec.convert(version.body, _Body)
    return LimitPolicy(
        version=version.version,
        judged=body.judged,
        limit_days={
            (service, length_class): days
            for service, classes in body.limit_days.items()
            for length_class, days in classes.items()
        },
        planned_days=body.planned_days,
        short_max_dm=body.short_max_dm,
        medium_max_dm=body.medium_max_dm,
        business_hours=tuple(body.business_hours),
        confirmation_hours=body.confirmation_hours,
        correction_workdays=body.correction_workdays,
        answer_workdays=body.answer_workdays,
        retroactive_pause_workdays=body.retroactive_pause_workdays,
        permit_filing_workdays=body.permit_filing_workdays,
        handover_workdays=body.handover_workdays,
        warning_workdays=body.warning_workdays,
    )


class RuleBook:
    """Gives each case the policy version that it was accepted under, and the present calendar."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._policies = Policies([])
        self._parsed: dict[str, LimitPolicy] = {}
        self._calendar: WorkCalendar | None = None
        self._look_again_at = 0.0
        self._looking = asyncio.Lock()

    async def refresh(self) -> None:
        """Look whether policies or calendar have changed, at most every half minute of the machine's time."""
        if monotonic() < self._look_again_at:
            return
        async with self._looking:
            if monotonic() >= self._look_again_at:
                await self.reload()
                self._look_again_at = monotonic() + LOOK_AGAIN_SECONDS

    async def reload(self) -> None:
        """Read policies and calendar now."""
        self._policies = await stored_policies(self._database, POLICY)
        self._parsed = {each.version: limit_policy(each) for each in self._policies.versions}
        async with self._database.reading() as connection:
            version = await calendar_version(connection)
            if self._calendar is None or self._calendar.version != version:
                self._calendar = await read_calendar(connection)

    @property
    def calendar(self) -> WorkCalendar:
        """The calendar as it was last read."""
        if self._calendar is None:
            raise RuntimeError("the rule book was not read yet")
        return self._calendar

    def at(self, day: date) -> Rules:
        """Return the rules for what begins on a day. Raises PolicyError when no version is in force."""
        return Rules(self._parsed[self._policies.at(day).version], self.calendar)

    def of(self, case: Case) -> Rules:
        """Return the rules of a case: those it was accepted under, else those of its submission."""
        if case.policy_version is not None:
            return Rules(self._parsed[case.policy_version], self.calendar)
        return self.at(local(case.submitted_at).date())
