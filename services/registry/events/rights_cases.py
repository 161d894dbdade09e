"""The events of requests by a right in the own data: ids, codes and times."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import ClassVar, Final
from uuid import UUID

from services.registry.domain.rights_cases import RightsKind, RightsRefusal
from services.registry.events.base import RegistryEvent


class RightsCaseEvent(RegistryEvent):
    """What every event of a request by a right says."""

    case_id: UUID
    customer_id: UUID
    kind: RightsKind


class RightsCaseOpened(RightsCaseEvent):
    """A customer asked for something by a right: it is to be answered in time."""

    event: ClassVar[str] = "rights_case_opened"
    due_at: datetime
    policy_version: str


class RightsCaseDone(RightsCaseEvent):
    """What was asked for was done."""

    event: ClassVar[str] = "rights_case_done"
    in_time: bool


class RightsCaseRefused(RightsCaseEvent):
    """What was asked for was refused, with a reason."""

    event: ClassVar[str] = "rights_case_refused"
    ground: RightsRefusal
    in_time: bool


class RightsCaseWithdrawn(RightsCaseEvent):
    """The customer wants it no more."""

    event: ClassVar[str] = "rights_case_withdrawn"


class RightsCaseOverdue(RightsCaseEvent):
    """Its time passed without an answer: told once, whether it is answered after or not."""

    event: ClassVar[str] = "rights_case_overdue"
    due_at: datetime


RIGHTS_CASE_EVENTS: Final = (
    RightsCaseOpened,
    RightsCaseDone,
    RightsCaseRefused,
    RightsCaseWithdrawn,
    RightsCaseOverdue,
)
RIGHTS_CASE_EVENT_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "rights_case_opened": "登记请求",
        "rights_case_done": "办结请求",
        "rights_case_refused": "不予办理",
        "rights_case_withdrawn": "撤回请求",
        "rights_case_overdue": "超时未答复",
    }
)
