"""The rules of quotes and bills, written a second time."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from libs.common.clock import local
from services.hookup.domain.case import Case
from services.hookup.domain.values.transitions import Verb
from services.hookup.domain.verbs.quotes import BilledLine, RequestedLine
from tests.services.hookup.domain.oracle.outcomes import Outcome, outcome

CATALOGUE_BEGINS = date(2022, 1, 1)


def known(case: Case, code: str, at: datetime) -> bool:
    """Whether the catalogue has an item for this case."""
    own = (f"{case.supply[0]}-CONNECT", f"{case.supply[0]}-INSIDE")
    return code in own and local(at).date() >= CATALOGUE_BEGINS


def make_quote(case: Case, lines: Sequence[RequestedLine], at: datetime) -> Outcome:
    """From the catalogue, before the bill."""
    if _billed(case) or _twice(line.code for line in lines):
        return Outcome.ILLEGAL
    outside = not all(known(case, line.code, at) for line in lines)
    return outcome(case, Verb.MAKE_QUOTE, legal=True, recorded=outside)


def answer_line(case: Case, number: int, *, accept: bool) -> Outcome:
    """A line that is there; what is mandatory cannot be declined, and no answer is given twice."""
    legal = False
    if case.quote and not _billed(case) and 1 <= number <= len(case.quote.lines):
        line = case.quote.lines[number - 1]
        legal = (accept or not line.is_mandatory) and line.accepted is not accept
    return outcome(case, Verb.ANSWER_QUOTE, legal)


def record_bill(case: Case, lines: Sequence[BilledLine], at: datetime) -> Outcome:
    """After a quote, once; nothing is charged for what is free."""
    if case.quote is None or _billed(case) or _twice(line.code for line in lines):
        return Outcome.ILLEGAL
    charged = any(line.code.endswith("-CONNECT") and line.amount_fen for line in lines)
    outside = not all(known(case, line.code, at) for line in lines)
    return outcome(case, Verb.RECORD_BILL, legal=True, recorded=charged or outside)


def _billed(case: Case) -> bool:
    return case.quote is not None and case.quote.bill is not None


def _twice(codes: Iterable[str]) -> bool:
    return max(Counter(codes).values(), default=0) > 1
