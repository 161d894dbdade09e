"""Read a version of an order in our codes, and say what of it is not known."""

from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from services.grievances.domain.hotline.content import OrderContent
from services.grievances.domain.hotline.values import HotlineStatus, ParkReason
from services.grievances.domain.hotline.words import Dictionary
from services.grievances.domain.values.kinds import GrievanceKind
from services.grievances.storage.hotline import learnt_words
from services.grievances.storage.hotline_policy import HOTLINE_GRADES, HOTLINE_WORDS
from services.grievances.storage.rulebook import RuleBook

OTHER = "OTHER"
"""The category of what the hotline has no known word for: the screening desk chooses another."""


@dataclass(slots=True)
class OrderCodes:
    """What an order says in our codes; `unknown` are those that could not be read."""

    kind: GrievanceKind | None
    district: str | None
    category: str
    status: HotlineStatus
    unit: str | None = None
    grade: int | None = None
    unknown: list[ParkReason] = field(default_factory=list)


async def dictionary_of(connection: AsyncConnection, rulebook: RuleBook, system: str) -> Dictionary:
    """Return all that is known of a system's words."""
    return Dictionary(
        rulebook.policy(HOTLINE_WORDS),
        rulebook.policy(HOTLINE_GRADES),
        await learnt_words(connection, system),
    )


def read_codes(content: OrderContent, known: Dictionary) -> OrderCodes:
    """Read an order's words. Pure."""
    status = HotlineStatus.OPEN if content.status is None else known.status(content.status)
    codes = OrderCodes(
        kind=known.kind(content.kind),
        district=known.district(content.district),
        category=(content.category and known.category(content.category)) or OTHER,
        status=status or HotlineStatus.OPEN,
        unit=None if content.unit is None else known.unit(content.unit),
    )
    call = content.call
    if call is not None and call.grade is not None:
        codes.grade = known.grade(call.grade, call.steps)
    for reason, is_unknown in (
        (ParkReason.KIND, codes.kind is None),
        (ParkReason.STATUS, status is None),
        (ParkReason.DISTRICT, codes.district is None),
        (ParkReason.UNIT, content.unit is not None and codes.unit is None),
        (ParkReason.GRADE, call is not None and call.grade is not None and codes.grade is None),
    ):
        if is_unknown:
            codes.unknown.append(reason)
    return codes
