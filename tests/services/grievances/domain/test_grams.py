"""Words as they are found, segments as they are merged, and a match as it is shown."""

from itertools import pairwise
from random import Random

import pytest

from libs.common.rules import RuleError
from services.grievances.domain.grams import Excerpt, excerpt, grams, indexed, sought_words, to_merge
from services.grievances.domain.words import shown_words


def test_what_is_indexed_is_what_staff_see_in_the_form_of_comparison() -> None:
    assert indexed("  ｗｉｆｉ 停 水，电话１３８００１３８０００ ") == "WIFI停水,电话******"
    assert "EXAMPLE" not in indexed("详见 http://example.com/a")
    assert grams("停水了") == {"停水", "水了"}
    assert grams("停") == set()


def test_words_are_apart_by_blanks_of_any_width() -> None:
    assert sought_words(" 停水\u3000ｗｉｆｉ ") == ["停水", "WIFI"]


@pytest.mark.parametrize("text", ["水", "停水 水", "  ", "\u200b\u200b"])
def test_a_word_of_one_character_is_refused(text: str) -> None:
    with pytest.raises(RuleError) as refused:
        sought_words(text)
    assert (refused.value.code, refused.value.field) == ("word-too-short", "words")
    assert text.strip() == "" or text not in str(refused.value)


def test_segments_are_few_and_each_document_is_written_anew_seldom() -> None:
    largest, sizes, written, documents, most = 4_096, list[int](), 0, 0, 0
    dice = Random(17)
    while documents < 40_000:
        new = dice.choice((1, 2, 3, 40))
        documents += new
        sizes.append(new)
        written += new
        if merged := to_merge(sizes, largest):
            sizes[-merged:] = [sum(sizes[-merged:])]
            written += sizes[-1]
        assert max(sizes) <= largest
        most = max(most, len(sizes))
    assert sum(sizes) == documents
    # Half full at least, but for the newest ones.
    assert most <= 2 * documents // largest + 10
    assert all(older + newer > largest for older, newer in pairwise(sizes[: documents // largest]))
    assert written < 12 * documents


def test_a_match_is_shown_with_what_stands_around_it() -> None:
    told = "小区昨天晚上八点起停水，到现在没有人来，请打电话 13800138000 告知"
    shown = excerpt(shown_words(told), ["停水"])
    assert shown == Excerpt("小区昨天晚上八点起", "停水", "，到现在没有人来，请打电话 ****** 告知")
    assert excerpt("前" * 30 + "WiFi坏了" + "后" * 60, ["不在", "WIFI"]) == Excerpt(
        "…" + "前" * 12, "WiFi", "坏了" + "后" * 42 + "…"
    )
    # Spelled otherwise than it is looked for: the beginning is shown.
    assert excerpt("停 水了", ["停水"]) == Excerpt("", "", "停 水了")
