"""The readers of the policies of grievances."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import Field, model_validator
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.http.quotas import QUOTAS
from libs.common.places import Supply
from libs.common.policy import PolicyKind, PolicyVersion
from libs.common.policy_bodies import MonthDay, PolicyBody
from libs.common.policy_changes import PolicySet
from services.grievances.domain.rules import (
    Aim,
    Category,
    CategoryPolicy,
    HeatSeason,
    LimitPolicy,
    LimitRule,
    Season,
    Unit,
)
from services.grievances.domain.values.kinds import CLASS_NAMES, KIND_NAMES, GrievanceKind, LimitClass
from services.grievances.storage.hotline_policy import HOTLINE_GRADES, HOTLINE_WORDS
from services.grievances.storage.ledgers import LEDGER_EXPORT_POLICY
from services.grievances.storage.process_policy import PROCESS_POLICY
from services.grievances.storage.rating_policy import RATING_POLICY
from services.grievances.storage.tables import grievance, rating

_Code = Annotated[str, Field(pattern="^[A-Z0-9][A-Z0-9-]{0,19}$")]
_Name = Annotated[str, Field(min_length=1, max_length=40)]
_Source = Annotated[str, Field(min_length=2, max_length=200)]
_Text = Annotated[str, Field(min_length=1, max_length=1000)]
_Count = Annotated[int, Field(ge=1, le=1000)]
_Workdays = Annotated[int, Field(ge=1, le=90)]


class _Limit(PolicyBody):
    code: _Code
    name: _Name
    aim: Aim
    number: _Count
    unit: Unit
    source: _Source
    kinds: frozenset[GrievanceKind] = frozenset()
    supplies: frozenset[Supply] = frozenset()
    classes: frozenset[LimitClass] = frozenset()
    seasons: frozenset[Season] = frozenset()


class _Heat(PolicyBody):
    first: MonthDay
    last: MonthDay
    first_days: Annotated[int, Field(ge=1, le=60)]


class _Limits(PolicyBody):
    limits: Annotated[tuple[_Limit, ...], Field(min_length=1)]
    heat: _Heat

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len({limit.code for limit in self.limits}) < len(self.limits):
            raise ValueError("时限代码重复", "请为每条时限另取代码")
        without = [
            name
            for kind, name in KIND_NAMES.items()
            if not any(_is_general(limit, kind) for limit in self.limits)
        ]
        if without:
            raise ValueError(f"{'、'.join(without)}没有一般答复时限", "请补充不限业务和类别的答复时限")
        return self


def _is_general(limit: _Limit, kind: GrievanceKind) -> bool:
    narrowed = limit.supplies or limit.classes or limit.seasons
    return limit.aim is Aim.REPLY and not narrowed and (not limit.kinds or kind in limit.kinds)


class _Category(PolicyBody):
    code: _Code
    name: _Name
    parent: _Code | None = None
    limit_class: LimitClass | None = None
    kinds: frozenset[GrievanceKind] = frozenset()
    supplies: frozenset[Supply] = frozenset()


class _Categories(PolicyBody):
    categories: Annotated[tuple[_Category, ...], Field(min_length=1, max_length=2000)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        known: set[str] = set()
        for category in self.categories:
            if category.code in known:
                raise ValueError(f"类别代码“{category.code}”重复", "请为每个类别另取代码")
            if category.parent is not None and category.parent not in known:
                raise ValueError(f"类别“{category.name}”的上级不在其前", "请把上级类别写在前面")
            known.add(category.code)
        return self


def _year_day(text: str) -> tuple[int, int]:
    month, day = text.split("-")
    return int(month), int(day)


def limit_policy(version: PolicyVersion) -> LimitPolicy:
    """Read a version of `grievance_limits`. Raises pydantic's ValidationError."""
    body = _Limits.read(version.body)
    rules = tuple(LimitRule(**limit.model_dump()) for limit in body.limits)
    heat = HeatSeason(_year_day(body.heat.first), _year_day(body.heat.last), body.heat.first_days)
    return LimitPolicy(version.version, version.source_document, rules, heat)


def category_policy(version: PolicyVersion) -> CategoryPolicy:
    """Read a version of `grievance_categories`. Raises pydantic's ValidationError."""
    body = _Categories.read(version.body)
    tree = {row.code: Category(**row.model_dump()) for row in body.categories}
    return CategoryPolicy(version.version, version.source_document, tree, version.valid_from)


LIMIT_POLICY: Final = PolicyKind(
    "grievance_limits",
    "诉求办理时限",
    limit_policy,
    {
        **{str(kind): name for kind, name in KIND_NAMES.items()},
        **{str(limit_class): name for limit_class, name in CLASS_NAMES.items()},
        "limits": "时限",
        "code": "代码",
        "name": "名称",
        "aim": "时限用于",
        "number": "数",
        "unit": "单位",
        "source": "依据",
        "kinds": "诉求种类",
        "supplies": "业务",
        "classes": "紧急类别",
        "seasons": "供热期",
        "heat": "供热期",
        "first": "首日（月-日）",
        "last": "末日（月-日）",
        "first_days": "初期（天）",
    },
)
CATEGORY_POLICY: Final = PolicyKind(
    "grievance_categories",
    "诉求类别目录",
    category_policy,
    {
        **{str(kind): name for kind, name in KIND_NAMES.items()},
        **{str(limit_class): name for limit_class, name in CLASS_NAMES.items()},
        "categories": "类别",
        "code": "代码",
        "name": "名称",
        "parent": "上级",
        "limit_class": "紧急类别",
        "kinds": "适用的诉求种类",
        "supplies": "适用的业务",
    },
)
KINDS: Final[tuple[PolicyKind[Any], ...]] = (
    LIMIT_POLICY,
    CATEGORY_POLICY,
    PROCESS_POLICY,
    RATING_POLICY,
    LEDGER_EXPORT_POLICY,
    HOTLINE_WORDS,
    HOTLINE_GRADES,
    QUOTAS,
)
# By what grievances are judged, and the column that says by which version.
_JUDGED: Final = {
    LIMIT_POLICY.name: grievance.c.limits_version,
    CATEGORY_POLICY.name: grievance.c.category_version,
    RATING_POLICY.name: rating.c.policy_version,
}


async def _judged_by(connection: AsyncConnection, version: PolicyVersion) -> bool:
    """Say whether a grievance was judged by a version."""
    if version.policy not in _JUDGED:
        return False
    statement = select(_JUDGED[version.policy]).where(_JUDGED[version.policy] == version.version).limit(1)
    return await connection.scalar(statement) is not None


async def _judged_since(connection: AsyncConnection, policy: str, first: date, last: date | None) -> bool:
    """Say whether anything was judged by a policy: each grievance is by the rules of its last dispatch."""
    del first, last
    if policy not in _JUDGED:
        return False
    statement = select(_JUDGED[policy]).where(_JUDGED[policy].is_not(None)).limit(1)
    return await connection.scalar(statement) is not None


POLICIES: Final = PolicySet(
    Path(__file__).parents[1] / "policies.yaml", KINDS, judged_by=_judged_by, judged_since=_judged_since
)
