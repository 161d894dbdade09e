"""Permit items of an external line and their commitments (HK-04; NC-01 to NC-07): what they are, and what is due.

Filed on one form at one instant (并联审批), so the PERMIT stage lasts as long as the longest item and not their sum.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from libs.common.clock import local
from libs.common.workdays import BusinessCalendar, WorkCalendar, receipt_date
from services.hookup.domain.service_policy import ServicePolicy


class PermitKind(StrEnum):
    """What the works of an external line may need."""

    PLANNING = "PLANNING"
    ROAD_OCCUPATION = "ROAD_OCCUPATION"
    ROAD_EXCAVATION = "ROAD_EXCAVATION"
    GREEN_LAND = "GREEN_LAND"
    TREES = "TREES"
    TRAFFIC_SAFETY = "TRAFFIC_SAFETY"


class Office(StrEnum):
    """The departments that decide; one of each in every district."""

    PLANNING = "PLANNING"
    MUNICIPAL = "MUNICIPAL"
    TRAFFIC_POLICE = "TRAFFIC_POLICE"
    GREENING = "GREENING"


OFFICES: Mapping[PermitKind, tuple[Office, ...]] = MappingProxyType(
    {
        PermitKind.PLANNING: (Office.PLANNING,),
        # 城市道路管理条例 §30, §33: the municipal department and the traffic police.
        PermitKind.ROAD_OCCUPATION: (Office.MUNICIPAL, Office.TRAFFIC_POLICE),
        PermitKind.ROAD_EXCAVATION: (Office.MUNICIPAL, Office.TRAFFIC_POLICE),
        # 城市绿化条例 §19, §20
        PermitKind.GREEN_LAND: (Office.GREENING,),
        PermitKind.TREES: (Office.GREENING,),
        PermitKind.TRAFFIC_SAFETY: (Office.TRAFFIC_POLICE,),
    }
)


class PermitMode(StrEnum):
    """How an item is dealt with: 审批, 告知承诺, 备案, 免审批 (济南市优化营商环境条例 §15)."""

    APPROVAL = "APPROVAL"
    COMMITMENT = "COMMITMENT"
    RECORD = "RECORD"
    EXEMPT = "EXEMPT"


class Decision(StrEnum):
    """What the authority has decided."""

    GRANTED = "GRANTED"
    REFUSED = "REFUSED"


class Risk(StrEnum):
    """NC-03: with any of these no commitment is offered."""

    NO_DIG_ROAD = "NO_DIG_ROAD"
    ANCIENT_TREE = "ANCIENT_TREE"
    GAS_HIGH_PRESSURE = "GAS_HIGH_PRESSURE"
    RAILWAY_CROSSING = "RAILWAY_CROSSING"
    PUBLIC_SAFETY = "PUBLIC_SAFETY"


class CommitmentState(StrEnum):
    """Where a commitment is. Signing decides at once, and a mismatch orders rectification at once."""

    OFFERED = "OFFERED"
    DECIDED = "DECIDED"
    VERIFY_DUE = "VERIFY_DUE"
    RECTIFYING = "RECTIFYING"
    OK = "OK"
    REVOKED = "REVOKED"
    WITHDRAWN = "WITHDRAWN"


class CheckResult(StrEnum):
    """What the post-check found (NC-05 to NC-07)."""

    OK = "OK"
    MISMATCH = "MISMATCH"
    FALSE = "FALSE"


@dataclass(frozen=True, slots=True)
class Check:
    """One post-check."""

    result: CheckResult
    checked_at: datetime
    checked_by: str
    document_ref: str


@dataclass(slots=True)
class Commitment:
    """A 告知承诺 under the text `terms`; `party` is the legal person: a utility's code or a customer reference."""

    party: str
    terms: str
    offered_at: datetime
    state: CommitmentState = CommitmentState.OFFERED
    signed_at: datetime | None = None
    signed_by: str | None = None
    document_ref: str | None = None
    check_by: datetime | None = None
    rectify_by: datetime | None = None
    rectify_told: bool = False
    is_false: bool = False
    checks: list[Check] = field(default_factory=list)
    withdrawn_at: datetime | None = None


@dataclass(slots=True)
class PermitItem:
    """One item at one authority. `authority` is an office and a district, as MUNICIPAL-371502.

    Where services apply together the same item, with the same id, stands on each of their cases.
    """

    id: str
    form_id: str
    kind: PermitKind
    authority: str
    mode: PermitMode
    filed_at: datetime
    filed_by: str
    is_parallel: bool
    risks: list[Risk] = field(default_factory=list)
    due_at: datetime | None = None
    overdue: bool = False
    decision: Decision | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    document_ref: str | None = None
    commitment: Commitment | None = None
    version: int = 0

    @property
    def is_granted(self) -> bool:
        """Whether works may rest on it: granted, and no commitment behind it was revoked."""
        revoked = self.commitment is not None and self.commitment.state is CommitmentState.REVOKED
        return self.decision is Decision.GRANTED and not revoked

    @property
    def act_by(self) -> datetime | None:
        """When the authority has to act next: to decide, to check, to look whether it was rectified."""
        if self.decision is None:
            return self.due_at if self.mode is PermitMode.APPROVAL else None
        if self.commitment is None:
            return None
        match self.commitment.state:
            case CommitmentState.DECIDED | CommitmentState.VERIFY_DUE:
                return self.commitment.check_by
            case CommitmentState.RECTIFYING:
                return self.commitment.rectify_by
            case _:
                return None


def authority(office: Office, district: str) -> str:
    """Return the code of a district's office."""
    return f"{office}-{district}"


def latest(items: Iterable[PermitItem]) -> Sequence[PermitItem]:
    """Return the last item of each kind at each authority: what was refused may be filed again."""
    return list({(each.kind, each.authority): each for each in items}.values())


def all_granted(items: Sequence[PermitItem]) -> bool:
    """Whether there are items and works may rest on all of them."""
    return bool(items) and all(each.is_granted for each in latest(items))


def undecided(items: Iterable[PermitItem]) -> Sequence[PermitItem]:
    """Return the ordinary items that wait for a decision."""
    return [each for each in items if each.mode is PermitMode.APPROVAL and each.decision is None]


def is_parallel(
    items: Sequence[PermitItem], at: datetime, policy: ServicePolicy, calendar: WorkCalendar
) -> bool:
    """Whether an item filed now still counts as filed together with the first one."""
    first = min((each.filed_at for each in items), default=at)
    waited = calendar.count_workdays(local(first).date(), local(at).date())
    return waited <= policy.parallel_workdays


def decide_by(filed_at: datetime, policy: ServicePolicy, calendar: BusinessCalendar) -> datetime:
    """Return when an ordinary item is to be decided, in working days from its receipt (行政许可法 §42, §82)."""
    received = receipt_date(filed_at, calendar)
    return calendar.close_of(calendar.add_workdays(received, policy.permit_workdays))


def check_by(
    decided_at: datetime, works_end: datetime | None, policy: ServicePolicy, calendar: BusinessCalendar
) -> datetime:
    """Return when a commitment is to be checked: soon after the works, at most so long after the decision (O16)."""
    ends = [calendar.add_workdays(local(decided_at).date(), policy.check_latest_workdays)]
    if works_end is not None:
        ends.append(calendar.add_workdays(local(works_end).date(), policy.check_after_works_workdays))
    return calendar.close_of(min(ends))
