"""The events of two customers who may be one: ids, codes and scores."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Final
from uuid import UUID

from pydantic import Field

from services.registry.events.base import RegistryEvent


class PairEvent(RegistryEvent):
    """What every event of two customers who may be one says."""

    pair_id: UUID
    first_id: UUID
    second_id: UUID


class DuplicateFound(PairEvent):
    """Two customers are alike: to be looked at by a person."""

    event: ClassVar[str] = "duplicate_found"
    score: int = Field(description="In thousandths")
    features: list[str] = Field(description="What both have and was compared")
    policy_version: str
    again: bool = Field(description="Whether the two had been found before")


class DuplicateLapsed(PairEvent):
    """There is nothing more to decide: one of the two is no longer active, or they are no longer alike."""

    event: ClassVar[str] = "duplicate_lapsed"


class DuplicateDismissed(PairEvent):
    """A person found that the two are not one."""

    event: ClassVar[str] = "duplicate_dismissed"


class MergeProposed(PairEvent):
    """A person proposed to merge the two."""

    event: ClassVar[str] = "merge_proposed"
    survivor_id: UUID


class MergeDeclined(PairEvent):
    """A proposal to merge was sent back."""

    event: ClassVar[str] = "merge_declined"


class MergeConfirmed(PairEvent):
    """A second person confirmed a merge, which was done at once."""

    event: ClassVar[str] = "merge_confirmed"
    survivor_id: UUID


class MergeUndone(PairEvent):
    """A merge was undone, since the two are not one."""

    event: ClassVar[str] = "merge_undone"


PAIR_EVENTS: Final = (
    DuplicateFound,
    DuplicateLapsed,
    DuplicateDismissed,
    MergeProposed,
    MergeDeclined,
    MergeConfirmed,
    MergeUndone,
)
PAIR_EVENT_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "duplicate_found": "发现疑似重复",
        "duplicate_lapsed": "疑似重复失效",
        "duplicate_dismissed": "认定不是重复",
        "merge_proposed": "提出合并",
        "merge_declined": "退回合并",
        "merge_confirmed": "确认合并",
        "merge_undone": "撤销合并",
    }
)
