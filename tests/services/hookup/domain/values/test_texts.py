"""What is not seen, or seen alike, does not tell texts and case numbers apart."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.references import is_turned, visible
from services.hookup.domain.values.numbers import OwnNumber, case_number, own_number
from services.hookup.domain.values.texts import narrow, plain

NUMBER = "W-371502-20220301-0001"
UNSEEN = "\u200b\u200d\u200e\ufeff\u00ad\u2060\u202a\u202d\u202c\u2066\u2069\x00\x07\x7f\u3164\ufe0f\u180e"


@given(st.data())
def test_a_number_is_the_same_in_any_spelling(data: st.DataObject) -> None:
    spelled = ""
    for character in NUMBER:
        before = data.draw(st.text(alphabet=UNSEEN, max_size=2))
        wide = chr(ord(character) + 0xFEE0)
        spelled += before + data.draw(st.sampled_from([character, character.lower(), wide, wide.lower()]))
    assert case_number(f" {spelled}\u3000") == NUMBER


@given(st.text())
def test_visible_takes_nothing_that_is_seen(text: str) -> None:
    assert visible(visible(text)) == visible(text)
    assert [each for each in text if each.isalnum() and each not in UNSEEN] == [
        each for each in visible(text) if each.isalnum()
    ] or any(each in "\u115f\u1160\u17b4\u17b5\uffa0" for each in text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("合　计", "合计"), (" 合\u200b 计 ", "合计"), ("ｗ-１", "W-1"), ("a\n b", "AB"), ("", "")],
)
def test_plain_words(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_line_breaks_and_blanks_within_stay_in_what_is_shown() -> None:
    assert (visible("一\n二\t三 四"), narrow("　Ａ Ｂ　")) == ("一\n二\t三 四", "A B")


@pytest.mark.parametrize("sign", ["\u202e", "\u202b", "\u2067"])
def test_a_text_that_is_shown_turned_round_is_known(sign: str) -> None:
    assert is_turned(f"C-{sign}000318")
    assert not is_turned(f"C-{NUMBER}")
    assert not is_turned("\u202d13800000000\u202c")


@pytest.mark.parametrize(
    ("number", "own"),
    [
        (NUMBER, OwnNumber("W-371502", date(2022, 3, 1), 1)),
        ("H-371502-20220228-10000", OwnNumber("H-371502", date(2022, 2, 28), 10_000)),
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
