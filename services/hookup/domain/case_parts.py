"""What a case is made of: pauses, lengths, the special-case record, who acts, and the rules that it is judged by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from libs.common.rules import RuleError
from libs.common.workdays import BusinessCalendar, WorkCalendar
from services.hookup.domain.clock_policy import BreachApproval, ClockPolicy
from services.hookup.domain.lengths import LengthKind
from services.hookup.domain.limits import LimitPolicy
from services.hookup.domain.materials import MaterialPolicy
from services.hookup.domain.pauses import PauseReason, PauseSpan
from services.hookup.domain.permit_modes import ModePolicy
from services.hookup.domain.service_policy import ServicePolicy

# The policies whose version a case keeps from its acceptance on.
LIMITS = "hookup_limits"
CLOCK = "hookup_clock"
SERVICE = "hookup_service"
MATERIALS = "material_list"


class CustomerCategory(StrEnum):
    """The categories of the notice's 二（二）1: 企业, 个体工商户, 居民, 公服, 其他."""

    ENT = "ENT"
    IND = "IND"
    RES = "RES"
    PUB = "PUB"
    OTH = "OTH"


class PauseState(StrEnum):
    """A pause stops the clock only once it is approved."""

    REQUESTED = "REQUESTED"
    APPROVED = "APPROVED"
    DECLINED = "DECLINED"


class RefusalCode(StrEnum):
    """The reasons for which a supplier may refuse (民法典 §648; 城镇燃气管理条例 §18); the last has no statute."""

    OUT_OF_COVERAGE = "OUT_OF_COVERAGE"
    SAFETY_NOT_MET = "SAFETY_NOT_MET"
    NO_LAWFUL_PREMISES = "NO_LAWFUL_PREMISES"
    DUPLICATE = "DUPLICATE"
    ARREARS_OF_APPLICANT = "ARREARS_OF_APPLICANT"


@dataclass(frozen=True, slots=True)
class JudgedBy:
    """A version of a policy, and the document that it rests on."""

    policy: str
    version: str
    source_document: str


@dataclass(frozen=True, slots=True)
class Rules:
    """The policy versions and the calendar that a verb is judged by.

    `of_day` gives the rules of another day, for what is judged by that day; without it these rules are of every day.
    """

    policy: LimitPolicy
    days: WorkCalendar
    service: ServicePolicy = field(default_factory=ServicePolicy)
    clock: ClockPolicy = field(default_factory=ClockPolicy)
    # The agents of each utility; None where a case is not live but read in.
    agents: Mapping[str, tuple[str, ...]] | None = None
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
        return {each.policy: each.version for each in self.judged_by}

    def on(self, day: date) -> "Rules":
        """Return the rules of a day, but with these material lists: they are those of the submission (HK-06).

        Raises RuleError when no version is in force on the day.
        """
        if self.of_day is None:
            return self
        return replace(self.of_day(day), agents=self.agents, materials=self.materials)


@dataclass(slots=True)
class Pause:
    """A pause: asked for with evidence, decided by somebody else."""

    id: str
    reason: PauseReason
    evidence_ref: str
    starts_at: datetime
    asked_by: str
    state: PauseState = PauseState.REQUESTED
    decided_by: str | None = None
    ended_at: datetime | None = None
    # From when it counts where its approval came late; else its start.
    counts_from: datetime | None = None

    @property
    def span(self) -> PauseSpan:
        """The time that it takes or would take."""
        start = self.counts_from or self.starts_at
        end = None if self.ended_at is None else max(start, self.ended_at)
        return PauseSpan(self.reason, start, end)


@dataclass(frozen=True, slots=True)
class Promise:
    """A date agreed with the user in writing."""

    agreed: date
    document_ref: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """The user says that it does not run: the clock goes on until the meter is live again and that is confirmed."""

    disputed_at: datetime
    disputed_by: str
    meter_live_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class InStead:
    """An act of staff or an agent in the user's stead (代录), and the document or authorisation that it rests on."""

    event: str
    recorded_at: datetime
    actor: str | None
    document_ref: str | None


@dataclass(frozen=True, slots=True)
class Approver:
    """Who decides; `supervises` is true of who stands outside of the utility."""

    subject: str
    supervises: bool


def check_supervises(by: Approver, policy: ClockPolicy, field: str) -> None:
    """Raise RuleError for who may not undo an announced breach: the utility, unless the policy lets it."""
    if policy.breach_approval is BreachApproval.SUPERVISOR and not by.supervises:
        raise RuleError(
            "supervisor-needed",
            "此件已公布超时，须由区县或市级督导人员审批，本单位不能自行审批",
            "请由督导人员审批",
            field,
        )


@dataclass(frozen=True, slots=True)
class LengthChange:
    """One row of the length's audit."""

    kind: LengthKind
    from_dm: int | None
    to_dm: int
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True)
class Special:
    """The record that takes a case out of the limit statistics, once it is approved by somebody else.

    One that was declined says why, and may be followed by another.
    """

    reason: PauseReason
    evidence_ref: str
    asked_by: str
    approved_by: str | None = None
    declined_by: str | None = None
    declined_for: str | None = None


class Source(StrEnum):
    """Whether an act is done in the system, or read in from a ledger of acts that were done elsewhere."""

    LIVE = "LIVE"
    LEDGER = "LEDGER"
