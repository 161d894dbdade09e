"""The rules that a case is judged by: versions of policies, and the calendar."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from libs.common.calendars.workdays import BusinessCalendar, WorkCalendar
from services.hookup.domain.values.clock_policy import ClockPolicy
from services.hookup.domain.values.limits import LimitPolicy
from services.hookup.domain.values.materials import MaterialPolicy
from services.hookup.domain.values.permit_modes import ModePolicy
from services.hookup.domain.values.service_policy import ServicePolicy
from services.hookup.domain.values.staff import Staff

# The policies whose versions are fixed for a case at its acceptance.
LIMITS = "hookup_limits"
CLOCK = "hookup_clock"
SERVICE = "hookup_service"
MATERIALS = "material_list"


@dataclass(frozen=True, slots=True)
class JudgedBy:
    """A version of a policy, and the document that it rests on."""

    policy: str
    version: str
    source_document: str


@dataclass(frozen=True, slots=True)
class Rules:
    """The policy versions and the calendar that a verb is judged by.

    `of_day` returns the rules of another day; without it these rules hold on every day.
    """

    policy: LimitPolicy
    days: WorkCalendar
    service: ServicePolicy = field(default_factory=ServicePolicy)
    clock: ClockPolicy = field(default_factory=ClockPolicy)
    # The agents of each utility; None for a case that is imported.
    agents: Mapping[str, tuple[str, ...]] | None = None
    # The display names of each unit's staff, by unit and subject.
    staff: Staff = field(default_factory=dict)
    materials: MaterialPolicy = field(default_factory=MaterialPolicy)
    permits: ModePolicy = field(default_factory=ModePolicy)
    of_day: "Callable[[date], Rules] | None" = field(default=None, compare=False, repr=False)

    @property
    def calendar(self) -> BusinessCalendar:
        """The working days, each ending at the close of the policy's business hours."""
        return self.days.closing(self.policy.close)

    @property
    def judged_by(self) -> tuple[JudgedBy, ...]:
        """The versions of the policies that a case keeps from its acceptance on."""
        return (
            JudgedBy(LIMITS, self.policy.version, self.policy.source_document),
            JudgedBy(SERVICE, self.service.version, self.service.source_document),
            JudgedBy(CLOCK, self.clock.version, self.clock.source_document),
            JudgedBy(MATERIALS, self.materials.version, self.materials.source),
        )

    @property
    def versions(self) -> dict[str, str]:
        """The names of these versions, by policy."""
        return {policy.policy: policy.version for policy in self.judged_by}

    def on(self, day: date) -> "Rules":
        """Return the rules of a day, but with these material lists: they are those of the submission (HK-06).

        Raises RuleError when no version is in force on the day.
        """
        if self.of_day is None:
            return self
        return replace(self.of_day(day), agents=self.agents, materials=self.materials)
