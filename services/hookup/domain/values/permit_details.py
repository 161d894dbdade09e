"""Values of a permit item: the works, an authority's reasons and tasks, emergencies, dig sites."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class ReasonCode(StrEnum):
    """Why an authority refuses, or objects (行政许可法 §38: a refusal states its reasons)."""

    INCOMPLETE = "INCOMPLETE"
    NOT_LAWFUL = "NOT_LAWFUL"
    NOT_SAFE = "NOT_SAFE"
    CONFLICT = "CONFLICT"
    PERIOD = "PERIOD"
    MODE_NOT_DUE = "MODE_NOT_DUE"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Reason:
    """A code of the list and, where it needs words, a text without personal data; OTHER always has one."""

    code: ReasonCode
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Objection:
    """The authority's objection to a 备案 or 免审批 within its term."""

    at: datetime
    by: str
    reason: Reason
    document_ref: str


class EmergencyReason(StrEnum):
    """What lets a road be dug up before it is permitted (城市道路管理条例 §34: the pipe below it fails)."""

    PIPE_BURST = "PIPE_BURST"
    GAS_LEAK = "GAS_LEAK"
    ROAD_COLLAPSE = "ROAD_COLLAPSE"


class Task(StrEnum):
    """What an authority has to do about an item, or may do within a term."""

    DECIDE = "DECIDE"
    REVIEW = "REVIEW"
    CHECK = "CHECK"
    RECHECK = "RECHECK"
    AWAIT_FILING = "AWAIT_FILING"


@dataclass(frozen=True, slots=True)
class Works:
    """What an authority is told of the works: the site's division, the line in decimetres, from when until when."""

    site_division: str = ""
    length_dm: int | None = None
    begins: date | None = None
    ends: date | None = None


class DigSite(StrEnum):
    """Where the ground is broken: a road, green land, or neither."""

    ROAD = "ROAD"
    GREEN_LAND = "GREEN_LAND"
    OTHER = "OTHER"


class NoPermitReason(StrEnum):
    """Why a line needs no permit, or no further one, of its own: nothing else is taken for a reason."""

    NOT_PUBLIC_GROUND = "NOT_PUBLIC_GROUND"
    EXISTING_DUCT = "EXISTING_DUCT"
    COVERED_BY_OTHER_PERMIT = "COVERED_BY_OTHER_PERMIT"
