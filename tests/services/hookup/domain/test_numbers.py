"""A case number is the same in every spelling, and the system's own are told by their form."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.hookup.domain.values.numbers import OwnNumber, case_number, own_number
from tests.libs.common.test_texts import UNSEEN

NUMBER = "W-371502-20220301-0001"


@given(st.data())
def test_a_number_is_the_same_in_any_spelling(data: st.DataObject) -> None:
    spelled = ""
    for character in NUMBER:
        before = data.draw(st.text(alphabet=UNSEEN, max_size=2))
        wide = chr(ord(character) + 0xFEE0)
        spelled += before + data.draw(st.sampled_from([character, character.lower(), wide, wide.lower()]))
    assert case_number(f" {spelled}\u3000") == NUMBER


@pytest.mark.parametrize(
    ("number", "own"),
    [
        (NUMBER, OwnNumber("W-371502", date(2022, 3, 1), 1)),
        ("H-371502-20220228-10000", OwnNumber("H-371502", date(2022, 2, 28), 10_000)),
        ("G-371502-20221231-0012", OwnNumber("G-371502", date(2022, 12, 31), 12)),
        ("W-371502-20220229-0001", None),
        ("W-371502-20220301-001", None),
        ("W-371502-20220301-0001-2", None),
        ("W-371502-２0220301-0001", None),
        ("GD2022-001", None),
        ("", None),
    ],
)
def test_the_systems_own_numbers(number: str, own: OwnNumber | None) -> None:
    assert own_number(number) == own
    assert own is None or f"{own.prefix}-{own.count:04d}" == number
