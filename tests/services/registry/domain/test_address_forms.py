"""Spellings of one address have one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.domain.address_forms import comparable_address


@pytest.mark.parametrize(
    "text",
    [
        "康乐小区3号楼2单元501室",
        "康乐小区3#楼2单元501",
        "康乐小区3栋2单元501户",
        "康乐小区 ３幢 ２单元 ５０１房",
        "康乐小区三号楼二单元501房间",
        "康乐小区第三号楼第二单元５０１号房",
        "康乐小区3#2单元501室",
        "康乐小区3-2-501",
        "康乐小区3-2-501室",
        "康乐小区3号楼2-501",
        "康乐小区3号楼-2-501室",
        "康乐小区3#-2-501",
        "康乐小区，03号楼，02单元，501室",
        "康乐小区(3号住宅楼)2单元五〇一室",
        "康乐小区\u200b3座2单元501号室",
    ],
)
def test_spellings_of_one_address(text: str) -> None:
    assert comparable_address(text) == "康乐小区3号楼2单元501室"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("a座101室", "A号楼101室"),
        ("民主路一百零八号", "民主路108号"),
        ("二十三号楼十二单元", "23号楼12单元"),
        ("十号院", "10号院"),
        ("八一路12-3号", "八一路12-3号"),
        ("三里铺村七组", "三里铺村七组"),
        ("第一人民医院", "第一人民医院"),
        ("中心街5226号3楼", "中心街5226号3楼"),
        ("建设路12#", "建设路12号"),
        ("", ""),
    ],
)
def test_forms(text: str, form: str) -> None:
    assert comparable_address(text) == form


@given(st.text("0123一二十百〇号楼栋#-单元室户房间第住宅座层A,。 （）路", max_size=14))
def test_a_form_stays_as_it_is(text: str) -> None:
    form = comparable_address(text)
    assert comparable_address(form) == form


@pytest.mark.parametrize("text", ["1", "一", "十", "3-", "0", "A-1-"])
def test_a_long_text_is_read_in_one_go(text: str) -> None:
    form = comparable_address(text * 50_000 + "路")
    assert comparable_address(form) == form


@given(st.integers(1, 999), st.integers(1, 99), st.integers(1, 9999))
def test_other_numbers_are_other_addresses(building: int, unit: int, room: int) -> None:
    forms = {
        comparable_address(f"小区{first}号楼{second}单元{third}室")
        for first, second, third in (
            (building, unit, room),
            (building + 1, unit, room),
            (building, unit + 1, room),
            (building, unit, room + 1),
        )
    }
    assert len(forms) == 4
