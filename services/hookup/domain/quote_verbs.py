"""What is done with a case's quote: it is made, answered line by line, and compared with the final bill.

Quote and bill are made from the fee catalogue of their day (seed clause 二（一）2): what is outside it or blocked by
F1 to F5 is refused and the attempt kept; what only warns opens a supervision item, once for a case's item.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from libs.common.clock import local
from libs.common.rules import RecordedRefusalError, RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.charges import ChargeItem, FeeCatalogue, Finding, FindingCode, check_item
from services.hookup.domain.quotes import Bill, BillLine, Quote, QuoteLine, amount_of, compare
from services.hookup.domain.transitions import Verb


@dataclass(frozen=True, slots=True)
class AskedLine:
    """A line that is asked for in a quote; `ticked` is what F9 is about, and is never taken."""

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
    code: str
    item: ChargeItem | None
    amount_fen: int
    findings: tuple[Finding, ...]

    @property
    def blocked(self) -> list[Finding]:
        return [each for each in self.findings if each.blocks]


_UNKNOWN = Finding(FindingCode.NOT_IN_CATALOGUE, "收费目录中没有该项目，目录之外不得收费")


def make_quote(
    case: Case,
    asked: Sequence[AskedLine],
    project_start: date | None,
    at: datetime,
    by: str,
    catalogue: FeeCatalogue,
) -> None:
    """Make a quote, in place of an earlier one while nothing is billed; no line is accepted or declined yet.

    Raises RuleError, and RecordedRefusalError `charge-forbidden`.
    """
    case.check(Verb.MAKE_QUOTE)
    if case.quote is not None and case.quote.bill is not None:
        raise RuleError("bill-recorded", "已登记结算，不能重新报价", "请核对结算", "lines")
    _each_once(each.code for each in asked)
    charges = []
    for each in asked:
        item, found = _check(case, each.code, project_start, at, catalogue, ticked=each.ticked)
        amount = 0 if item is None else amount_of(item.price_fen, each.quantity_thousandths)
        charges.append(_Charge(each.code, item, amount, found))
    _refuse_blocked(case, charges, "quote_blocked", at)
    _open_supervision_items(case, charges, at)
    case.quote = Quote(
        at,
        by,
        catalogue.version,
        project_start,
        lines=[
            _quote_line(each, line.quantity_thousandths)
            for each, line in zip(charges, asked, strict=True)
        ],
    )
    case.record(
        "quote_made",
        at,
        catalogue_version=catalogue.version,
        total_fen=case.quote.total_fen,
        mandatory_fen=case.quote.mandatory_fen,
        lines=len(asked),
    )


def answer_line(case: Case, number: int, at: datetime, by: str, *, accept: bool) -> None:
    """Accept or decline a line, counted from 1; the answer may be changed until the bill. Raises RuleError."""
    case.check(Verb.ANSWER_QUOTE)
    quote = _unbilled(case)
    if not 1 <= number <= len(quote.lines):
        raise RuleError("line-unknown", "报价中没有这一项", "请核对报价项目序号", "line")
    line = quote.lines[number - 1]
    if line.is_mandatory and not accept:
        raise RuleError("line-mandatory", "必需项目不能单独拒绝", "如不同意整个报价，可撤回申请", "line")
    if line.accepted is accept:
        raise RuleError("line-answered", "这一项已经这样答复过", "无需再次答复", "line")
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
    _each_once(each.code for each in billed)
    charges = []
    for each in billed:
        item, found = _check(case, each.code, quote.project_start, at, catalogue)
        charges.append(_Charge(each.code, item, each.amount_fen, found))
    _refuse_blocked(case, charges, "bill_blocked", at)
    _open_supervision_items(case, charges, at)
    lines = tuple(BillLine(each.code, _known(each).name, each.amount_fen, each.findings) for each in charges)
    quote.bill = Bill(at, by, lines)
    found_out = compare(quote, quote.bill)
    case.record(
        "bill_compared",
        at,
        quoted_fen=found_out.quoted_fen,
        billed_fen=found_out.billed_fen,
        difference_fen=found_out.difference_fen,
        unquoted_lines=found_out.unquoted_lines,
    )


def _unbilled(case: Case) -> Quote:
    if case.quote is None:
        raise RuleError("quote-missing", "此件尚未报价", "请先按收费目录报价", "quote")
    if case.quote.bill is not None:
        raise RuleError("bill-recorded", "已登记结算", "请核对结算", "quote")
    return case.quote


def _each_once(codes: Iterable[str]) -> None:
    seen = set[str]()
    for each in codes:
        if each in seen:
            raise RuleError("line-repeated", "同一收费项目只能列一行", "请合并数量或金额", "lines")
        seen.add(each)


def _check(
    case: Case,
    code: str,
    project_start: date | None,
    at: datetime,
    catalogue: FeeCatalogue,
    *,
    ticked: bool = False,
) -> tuple[ChargeItem | None, tuple[Finding, ...]]:
    today = local(at).date()
    item = catalogue.find(case.supply, code, today)
    if item is None:
        return None, (_UNKNOWN,)
    return item, check_item(
        item, today, project_start, catalogue.rules, district=case.district, pre_ticked=ticked
    )


def _refuse_blocked(case: Case, charges: Sequence[_Charge], event: str, at: datetime) -> None:
    blocked = [each for each in charges if each.blocked]
    if not blocked:
        return
    case.record(
        event,
        at,
        # What is no code of ours may be anything, and stays out of events.
        charges=[
            {
                "item_code": each.item and each.item.code,
                "amount_fen": each.amount_fen,
                "findings": [finding.code for finding in each.blocked],
            }
            for each in blocked
        ],
    )
    raise RecordedRefusalError(
        "charge-forbidden",
        "；".join(
            f"{each.item.name if each.item else each.code}：{finding.text}。{finding.consequence}"
            for each in blocked
            for finding in each.blocked
        ),
        "请删除这些项目；此次尝试已记录",
        "lines",
    )


def _open_supervision_items(case: Case, charges: Sequence[_Charge], at: datetime) -> None:
    known = {(line.code, each.code) for line in (case.quote.lines if case.quote else ()) for each in line.findings}
    for charge in charges:
        for each in charge.findings:
            if (charge.code, each.code) not in known:
                case.record("supervision_item_opened", at, finding=each.code, item_code=charge.code)


def _quote_line(charge: _Charge, quantity_thousandths: int) -> QuoteLine:
    item = _known(charge)
    return QuoteLine(
        code=item.code,
        name=item.name,
        unit=item.unit,
        price_fen=item.price_fen,
        quantity_thousandths=quantity_thousandths,
        amount_fen=charge.amount_fen,
        is_mandatory=item.is_mandatory,
        findings=charge.findings,
    )


def _known(charge: _Charge) -> ChargeItem:
    assert charge.item is not None  # noqa: S101 - what is not in the catalogue was refused
    return charge.item
