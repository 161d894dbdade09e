"""The readers of the policies of the hotline's words and grades."""

from collections.abc import Mapping
from typing import Annotated, Final, Self, TypeVar

from pydantic import Field, model_validator

from libs.common.policy import PolicyKind, PolicyVersion
from libs.common.policy_bodies import PolicyBody
from libs.common.texts import plain
from services.grievances.domain.hotline.values import STATUS_NAMES, HotlineStatus
from services.grievances.domain.hotline.words import HotlineGrades, HotlineWords
from services.grievances.domain.values.kinds import KIND_NAMES, GrievanceKind

_Code = Annotated[str, Field(pattern="^[A-Z0-9][A-Z0-9-]{0,19}$")]
_Word = Annotated[str, Field(min_length=1, max_length=40)]
_Listed = Annotated[tuple[_Word, ...], Field(max_length=500)]
C = TypeVar("C", bound=str)


class _Words(PolicyBody):
    kinds: dict[GrievanceKind, _Listed]
    statuses: dict[HotlineStatus, _Listed]
    categories: Annotated[dict[_Code, _Listed], Field(max_length=2000)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        for group in (self.kinds, self.statuses, self.categories):
            words = [plain(word) for listed in group.values() for word in listed]
            if twice := sorted({word for word in words if words.count(word) > 1}):
                raise ValueError(f"用语“{twice[0]}”有两个含义", "请只保留一个")
        return self


class _Scale(PolicyBody):
    steps: Annotated[int, Field(ge=2, le=10)]
    grades: dict[_Word, Annotated[int, Field(ge=1, le=5)]]


class _Grades(PolicyBody):
    scales: Annotated[tuple[_Scale, ...], Field(min_length=1, max_length=9)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len({scale.steps for scale in self.scales}) < len(self.scales):
            raise ValueError("等级数重复", "同一等级数只写一组")
        for scale in self.scales:
            if len({plain(word) for word in scale.grades}) != scale.steps:
                raise ValueError(f"{scale.steps} 级评价须有 {scale.steps} 个不同用语", "请核对等级用语")
        return self


def _turned(group: Mapping[C, tuple[str, ...]]) -> Mapping[str, C]:
    return {plain(word): code for code, listed in group.items() for word in listed}


def hotline_words(version: PolicyVersion) -> HotlineWords:
    """Read a version of `hotline_words`. Raises pydantic's ValidationError."""
    body = _Words.read(version.body)
    return HotlineWords(
        version.version, _turned(body.kinds), _turned(body.statuses), _turned(body.categories)
    )


def hotline_grades(version: PolicyVersion) -> HotlineGrades:
    """Read a version of `hotline_grades`. Raises pydantic's ValidationError."""
    body = _Grades.read(version.body)
    scales = {
        scale.steps: {plain(word): grade for word, grade in scale.grades.items()} for scale in body.scales
    }
    return HotlineGrades(version.version, scales)


HOTLINE_WORDS: Final = PolicyKind(
    "hotline_words",
    "热线工单用语",
    hotline_words,
    {
        **{str(kind): name for kind, name in KIND_NAMES.items()},
        **{str(status): name for status, name in STATUS_NAMES.items()},
        "kinds": "诉求种类",
        "statuses": "工单状态",
        "categories": "诉求类别",
    },
)
HOTLINE_GRADES: Final = PolicyKind(
    "hotline_grades",
    "热线评价等级",
    hotline_grades,
    {"scales": "等级", "steps": "等级数", "grades": "各级用语"},
)
