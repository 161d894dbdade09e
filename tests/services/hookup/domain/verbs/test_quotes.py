"""Making a quote, and answering it."""

from dataclasses import replace
from datetime import date, datetime
from functools import partial

import msgspec
import pytest

from libs.common.places import Supply
from services.hookup.domain.parts.quotes import (
    Quote,
)
from services.hookup.domain.values.charge_checks import Finding, FindingCode
from services.hookup.domain.values.charges import ChargeItem, Location, Pricing
from services.hookup.domain.verbs.quotes import RequestedLine, answer_line, answer_lines
from tests.services.hookup.domain.charge_samples import CATALOGUE, item
from tests.services.hookup.domain.quote_samples import (
    NOW,
    ONE,
    answer,
    bill,
    events,
    fresh,
    quote,
    refused,
    with_items,
)
from tests.services.hookup.domain.samples import at
from tests.support.hookup import submitted_case


def test_a_quote_has_the_catalogues_prices_and_nothing_is_ticked() -> None:
    case, before = fresh()
    quote(case, "W-CONNECT", RequestedLine("W-INSIDE", 12_345), project_start=date(2022, 5, 1))
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
    case, before = fresh(supply=Supply.GAS)
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
    quote(case, RequestedLine("W-CONNECT", ONE, ticked=True), RequestedLine("W-INSIDE", ONE, ticked=True))
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
    phased_out = item(code="H-X", supply=Supply.HEAT, name="集中管网建设费")
    ends = {(Supply.HEAT, "371502"): date(2026, 1, 1)}
    catalogue = replace(with_items(phased_out), rules=replace(CATALOGUE.rules, local_ends=ends))
    case, _ = fresh(supply=Supply.HEAT)
    quote(case, "H-X", catalogue=catalogue, project_start=date(2021, 2, 28))
    begun_later = partial(quote, case, "H-X", catalogue=catalogue)
    refused(partial(begun_later, project_start=date(2021, 3, 1)), case)
    refused(begun_later, case)
    # The bill goes by the quote's project.
    answer(case, True)
    bill(case, catalogue, H_X=18500)
    elsewhere, _ = fresh(supply=Supply.HEAT)
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


def test_each_line_is_answered_by_itself_and_may_be_answered_anew() -> None:
    case, _ = fresh(supply=Supply.GAS)
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
    case, _ = fresh(supply=Supply.GAS)
    quote(case, "G-HOME", "G-ALARM")
    answer(case, None, False)
    assert refused(lambda: answer_line(case, number, NOW, "C-1", accept=accept), case).code == code


def test_lines_are_answered_together_and_an_answer_that_is_there_is_no_second_event() -> None:
    case, _ = fresh(supply=Supply.GAS)
    quote(case, "G-HOME", "G-ALARM", "G-INSIDE")
    since = len(case.pending_events)
    answer_lines(case, [(1, True), (2, False)], NOW, "C-1")
    answer_lines(case, [(1, True), (2, True)], NOW, "C-1")
    assert case.quote is not None
    assert [line.accepted for line in case.quote.lines] == [True, True, None]
    assert [data["accepted"] for _, data in events(case, since)] == [True, False, True]


@pytest.mark.parametrize(
    ("answers", "code", "field"),
    [
        ([(2, True), (1, False)], "line-mandatory", "lines[1].line"),
        ([(9, True)], "line-unknown", "lines[0].line"),
        ([(2, True), (2, False)], "line-repeated", "lines"),
    ],
)
def test_of_answers_one_of_which_cannot_be_the_refusal_names_the_line(
    answers: list[tuple[int, bool]], code: str, field: str
) -> None:
    case, _ = fresh(supply=Supply.GAS)
    quote(case, "G-HOME", "G-ALARM")
    error = refused(lambda: answer_lines(case, answers, NOW, "C-1"), case)
    assert (error.code, error.field) == (code, field)


def test_without_a_quote_nothing_is_answered_or_billed() -> None:
    case, _ = fresh()
    assert refused(lambda: answer(case, True), case).code == "quote-missing"
    assert refused(lambda: bill(case, W_INSIDE=18500), case).code == "quote-missing"


def test_a_finding_is_kept_with_its_words() -> None:
    case, _ = fresh()
    quote(case, "W-METER-TEST")
    assert case.quote is not None
    stored = msgspec.json.decode(msgspec.json.encode(case.quote), type=Quote)
    assert stored.lines[0].findings == (
        Finding(FindingCode.NO_PRICE_DOCUMENT, "政府定价、政府指导价项目缺少价格主管部门文号"),
    )
    assert CATALOGUE.items["W-METER-TEST"].pricing is Pricing.GOVERNMENT
