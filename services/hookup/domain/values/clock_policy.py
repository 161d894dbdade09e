"""One version of the rules for pauses and late entries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from libs.common.places import Supply


class StopEvent(StrEnum):
    """What ends the time of a case (O19): the live meter unless the user disputes it, or the user's confirmation."""

    METER_LIVE = "METER_LIVE"
    CONFIRMATION = "CONFIRMATION"


class BreachApproval(StrEnum):
    """Who approves what would undo an announced breach: anybody else with the right, or only who supervises."""

    APPROVER = "APPROVER"
    SUPERVISOR = "SUPERVISOR"


@dataclass(frozen=True, slots=True)
class ClockPolicy:
    """Limits in working days; `ceiling_workdays` bounds survey, design and acceptance without a limit in days.

    The shipped version is in `policies.yaml`.
    """

    version: str = "default"
    stop_event: StopEvent = StopEvent.METER_LIVE
    in_time_workdays: int = 1
    approval_workdays: int = 2
    breach_approval: BreachApproval = BreachApproval.SUPERVISOR
    ceiling_workdays: Mapping[Supply, int] = field(
        default_factory=lambda: {Supply.WATER: 12, Supply.GAS: 18, Supply.HEAT: 30}
    )
    source_document: str = ""
