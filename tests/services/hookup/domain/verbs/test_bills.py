"""The final bill."""

from dataclasses import replace

import msgspec
import pytest

from services.hookup.domain.case import Case
from services.hookup.domain.values.charges import ChargeItem, Pricing
from services.hookup.domain.verbs.quotes import BilledLine, RequestedLine, record_bill
from tests.services.hookup.domain.charge_samples import CATALOGUE, item
from tests.services.hookup.domain.quote_samples import (
    NOW,
    answer,
    bill,
    events,
    fresh,
    quote,
    refused,
    with_items,
)


def test_a_bill_is_compared_with_what_was_accepted() -> None:
    case, _ = fresh()
    quote(case, "W-CONNECT", "W-INSIDE", "W-ALTER")
    answer(case, True, True, False)
    since = len(case.pending_events)
    bill(case, W_INSIDE=18_501, W_ALTER=35_000, W_CONNECT=0)
    assert events(case, since) == [
        (
            "bill_compared",
            {"quoted_fen": 18_500, "billed_fen": 53_501, "difference_fen": 35_001, "unquoted_lines": 1},
        )
    ]
    stored = msgspec.json.decode(msgspec.json.encode(case), type=Case)
    assert stored.quote == case.quote


def test_a_bill_opens_a_supervision_item_only_for_what_the_quote_did_not() -> None:
    case, _ = fresh()
    quote(case, "W-METER-TEST")
    answer(case, True)
    since = len(case.pending_events)
    unpublished = item(published_on=None)
    bill(case, with_items(unpublished), W_METER_TEST=5000, W_X=18500)
    assert events(case, since)[:-1] == [
        ("supervision_item_opened", {"finding": "F8_NOT_PUBLISHED", "item_code": "W-X"})
    ]


def test_a_forbidden_bill_is_refused_on_record_and_a_lawful_one_may_follow() -> None:
    case, _ = fresh()
    quote(case, "W-INSIDE")
    answer(case, True)
    since = len(case.pending_events)
    catalogue = with_items(item(name="碰头费"))
    assert refused(lambda: bill(case, catalogue, W_INSIDE=1, W_X=99, NONE=5), case).code == "charge-forbidden"
    assert events(case, since) == [
        (
            "bill_blocked",
            {
                "charges": [
                    {"item_code": "W-X", "amount_fen": 99, "findings": ["F1_ABOLISHED_NAME"]},
                    {"item_code": None, "amount_fen": 5, "findings": ["NOT_IN_CATALOGUE"]},
                ]
            },
        )
    ]
    bill(case, W_INSIDE=18_500)
    assert case.quote is not None
    assert case.quote.bill is not None


def test_what_is_free_in_the_catalogue_is_not_billed() -> None:
    case, _ = fresh()
    quote(case, "W-METER", "W-OUTSIDE")
    answer(case, True, True)
    since = len(case.pending_events)
    error = refused(lambda: bill(case, W_METER=0, W_OUTSIDE=1), case)
    assert "免费" in error.text
    charge = {"item_code": "W-OUTSIDE", "amount_fen": 1, "findings": ["NOT_IN_CATALOGUE"]}
    assert events(case, since) == [("bill_blocked", {"charges": [charge]})]
    bill(case, W_METER=0, W_OUTSIDE=0)


GUIDED = item(
    is_mandatory=True,
    pricing=Pricing.GUIDED,
    price_document="聊价〔2022〕1号",
    price_fen=18500,
    cap_fen=20000,
)
GOVERNMENT = replace(GUIDED, pricing=Pricing.GOVERNMENT, cap_fen=None)


@pytest.mark.parametrize(
    ("priced", "quantity", "amount", "above"),
    [
        (GUIDED, 2_500, 50_000, False),
        (GUIDED, 2_500, 50_001, True),
        # What government sets is the most as well as the least.
        (GOVERNMENT, 1_000, 18_500, False),
        (GOVERNMENT, 1_000, 18_501, True),
        # A third of a fen is rounded before it is compared.
        (replace(GUIDED, cap_fen=20_001), 333, 6_660, False),
        (replace(GUIDED, cap_fen=20_001), 333, 6_661, True),
        # Not in the quote: nobody agreed to a quantity, so it is judged as one unit.
        (GUIDED, None, 20_000, False),
        (GUIDED, None, 20_001, True),
        (item(pricing=Pricing.MARKET), 1_000, 10**9, False),
    ],
)
def test_the_cap_holds_for_the_bill_as_for_the_quote(
    priced: ChargeItem, quantity: int | None, amount: int, above: bool
) -> None:
    catalogue = with_items(priced)
    case, _ = fresh()
    quote(case, RequestedLine("W-X", quantity) if quantity else "W-INSIDE", catalogue=catalogue)
    since = len(case.pending_events)
    bill(case, catalogue, W_X=amount)
    opened = [("supervision_item_opened", {"finding": "F7_ABOVE_CAP", "item_code": "W-X"})]
    assert events(case, since)[:-1] == (opened if above else [])


def test_a_quote_above_the_cap_opens_its_supervision_item_and_the_bill_no_second_one() -> None:
    catalogue = with_items(replace(GUIDED, cap_fen=18_499))
    case, before = fresh()
    quote(case, "W-X", catalogue=catalogue)
    assert events(case, before)[0] == (
        "supervision_item_opened",
        {"finding": "F7_ABOVE_CAP", "item_code": "W-X"},
    )
    since = len(case.pending_events)
    bill(case, catalogue, W_X=18_500)
    assert [name for name, _ in events(case, since)] == ["bill_compared"]


def test_after_the_bill_nothing_of_quote_or_bill_changes() -> None:
    case, _ = fresh()
    quote(case, "W-INSIDE", "W-ALTER")
    answer(case, True, None)
    bill(case, W_INSIDE=18_500)
    for verb in (
        lambda: quote(case, "W-INSIDE"),
        lambda: answer(case, None, True),
        lambda: bill(case, W_INSIDE=18_500),
    ):
        assert refused(verb, case).code == "bill-recorded"


def test_an_item_is_billed_in_one_line() -> None:
    case, _ = fresh()
    quote(case, "W-INSIDE")
    twice = [BilledLine("W-INSIDE", 1), BilledLine("W-INSIDE", 2)]
    error = refused(lambda: record_bill(case, twice, NOW, "clerk-1", CATALOGUE), case)
    assert error.code == "line-repeated"
