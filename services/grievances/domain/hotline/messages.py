"""What the hotline is told of an order of its own, by which of our events: pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from services.grievances.domain.hotline.values import MessageKind

_BY_EVENT: Final[Mapping[str, MessageKind]] = MappingProxyType(
    {
        "grievance_signed": MessageKind.SIGNED,
        "grievance_replied": MessageKind.REPLIED,
        "grievance_reopened": MessageKind.REOPENED,
        "grievance_closed": MessageKind.CLOSED,
    }
)
_DECISIONS: Final = {
    "extension_decided": MessageKind.EXTENDED,
    "termination_decided": MessageKind.TERMINATED,
}


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell: `version` is that of the order when it happened, `cycle` what it is about."""

    kind: MessageKind
    at: datetime
    version: int
    cycle: int


def message_of(event: str, data: Mapping[str, object]) -> MessageKind | None:
    """Return what the hotline is told of an event; None where it is our own affair.

    A unit's wish to return is. That the desk does not accept the order is a return to the hotline (退单), or says
    that it is nobody's duty here (超职责).
    """
    if event == "grievance_not_accepted":
        return MessageKind.BEYOND_DUTY if data["reason"] == "NOT_OURS" else MessageKind.RETURNED
    if event in _DECISIONS:
        return _DECISIONS[event] if data["granted"] else None
    return _BY_EVENT.get(event)
