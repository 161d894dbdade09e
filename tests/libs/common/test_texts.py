"""What is not seen, or seen alike, does not tell texts apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.references import is_turned, visible
from libs.common.texts import narrow, plain

UNSEEN = "\u200b\u200d\u200e\ufeff\u00ad\u2060\u202a\u202d\u202c\u2066\u2069\x00\x07\x7f\u3164\ufe0f\u180e"


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
    assert not is_turned("C-W-371502-20220301-0001")
    assert not is_turned("\u202d13800000000\u202c")
