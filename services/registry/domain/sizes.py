"""The size of an enterprise (工信部联企业〔2011〕300号; 国统字〔2017〕213号 has the same numbers).

Lower bounds are inclusive (及以上, 民法典 §1259), and every metric of an industry's row has to reach them; otherwise
the size is one below. The table is data of the policy `enterprise_sizes`; money is integer 分, its bounds are 万元.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Final

from libs.common.rules import RuleError
from services.registry.domain.categories import Category

FEN_PER_WAN: Final = 1_000_000


class Size(IntEnum):
    """The size of an enterprise, in order."""

    MICRO = 1
    SMALL = 2
    MEDIUM = 3
    LARGE = 4


class Metric(StrEnum):
    """What sizes are measured by: 从业人员, 营业收入, 资产总额."""

    EMPLOYEES = "employees"
    REVENUE = "revenue"
    ASSETS = "assets"


SIZE_NAMES: Final[Mapping[Size, str]] = MappingProxyType(
    {Size.LARGE: "大型", Size.MEDIUM: "中型", Size.SMALL: "小型", Size.MICRO: "微型"}
)
METRIC_NAMES: Final[Mapping[Metric, str]] = MappingProxyType(
    {Metric.EMPLOYEES: "从业人员（人）", Metric.REVENUE: "营业收入", Metric.ASSETS: "资产总额"}
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The lower bounds of one metric, inclusive, in persons or 万元."""

    large: int
    medium: int
    small: int


@dataclass(frozen=True, slots=True)
class Industry:
    """A row of the table: an industry with the bounds of the metrics that it goes by."""

    name: str
    bounds: Mapping[Metric, Bounds]

    @property
    def in_words(self) -> str:
        """The row as people read it: of each metric the lower bounds."""
        return "；".join(
            f"{METRIC_NAMES[metric]}{'' if metric is Metric.EMPLOYEES else '（万元）'}："
            f"大型 {row.large}、中型 {row.medium}、小型 {row.small} 以上"
            for metric, row in self.bounds.items()
        )


@dataclass(frozen=True, slots=True)
class SizePolicy:
    """One version of the table, by the code of the industry; the shipped one is in `policies.yaml`."""

    version: str = "default"
    source: str = ""
    industries: Mapping[str, Industry] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SizeInputs:
    """What an enterprise declares: its industry, persons, and money in 分; None is unknown."""

    industry: str
    employees: int | None = None
    revenue_fen: int | None = None
    assets_fen: int | None = None


@dataclass(frozen=True, slots=True)
class SizeVerdict:
    """The size of an enterprise, the metrics that keep it there, and the version of the table."""

    size: Size
    decided_by: tuple[Metric, ...]
    version: str


def size_of(inputs: SizeInputs, policy: SizePolicy) -> SizeVerdict:
    """Return the size by the metrics of the industry's row. Raises RuleError for an unknown or missing input."""
    industry = policy.industries.get(inputs.industry)
    if industry is None:
        raise RuleError("industry-unknown", "划型标准中没有该行业", "请从行业清单中选择", "industry")
    values: Mapping[Metric, tuple[str, int | None, int]] = {
        Metric.EMPLOYEES: ("employees", inputs.employees, 1),
        Metric.REVENUE: ("revenue_fen", inputs.revenue_fen, FEN_PER_WAN),
        Metric.ASSETS: ("assets_fen", inputs.assets_fen, FEN_PER_WAN),
    }
    sizes = {}
    for metric, bounds in industry.bounds.items():
        field_name, value, unit = values[metric]
        if value is None:
            raise RuleError(
                "size-input-missing",
                f"{industry.name}按{_names(industry)}划型，缺少{METRIC_NAMES[metric]}",
                f"请填写{METRIC_NAMES[metric]}",
                field_name,
            )
        if value < 0:
            raise RuleError(
                "size-input-negative", f"{METRIC_NAMES[metric]}不能为负数", "请核对后重新填写", field_name
            )
        sizes[metric] = _reached(value, bounds, unit)
    size = min(sizes.values())
    return SizeVerdict(size, tuple(metric for metric in sizes if sizes[metric] is size), policy.version)


def is_small_or_micro(category: Category, listed: bool | None, size: Size | None) -> bool | None:
    """Whether an account counts as 个体工商户或小微企业 (seed clause 二（二）4); None where that is not known.

    A sole trader needs no size. Of an enterprise it is the entry in 小微企业名录 or its declared size [R].
    """
    if not category.is_market_subject:
        return False
    if category is Category.IND or listed:
        return True
    return None if size is None else size <= Size.SMALL


def _reached(value: int, bounds: Bounds, unit: int) -> Size:
    sizes: Sequence[tuple[Size, int]] = (
        (Size.LARGE, bounds.large),
        (Size.MEDIUM, bounds.medium),
        (Size.SMALL, bounds.small),
    )
    return next((size for size, bound in sizes if value >= bound * unit), Size.MICRO)


def _names(industry: Industry) -> str:
    return "、".join(METRIC_NAMES[metric] for metric in industry.bounds)
