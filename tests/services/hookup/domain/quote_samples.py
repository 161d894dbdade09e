"""What the tests of quotes and bills share: short ways to quote, answer and bill."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import msgspec
import pytest

from libs.common.problems import is_chinese
from libs.common.rules import RecordedRefusalError, RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.values.charges import ChargeItem, FeeCatalogue
from services.hookup.domain.verbs.quotes import (
    BilledLine,
    RequestedLine,
    answer_line,
    make_quote,
    record_bill,
)
from tests.services.hookup.domain.charge_samples import CATALOGUE
from tests.services.hookup.domain.samples import at
from tests.support.hookup import submitted_case

NOW = at("2022-07-04 15:00")
ONE = 1000


def with_items(*items: ChargeItem) -> FeeCatalogue:
    """The catalogue that ships, with some items of the test's own."""
    return replace(CATALOGUE, items={**CATALOGUE.items, **{each.code: each for each in items}})


def quote(
    case: Case,
    *lines: str | RequestedLine,
    catalogue: FeeCatalogue = CATALOGUE,
    project_start: date | None = None,
    moment: datetime = NOW,
) -> None:
    wanted = [RequestedLine(each, ONE) if isinstance(each, str) else each for each in lines]
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
