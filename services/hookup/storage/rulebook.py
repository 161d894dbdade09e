"""The rules in force: policy versions, working calendar and staff, cached in memory and refreshed periodically."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from libs.common.calendars.days import calendar_version, read_calendar
from libs.common.calendars.workdays import WorkCalendar
from libs.common.clock import local
from libs.common.database.engine import Database
from libs.common.policy import PolicyBook, PolicyKind, Versions, read_book
from libs.common.refreshing import Refreshing
from services.hookup.domain.case import Case
from services.hookup.domain.values.charges import FeeCatalogue
from services.hookup.domain.values.limits import LimitPolicy
from services.hookup.domain.values.materials import MaterialPolicy
from services.hookup.domain.values.permit_modes import ModePolicy
from services.hookup.domain.values.rules import LIMITS, Rules
from services.hookup.domain.values.staff import Staff, StaffMember
from services.hookup.domain.values.stages import Stage
from services.hookup.storage import staff
from services.hookup.storage.policies import (
    CLOCK_POLICY,
    FEE_CATALOGUE,
    KINDS,
    LIMIT_POLICY,
    MATERIAL_LIST,
    PERMIT_MODES,
    SERVICE_POLICY,
)

T = TypeVar("T")


class RuleBook(Refreshing):
    """Returns a case's rules: the policy versions that it was accepted under, the present calendar and staff."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database
        self._policies = PolicyBook(KINDS)
        self._agents: Mapping[str, tuple[str, ...]] = {}
        self._staff: Staff = {}
        self._calendar: WorkCalendar | None = None

    async def reload(self) -> None:
        """Read policies, staff and calendar now."""
        async with self._database.reading() as connection:
            self._policies = await read_book(connection, KINDS, self._policies)
            self._take_staff(await staff.all_staff(connection))
            version = await calendar_version(connection)
            if self._calendar is None or self._calendar.version != version:
                self._calendar = await read_calendar(connection)

    def _take_staff(self, units: Mapping[str, Sequence[StaffMember]]) -> None:
        self._staff = {
            unit: {member.subject: member.name for member in members} for unit, members in units.items()
        }
        agents = {
            unit: tuple(member.subject for member in members if member.is_agent)
            for unit, members in units.items()
        }
        self._agents = {unit: subjects for unit, subjects in agents.items() if subjects}

    @property
    def staff(self) -> Staff:
        """The display names of each unit's staff, by unit and subject."""
        return self._staff

    @property
    def first_day(self) -> date:
        """The first day on which every policy has a version; earlier cases use the versions of that day."""
        kinds: tuple[PolicyKind[Any], ...] = (
            LIMIT_POLICY,
            SERVICE_POLICY,
            CLOCK_POLICY,
            MATERIAL_LIST,
            PERMIT_MODES,
        )
        return max(self.versions(kind).versions[0].valid_from for kind in kinds)

    @property
    def calendar(self) -> WorkCalendar:
        """The calendar as last read."""
        if self._calendar is None:
            raise RuntimeError("the rule book was not read yet")
        return self._calendar

    def versions(self, kind: PolicyKind[T]) -> Versions[T]:
        """Return the versions of a policy."""
        return self._policies.of(kind)

    def policy(self, kind: PolicyKind[T], day: date) -> T:
        """Return a policy's model of a day. Raises NotInForceError."""
        return self._policies.of(kind).at(day)

    def at(self, day: date, *, or_first: bool = False, known_at: datetime | None = None) -> Rules:
        """Return the rules of a case that begins on a day. Raises NotInForceError when no version is in force.

        `or_first` uses the first version of each policy for the days before it: for imported ledgers. With
        `known_at`, retroactive versions that were approved later are left out.
        """

        def at(kind: PolicyKind[T]) -> T:
            return self.versions(kind).at(day, or_first=or_first, known_at=known_at)

        return Rules(
            policy=at(LIMIT_POLICY),
            days=self.calendar,
            service=at(SERVICE_POLICY),
            clock=at(CLOCK_POLICY),
            agents=self._agents,
            staff=self._staff,
            materials=at(MATERIAL_LIST),
            permits=at(PERMIT_MODES),
            of_day=lambda other: self.at(other, or_first=or_first, known_at=known_at),
        )

    def limits(self, version: str) -> LimitPolicy | None:
        """Return a version of the limits by its name, in force or not; None for an unknown one."""
        return self.versions(LIMIT_POLICY).models.get(version)

    def fees(self, day: date) -> FeeCatalogue:
        """Return the fee catalogue of a day: charges are checked by their own day, not by their case's rules."""
        return self.policy(FEE_CATALOGUE, day)

    def materials(self, day: date) -> MaterialPolicy:
        """Return the material lists of a day."""
        return self.policy(MATERIAL_LIST, day)

    def permits(self, day: date) -> ModePolicy:
        """Return the table of permit modes of a day."""
        return self.policy(PERMIT_MODES, day)

    def of(self, case: Case) -> Rules:
        """Return the rules of a case: those that it was accepted under, before that those of its submission.

        An imported case may be older than every version: then the first versions are used.
        """
        recorded = case.versions or ({LIMITS: case.policy_version} if case.policy_version else {})
        day = local(case.submitted_at).date()
        acceptance = case.stage(Stage.ACCEPT)
        known_at = acceptance.end if acceptance else None

        def own(kind: PolicyKind[T]) -> T:
            versions = self.versions(kind)
            if version := recorded.get(kind.name):
                return versions.named(version)
            # For a case accepted before versions were stored: no version that was approved afterwards.
            return versions.at(day, or_first=True, known_at=known_at)

        return Rules(
            policy=own(LIMIT_POLICY),
            days=self.calendar,
            service=own(SERVICE_POLICY),
            clock=own(CLOCK_POLICY),
            agents=self._agents,
            staff=self._staff,
            materials=own(MATERIAL_LIST),
            permits=own(PERMIT_MODES),
            of_day=lambda other: self.at(other, or_first=True, known_at=known_at),
        )
