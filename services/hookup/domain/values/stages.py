"""The six stages of a hookup, their order, and which may run side by side (HK-01, HK-03)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from services.hookup.domain.values.lengths import LengthClass


class Stage(StrEnum):
    """A stage of the ledger, in the usual order."""

    ACCEPT = "ACCEPT"
    SURVEY_DESIGN = "SURVEY_DESIGN"
    CONTRACT = "CONTRACT"
    PERMIT = "PERMIT"
    EXTERNAL_WORKS = "EXTERNAL_WORKS"
    TURN_ON = "TURN_ON"


STAGE_NAMES: Mapping[Stage, str] = MappingProxyType(
    {
        Stage.ACCEPT: "报装受理",
        Stage.SURVEY_DESIGN: "勘查设计",
        Stage.CONTRACT: "签订合同",
        Stage.PERMIT: "并联审批/告知承诺",
        Stage.EXTERNAL_WORKS: "外线施工",
        Stage.TURN_ON: "验收通水/通气/通热",
    }
)

# The public 环节 that comparable cities report: 受理勘查 and 验收开通. The others are not counted.
PUBLIC_STEPS: Mapping[Stage, int] = MappingProxyType(
    {Stage.ACCEPT: 1, Stage.SURVEY_DESIGN: 1, Stage.TURN_ON: 2}
)

# EXTERNAL_WORKS during PERMIT covers preparatory works only; excavation is checked where it is recorded.
OVERLAP_ALLOWED: frozenset[frozenset[Stage]] = frozenset(
    {
        frozenset({Stage.ACCEPT, Stage.SURVEY_DESIGN}),
        frozenset({Stage.SURVEY_DESIGN, Stage.CONTRACT}),
        frozenset({Stage.SURVEY_DESIGN, Stage.PERMIT}),
        frozenset({Stage.CONTRACT, Stage.PERMIT}),
        frozenset({Stage.CONTRACT, Stage.EXTERNAL_WORKS}),
        frozenset({Stage.PERMIT, Stage.EXTERNAL_WORKS}),
    }
)

_ALL = tuple(Stage)
_WITHOUT_LINE = tuple(stage for stage in Stage if stage not in {Stage.PERMIT, Stage.EXTERNAL_WORKS})


@dataclass(frozen=True, slots=True)
class Interval:
    """The time that a stage took, as aware instants; `end` is None while it runs.

    A stage that is reopened has a second interval. The recorded instants do not count for equality.
    """

    stage: Stage
    start: datetime
    end: datetime | None
    start_recorded_at: datetime | None = field(default=None, compare=False)
    end_recorded_at: datetime | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.end is not None and self.end < self.start:
            raise ValueError("环节结束时间不能早于开始时间")


def stages_of(length_class: LengthClass) -> tuple[Stage, ...]:
    """Return the stages of a class, in order; without an external line there are no permits and no works."""
    return _WITHOUT_LINE if length_class is LengthClass.L0_NONE else _ALL
