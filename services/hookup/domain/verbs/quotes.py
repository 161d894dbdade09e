"""Verbs of charges: make a quote, answer its lines, record the final bill and compare it with the quote.

Quote and bill are checked against the fee catalogue of their day (seed clause 二（一）2). Items outside it or blocked
by F1 to F5 are refused on record; findings that only warn open a supervision item, once per case and item.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from libs.common.clock import local
from libs.common.rules import RecordedRefusalError, RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.parts.quotes import Bill, BillLine, Quote, QuoteLine, compare
from services.hookup.domain.values.charge_checks import Finding, FindingCode, check_item
from services.hookup.domain.values.charges import ChargeItem, FeeCatalogue, amount_of
from services.hookup.domain.values.transitions import Verb


@dataclass(frozen=True, slots=True)
class RequestedLine:
    """A line of a quote request; `ticked` is checked by F9 and never stored."""

    code: str
    quantity_thousandths: int
    ticked: bool = False


@dataclass(frozen=True, slots=True)
class BilledLine:
    """A line of the final bill."""

    code: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class _Charge:
    item: ChargeItem | None
    code: str
    amount_fen: int
    findings: tuple[Finding, ...]


_UNKNOWN = Finding(FindingCode.NOT_IN_CATALOGUE, "收费目录中没有该项目，目录之外不得收费")
_FREE = Finding(FindingCode.NOT_IN_CATALOGUE, "收费目录中该项目免费，不得向用户收取")


def make_quote(
    case: Case,
    lines: Sequence[RequestedLine],
    project_start: date | None,
    at: datetime,
    by: str,
    catalogue: FeeCatalogue,
) -> None:
    """Make a quote, in place of an earlier one while nothing is billed; no line is accepted or declined yet.

    Raises RuleError, and RecordedRefusalError `charge-forbidden`.
    """
    case.check(Verb.MAKE_QUOTE)
    if case.quote is not None:
        _not_billed(case.quote)
    _each_once(line.code for line in lines)
    today = local(at).date()
    charges = []
    for line in lines:
        item = catalogue.find(case.supply, line.code, today)
        amount = 0 if item is None else amount_of(item.price_fen, line.quantity_thousandths)
        findings = _check(case, item, today, project_start, catalogue, ticked=line.ticked)
        charges.append(_Charge(item, line.code, amount, findings))
    items = _admit(case, charges, "quote_blocked", at)
    quoted = [
        QuoteLine(
            code=item.code,
            name=item.name,
            unit=item.unit,
            price_fen=item.price_fen,
            quantity_thousandths=line.quantity_thousandths,
            amount_fen=charge.amount_fen,
            is_mandatory=item.is_mandatory,
            findings=charge.findings,
        )
        for item, line, charge in zip(items, lines, charges, strict=True)
    ]
    case.quote = Quote(at, by, catalogue.version, project_start, quoted)
    case.record(
        "quote_made",
        at,
        catalogue_version=catalogue.version,
        project_start=project_start,
        total_fen=case.quote.total_fen,
        mandatory_fen=case.quote.mandatory_fen,
        lines=len(quoted),
    )


def answer_line(case: Case, number: int, at: datetime, by: str, *, accept: bool) -> None:
    """Accept or decline a line, counted from 1; the answer may be changed until the bill. Raises RuleError."""
    case.check(Verb.ANSWER_QUOTE)
    line = _answerable(_unbilled(case), number, accept=accept)
    if line.accepted is accept:
        raise RuleError("line-answered", "这一项已经这样答复过", "无需再次答复", "line")
    _answer(case, line, at, by, accept=accept)


def answer_lines(case: Case, answers: Sequence[tuple[int, bool]], at: datetime, by: str) -> None:
    """Accept or decline several lines at once, each by its number; all or none. Raises RuleError.

    An answer that a line has already is passed over: a form gives all of them again.
    """
    case.check(Verb.ANSWER_QUOTE)
    quote = _unbilled(case)
    if len({number for number, _ in answers}) < len(answers):
        raise RuleError("line-repeated", "同一报价项目只能答复一次", "请核对报价项目序号", "lines")
    lines = []
    for position, (number, accept) in enumerate(answers):
        try:
            lines.append((_answerable(quote, number, accept=accept), accept))
        except RuleError as error:
            raise RuleError(error.code, error.text, error.remedy, f"lines[{position}].line") from None
    for line, accept in lines:
        if line.accepted is not accept:
            _answer(case, line, at, by, accept=accept)


def _answerable(quote: Quote, number: int, *, accept: bool) -> QuoteLine:
    """Return a line that may have an answer. Raises RuleError."""
    if not 1 <= number <= len(quote.lines):
        raise RuleError("line-unknown", "报价中没有这一项", "请核对报价项目序号", "line")
    line = quote.lines[number - 1]
    if line.is_mandatory and not accept:
        raise RuleError("line-mandatory", "必需项目不能单独拒绝", "如不同意整个报价，可撤回申请", "line")
    return line


def _answer(case: Case, line: QuoteLine, at: datetime, by: str, *, accept: bool) -> None:
    line.accepted, line.answered_at, line.answered_by = accept, at, by
    case.record("quote_line_answered", at, item_code=line.code, accepted=accept, amount_fen=line.amount_fen)


def record_bill(
    case: Case, billed: Sequence[BilledLine], at: datetime, by: str, catalogue: FeeCatalogue
) -> None:
    """Record the final bill, once, and how it differs from what the user accepted.

    Raises RuleError, and RecordedRefusalError `charge-forbidden`.
    """
    case.check(Verb.RECORD_BILL)
    quote = _unbilled(case)
    _each_once(line.code for line in billed)
    today = local(at).date()
    quantities = {line.code: line.quantity_thousandths for line in quote.lines}
    charges = []
    for line in billed:
        item = catalogue.find(case.supply, line.code, today)
        findings = _check(
            case,
            item,
            today,
            quote.project_start,
            catalogue,
            charged_fen=line.amount_fen,
            # An unquoted item has no agreed quantity: it is checked as one unit.
            quantity_thousandths=quantities.get(line.code, 1000),
        )
        if item is not None and not item.is_charged and line.amount_fen:
            findings = (*findings, _FREE)
        charges.append(_Charge(item, line.code, line.amount_fen, findings))
    items = _admit(case, charges, "bill_blocked", at)
    lines = (
        BillLine(item.code, item.name, line.amount_fen) for item, line in zip(items, billed, strict=True)
    )
    quote.bill = Bill(at, by, tuple(lines))
    compared = compare(quote, quote.bill)
    case.record(
        "bill_compared",
        at,
        quoted_fen=compared.quoted_fen,
        billed_fen=compared.billed_fen,
        difference_fen=compared.difference_fen,
        unquoted_lines=compared.unquoted_lines,
    )


def _unbilled(case: Case) -> Quote:
    if case.quote is None:
        raise RuleError("quote-missing", "此件尚未报价", "请先按收费目录报价", "quote")
    _not_billed(case.quote)
    return case.quote


def _not_billed(quote: Quote) -> None:
    if quote.bill is not None:
        raise RuleError("bill-recorded", "此件已登记结算，报价和结算不能再改", "请核对结算", "quote")


def _each_once(codes: Iterable[str]) -> None:
    seen = set[str]()
    for code in codes:
        if code in seen:
            raise RuleError("line-repeated", "同一收费项目只能列一行", "请合并数量或金额", "lines")
        seen.add(code)


def _check(
    case: Case,
    item: ChargeItem | None,
    today: date,
    project_start: date | None,
    catalogue: FeeCatalogue,
    *,
    ticked: bool = False,
    charged_fen: int | None = None,
    quantity_thousandths: int = 1000,
) -> tuple[Finding, ...]:
    if item is None:
        return (_UNKNOWN,)
    return check_item(
        item,
        today,
        project_start,
        catalogue.rules,
        district=case.district,
        pre_ticked=ticked,
        charged_fen=charged_fen,
        quantity_thousandths=quantity_thousandths,
    )


def _admit(case: Case, charges: Sequence[_Charge], blocked: str, at: datetime) -> list[ChargeItem]:
    """Return the items of allowed charges and open supervision items for warnings; otherwise refuse on record."""
    forbidden = [
        (charge, blocking)
        for charge in charges
        if (blocking := [finding for finding in charge.findings if finding.blocks])
    ]
    if forbidden:
        case.record(
            blocked,
            at,
            charges=[
                {
                    # An unknown code may be any text and stays out of events.
                    "item_code": charge.item and charge.item.code,
                    "amount_fen": charge.amount_fen,
                    "findings": [finding.code for finding in blocking],
                }
                for charge, blocking in forbidden
            ],
        )
        reasons = [
            f"{charge.item.name if charge.item else charge.code}：{finding.text}。{finding.consequence}"
            for charge, blocking in forbidden
            for finding in blocking
        ]
        raise RecordedRefusalError(
            "charge-forbidden", "；".join(reasons), "请删除这些项目；此次尝试已记录", "lines"
        )
    quoted = case.quote.lines if case.quote else []
    already_found = {(line.code, finding.code) for line in quoted for finding in line.findings}
    for charge in charges:
        for finding in charge.findings:
            if (charge.code, finding.code) not in already_found:
                case.record("supervision_item_opened", at, finding=finding.code, item_code=charge.code)
    return [charge.item for charge in charges if charge.item is not None]
