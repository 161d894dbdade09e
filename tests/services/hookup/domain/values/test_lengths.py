from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.places import Supply
from services.hookup.domain.values.lengths import (
    LENGTH_NAMES,
    LengthClass,
    LengthKind,
    classify,
    is_well_below,
    metres,
    parse_length,
)
from tests.services.hookup.domain.samples import POLICY, VECTORS


@pytest.mark.parametrize(("metres", "name", "limit"), VECTORS["E02"]["classes"])
def test_e02_classes_and_their_limits(metres: Any, name: str, limit: int | None) -> None:
    length = None if metres is None else parse_length(str(metres))
    length_class = classify(length, POLICY)
    assert length_class == name
    assert POLICY.limit_days.get((Supply.WATER, length_class)) == limit


@pytest.mark.parametrize(
    ("length_dm", "expected"),
    [
        (None, LengthClass.UNKNOWN),
        (0, LengthClass.L0_NONE),
        (1, LengthClass.L1_LE50),
        (500, LengthClass.L1_LE50),
        (501, LengthClass.L2_LE200),
        (2000, LengthClass.L2_LE200),
        (2001, LengthClass.L3_GT200),
    ],
)
def test_the_bounds_include_their_number(length_dm: int | None, expected: LengthClass) -> None:
    assert classify(length_dm, POLICY) is expected


def test_a_negative_length_has_no_class() -> None:
    with pytest.raises(ValueError, match="不能为负数"):
        classify(-1, POLICY)


@pytest.mark.parametrize(
    ("metres", "decimetres"),
    [
        ("0", 0),
        ("-0.0", 0),
        (" 42 ", 420),
        ("42.5", 425),
        ("0.1", 1),
        ("50.00", 500),
        ("99999.9", 999_999),
        (42, 420),
        (Decimal("50.1"), 501),
        (Decimal("1E+2"), 1000),
    ],
)
def test_metres_become_decimetres(metres: str | Decimal | int, decimetres: int) -> None:
    assert parse_length(metres) == decimetres


@pytest.mark.parametrize(
    ("metres", "message"),
    [
        ("-0.1", "不能为负数"),
        (-3, "不能为负数"),
        ("50.04", "一位小数"),
        (Decimal("0.01"), "一位小数"),
        ("100000", "不能超过 99999.9 米"),
        ("9" * 5000, "不能超过 99999.9 米"),
        ("", "数字"),
        ("42m", "数字"),
        ("1e3", "数字"),
        ("1_0", "数字"),
        ("５０", "数字"),
        ("NaN", "数字"),
        (Decimal("Infinity"), "数字"),
        ("4.", "数字"),
    ],
)
def test_what_is_no_length_is_refused(metres: str | Decimal | int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_length(metres)


@given(st.integers(0, 999_999))
def test_every_length_survives_being_written(decimetres: int) -> None:
    assert parse_length(f"{decimetres // 10}.{decimetres % 10}") == decimetres
    assert parse_length(Decimal(decimetres) / 10) == decimetres


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_a_longer_line_never_has_a_lower_class(a: int, b: int) -> None:
    order = list(LengthClass)
    short, long = sorted((a, b))
    assert order.index(classify(short, POLICY)) <= order.index(classify(long, POLICY))


@pytest.mark.parametrize(("built", "expected"), [(90, False), (89, True), (100, False)])
def test_well_below_is_more_than_a_tenth_shorter(built: int, expected: bool) -> None:
    assert is_well_below(built, 100) is expected


@pytest.mark.parametrize(("decimetres", "text"), [(None, None), (0, "0.0"), (7, "0.7"), (1234, "123.4")])
def test_a_length_is_written_in_metres(decimetres: int | None, text: str | None) -> None:
    assert metres(decimetres) == text


def test_each_kind_of_length_has_a_name() -> None:
    assert LENGTH_NAMES.keys() == set(LengthKind)
