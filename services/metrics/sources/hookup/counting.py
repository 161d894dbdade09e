"""Functions from a case's facts to counts, shared by the modules of hookup's figures."""

from collections.abc import Callable
from typing import Any, Final

from services.metrics.declare import Count
from services.metrics.sources.hookup.facts import CLOSED, Case, Outcome

# Acts count for open and ended cases alike.
DONE: Final = "按发生时间（北京时间）归入月份，在办、已结束的件均计"
ENDED_BY: Final = "按办结时间（北京时间）归入月份"
CLOSED_CASES: Final = "办结件"
FROM_LEDGER: Final = "_ledger"

Of = Callable[[Case], int]


def closed(of: Callable[[Case, Outcome], Any]) -> Of:
    """Return a count of closed cases."""
    return lambda case: int(of(case, case.outcome) or 0) if case.outcome and case.state == CLOSED else 0


def plain(of: Callable[[Case, Outcome], Any]) -> Of:
    """Return a count of closed cases that are not special."""
    return closed(lambda case, outcome: not case.special and of(case, outcome))


def promised(basis: str, of: Callable[[Outcome], Any]) -> Of:
    """Return a count of closed cases whose due time has a given basis and a verdict."""
    return plain(
        lambda _, outcome: outcome.basis == basis and outcome.judged is not None and of(outcome) is True
    )


def left(state: str, *, overdue: bool = False) -> Of:
    """Return a count of cases that were withdrawn or refused, all or those that were overdue."""
    return lambda case: int(case.state == state and (case.ended_overdue or not overdue))


def rated(of: Callable[[int], Any]) -> Of:
    """Return a count over the grades of closed cases."""
    return closed(lambda case, _: of(case.score) if case.score is not None else 0)


def ledger(code: str, of: Of) -> Count:
    """Return the count of a denominator's cases that were imported from ledgers."""
    return Count(
        code + FROM_LEDGER,
        "由台账读入的件",
        of=lambda case: of(case) if case.outcome and case.outcome.from_ledger else 0,
        part_of=code,
        explained_by="cases.from_ledger",
    )
