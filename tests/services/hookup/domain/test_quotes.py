"""A quote from the catalogue, the user's answers, and the comparison with the bill."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.places import Service
from libs.common.problems import is_chinese
from libs.common.rules import RecordedRefusalError, RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.parts.quotes import (
    Bill,
    BillLine,
    Quote,
    QuoteLine,
    compare,
    parse_quantity,
    quantity_text,
)
from services.hookup.domain.values.charge_checks import Finding, FindingCode
from services.hookup.domain.values.charges import ChargeItem, FeeCatalogue, Location, Pricing, amount_of
from services.hookup.domain.verbs.quotes import AskedLine, BilledLine, answer_line, make_quote, record_bill
from tests.services.hookup.domain.samples import at
from tests.services.hookup.domain.test_charges import CATALOGUE, item
from tests.support.hookup import submitted_case

NOW = at("2022-07-04 15:00")
ONE = 1000


def with_items(*items: ChargeItem) -> FeeCatalogue:
    """The catalogue that ships, with some items of the test's own."""
    return replace(CATALOGUE, items={**CATALOGUE.items, **{each.code: each for each in items}})


def quote(
    case: Case,
    *lines: str | AskedLine,
    catalogue: FeeCatalogue = CATALOGUE,
    project_start: date | None = None,
    moment: datetime = NOW,
) -> None:
    wanted = [AskedLine(each, ONE) if isinstance(each, str) else each for each in lines]
    make_quote(case, wanted, project_start, moment, "clerk-1", catalogue)


def bill(case: Case, catalogue: FeeCatalogue = CATALOGUE, **amounts: int) -> None:
    billed = [BilledLine(code.replace("_", "-"), amount) for code, amount in amounts.items()]
    record_bill(case, billed, NOW, "clerk-1", catalogue)


def answer(case: Case, *answers: bool | None) -> None:
    for number, accept in enumerate(answers, 1):
        if accept is not None:
            answer_line(case, number, NOW, "C-1", accept=accept)


def events(case: Case, since: int = 0) -> list[tuple[str, dict[str, Any]]]:
    """What happened, without what every event says of its case."""
    of_case = ("length_class", "special", "actor", "on_behalf_of")
    return [
        (each.event, {name: value for name, value in each.data.items() if name not in of_case})
        for each in case.pending_events[since:]
    ]


def fresh(**options: Any) -> tuple[Case, int]:
    """An accepted case, and how much had happened to it."""
    case = submitted_case(**options)
    return case, len(case.pending_events)


def refused(verb: Callable[[], None], case: Case) -> RuleError:
    """The error of a verb that changes nothing of the case but, where it is to be kept, what happened."""
    before = msgspec.json.encode(replace(case, pending_events=[]))
    happened = len(case.pending_events)
    with pytest.raises(RuleError) as error:
        verb()
    assert msgspec.json.encode(replace(case, pending_events=[])) == before
    assert (len(case.pending_events) > happened) == isinstance(error.value, RecordedRefusalError)
    assert is_chinese(error.value.text)
    assert is_chinese(error.value.remedy)
    return error.value


# -- numbers


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


# -- comparison

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


# -- making a quote


def test_a_quote_has_the_catalogues_prices_and_nothing_is_ticked() -> None:
    case, before = fresh()
    quote(case, "W-CONNECT", AskedLine("W-INSIDE", 12_345), project_start=date(2022, 5, 1))
    made = case.quote
    assert made is not None
    assert (made.made_at, made.made_by, made.catalogue_version) == (NOW, "clerk-1", CATALOGUE.version)
    assert made.project_start == date(2022, 5, 1)
    assert [(each.code, each.amount_fen, each.is_mandatory, each.accepted) for each in made.lines] == [
        ("W-CONNECT", 0, True, None),
        ("W-INSIDE", 228_383, False, None),
    ]
    assert (made.total_fen, made.mandatory_fen, made.accepted_fen) == (228_383, 0, 0)
    assert events(case, before) == [
        (
            "quote_made",
            {
                "catalogue_version": CATALOGUE.version,
                "project_start": date(2022, 5, 1),
                "total_fen": 228_383,
                "mandatory_fen": 0,
                "lines": 2,
            },
        )
    ]


def test_what_warns_is_quoted_and_opens_a_supervision_item_once() -> None:
    case, before = fresh(supply=Service.GAS)
    for _ in range(2):
        quote(case, "G-HOME", "G-METER-TEST")
    made = case.quote
    assert made is not None
    assert (made.total_fen, made.mandatory_fen) == (248_000, 240_000)
    assert [[found.code for found in line.findings] for line in made.lines] == [
        [FindingCode.NO_PRICE_DOCUMENT],
        [FindingCode.NO_PRICE_DOCUMENT],
    ]
    names = [name for name, _ in events(case, before)]
    assert names == ["supervision_item_opened"] * 2 + ["quote_made"] * 2
    assert events(case, before)[0][1] == {"finding": "F6_NO_PRICE_DOCUMENT", "item_code": "G-HOME"}


def test_a_tick_on_an_optional_item_is_f9_and_not_taken() -> None:
    case, before = fresh()
    quote(case, AskedLine("W-CONNECT", ONE, ticked=True), AskedLine("W-INSIDE", ONE, ticked=True))
    assert case.quote is not None
    assert [each.accepted for each in case.quote.lines] == [None, None]
    assert [name for name, _ in events(case, before)] == ["supervision_item_opened", "quote_made"]
    assert events(case, before)[0][1] == {"finding": "F9_PRE_TICKED", "item_code": "W-INSIDE"}


BLOCKED = [
    (item(name="开户费"), [FindingCode.ABOLISHED_NAME]),
    (item(location=Location.OUTSIDE), [FindingCode.OUTSIDE_RED_LINE]),
    (item(government_funded=True), [FindingCode.GOVERNMENT_FUNDED]),
    (item(is_mandatory=True), [FindingCode.FORCED_SERVICE]),
    (item(designated_supplier=True, published_on=None), [FindingCode.DESIGNATED_SUPPLIER]),
]


@pytest.mark.parametrize(("blocked", "codes"), BLOCKED)
def test_a_blocked_item_is_refused_on_record(blocked: ChargeItem, codes: list[FindingCode]) -> None:
    case, before = fresh()
    catalogue = with_items(blocked)
    error = refused(lambda: quote(case, "W-METER-TEST", "W-X", catalogue=catalogue), case)
    assert (error.code, error.field) == ("charge-forbidden", "lines")
    assert "《价格法》" in error.text
    assert blocked.name in error.text
    charge = {"item_code": "W-X", "amount_fen": 18500, "findings": codes}
    assert events(case, before) == [("quote_blocked", {"charges": [charge]})]


@pytest.mark.parametrize(
    ("code", "moment"),
    [
        ("X-NONE", NOW),
        # Another supply's item, and one that is not valid yet or any more.
        ("G-INSIDE", NOW),
        ("W-LATER", at("2022-07-04 23:59")),
        ("W-ENDED", at("2022-07-05 00:00")),
    ],
)
def test_what_is_not_in_the_catalogue_that_day_is_refused_on_record(code: str, moment: datetime) -> None:
    case, before = fresh()
    catalogue = with_items(
        item(code="W-LATER", valid_from=date(2022, 7, 5)), item(code="W-ENDED", valid_to=date(2022, 7, 4))
    )
    error = refused(lambda: quote(case, code, catalogue=catalogue, moment=moment), case)
    assert error.code == "charge-forbidden"
    charge = {"item_code": None, "amount_fen": 0, "findings": ["NOT_IN_CATALOGUE"]}
    assert events(case, before) == [("quote_blocked", {"charges": [charge]})]


def test_the_day_of_a_quote_is_shanghais() -> None:
    case, _ = fresh()
    catalogue = with_items(
        item(code="W-LATER", valid_from=date(2022, 7, 5)), item(code="W-ENDED", valid_to=date(2022, 7, 4))
    )
    quote(case, "W-ENDED", catalogue=catalogue, moment=at("2022-07-04 23:59"))
    quote(case, "W-LATER", catalogue=catalogue, moment=at("2022-07-05 00:00"))


def test_a_franchises_transition_goes_by_project_and_district() -> None:
    phased_out = item(code="H-X", supply=Service.HEAT, name="集中管网建设费")
    ends = {(Service.HEAT, "371502"): date(2026, 1, 1)}
    catalogue = replace(with_items(phased_out), rules=replace(CATALOGUE.rules, local_ends=ends))
    case, _ = fresh(supply=Service.HEAT)
    quote(case, "H-X", catalogue=catalogue, project_start=date(2021, 2, 28))
    begun_later = partial(quote, case, "H-X", catalogue=catalogue)
    refused(partial(begun_later, project_start=date(2021, 3, 1)), case)
    refused(begun_later, case)
    # The bill goes by the quote's project.
    answer(case, True)
    bill(case, catalogue, H_X=18500)
    elsewhere, _ = fresh(supply=Service.HEAT)
    elsewhere.district = "371503"
    refused(lambda: quote(elsewhere, "H-X", catalogue=catalogue, project_start=date(2021, 2, 28)), elsewhere)


def test_an_item_is_quoted_once() -> None:
    case, _ = fresh()
    assert refused(lambda: quote(case, "W-INSIDE", "W-INSIDE"), case).code == "line-repeated"


def test_a_new_quote_replaces_the_old_and_its_answers() -> None:
    case, _ = fresh()
    quote(case, "W-INSIDE", "W-ALTER")
    answer(case, True, False)
    quote(case, "W-INSIDE")
    assert case.quote is not None
    assert [(each.code, each.accepted) for each in case.quote.lines] == [("W-INSIDE", None)]


def test_nothing_is_quoted_before_acceptance() -> None:
    case = submitted_case(complete=False)
    assert refused(lambda: quote(case, "W-INSIDE"), case).code == "not-in-this-state"


# -- answers


def test_each_line_is_answered_by_itself_and_may_be_answered_anew() -> None:
    case, _ = fresh(supply=Service.GAS)
    quote(case, "G-HOME", "G-ALARM", "G-INSIDE")
    since = len(case.pending_events)
    answer(case, True, False, None)
    answer_line(case, 2, NOW, "C-1", accept=True)
    assert case.quote is not None
    assert [each.accepted for each in case.quote.lines] == [True, True, None]
    assert (case.quote.lines[1].answered_at, case.quote.lines[1].answered_by) == (NOW, "C-1")
    assert case.quote.accepted_fen == 252_000
    assert [data["accepted"] for _, data in events(case, since)] == [True, False, True]
    assert events(case, since)[1] == (
        "quote_line_answered",
        {"item_code": "G-ALARM", "accepted": False, "amount_fen": 12_000},
    )


@pytest.mark.parametrize(
    ("number", "accept", "code"),
    [
        (0, True, "line-unknown"),
        (3, True, "line-unknown"),
        (-1, True, "line-unknown"),
        (1, False, "line-mandatory"),
        (2, False, "line-answered"),
    ],
)
def test_an_answer_that_cannot_be_is_refused(number: int, accept: bool, code: str) -> None:
    case, _ = fresh(supply=Service.GAS)
    quote(case, "G-HOME", "G-ALARM")
    answer(case, None, False)
    assert refused(lambda: answer_line(case, number, NOW, "C-1", accept=accept), case).code == code


def test_without_a_quote_nothing_is_answered_or_billed() -> None:
    case, _ = fresh()
    assert refused(lambda: answer(case, True), case).code == "quote-missing"
    assert refused(lambda: bill(case, W_INSIDE=18500), case).code == "quote-missing"


# -- the bill


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
    quote(case, AskedLine("W-X", quantity) if quantity else "W-INSIDE", catalogue=catalogue)
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


def test_a_finding_is_kept_with_its_words() -> None:
    case, _ = fresh()
    quote(case, "W-METER-TEST")
    assert case.quote is not None
    stored = msgspec.json.decode(msgspec.json.encode(case.quote), type=Quote)
    assert stored.lines[0].findings == (
        Finding(FindingCode.NO_PRICE_DOCUMENT, "政府定价、政府指导价项目缺少价格主管部门文号"),
    )
    assert CATALOGUE.items["W-METER-TEST"].pricing is Pricing.GOVERNMENT
