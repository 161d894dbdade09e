"""The category of an account (户) by its subject and use, and its price class (聊城管字〔2022〕49号 二（二）1).

The category belongs to the account and not to the person. Its rules are data of the policy `account_categories`: no
law defines 公服用户 [R], and the list of class codes is in part unverified [M].
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from services.registry.domain.identifiers import CreditCode


class Category(StrEnum):
    """The five categories of the notice: 企业用户, 个体工商户, 居民用户, 公服用户, 其他."""

    ENT = "ENT"
    IND = "IND"
    RES = "RES"
    PUB = "PUB"
    OTH = "OTH"

    @property
    def is_market_subject(self) -> bool:
        """Whether accounts of it are 市场主体, whom the survey of satisfaction asks: enterprises and sole traders."""
        return self in (Category.ENT, Category.IND)


class SubjectKind(StrEnum):
    """Whose the account is, where no credit code says so; as codes of rules beside the class codes."""

    PERSON = "PERSON"
    FORMER_NUMBER = "FORMER_NUMBER"
    UNREGISTERED = "UNREGISTERED"


class UseType(StrEnum):
    """What the premises are used for."""

    RESIDENTIAL = "RESIDENTIAL"
    COMMERCIAL = "COMMERCIAL"
    INDUSTRIAL = "INDUSTRIAL"
    OFFICE = "OFFICE"
    CONSTRUCTION = "CONSTRUCTION"
    AGRICULTURAL = "AGRICULTURAL"
    SCHOOL = "SCHOOL"
    HOSPITAL = "HOSPITAL"
    WELFARE = "WELFARE"
    MUNICIPAL = "MUNICIPAL"
    RELIGIOUS = "RELIGIOUS"
    OTHER = "OTHER"


class PriceClass(StrEnum):
    """The classes of water prices (46号令: 居民生活, 非居民, 特种用水); chosen by itself, not by the category."""

    RESIDENT = "RESIDENT"
    NON_RESIDENT = "NON_RESIDENT"
    SPECIAL = "SPECIAL"


CATEGORY_NAMES: Final[Mapping[Category, str]] = MappingProxyType(
    {
        Category.ENT: "企业用户",
        Category.IND: "个体工商户",
        Category.RES: "居民用户",
        Category.PUB: "公服用户",
        Category.OTH: "其他",
    }
)
SUBJECT_NAMES: Final[Mapping[SubjectKind, str]] = MappingProxyType(
    {
        SubjectKind.PERSON: "自然人",
        SubjectKind.FORMER_NUMBER: "15位旧注册号",
        SubjectKind.UNREGISTERED: "无统一社会信用代码的单位",
    }
)
USE_NAMES: Final[Mapping[UseType, str]] = MappingProxyType(
    {
        UseType.RESIDENTIAL: "居民生活",
        UseType.COMMERCIAL: "商业服务",
        UseType.INDUSTRIAL: "工业生产",
        UseType.OFFICE: "办公",
        UseType.CONSTRUCTION: "建筑施工",
        UseType.AGRICULTURAL: "农业生产",
        UseType.SCHOOL: "学校、托幼",
        UseType.HOSPITAL: "医疗卫生",
        UseType.WELFARE: "养老和社会福利",
        UseType.MUNICIPAL: "环卫、绿化、消防等市政用途",
        UseType.RELIGIOUS: "宗教活动场所",
        UseType.OTHER: "其他用途",
    }
)
PRICE_NAMES: Final[Mapping[PriceClass, str]] = MappingProxyType(
    {PriceClass.RESIDENT: "居民", PriceClass.NON_RESIDENT: "非居民", PriceClass.SPECIAL: "特种"}
)


@dataclass(frozen=True, slots=True)
class CategoryRule:
    """A category for subjects, by class code or SubjectKind, and uses; what names none holds for any."""

    category: Category
    source: str
    subjects: frozenset[str] = frozenset()
    uses: frozenset[UseType] = frozenset()


@dataclass(frozen=True, slots=True)
class CategoryPolicy:
    """One version of the rules, of which the first that holds decides; the shipped one is in `policies.yaml`.

    `classes` are the names of the class codes of credit codes.
    """

    version: str = "default"
    source: str = ""
    classes: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[CategoryRule, ...] = ()


@dataclass(frozen=True, slots=True)
class CategoryVerdict:
    """A category with the source of the rule and the version of the policy that gave it."""

    category: Category
    source: str
    version: str


def subject_of(code: CreditCode | None, *, is_person: bool) -> str:
    """Return the subject of an account as rules name it: a class code, or a SubjectKind.

    A sole trader's code goes before the person who has it.
    """
    if code is not None:
        return code.class_code or SubjectKind.FORMER_NUMBER
    return SubjectKind.PERSON if is_person else SubjectKind.UNREGISTERED


def category_of(subject: str, use: UseType, policy: CategoryPolicy) -> CategoryVerdict:
    """Return the category of an account by the first rule that holds; OTH by none."""
    for rule in policy.rules:
        if (not rule.subjects or subject in rule.subjects) and (not rule.uses or use in rule.uses):
            return CategoryVerdict(rule.category, rule.source, policy.version)
    return CategoryVerdict(Category.OTH, policy.source, policy.version)
