"""Offers of commands: one under a condition says why it is not made."""

import pytest

from libs.common.http.actions import Offer, withheld_by
from libs.common.http.form_fields import Form

FORM = Form("finishThing", "办结", "/v1/things/{thing_id}/end", None)


def test_an_offer_under_a_condition_has_its_reason() -> None:
    Offer("终结")
    with pytest.raises(TypeError, match="终结"):
        Offer("终结", when=lambda _thing, _given: False)
    with pytest.raises(TypeError, match="终结"):
        Offer("终结", targets={"part": lambda _thing, _given: []})


def test_the_reason_is_a_text_or_follows_the_thing() -> None:
    plain = Offer("终结", when=lambda _thing, _given: False, otherwise="没有可办的")
    follows = Offer(
        "终结", when=lambda _thing, _given: False, otherwise=lambda thing, _given: f"{thing}已办结"
    )
    assert withheld_by(FORM, plain, "甲", None, None).why == "没有可办的"
    assert withheld_by(FORM, follows, "甲", None, None).why == "甲已办结"
    # What the state or the caller's roles say goes first.
    assert withheld_by(FORM, follows, "甲", None, "此件已撤回").why == "此件已撤回"
