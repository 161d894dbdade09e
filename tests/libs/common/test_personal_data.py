"""Numbers of persons are found however they are spelled, and nothing else is taken for one."""

import json
import random
import uuid
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.personal_data import PERSONAL_NAMES, PersonalNumber, find_personal
from libs.common.places import load_places

VECTORS = json.loads((Path(__file__).parents[2] / "vectors.json").read_text())
ZERO_WIDTH = "\u200b"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("请打13800138000", "mobile"),
        ("请打+8613800138000", "mobile"),
        ("请打 0086 138 0013 8000", "mobile"),
        ("请打138 0013 8000", "mobile"),
        ("请打138-0013-8000", "mobile"),
        ("请打138–0013—8000", "mobile"),
        ("请打138.0013.8000", "mobile"),
        ("请打(138)0013-8000", "mobile"),
        ("请打1 3 8 0 0 1 3 8 0 0 0", "mobile"),
        ("请打13 80 01 38 00 0", "mobile"),
        ("请打１３８００１３８０００", "mobile"),
        (f"请打1380013{ZERO_WIDTH}8000", "mobile"),
        ("请打138\u00ad0013\u20608000", "mobile"),
        ("请打١٣٨٠٠١٣٨٠٠٠", "mobile"),
        ("请打1️⃣3️⃣8️⃣0️⃣0️⃣1️⃣3️⃣8️⃣0️⃣0️⃣0️⃣", "mobile"),
        ("请打①③⑧⓪⓪①③⑧⓪⓪⓪", "mobile"),
        ("请打一三八零零一三八零零零", "mobile"),
        ("请打幺三八〇〇幺三八〇〇〇", "mobile"),
        ("唯一13800138000", "mobile"),
        ("Tel13800138000a", "mobile"),
        ("C-13800138000", "mobile"),
        ("0635-8220000", "landline"),
        ("06358220000", "landline"),
        ("（0635）822 0000转12", "landline"),
        ("+86 635 8220000", "landline"),
        ("010-65001234", "landline"),
        ("身份证371502 19900101 1234", "resident-id"),
        ("371502199001011234", "resident-id"),
        ("37150219000102005x", "resident-id"),
        ("372522-19631231-002X", "resident-id"),
        ("三七一五〇二一九九〇〇一〇一一二三四", "resident-id"),
        ("身份证号码：371502900101123", "resident-id"),
        ("身份证371502202001010011", "resident-id"),
        ("92371503MA3XX00292", "sole-trader-code"),
        ("92 371503 MA3XX0029 2", "sole-trader-code"),
        ("92371503ma3xx00299", "sole-trader-code"),
    ],
)
def test_it_is_found_in_any_spelling(text: str, kind: str) -> None:
    assert find_personal(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "",
        "户内管线能否沿北墙敷设？",
        "聊城管字〔2022〕49号",
        "聊政办发〔2022〕13号、鲁建城字〔2021〕8001号",
        "GB 32100-2015",
        "W-371502-20220930-0001",
        "OBJ-2022-000318",
        "EV-W-371502-20220930-0001",
        "台账 W-371502-20220930-0310",
        "202203010000123000",
        "371502202203010001",
        "371502202209300005",
        "0310-2022-0930",
        "2022-09-30 17:30:00，2022-10-01 13:00",
        "20220930173000",
        "合计 1,500.00 元，18,500.00 元，1500.00 200.00 3",
        "DN 150 改 200，长 1380 米",
        "8220000",
        "1380013800",
        "12800138000",
        "138001380001",
        "991502199001011234",
        "371502199013011234",
        # Of an enterprise: it is public.
        "91371502MA3XX0010R",
        "01838d6e-3f40-7a06-9f2b-5c0d6c1f7a11",
        "11380013-8000-7a06-9f2b-138001380001",
        "e3b0c44298fc1c13800138000f4c8996fb92427ae41e4649b934ca495991b785",
        "1 3 5 7 9 11 13 15",
        "18号楼1单元1801室",
    ],
)
def test_numbers_of_the_trade_are_none(text: str) -> None:
    assert find_personal(text) is None


def test_the_vectors_of_the_registry_hold() -> None:
    assert {find_personal(number) for number, _ in VECTORS["E09"]["valid"]} == {PersonalNumber.RESIDENT_ID}
    for text, is_number in (VECTORS["E09"]["mobiles"] | VECTORS["E09"]["fixed"]).items():
        assert (find_personal(text) is not None) is is_number, text
    found = {code: find_personal(code) for code, _ in VECTORS["E08"]["valid"]}
    assert [code for code, kind in found.items() if kind] == ["92371503MA3XX00292"]


def test_each_kind_has_a_name() -> None:
    assert PERSONAL_NAMES.keys() == set(PersonalNumber)


SPELLINGS = st.sampled_from(["", " ", "-", "–", "　", ZERO_WIDTH, "·", " - "])
DIGITS = st.sampled_from(["0123456789", "０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩", "〇一二三四五六七八九"])


@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    SPELLINGS,
    DIGITS,
    st.sampled_from(["", "+86", "+86 ", "0086-"]),
    st.sampled_from([(3, 7), (3, 7, 11), tuple(range(1, 11)), (5,), ()]),
)
def test_any_mobile_number_is_found(
    number: str, between: str, digits: str, country: str, cuts: tuple[int, ...]
) -> None:
    parts = [number[start:end] for start, end in zip((0, *cuts), (*cuts, 11), strict=True)]
    spelled = between.join(parts).translate(str.maketrans("0123456789", digits))
    assert find_personal(f"请打{country}{spelled}，谢谢") == "mobile"


@given(st.text(max_size=40), st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_words_around_it_hide_nothing(words: str, number: str) -> None:
    """Unless they end in digits, which make another number of it."""
    assert find_personal(f"{words}；{number}") is not None


@given(
    st.sampled_from([each.code for each in load_places().utilities()]),
    st.dates(date(2015, 1, 1), date(2099, 12, 31)),
    st.integers(1, 99_999),
    st.sampled_from(["", "EV-", "台账 ", "XK-"]),
)
def test_no_case_number_is_taken_for_a_person(utility: str, day: date, count: int, before: str) -> None:
    assert find_personal(f"{before}{utility}-{day:%Y%m%d}-{count:04d}") is None


def test_no_moment_amount_or_object_id_is_taken_for_a_person() -> None:
    chance = random.Random(49)
    for _ in range(2_000):
        day = date(2015, 1, 1) + timedelta(days=chance.randrange(9_000))
        moment = f"{day} {chance.randrange(24):02d}:{chance.randrange(60):02d}"
        other = f"{day:%Y%m%d}{chance.randrange(10_000):04d}"
        amount = f"{chance.randrange(10**7):,}.{chance.randrange(100):02d} 元"
        written = str(uuid.UUID(int=chance.getrandbits(128)))
        for text in (
            moment,
            f"{moment}~{moment}",
            other,
            amount,
            written,
            f"聊管审〔{day.year}〕{day.day}号",
        ):
            assert find_personal(text) is None, text


def test_a_long_text_is_read_in_one_go() -> None:
    """Each group of digits is joined with no more than what one number can have."""
    assert find_personal("1 " * 100_000 + "号") is None
