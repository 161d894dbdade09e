"""A version of an order of the hotline: taken, set aside, or parked until the desk says what it means."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from libs.common.aggregate import Aggregate, Transitions
from libs.common.rules import RuleError
from libs.common.texts import check_text
from services.grievances.domain.hotline.values import (
    ORDER_STATE_NAMES,
    ORDER_VERB_NAMES,
    OrderState,
    OrderVerb,
    ParkReason,
)
from services.grievances.domain.rules import Rules

_S, _V = OrderState, OrderVerb
_RULE: Final = "12345 adapter: unknown states are parked and shown"
ORDER_TRANSITIONS: Final = Transitions(
    [
        (_S.NEW, _V.TAKE, _S.TAKEN, _RULE),
        (_S.NEW, _V.PARK, _S.PARKED, _RULE),
        (_S.NEW, _V.SET_ASIDE, _S.OWN, "12345 adapter: our own change coming back"),
        (_S.NEW, _V.SET_ASIDE, _S.OLDER, "12345 adapter: older never beats newer"),
        (_S.PARKED, _V.RESOLVE, _S.TAKEN, _RULE),
        (_S.PARKED, _V.DISMISS, _S.DISMISSED, _RULE),
    ],
    ORDER_STATE_NAMES,
    ORDER_VERB_NAMES,
)


class NoTimer(StrEnum):
    """An order waits for nothing by the clock."""


@dataclass(slots=True)
class HotlineOrder(Aggregate[Rules, NoTimer]):
    """One version of an order; what it says stands sealed elsewhere, but for the words that are codes."""

    transitions = ORDER_TRANSITIONS

    system: str
    number: str
    order_version: int
    arrived_at: datetime
    kind: str
    district_word: str
    status: str | None = None
    category: str | None = None
    grade: str | None = None
    unit: str | None = None
    district: str | None = None
    grievance_id: str | None = None
    state: OrderState = field(default=OrderState.NEW, kw_only=True)
    reasons: list[ParkReason] = field(default_factory=list, kw_only=True)
    # Why the rules refused it, for people.
    refusal: str | None = field(default=None, kw_only=True)
    decided_at: datetime | None = field(default=None, kw_only=True)
    note: str | None = field(default=None, kw_only=True)

    def take(self, grievance_id: str, at: datetime) -> None:
        """Note that it was taken over into a grievance."""
        self.grievance_id = grievance_id
        if self.state is OrderState.PARKED:
            self.move(OrderVerb.RESOLVE, OrderState.TAKEN)
            self.decided_at, self.reasons, self.refusal = at, [], None
            self.record("hotline_order_resolved", at)
        else:
            self.move(OrderVerb.TAKE, OrderState.TAKEN)
            self._received(at)

    def park(self, reasons: Sequence[ParkReason], refusal: str | None, at: datetime) -> None:
        """Keep it for the desk."""
        self.move(OrderVerb.PARK, OrderState.PARKED)
        self.reasons, self.refusal = list(reasons), refusal
        self._received(at)

    def set_aside(self, state: OrderState, at: datetime) -> None:
        """Note that it changes nothing: what we had told ourselves, or older than what is known."""
        self.move(OrderVerb.SET_ASIDE, state)
        self._received(at)

    def dismiss(self, note: str, at: datetime) -> None:
        """Note, with a reason, that nothing is done. Raises RuleError."""
        self.check(OrderVerb.DISMISS)
        check_text(note, "note")
        self.move(OrderVerb.DISMISS, OrderState.DISMISSED)
        self.decided_at, self.note = at, note
        self.record("hotline_order_dismissed", at)

    def check_newest(self, newest: int | None) -> None:
        """Raise RuleError where a newer version was taken over meanwhile."""
        if newest is not None and newest > self.order_version:
            raise RuleError(
                "newer-order-taken",
                f"工单的第 {newest} 版已经接收",
                "此版本不再接收，请核对后选择不作处理",
                "state",
            )

    def _received(self, at: datetime) -> None:
        self.record("hotline_order_received", at, outcome=self.state, reasons=list(self.reasons))
