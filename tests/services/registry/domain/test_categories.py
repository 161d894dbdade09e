"""The category of an account follows its subject and use, by the first rule that holds."""

from collections.abc import Mapping
from enum import StrEnum

import pytest

from services.registry.domain.categories import (
    CATEGORY_NAMES,
    PRICE_NAMES,
    SUBJECT_NAMES,
    USE_NAMES,
    Category,
    CategoryPolicy,
    PriceClass,
    SubjectKind,
    UseType,
    category_of,
    subject_of,
)
from services.registry.domain.identifiers import credit_code
from tests.services.registry.samples import CATEGORIES, VECTORS

PUBLIC_USES = {UseType.SCHOOL, UseType.HOSPITAL, UseType.WELFARE, UseType.MUNICIPAL, UseType.RELIGIOUS}


@pytest.mark.parametrize(
    ("subject", "use", "category"),
    [
        ("91", UseType.INDUSTRIAL, "ENT"),
        ("93", UseType.AGRICULTURAL, "ENT"),
        ("91", UseType.RESIDENTIAL, "ENT"),
        ("92", UseType.COMMERCIAL, "IND"),
        ("FORMER_NUMBER", UseType.COMMERCIAL, "IND"),
        ("11", UseType.OFFICE, "PUB"),
        ("12", UseType.OFFICE, "PUB"),
        ("13", UseType.OFFICE, "PUB"),
        ("51", UseType.OFFICE, "PUB"),
        ("52", UseType.OFFICE, "PUB"),
        ("53", UseType.OFFICE, "PUB"),
        ("A1", UseType.OTHER, "PUB"),
        ("91", UseType.SCHOOL, "PUB"),
        ("PERSON", UseType.WELFARE, "PUB"),
        ("UNREGISTERED", UseType.MUNICIPAL, "PUB"),
        ("PERSON", UseType.RESIDENTIAL, "RES"),
        ("PERSON", UseType.COMMERCIAL, "OTH"),
        ("UNREGISTERED", UseType.RESIDENTIAL, "OTH"),
        ("N2", UseType.OFFICE, "OTH"),
        ("59", UseType.OFFICE, "OTH"),
    ],
)
def test_categories(subject: str, use: UseType, category: str) -> None:
    verdict = category_of(subject, use, CATEGORIES)
    assert (verdict.category, verdict.version) == (category, "2022-49")
    assert len(verdict.source) > 3


@pytest.mark.parametrize("subject", [*CATEGORIES.classes, *SubjectKind])
@pytest.mark.parametrize("use", UseType)
def test_public_use_goes_before_whose_it_is(subject: str, use: UseType) -> None:
    category = category_of(subject, use, CATEGORIES).category
    assert use not in PUBLIC_USES or category is Category.PUB
    assert (category is Category.RES) is (subject == "PERSON" and use is UseType.RESIDENTIAL)
    assert category.is_market_subject is (
        use not in PUBLIC_USES and subject in ("91", "92", "93", "FORMER_NUMBER")
    )


def test_subjects() -> None:
    codes = [credit_code(code, CATEGORIES.classes) for code, _ in VECTORS["E08"]["valid"]]
    assert [subject_of(code, is_person=False) for code in codes] == ["91", "92", "11", "12"]
    assert subject_of(codes[1], is_person=True) == "92"
    assert subject_of(credit_code("371502600012345", CATEGORIES.classes), is_person=True) == "FORMER_NUMBER"
    assert subject_of(None, is_person=True) == "PERSON"
    assert subject_of(None, is_person=False) == "UNREGISTERED"


def test_the_rules_are_data() -> None:
    verdict = category_of("91", UseType.INDUSTRIAL, CategoryPolicy("x", "来源"))
    assert (verdict.category, verdict.source, verdict.version) == (Category.OTH, "来源", "x")


@pytest.mark.parametrize(
    ("names", "codes"),
    [
        (CATEGORY_NAMES, Category),
        (USE_NAMES, UseType),
        (PRICE_NAMES, PriceClass),
        (SUBJECT_NAMES, SubjectKind),
    ],
)
def test_every_code_has_a_name(names: Mapping[StrEnum, str], codes: type[StrEnum]) -> None:
    assert set(names) == set(codes)
