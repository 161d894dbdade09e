"""Quotes and bills as amounts: quantities, rounding, comparison."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.hookup.domain.parts.quotes import (
    Bill,
    BillLine,
    Quote,
    QuoteLine,
    compare,
    parse_quantity,
    quantity_text,
)
from services.hookup.domain.values.charges import amount_of
from tests.services.hookup.domain.quote_samples import NOW, ONE


@pytest.mark.parametrize(
    ("text", "thousandths"),
    [("1", 1000), ("0.001", 1), ("2.5", 2500), ("12.34", 12340), ("007", 7000), ("999999.999", 999_999_999)],
)
def test_a_quantity_is_exact_thousandths(text: str, thousandths: int) -> None:
    assert parse_quantity(text) == thousandths


@pytest.mark.parametrize(
    ("text", "written"),
    [("1", "1"), ("10.000", "10"), ("0.001", "0.001"), ("12.50", "12.5"), ("100.01", "100.01")],
)
def test_a_quantity_is_written_without_zeros_at_its_end(text: str, written: str) -> None:
    assert quantity_text(parse_quantity(text)) == written


@pytest.mark.parametrize(
    "text", ["", "0", "0.000", "-1", "+1", "1.", ".5", "1.0001", "1e3", "１", " 1", "1\n", "1,000", "1000000"]
)
def test_a_quantity_that_is_none_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="数量"):
        parse_quantity(text)


@pytest.mark.parametrize(
    ("price", "thousandths", "amount"),
    [(18500, 1000, 18500), (1, 499, 0), (1, 500, 1), (1, 1499, 1), (1, 1500, 2), (18500, 12345, 228383)],
)
def test_a_line_is_rounded_half_up_to_a_fen(price: int, thousandths: int, amount: int) -> None:
    assert amount_of(price, thousandths) == amount


@given(st.integers(0, 10**9), st.integers(1, 999_999_999))
def test_rounding_is_that_of_exact_decimals(price: int, thousandths: int) -> None:
    exact = Decimal(price) * Decimal(thousandths) / 1000
    assert amount_of(price, thousandths) == exact.quantize(Decimal(1), ROUND_HALF_UP)


CODES = ["A", "B", "C", "D"]
QUOTED = st.dictionaries(
    st.sampled_from(CODES), st.tuples(st.integers(0, 10**6), st.sampled_from([True, False, None]))
)
BILLED = st.dictionaries(st.sampled_from(CODES), st.integers(0, 10**6))


def quote_of(lines: dict[str, tuple[int, bool | None]]) -> Quote:
    return Quote(
        NOW,
        "clerk-1",
        "1",
        None,
        [
            QuoteLine(
                code, code, "件", amount, ONE, amount, is_mandatory=False, findings=(), accepted=accepted
            )
            for code, (amount, accepted) in lines.items()
        ],
    )


def bill_of(lines: dict[str, int]) -> Bill:
    return Bill(NOW, "clerk-1", tuple(BillLine(code, code, amount) for code, amount in lines.items()))


@given(QUOTED, BILLED)
def test_the_differences_make_up_the_whole(
    quoted: dict[str, tuple[int, bool | None]], billed: dict[str, int]
) -> None:
    made = quote_of(quoted)
    found = compare(made, bill_of(billed))
    assert found.quoted_fen == made.accepted_fen
    assert found.billed_fen == sum(billed.values())
    assert found.difference_fen == found.billed_fen - found.quoted_fen
    assert found.difference_fen == sum(each.difference_fen for each in found.differences)
    by_code = {each.code: each for each in found.differences}
    accepted = {code for code, (_, answer) in quoted.items() if answer}
    assert by_code.keys() == accepted | billed.keys()
    assert len(by_code) == len(found.differences)
    assert found.unquoted_lines == len({code for code, amount in billed.items() if amount} - accepted)


def test_each_kind_of_difference() -> None:
    made = quote_of({"A": (100, True), "B": (200, True), "C": (300, False), "D": (400, None)})
    found = compare(made, bill_of({"A": 101, "C": 300, "E": 7, "F": 0}))
    assert [
        (each.code, each.quoted_fen, each.billed_fen, each.difference_fen) for each in found.differences
    ] == [
        ("A", 100, 101, 1),
        ("B", 200, 0, -200),
        ("C", 0, 300, 300),
        ("E", 0, 7, 7),
        ("F", 0, 0, 0),
    ]
    assert (found.quoted_fen, found.billed_fen, found.difference_fen, found.unquoted_lines) == (
        300,
        408,
        108,
        2,
    )


@given(st.integers(1, 999_999_999))
def test_every_quantity_survives_being_written(thousandths: int) -> None:
    assert parse_quantity(quantity_text(thousandths)) == thousandths


def test_a_single_fen_that_was_not_quoted_is_an_unquoted_line() -> None:
    bill = Bill(NOW, "clerk-1", (BillLine("A", "A", 1), BillLine("B", "B", 0)))
    assert compare(Quote(NOW, "clerk-1", "v1", None), bill).unquoted_lines == 1
