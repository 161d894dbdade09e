"""A masked form shows no more than its rule, is known as one, and is accepted at no door."""

import sys
import unicodedata
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.references import BadReferenceError
from services.registry.domain.identifiers import (
    BadIdentifierError,
    PaperKind,
    credit_code,
    landline,
    mobile,
    paper_number,
    phone,
    resident_id,
)
from services.registry.domain.masking import (
    STAR,
    MaskKind,
    MaskPolicy,
    MaskRule,
    is_masked,
    mask,
    masked_address,
    refuse_masked,
)
from tests.services.registry.domain.test_identifiers import credit_codes, resident_ids
from tests.services.registry.samples import CATEGORIES, MASKS, RESOLVER, VECTORS

TODAY = date(2022, 7, 4)
CLASSES = CATEGORIES.classes


def test_the_vectors_hold() -> None:
    assert [
        mask(MaskKind.RESIDENT_ID, "371502190001010011", MASKS),
        mask(MaskKind.MOBILE, "13800001234", MASKS),
        mask(MaskKind.NAME, "王小明", MASKS),
    ] == VECTORS["E09"]["masks"]


@pytest.mark.parametrize(
    ("kind", "value", "form"),
    [
        (MaskKind.NAME, "张三", "张**"),
        (MaskKind.NAME, "欧阳修文", "欧**"),
        (MaskKind.NAME, "张", "**"),
        (MaskKind.LANDLINE, "0635-8220000", "0635-*****00"),
        (MaskKind.PAPER, "E12345678", "E*******8"),
        (MaskKind.ACCOUNT_NUMBER, "1003718822", "****8822"),
        (MaskKind.ACCOUNT_NUMBER, "8822", "****"),
        (MaskKind.ADDRESS, "", "****"),
    ],
)
def test_forms(kind: MaskKind, value: str, form: str) -> None:
    assert mask(kind, value, MASKS) == form


def test_without_a_rule_all_is_hidden() -> None:
    assert mask(MaskKind.NAME, "王小明", MaskPolicy()) == "***"


def test_the_code_of_an_enterprise_is_public_and_a_sole_traders_is_not() -> None:
    forms = {
        code: credit_code(code, CLASSES).outside(MASKS)
        for code in ("91371502MA3XX0010R", "92371503MA3XX00292", "11371500000000035M", "371502600012345")
    }
    assert list(forms.values()) == [
        "91371502MA3XX0010R",
        "92***************2",
        "11371500000000035M",
        "37************5",
    ]


def test_an_address_is_shown_as_far_as_its_street() -> None:
    forms = {
        text: masked_address(RESOLVER.public_part(RESOLVER.resolve(text, TODAY)), MASKS)
        for text in (
            "山东省聊城市东昌府区柳园街道花园社区3号楼2单元501室",
            "茌平县振兴办事处中心街5226号",
            "临清市新华路329号",
            "张三家隔壁",
        )
    }
    assert list(forms.values()) == ["东昌府区柳园街道****", "茌平区振兴街道****", "临清市****", "****"]


VALUES = st.text("0123456789ABCDEFGHX-张王李小明", min_size=0, max_size=30)


@given(st.sampled_from(MaskKind), VALUES)
def test_a_masked_form_is_known_and_stays_masked(kind: MaskKind, value: str) -> None:
    form = mask(kind, value, MASKS)
    assert is_masked(form)
    with pytest.raises(BadReferenceError) as caught:
        refuse_masked(f"{form} ")
    assert caught.value.code == "masked-value"
    assert mask(kind, form, MASKS).count("*") >= 2


@given(st.sampled_from(MaskKind), VALUES, VALUES)
def test_no_more_is_told_than_the_characters_that_are_shown(kind: MaskKind, value: str, other: str) -> None:
    """Two values of one length that agree where they are shown have one form."""
    rule = MASKS.rules[kind]
    hidden = len(value) - rule.first - rule.last
    form = mask(kind, value, MASKS)
    if hidden > 0:
        end = len(value) - rule.last
        filled = value[: rule.first] + (other * len(value) + "0" * len(value))[:hidden] + value[end:]
        assert mask(kind, filled, MASKS) == form
        assert len(form.replace("*", "")) == rule.first + rule.last
    else:
        assert set(form) == {"*"}


@given(resident_ids(), st.from_regex("1[3-9][0-9]{9}", fullmatch=True), st.from_regex("0635-[2-8][0-9]{6}"))
def test_a_masked_number_is_accepted_at_no_door(number: str, mobile_number: str, fixed: str) -> None:
    doors: list[Callable[[], object]] = [
        lambda: resident_id(mask(MaskKind.RESIDENT_ID, number, MASKS), TODAY),
        lambda: paper_number(PaperKind.PASSPORT, mask(MaskKind.PAPER, number, MASKS), TODAY),
        lambda: mobile(mask(MaskKind.MOBILE, mobile_number, MASKS)),
        lambda: phone(mask(MaskKind.MOBILE, mobile_number, MASKS)),
        lambda: landline(mask(MaskKind.LANDLINE, fixed.strip(), MASKS)),
        lambda: phone(mask(MaskKind.LANDLINE, fixed.strip(), MASKS)),
    ]
    for door in doors:
        with pytest.raises(BadIdentifierError) as caught:
            door()
        assert caught.value.code == "masked-value"


@given(credit_codes())
def test_a_masked_code_is_no_code(code: str) -> None:
    form = credit_code(code, CLASSES).outside(MASKS)
    if form != code:
        with pytest.raises(BadIdentifierError) as caught:
            credit_code(form, CLASSES)
        assert caught.value.code == "masked-value"
    assert (form == code) is (code[:2] != "92")


@pytest.mark.parametrize(
    "text", ["张*", "张＊＊", "138∗∗∗∗1234", "*明", "3*\u200b*1", "东昌府区柳园街道****", "第*号", "1**2"]
)
def test_spellings_of_a_masked_form(text: str) -> None:
    assert is_masked(text)


def test_every_star_is_known() -> None:
    """Whatever character normalises to a star is one, wherever it stands."""
    stars = [
        chr(code) for code in range(sys.maxunicode + 1) if STAR in unicodedata.normalize("NFKC", chr(code))
    ]
    assert {"＊", "﹡"} <= set(stars)
    assert [star for star in (*stars, *"∗⁎✱✲٭") if not is_masked(f"张{star}")] == []


@pytest.mark.parametrize("text", ["", "7*24便利店", "DN50*4", "3×5", "张三"])
def test_what_is_no_masked_form(text: str) -> None:
    assert not is_masked(text)
    refuse_masked(text)


@given(st.integers(0, 10), st.integers(0, 10), VALUES)
def test_no_policy_shows_a_value_whole(first: int, last: int, value: str) -> None:
    policy = MaskPolicy(rules={MaskKind.NAME: MaskRule(first, last)})
    form = mask(MaskKind.NAME, value, policy)
    assert len(form.replace("*", "")) < max(1, len(value))
