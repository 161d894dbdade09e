"""Orders of the hotline that bring about every event that the service promises of them."""

from datetime import datetime, timedelta

from libs.common.aggregate import Actor
from libs.common.places import Supply
from libs.development.identity import identity
from services.grievances.domain.grievance import Grievance, Origin
from services.grievances.domain.hotline.order import HotlineOrder
from services.grievances.domain.hotline.values import OrderState, ParkReason
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.codes import CloseReason
from services.grievances.domain.values.kinds import GrievanceKind, ReporterKind, Source
from services.grievances.domain.verbs import hotline, screening

DISTRICT, DESK = "371502", "u-371502-hall"
_HOTLINE, _HALL = ("m-hotline", "channel:HOTLINE"), (DESK, f"district:{DISTRICT}")


def _act(item: Grievance | HotlineOrder, at: datetime, who: tuple[str, str]) -> None:
    item.actor = Actor(at, who[0], unit=who[1])


def updated(rules: Rules, at: datetime) -> Grievance:
    """Return a grievance whose order changed: its time, marks, a unit, words, a return refused."""
    item = Grievance(
        id=identity("grievance/hotline"),
        number=f"SQ-{DISTRICT}-20250303-0101",
        kind=GrievanceKind.COMPLAINT,
        source=Source.HOTLINE,
        reporter=ReporterKind.NAMED,
        category="",
        category_version="",
        district=DISTRICT,
        received_at=at,
        origin=Origin("HOTLINE", "DH20250303000101", 1),
    )
    screening.classify(item, GrievanceKind.COMPLAINT, "SUPPLY-NONE", Supply.WATER, rules)
    _act(item, at, _HOTLINE)
    screening.receive(item, rules)
    hotline.take_over(item, 2)
    hotline.set_limit(item, at + timedelta(days=1), at, rules)
    hotline.mark_urged(item, identity("urge/hotline"), at, rules)
    hotline.mark_supervised(item, at)
    hotline.add_unit(item, "W-371503", at)
    hotline.add_words(item, at)
    _act(item, at, _HALL)
    screening.refuse(item, CloseReason.NOT_OURS, "属于物业管理事项。", at)
    # What the hotline is told stands in a table of its own.
    item.messages.clear()
    _act(item, at, _HOTLINE)
    hotline.take_over(item, 3)
    hotline.decide_return(item, at, rules, granted=False)
    return item


def orders(at: datetime) -> list[HotlineOrder]:
    """Return versions of orders: parked and resolved, parked and dismissed."""
    resolved, dismissed = _order(1, at), _order(2, at)
    for item in (resolved, dismissed):
        _act(item, at, _HOTLINE)
        item.park([ParkReason.KIND], None, at)
        _act(item, at, _HALL)
    resolved.take(identity("grievance/hotline"), at)
    dismissed.dismiss("热线重复推送，已电话核对。", at)
    return [resolved, dismissed]


def _order(number: int, at: datetime) -> HotlineOrder:
    return HotlineOrder(
        id=identity(f"hotline-order/{number}"),
        system="HOTLINE",
        number=f"DH2025030300020{number}",
        order_version=1,
        arrived_at=at,
        kind="表扬",
        district_word="东昌府区",
        district=DISTRICT,
        state=OrderState.NEW,
    )
