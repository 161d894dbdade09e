"""Routes of charges (收费): the fee catalogue, a case's quote, the answers to it, and its bill."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path

from libs.common.aggregate import Stead
from libs.common.auth.callers import EVERYONE, Caller
from libs.common.clock import local
from libs.common.http.auth import require
from libs.common.places import Supply
from services.hookup.domain.case import Case
from services.hookup.domain.parts.quotes import parse_quantity
from services.hookup.domain.values.charges import FeeCatalogue
from services.hookup.domain.values.transitions import Verb
from services.hookup.domain.verbs.quotes import (
    BilledLine,
    RequestedLine,
    answer_line,
    answer_lines,
    make_quote,
    record_bill,
)
from services.hookup.http import charge_models as models
from services.hookup.http import offers
from services.hookup.http.charge_views import item_view
from services.hookup.http.commands import APPLICANT, CLERK, HELPERS, HOOKUPS, Given, Parts

router = APIRouter(prefix="/v1", tags=["收费"])
_verb = partial(HOOKUPS.verb, router)

Line = Annotated[int, Path(ge=1, le=50, description="Counted from 1")]


@router.get("/fee-catalogue", operation_id="getFeeCatalogue", summary="收费目录")
async def get_fee_catalogue(
    _caller: Annotated[Caller, require(*EVERYONE)], parts: Parts, supply: Supply | None = None
) -> models.FeeCatalogueView:
    """Return today's fee catalogue, of one supply or of all, with what is found of each item."""
    today = local(parts.clock.now()).date()
    catalogue = parts.rulebook.fees(today)
    return models.FeeCatalogueView(
        version=catalogue.version,
        source_document=catalogue.source_document,
        on=today,
        items=[
            item_view(item, today, catalogue.rules)
            for item in catalogue.items.values()
            if item.is_valid_on(today) and supply in (None, item.supply)
        ],
    )


@_verb(Verb.MAKE_QUOTE, "quote", "makeQuote", "按收费目录报价", *HELPERS, offer=offers.QUOTE)
def quote(case: Case, body: models.MakeQuote, at: Given) -> None:
    """Make a quote; it replaces an earlier one until the bill."""
    lines = [RequestedLine(line.code, parse_quantity(line.quantity), line.ticked) for line in body.lines]
    make_quote(case, lines, body.project_start, at.now, at.subject, _fees(at))


@_verb(
    Verb.ANSWER_QUOTE,
    "quote/answers",
    "answerQuote",
    "逐项答复报价",
    *APPLICANT,
    stead=Stead.DOCUMENT,
    offer=offers.ANSWER_QUOTE,
)
def answer_quote(case: Case, body: models.AnswerQuote, at: Given) -> None:
    """The user accepts or declines lines, all in one; staff need the user's signed document."""
    answers = [(line.line, line.answer is models.LineAnswer.ACCEPT) for line in body.lines]
    answer_lines(case, answers, at.now, at.subject)


@_verb(
    Verb.ANSWER_QUOTE,
    "quote/lines/{line}/acceptance",
    "acceptQuoteLine",
    "同意报价项目",
    *APPLICANT,
    stead=Stead.DOCUMENT,
    offer=offers.ANSWER_LINE,
)
def accept_line(case: Case, line: Line, at: Given) -> None:
    """The user accepts a line; staff need the user's signed document."""
    answer_line(case, line, at.now, at.subject, accept=True)


@_verb(
    Verb.ANSWER_QUOTE,
    "quote/lines/{line}/refusal",
    "declineQuoteLine",
    "不同意报价项目",
    *APPLICANT,
    stead=Stead.MARK,
    offer=offers.ANSWER_LINE,
)
def decline_line(case: Case, line: Line, at: Given) -> None:
    """The user declines an optional line."""
    answer_line(case, line, at.now, at.subject, accept=False)


@_verb(Verb.RECORD_BILL, "bill", "recordBill", "登记结算并与报价比对", *CLERK, offer=offers.BILL)
def bill(case: Case, body: models.RecordBill, at: Given) -> None:
    """Record the final bill, once; it is compared with what the user accepted."""
    billed = [BilledLine(line.code, line.amount_fen) for line in body.lines]
    record_bill(case, billed, at.now, at.subject, _fees(at))


def _fees(at: Given) -> FeeCatalogue:
    return at.rulebook.fees(local(at.now).date())
