"""The readers of the registry's policies that its rules go by."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import Field, model_validator
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.http.quotas import QUOTAS
from libs.common.places import load_places
from libs.common.policy import PolicyKind, PolicyVersion
from libs.common.policy_bodies import PolicyBody, fraction
from libs.common.policy_changes import PolicySet
from services.registry.domain.addresses import ZonePolicy
from services.registry.domain.categories import (
    CATEGORY_NAMES,
    SUBJECT_NAMES,
    USE_NAMES,
    Category,
    CategoryPolicy,
    CategoryRule,
    UseType,
)
from services.registry.domain.duplicates import FEATURE_NAMES, Feature, MatchPolicy
from services.registry.domain.masking import MASK_NAMES, MaskKind, MaskPolicy, MaskRule
from services.registry.domain.sizes import Bounds, Industry, Metric, SizePolicy
from services.registry.identity.policy import IDENTITY_POLICY
from services.registry.storage.export_policy import EXPORT_POLICY
from services.registry.storage.request_policy import REQUEST_POLICY, any_judged
from services.registry.storage.reveal_policy import REVEAL_POLICY
from services.registry.storage.rights_policies import RIGHTS_POLICIES
from services.registry.storage.standing_policy import STANDING_POLICY
from services.registry.storage.tables import account, customer

_ClassCode = Annotated[str, Field(pattern="^[0-9ANY][0-9]$")]
_Name = Annotated[str, Field(min_length=1, max_length=40)]
_Count = Annotated[int, Field(ge=0, le=10)]
_Bound = Annotated[int, Field(ge=1, le=10**9)]
_StreetCode = Annotated[str, Field(pattern="^[0-9]{9}$")]


class _Rule(PolicyBody):
    category: Category
    source: Annotated[str, Field(min_length=4, max_length=200)]
    subjects: frozenset[str] = frozenset()
    uses: frozenset[UseType] = frozenset()


class _Categories(PolicyBody):
    classes: Mapping[_ClassCode, _Name]
    rules: Annotated[tuple[_Rule, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        for rule in self.rules:
            if not rule.subjects and not rule.uses:
                raise ValueError("每条规则须写明主体或用途", "请填写 subjects 或 uses")
            if unknown := rule.subjects - self.classes.keys() - set(SUBJECT_NAMES):
                raise ValueError(f"规则中的“{min(unknown)}”不在机构类别中", "请先在 classes 中列出")
        return self


class _Industry(PolicyBody):
    name: _Name
    employees: tuple[_Bound, _Bound, _Bound] | None = None
    revenue: tuple[_Bound, _Bound, _Bound] | None = None
    assets: tuple[_Bound, _Bound, _Bound] | None = None

    @property
    def bounds(self) -> Mapping[Metric, Bounds]:
        rows = {metric: getattr(self, metric) for metric in Metric}
        return {metric: Bounds(*row) for metric, row in rows.items() if row is not None}

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.bounds:
            raise ValueError("每个行业至少按一项指标划型", "请填写从业人员、营业收入或资产总额的下限")
        for row in self.bounds.values():
            if not row.large > row.medium > row.small:
                raise ValueError("大型、中型、小型的下限须依次减小", "请按大、中、小的次序填写")
        return self


class _Sizes(PolicyBody):
    industries: Annotated[Mapping[_Name, _Industry], Field(min_length=1)]


class _MaskRule(PolicyBody):
    first: _Count = 0
    last: _Count = 0
    stars: Annotated[int, Field(ge=2, le=10)] | None = None


class _Masking(PolicyBody):
    rules: Mapping[MaskKind, _MaskRule]


class _Zones(PolicyBody):
    zones: Mapping[str, tuple[_StreetCode, ...]]
    none: tuple[_StreetCode, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        places = load_places()
        listed: set[str] = set(self.none)
        if len(listed) < len(self.none):
            raise ValueError("一个街道、乡镇写了两次", "请删除重复的街道、乡镇")
        zones = {row.code: row.stat_parent for row in places.divisions if row.kind == "zone"}
        for zone, streets in self.zones.items():
            if zone not in zones:
                raise ValueError(f"“{zone}”不是开发区代码", "请填写开发区的本地代码")
            if any(code[:6] != zones[zone] or places.street(f"{code}000") is None for code in streets):
                raise ValueError("开发区的街道、乡镇须属于其所在的区", "请核对街道、乡镇代码")
            if len(streets) > len(set(streets)) or listed & set(streets):
                raise ValueError("一个街道、乡镇写了两次", "请删除重复的街道、乡镇")
            listed |= set(streets)
        return self


class _Matching(PolicyBody):
    weights: Annotated[Mapping[Feature, Annotated[int, Field(ge=0, le=1000)]], Field(min_length=1)]
    threshold: str
    prefixes: tuple[_Name, ...]
    suffixes: tuple[_Name, ...]
    least_weight: Annotated[int, Field(ge=0, le=1000)]
    most_partners: Annotated[int, Field(ge=1, le=1000)]
    ask_again_margin: str

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not sum(self.weights.values()):
            raise ValueError("权重不能全部为零", "请填写至少一项权重")
        if not 0 < fraction(self.threshold) <= 1:
            raise ValueError("阈值须大于0、不超过1", "请按 7/10 的样子填写")
        if not 0 <= fraction(self.ask_again_margin) < 1:
            raise ValueError("再次提示的分差须不小于0、小于1", "请按 1/20 的样子填写")
        return self


def category_policy(version: PolicyVersion) -> CategoryPolicy:
    """Read a version of `account_categories`. Raises pydantic's ValidationError."""
    body = _Categories.read(version.body)
    rules = tuple(CategoryRule(rule.category, rule.source, rule.subjects, rule.uses) for rule in body.rules)
    return CategoryPolicy(version.version, version.source_document, body.classes, rules)


def size_policy(version: PolicyVersion) -> SizePolicy:
    """Read a version of `enterprise_sizes`. Raises pydantic's ValidationError."""
    body = _Sizes.read(version.body)
    industries = {code: Industry(row.name, row.bounds) for code, row in body.industries.items()}
    return SizePolicy(version.version, version.source_document, industries)


def mask_policy(version: PolicyVersion) -> MaskPolicy:
    """Read a version of `masking`. Raises pydantic's ValidationError."""
    body = _Masking.read(version.body)
    rules = {kind: MaskRule(rule.first, rule.last, rule.stars) for kind, rule in body.rules.items()}
    return MaskPolicy(version.version, version.source_document, rules)


def zone_policy(version: PolicyVersion) -> ZonePolicy:
    """Read a version of `zone_streets`. Raises pydantic's ValidationError."""
    body = _Zones.read(version.body)
    zones: dict[str, str | None] = dict.fromkeys(body.none)
    zones |= {street: zone for zone, streets in body.zones.items() for street in streets}
    return ZonePolicy(version.version, version.source_document, zones)


def match_policy(version: PolicyVersion) -> MatchPolicy:
    """Read a version of `duplicate_matching`. Raises pydantic's ValidationError."""
    body = _Matching.read(version.body)
    return MatchPolicy(
        version.version,
        version.source_document,
        body.weights,
        Fraction(body.threshold),
        body.prefixes,
        body.suffixes,
        body.least_weight,
        body.most_partners,
        Fraction(body.ask_again_margin),
    )


CATEGORY_POLICY = PolicyKind(
    "account_categories",
    "用户类别认定规则",
    category_policy,
    {
        **{str(code): name for code, name in CATEGORY_NAMES.items()},
        **{str(code): name for code, name in SUBJECT_NAMES.items()},
        **{str(code): name for code, name in USE_NAMES.items()},
        "classes": "登记管理部门和机构类别",
        "rules": "认定规则（依次适用）",
        "category": "类别",
        "subjects": "主体",
        "uses": "用途",
        "source": "依据",
    },
)
SIZE_POLICY = PolicyKind(
    "enterprise_sizes",
    "中小企业划型标准",
    size_policy,
    {
        "industries": "行业",
        "name": "名称",
        Metric.EMPLOYEES: "从业人员（人）：大、中、小型下限",
        Metric.REVENUE: "营业收入（万元）：大、中、小型下限",
        Metric.ASSETS: "资产总额（万元）：大、中、小型下限",
    },
)
MASK_POLICY = PolicyKind(
    "masking",
    "个人信息脱敏形式",
    mask_policy,
    {
        **{str(code): name for code, name in MASK_NAMES.items()},
        "rules": "形式",
        "first": "前面显示（字）",
        "last": "后面显示（字）",
        "stars": "星号（个）",
    },
)
ZONE_POLICY = PolicyKind(
    "zone_streets",
    "开发区所辖街道、乡镇",
    zone_policy,
    {
        **{row.code: row.name for row in load_places().divisions if row.kind == "zone"},
        "zones": "开发区",
        "none": "不属于开发区的街道、乡镇",
    },
)
MATCH_POLICY = PolicyKind(
    "duplicate_matching",
    "疑似重复用户比对规则",
    match_policy,
    {
        **{str(code): name for code, name in FEATURE_NAMES.items()},
        "weights": "权重",
        "threshold": "阈值",
        "least_weight": "双方都有的各项权重之和的下限",
        "most_partners": "一项相同的用户多于几个不再比对",
        "ask_again_margin": "认定不重复后，分数再高出多少重新提示",
        "prefixes": "名称中忽略的前缀",
        "suffixes": "名称中忽略的后缀",
    },
)
KINDS: Final[tuple[PolicyKind[Any], ...]] = (
    CATEGORY_POLICY,
    SIZE_POLICY,
    MASK_POLICY,
    ZONE_POLICY,
    MATCH_POLICY,
    REQUEST_POLICY,
    REVEAL_POLICY,
    EXPORT_POLICY,
    *RIGHTS_POLICIES,
    QUOTAS,
    IDENTITY_POLICY,
    STANDING_POLICY,
)
# By what accounts, customers and requests are judged, and where their record says by which version.
_JUDGED: Final = {
    CATEGORY_POLICY.name: (account, "category_version"),
    SIZE_POLICY.name: (customer, "size_version"),
}


async def _judged_by(connection: AsyncConnection, version: PolicyVersion) -> bool:
    """Say whether an account, a customer or a request was judged by a version."""
    if version.policy == REQUEST_POLICY.name:
        return await any_judged(connection, version.version)
    if version.policy not in _JUDGED:
        return False
    table, name = _JUDGED[version.policy]
    statement = select(table.c.id).where(table.c.record[name].as_string() == version.version).limit(1)
    return await connection.scalar(statement) is not None


async def _judged_since(connection: AsyncConnection, policy: str, first: date, last: date | None) -> bool:
    """Say whether anything was judged by a policy: each thing is judged by the rules of its last change."""
    del first, last
    if policy == REQUEST_POLICY.name:
        return await any_judged(connection)
    if policy not in _JUDGED:
        return False
    table, name = _JUDGED[policy]
    statement = select(table.c.id).where(table.c.record[name].as_string().is_not(None)).limit(1)
    return await connection.scalar(statement) is not None


POLICIES: Final = PolicySet(
    Path(__file__).parents[1] / "policies.yaml", KINDS, judged_by=_judged_by, judged_since=_judged_since
)
