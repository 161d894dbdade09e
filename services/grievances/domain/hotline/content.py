"""What one version of an order of the hotline says, in the hotline's own words: pure."""

from dataclasses import dataclass
from datetime import datetime

from libs.common.places import Supply


@dataclass(frozen=True, slots=True)
class HotlineCall:
    """The hotline's own call-back; `grade` is its word, `steps` how many grades it has."""

    at: datetime
    reached: bool
    contacted: bool | None = None
    solved: bool | None = None
    grade: str | None = None
    steps: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class OrderContent:
    """One version of an order. Words are personal data of who called; kinds, states and places are words, too."""

    number: str
    version: int
    received_at: datetime
    kind: str
    words: str
    district: str
    category: str | None = None
    supply: Supply | None = None
    name: str | None = None
    phone: str | None = None
    place: str | None = None
    is_confidential: bool = False
    reply_by: datetime | None = None
    status: str | None = None
    # Of a unit that is to help (加派), its name or code.
    unit: str | None = None
    # What the caller added since the version before.
    addition: str | None = None
    call: HotlineCall | None = None
    # The message of ours that this version comes from; None for the hotline's own change.
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class HotlineLink:
    """What a grievance keeps of its order: the hotline's own limit, its last marks, and how it saw a return."""

    reply_by: datetime | None = None
    urged_at: datetime | None = None
    supervised_at: datetime | None = None
    return_refused: bool = False
    # Helpers whom the hotline named before the order was sent to a unit.
    helpers: tuple[str, ...] = ()
