"""The rules in force: policy versions and the working calendar, kept in memory and looked at again now and then."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from fractions import Fraction
from time import monotonic
from typing import Generic, TypeVar

import msgspec

from libs.common.calendar import calendar_version, read_calendar
from libs.common.clock import local
from libs.common.database.engine import Database
from libs.common.places import Service
from libs.common.policy import Policies, PolicyVersion, stored_policies
from libs.common.workdays import WorkCalendar
from services.hookup.domain.case import Case
from services.hookup.domain.case_parts import Rules
from services.hookup.domain.charges import FeeCatalogue
from services.hookup.domain.clock_policy import BreachApproval, ClockPolicy, StopEvent
from services.hookup.domain.lengths import LengthClass
from services.hookup.domain.limits import LimitPolicy, Reading
from services.hookup.domain.materials import MaterialPolicy
from services.hookup.domain.permit_modes import ModePolicy
from services.hookup.domain.service_policy import ServicePolicy
from services.hookup.storage import agents, catalogue, material_lists, permit_modes

LIMITS = "hookup_limits"
SERVICE = "hookup_service"
CLOCK = "hookup_clock"
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


class _ServiceBody(msgspec.Struct, forbid_unknown_fields=True):
    permit_workdays: int
    parallel_workdays: int
    check_after_works_workdays: int
    check_latest_workdays: int
    rectify_workdays: int
    commitment_terms: str
    agent_office_minutes: int
    reminder_percent: int
    urge_workdays: int
    question_workdays: int
    # How much of them one case takes; versions from before these bounds do not name them.
    most_questions: int = 50
    most_open_questions: int = 5
    most_urges: int = 50


class _ClockBody(msgspec.Struct, forbid_unknown_fields=True):
    stop_event: StopEvent
    in_time_workdays: int
    approval_workdays: int
    breach_approval: BreachApproval
    ceiling_workdays: dict[Service, int]


def service_policy(version: PolicyVersion) -> ServicePolicy:
    """Read a stored version as the domain's policy. Raises ValueError when its body is not right."""
    body = msgspec.structs.asdict(msgspec.convert(version.body, _ServiceBody))
    share = Fraction(body.pop("reminder_percent"), 100)
    return ServicePolicy(version=version.version, reminder_share=share, **body)


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


def clock_policy(version: PolicyVersion) -> ClockPolicy:
    """Return a version as the domain's policy. Raises ValueError when its body is not right."""
    body = msgspec.convert(version.body, _ClockBody)
    return ClockPolicy(
        version=version.version,
        stop_event=body.stop_event,
        in_time_workdays=body.in_time_workdays,
        approval_workdays=body.approval_workdays,
        breach_approval=body.breach_approval,
        ceiling_workdays=body.ceiling_workdays,
    )


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Versions(Generic[T]):
    """All versions of one policy, read."""

    policies: Policies
    called: Mapping[str, T]

    def at(self, day: date) -> T:
        """Return the version in force on a day. Raises PolicyError when there is none."""
        return self.called[self.policies.at(day).version]


async def _versions(database: Database, policy: str, read: Callable[[PolicyVersion], T]) -> Versions[T]:
    policies = await stored_policies(database, policy)
    return Versions(policies, {each.version: read(each) for each in policies.versions})


class RuleBook:
    """Gives each case the policy versions that it was accepted under, the present calendar and agents."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._limits: Versions[LimitPolicy] = Versions(Policies([]), {})
        self._service: Versions[ServicePolicy] = Versions(Policies([]), {})
        self._clock: Versions[ClockPolicy] = Versions(Policies([]), {})
        self._fees: Versions[FeeCatalogue] = Versions(Policies([]), {})
        self._materials: Versions[MaterialPolicy] = Versions(Policies([]), {})
        self._permits: Versions[ModePolicy] = Versions(Policies([]), {})
        self._agents: Mapping[str, tuple[str, ...]] = {}
        self._calendar: WorkCalendar | None = None
        self._look_again_at = 0.0
        self._looking = asyncio.Lock()

    async def refresh(self) -> None:
        """Look whether anything has changed, at most every half minute of the machine's time."""
        if monotonic() < self._look_again_at:
            return
        async with self._looking:
            if monotonic() >= self._look_again_at:
                await self.reload()
                self._look_again_at = monotonic() + LOOK_AGAIN_SECONDS

    async def reload(self) -> None:
        """Read policies, agents and calendar now."""
        self._limits = await _versions(self._database, LIMITS, limit_policy)
        self._service = await _versions(self._database, SERVICE, service_policy)
        self._clock = await _versions(self._database, CLOCK, clock_policy)
        self._fees = await _versions(self._database, catalogue.POLICY, catalogue.fee_catalogue)
        self._materials = await _versions(
            self._database, material_lists.POLICY, material_lists.material_policy
        )
        self._permits = await _versions(self._database, permit_modes.POLICY, permit_modes.mode_policy)
        async with self._database.reading() as connection:
            self._agents = await agents.all_agents(connection)
            version = await calendar_version(connection)
            if self._calendar is None or self._calendar.version != version:
                self._calendar = await read_calendar(connection)

    @property
    def first_day(self) -> date:
        """The first day on which every policy has a version: what began before goes by the versions of that day."""
        books = (self._limits, self._service, self._materials)
        return max(each.policies.versions[0].valid_from for each in books)

    @property
    def calendar(self) -> WorkCalendar:
        """The calendar as it was last read."""
        if self._calendar is None:
            raise RuntimeError("the rule book was not read yet")
        return self._calendar

    def at(self, day: date) -> Rules:
        """Return the rules for what begins on a day. Raises PolicyError when no version is in force."""
        return self._rules(self._limits.at(day), day)

    def limits(self, version: str) -> LimitPolicy | None:
        """Return a version of the limits by its name, in force or not; None for an unknown one."""
        return self._limits.called.get(version)

    def fees(self, day: date) -> FeeCatalogue:
        """Return the fee catalogue of a day: charges go by their own day, whatever their case's rules are."""
        return self._fees.at(day)

    def materials(self, day: date) -> MaterialPolicy:
        """Return the material lists of a day."""
        return self._materials.at(day)

    def permits(self, day: date) -> ModePolicy:
        """Return the table of permit modes of a day."""
        return self._permits.at(day)

    def of(self, case: Case) -> Rules:
        """Return the rules of a case: those it was accepted under, else those of its submission."""
        # A ledger's case may have begun before there were rules.
        day = max(local(case.submitted_at).date(), self.first_day)
        if case.policy_version is not None:
            return self._rules(self._limits.called[case.policy_version], day)
        return self.at(day)

    def _rules(self, limits: LimitPolicy, day: date) -> Rules:
        return Rules(
            limits,
            self.calendar,
            self._service.at(day),
            self._clock.at(day),
            self._agents,
            self._materials.at(day),
            self._permits.at(day),
        )
