"""Permit items of an external line and their commitments (HK-04; NC-01 to NC-07): state and deadlines.

They are filed on one form at one instant (并联审批): the PERMIT stage lasts as long as the longest, not their sum.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from services.hookup.domain.values.permit_details import EmergencyReason, Objection, Reason, Task, Works


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
    """What a line may touch (NC-03): the policy says with which of them an authority has to approve."""

    NO_DIG_ROAD = "NO_DIG_ROAD"
    ANCIENT_TREE = "ANCIENT_TREE"
    GAS_HIGH_PRESSURE = "GAS_HIGH_PRESSURE"
    RAILWAY_CROSSING = "RAILWAY_CROSSING"
    RIVER_CROSSING = "RIVER_CROSSING"
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
class RiskFinding:
    """What an authority found that nobody had declared."""

    risks: tuple[Risk, ...]
    at: datetime
    by: str
    document_ref: str


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

    Where services apply together the same item, with the same id, stands on each of their cases. One without a form
    was notified and not filed: a road was dug up in an emergency, and the item is to be filed by `file_by`.
    """

    id: str
    form_id: str | None
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
    # The version that the last act made; timers make later ones. None before this was kept.
    acted_version: int | None = None
    works: Works = field(default_factory=Works)
    # The statute or document according to which an item needs no approval.
    basis: str | None = None
    object_by: datetime | None = None
    objection: Objection | None = None
    reason: Reason | None = None
    # Set when an item filed in another mode was moved to approval.
    approval_since: datetime | None = None
    # Of `risks`, what the utility had not declared.
    findings: list[RiskFinding] = field(default_factory=list)
    # Its mode turned out not to be allowed after the works had ended.
    mode_exceeded: bool = False
    emergency: EmergencyReason | None = None
    file_by: datetime | None = None
    filing_overdue: bool = False

    @property
    def is_filed(self) -> bool:
        """Whether it was filed on a form; otherwise it is an emergency's and its authority waits for the form."""
        return self.form_id is not None

    @property
    def waits_since(self) -> datetime:
        """Since when its authority has to decide: its filing, or when it was moved to approval."""
        return self.approval_since or self.filed_at

    @property
    def is_granted(self) -> bool:
        """Whether works may rely on it: granted, and its commitment, if any, not revoked."""
        if self.mode is PermitMode.COMMITMENT and self.commitment is not None:
            return self.decision is Decision.GRANTED and self.commitment.state is not CommitmentState.REVOKED
        return self.decision is Decision.GRANTED

    @property
    def task(self) -> Task | None:
        """What its authority has to do now, or may do while the term for an objection runs."""
        if not self.is_filed:
            return Task.AWAIT_FILING
        if self.decision is None:
            return _UNDECIDED[self.mode]
        if self.mode is not PermitMode.COMMITMENT or self.commitment is None:
            return None
        return _AFTERWARDS.get(self.commitment.state)

    @property
    def act_by(self) -> datetime | None:
        """When the authority has to act next: decide, object, check, or verify a rectification."""
        match self.task:
            case Task.AWAIT_FILING:
                return self.file_by
            case Task.DECIDE:
                return self.due_at
            case Task.REVIEW:
                return self.object_by
            case Task.CHECK if self.commitment is not None:
                return self.commitment.check_by
            case Task.RECHECK if self.commitment is not None:
                return self.commitment.rectify_by
            case _:
                return None


_UNDECIDED = {
    PermitMode.APPROVAL: Task.DECIDE,
    PermitMode.RECORD: Task.REVIEW,
    PermitMode.EXEMPT: Task.REVIEW,
    # Its party has to sign first.
    PermitMode.COMMITMENT: None,
}
_AFTERWARDS = {
    CommitmentState.DECIDED: Task.CHECK,
    CommitmentState.VERIFY_DUE: Task.CHECK,
    CommitmentState.RECTIFYING: Task.RECHECK,
}


def authority(office: Office, district: str) -> str:
    """Return the code of a district's office."""
    return f"{office}-{district}"


def district_of(authority: str) -> str:
    """Return the district of an office by the office's code."""
    return authority.rpartition("-")[2]


def latest(items: Iterable[PermitItem]) -> Sequence[PermitItem]:
    """Return the last item of each kind at each authority: a refused item may be filed again."""
    return list({(item.kind, item.authority): item for item in items}.values())


def all_granted(items: Sequence[PermitItem]) -> bool:
    """Whether there are items and works may rely on all of them."""
    return bool(items) and all(item.is_granted for item in latest(items))


def granted_at(items: Iterable[PermitItem]) -> datetime | None:
    """Return when the last of the current items was decided; None where none was."""
    return max((item.decided_at for item in latest(items) if item.decided_at is not None), default=None)


def is_granted(kind: PermitKind, items: Iterable[PermitItem]) -> bool:
    """Whether every authority of a kind has granted it."""
    granted = [item for item in latest(items) if item.kind is kind and item.is_granted]
    return len(granted) == len(OFFICES[kind])


def undecided(items: Iterable[PermitItem]) -> Sequence[PermitItem]:
    """Return the ordinary items that wait for a decision."""
    return [item for item in items if item.task is Task.DECIDE]
