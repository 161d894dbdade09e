"""The checks F1 to F9 of charges (收费): F1 to F5 block an item, F6 to F9 warn and open a supervision item.

The lists that the checks go by are data of the policy `fee_catalogue` (seed clause 二（一）2; 国办函〔2020〕129号).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from services.hookup.domain.values.charges import ChargeItem, FeeRules, Location, Pricing, amount_of


class FindingCode(StrEnum):
    """The checks of the catalogue, in the order of their numbers, and that of being in it at all."""

    ABOLISHED_NAME = "F1_ABOLISHED_NAME"
    OUTSIDE_RED_LINE = "F2_OUTSIDE_RED_LINE"
    GOVERNMENT_FUNDED = "F3_GOVERNMENT_FUNDED"
    FORCED_SERVICE = "F4_FORCED_SERVICE"
    DESIGNATED_SUPPLIER = "F5_DESIGNATED_SUPPLIER"
    NO_PRICE_DOCUMENT = "F6_NO_PRICE_DOCUMENT"
    ABOVE_CAP = "F7_ABOVE_CAP"
    NOT_PUBLISHED = "F8_NOT_PUBLISHED"
    PRE_TICKED = "F9_PRE_TICKED"
    NOT_IN_CATALOGUE = "NOT_IN_CATALOGUE"


BLOCKING = frozenset(
    {
        FindingCode.ABOLISHED_NAME,
        FindingCode.OUTSIDE_RED_LINE,
        FindingCode.GOVERNMENT_FUNDED,
        FindingCode.FORCED_SERVICE,
        FindingCode.DESIGNATED_SUPPLIER,
        FindingCode.NOT_IN_CATALOGUE,
    }
)


_UNFAIR_CHARGE = (
    "《优化营商环境条例》第七十条第（三）项：向市场主体收取不合理费用的，责令改正，依法追究法律责任；"
    "《价格法》第四十一条：多收的价款应当退还，造成损害的依法赔偿"
)


_FORCED = (
    "《优化营商环境条例》第七十条第（二）项：强迫市场主体接受不合理的服务条件的，责令改正，依法追究法律责任；"
    "《价格法》第四十条、第四十一条：责令改正，没收违法所得，可以并处罚款，多收的价款应当退还"
)


_NOT_AS_PRICED = (
    "《价格法》第三十九条：不执行政府指导价、政府定价的，责令改正，没收违法所得，"
    "可以并处违法所得五倍以下的罚款"
)


CONSEQUENCES: Mapping[FindingCode, str] = MappingProxyType(
    {
        FindingCode.ABOLISHED_NAME: _UNFAIR_CHARGE,
        FindingCode.OUTSIDE_RED_LINE: _UNFAIR_CHARGE,
        FindingCode.GOVERNMENT_FUNDED: _UNFAIR_CHARGE,
        FindingCode.FORCED_SERVICE: _FORCED,
        FindingCode.DESIGNATED_SUPPLIER: f"{_FORCED}；《城镇燃气管理条例》第十八条第（六）项；《反垄断法》第二十二条",
        FindingCode.NO_PRICE_DOCUMENT: _NOT_AS_PRICED,
        FindingCode.ABOVE_CAP: _NOT_AS_PRICED,
        FindingCode.NOT_PUBLISHED: (
            "《优化营商环境条例》第二十八条、第七十条第（一）项：不公开资费标准的，责令改正，依法追究法律责任；"
            "《价格法》第十三条、第四十二条：违反明码标价规定的，责令改正，没收违法所得，可以并处五千元以下的罚款"
        ),
        FindingCode.PRE_TICKED: _FORCED,
        FindingCode.NOT_IN_CATALOGUE: _UNFAIR_CHARGE,
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that an item fails; `matched` is the abolished name of F1, else empty."""

    code: FindingCode
    text: str
    matched: str = ""

    @property
    def blocks(self) -> bool:
        """Whether the item must not be charged; F6 to F9 warn."""
        return self.code in BLOCKING

    @property
    def consequence(self) -> str:
        """The legal consequence, in Chinese, for staff."""
        return CONSEQUENCES[self.code]


def check_item(
    item: ChargeItem,
    on: date,
    project_start: date | None,
    rules: FeeRules,
    *,
    district: str = "",
    pre_ticked: bool = False,
    charged_fen: int | None = None,
    quantity_thousandths: int = 1000,
) -> tuple[Finding, ...]:
    """Check an item that is to be charged on a day; return the findings in the order of their numbers.

    `project_start` is when the user's project began. The transition of phased-out names applies only with it, and
    where `district` has a local end. `pre_ticked`: an application ticks the item for the user. `charged_fen` is the
    amount for the quantity, where it is not the catalogue's price.
    """
    findings: list[Finding] = []
    user_pays = item.is_charged
    if user_pays and (abolished := _abolished(item, on, project_start, district, rules)):
        name, source = abolished
        findings.append(Finding(FindingCode.ABOLISHED_NAME, f"“{name}”属已取消的收费名目（{source}）", name))
    if user_pays and item.location is Location.OUTSIDE:
        findings.append(
            Finding(FindingCode.OUTSIDE_RED_LINE, "建筑区划红线外的费用由专营单位承担，不得向用户收取")
        )
    if user_pays and item.government_funded:
        findings.append(Finding(FindingCode.GOVERNMENT_FUNDED, "政府已投资建设的工程，不得再向用户收取"))
    if user_pays and item.is_mandatory and item.pricing is Pricing.MARKET:
        findings.append(
            Finding(FindingCode.FORCED_SERVICE, "市场调节价的服务由用户自愿委托，不得设为必选或强制服务")
        )
    if item.designated_supplier:
        findings.append(Finding(FindingCode.DESIGNATED_SUPPLIER, "不得指定产品品牌、供应商或施工单位"))
    if item.pricing in (Pricing.GOVERNMENT, Pricing.GUIDED) and not item.price_document.strip():
        findings.append(
            Finding(FindingCode.NO_PRICE_DOCUMENT, "政府定价、政府指导价项目缺少价格主管部门文号")
        )
    price = item.price_fen if charged_fen is None else charged_fen
    quantity = 1000 if charged_fen is None else quantity_thousandths
    above = item.most_fen is not None and price > amount_of(item.most_fen, quantity)
    if above or (item.profit_rate is not None and item.profit_rate > rules.max_profit_rate):
        findings.append(Finding(FindingCode.ABOVE_CAP, "价格或成本利润率超过规定的上限"))
    if item.published_on is None or item.published_on > on:
        findings.append(Finding(FindingCode.NOT_PUBLISHED, "收费项目和标准尚未公示"))
    if pre_ticked and not item.is_mandatory:
        findings.append(Finding(FindingCode.PRE_TICKED, "可选项目不得预先勾选，由用户自行选择"))
    return tuple(findings)


def _abolished(
    item: ChargeItem, on: date, project_start: date | None, district: str, rules: FeeRules
) -> tuple[str, str] | None:
    end = rules.local_ends.get((item.supply, district))
    for row in rules.abolished:
        if item.supply not in row.supplies or on < row.since:
            continue
        if row.phased_out and end is not None and on < end and project_start and project_start < row.since:
            continue
        if name := row.named_in(item.name):
            return name, row.source
    return None
