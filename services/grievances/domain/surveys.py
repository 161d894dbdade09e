"""A result of an external survey (第三方测评): a series of its own, never mixed with what we ask ourselves.

The city enters it from the surveyor's document, never who is rated; it is corrected by a new version, and the former
stays. Counts and scores are exact.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from libs.common.aggregate import Aggregate, Transitions
from libs.common.clock import local
from libs.common.places import Supply, load_places
from libs.common.rules import RuleError
from libs.common.texts import check_text
from services.grievances.domain.rules import Rules

MOST_VERSIONS: Final = 50
# 一、总体目标: 测评满意度达到99.5%以上.
TARGET: Final = Fraction(995, 1000)
FULL_SCORE: Final = 10_000
"""A score of a hundred, in hundredths of a point."""


class SurveyState(StrEnum):
    """A result stands; what it was before stays with it."""

    STANDS = "STANDS"


class SurveyVerb(StrEnum):
    """What can be done to a result."""

    CORRECT = "CORRECT_SURVEY"


class SurveyTimer(StrEnum):
    """A result waits for nothing by the clock."""


SURVEY_STATE_NAMES: Final[Mapping[SurveyState, str]] = MappingProxyType({SurveyState.STANDS: "已登记"})
SURVEY_VERB_NAMES: Final[Mapping[SurveyVerb, str]] = MappingProxyType({SurveyVerb.CORRECT: "更正"})
_CLAUSE: Final = "seed 一; 三（一）市场主体满意度测评"


@dataclass(frozen=True, slots=True)
class SurveyResult:
    """What a survey says of a place in a period of days.

    Of `sample` who were asked so many are `satisfied`; `score` is in hundredths of a point, of a hundred points. A
    place that is not named is all: the whole city, every utility, every service.
    """

    surveyor: str
    first_day: date
    last_day: date
    sample: int
    document_ref: str
    satisfied: int | None = None
    score: int | None = None
    district: str | None = None
    utility: str | None = None
    supply: Supply | None = None

    @property
    def meets(self) -> bool | None:
        """Whether the share of the satisfied reaches the target, by the exact fraction; None without that count."""
        return None if self.satisfied is None else Fraction(self.satisfied, self.sample) >= TARGET

    def placed(self) -> "SurveyResult":
        """Return it with the district and the service of its utility. Raises RuleError where they are others."""
        places = load_places()
        if self.district is not None and self.district not in {unit.code for unit in places.reporting_units}:
            raise RuleError("district-unknown", "没有这个县（市、区）", "请从名录中选择", "district")
        if self.utility is None:
            return self
        unit = next((unit for unit in places.utilities() if unit.code == self.utility), None)
        if unit is None:
            raise RuleError("utility-unknown", "没有这个专营单位", "请从单位名录中选择", "utility")
        if self.district not in (None, unit.district) or self.supply not in (None, unit.service):
            raise RuleError(
                "utility-elsewhere",
                "该单位不在所选县（市、区），或不经营所选业务",
                "请核对，或只选择专营单位",
                "utility",
            )
        return replace(self, district=unit.district, supply=unit.service)


@dataclass(frozen=True, slots=True)
class SurveyVersion:
    """A result as it was entered, and why it replaces the one before; None of the first."""

    result: SurveyResult
    at: datetime
    by: str
    reason: str | None = None


@dataclass(slots=True)
class Survey(Aggregate[Rules, SurveyTimer]):
    """One result with all its versions, the newest last."""

    transitions = Transitions(
        [(SurveyState.STANDS, SurveyVerb.CORRECT, SurveyState.STANDS, _CLAUSE)],
        SURVEY_STATE_NAMES,
        SURVEY_VERB_NAMES,
    )

    number: str
    state: SurveyState = field(default=SurveyState.STANDS, kw_only=True)
    versions: list[SurveyVersion] = field(default_factory=list, kw_only=True)

    @property
    def result(self) -> SurveyResult:
        """The result that stands."""
        return self.versions[-1].result

    def enter(self, result: SurveyResult, at: datetime) -> None:
        """Take a new result. Raises RuleError."""
        self._take(result, at, None)
        self.record("survey_entered", at)

    def correct(self, result: SurveyResult, reason: str, at: datetime) -> None:
        """Replace the result, and say why; the former stays. Raises RuleError."""
        self.check(SurveyVerb.CORRECT)
        check_text(reason, "reason")
        if result.placed() == self.result:
            raise RuleError("nothing-changed", "与现有结果相同", "请填写要更正的内容", "reason")
        if len(self.versions) >= MOST_VERSIONS:
            raise RuleError(
                "corrections-too-many", f"至多更正{MOST_VERSIONS - 1}次", "请核对后另行登记", "reason"
            )
        self._take(result, at, reason)
        self.record("survey_corrected", at)

    def _take(self, result: SurveyResult, at: datetime, reason: str | None) -> None:
        if self.actor is None or self.actor.subject is None or self.actor.unit != "city":
            raise RuleError("city-enters", "测评结果由市局登记、更正", "请将测评材料报市局", "surveyor")
        check_text(result.surveyor, "surveyor")
        if result.last_day < result.first_day:
            raise RuleError("period-reversed", "结束日期早于开始日期", "请核对日期", "last_day")
        if result.last_day > local(at).date():
            raise RuleError("period-not-over", "测评期还没有结束", "请在测评结束后登记", "last_day")
        if result.satisfied is None and result.score is None:
            raise RuleError("no-result", "满意人数和得分至少填写一项", "请按测评材料填写", "satisfied")
        if not 0 <= (result.score or 0) <= FULL_SCORE:
            raise RuleError("score-out-of-range", "得分不在0至100分之间", "请核对得分", "score")
        if (result.satisfied or 0) > result.sample:
            raise RuleError("more-than-asked", "满意人数多于样本量", "请核对人数", "satisfied")
        self.versions.append(SurveyVersion(result.placed(), at, self.actor.subject, reason))
