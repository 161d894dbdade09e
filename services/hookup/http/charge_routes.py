"""Routes of charges (收费): the fee catalogue, a case's quote, the answers to it, and its bill."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Response

from libs.common.clock import local
from libs.common.http.auth import CurrentCaller
from libs.common.places import Service
from services.hookup.domain.quote_verbs import AskedLine, BilledLine, answer_line, make_quote, record_bill
from services.hookup.domain.quotes import parse_quantity
from services.hookup.http import charge_models as models
from services.hookup.http.charge_views import item_view
from services.hookup.http.commands import (
    ByAgent,
    ByApplicant,
    ByApplicantMarked,
    ByClerk,
    Command,
    Parts,
    command,
)
from services.hookup.http.entry_models import InStead

router = APIRouter(prefix="/v1", tags=["收费"])
_command = partial(command, router)

Line = Annotated[int, Path(ge=1, le=50, description="Counted from 1")]


@router.get("/fee-catalogue", operation_id="getFeeCatalogue", summary="收费目录")
async def get_fee_catalogue(
    _caller: CurrentCaller, parts: Parts, supply: Service | None = None
) -> models.FeeCatalogueView:
    """Return today's fee catalogue, of one supply or of all, with what is found of each item."""
    today = local(parts.clock.now()).date()
    catalogue = parts.rulebook.fees(today)
    return models.FeeCatalogueView(
        version=catalogue.version,
        source_document=catalogue.source_document,
        on=today,
        items=[
            item_view(each, today, catalogue.rules)
            for each in catalogue.items.values()
            if each.is_valid_on(today) and supply in (None, each.supply)
        ],
    )


@_command("quote", "makeQuote", "按收费目录报价")
async def quote(body: models.MakeQuote, command: ByAgent) -> Response:
    """Make a quote; it replaces an earlier one until the bill."""
    asked = [AskedLine(each.code, parse_quantity(each.quantity), each.ticked) for each in body.lines]
    subject, rulebook = command.caller.subject, command.parts.rulebook
    return await command(
        lambda case, _rules, now: make_quote(
            case, asked, body.project_start, now, subject, rulebook.fees(local(now).date())
        )
    )


@_command("quote/lines/{line}/acceptance", "acceptQuoteLine", "同意报价项目")
async def accept_line(line: Line, command: ByApplicant, body: InStead | None = None) -> Response:
    """The user accepts a line; staff need the user's signed document."""
    return await _answer(command, line, body, accept=True)


@_command("quote/lines/{line}/refusal", "declineQuoteLine", "不同意报价项目")
async def decline_line(line: Line, command: ByApplicantMarked) -> Response:
    """The user declines an optional line."""
    return await _answer(command, line, None, accept=False)


async def _answer(command: Command, line: int, in_stead: InStead | None, *, accept: bool) -> Response:
    subject = command.caller.subject
    return await command(
        lambda case, _rules, now: answer_line(case, line, now, subject, accept=accept), in_stead
    )


@_command("bill", "recordBill", "登记结算并与报价比对")
async def bill(body: models.RecordBill, command: ByClerk) -> Response:
    """Record the final bill, once; it is compared with what the user accepted."""
    billed = [BilledLine(each.code, each.amount_fen) for each in body.lines]
    subject, rulebook = command.caller.subject, command.parts.rulebook
    return await command(
        lambda case, _rules, now: record_bill(case, billed, now, subject, rulebook.fees(local(now).date()))
    )
