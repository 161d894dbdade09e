"""Response views of charges."""

from collections.abc import Sequence
from datetime import date

from services.hookup.domain.parts.quotes import Quote, compare, quantity_text
from services.hookup.domain.values.charge_checks import Finding, check_item
from services.hookup.domain.values.charges import (
    LOCATION_NAMES,
    PAYER_NAMES,
    PRICING_NAMES,
    ChargeItem,
    FeeRules,
)
from services.hookup.http import charge_models as models


def item_view(item: ChargeItem, on: date, rules: FeeRules) -> models.FeeItemView:
    """Return a catalogue item with its findings on a day, for a project that began on that day."""
    findings = check_item(item, on, None, rules)
    return models.FeeItemView(
        code=item.code,
        supply=item.supply,
        name=item.name,
        mandatory=item.is_mandatory,
        location=item.location,
        location_name=LOCATION_NAMES[item.location],
        payer=item.payer,
        payer_name=PAYER_NAMES[item.payer],
        pricing=item.pricing,
        pricing_name=PRICING_NAMES[item.pricing],
        unit=item.unit,
        price_fen=item.price_fen,
        cap_fen=item.cap_fen,
        price_document=item.price_document or None,
        source=item.source,
        published_on=item.published_on,
        valid_from=item.valid_from,
        valid_to=item.valid_to,
        blocked=any(finding.blocks for finding in findings),
        findings=_findings(findings),
    )


def quote_view(quote: Quote) -> models.QuoteView:
    """Return a quote with its answers and its comparison."""
    return models.QuoteView(
        made_at=quote.made_at,
        made_by=quote.made_by,
        catalogue_version=quote.catalogue_version,
        project_start=quote.project_start,
        total_fen=quote.total_fen,
        mandatory_fen=quote.mandatory_fen,
        accepted_fen=quote.accepted_fen,
        lines=[
            models.QuoteLineView(
                line=number,
                code=line.code,
                name=line.name,
                unit=line.unit,
                price_fen=line.price_fen,
                quantity=quantity_text(line.quantity_thousandths),
                amount_fen=line.amount_fen,
                mandatory=line.is_mandatory,
                findings=_findings(line.findings),
                accepted=line.accepted,
                answered_at=line.answered_at,
                answered_by=line.answered_by,
            )
            for number, line in enumerate(quote.lines, 1)
        ],
        comparison=_comparison(quote),
    )


def _comparison(quote: Quote) -> models.ComparisonView | None:
    if quote.bill is None:
        return None
    comparison = compare(quote, quote.bill)
    return models.ComparisonView(
        recorded_at=quote.bill.recorded_at,
        recorded_by=quote.bill.recorded_by,
        quoted_fen=comparison.quoted_fen,
        billed_fen=comparison.billed_fen,
        difference_fen=comparison.difference_fen,
        unquoted_lines=comparison.unquoted_lines,
        lines=[
            models.DifferenceView(
                code=difference.code,
                name=difference.name,
                quoted_fen=difference.quoted_fen,
                billed_fen=difference.billed_fen,
                difference_fen=difference.difference_fen,
                agreed=difference.is_agreed,
            )
            for difference in comparison.differences
        ],
    )


def _findings(findings: Sequence[Finding]) -> list[models.FindingView]:
    return [
        models.FindingView(
            code=finding.code, text=finding.text, consequence=finding.consequence, blocks=finding.blocks
        )
        for finding in findings
    ]
