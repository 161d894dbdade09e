"""What lists of cases and the ledger may be narrowed to."""

from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import Depends, Query
from pydantic import AfterValidator

from libs.common.clock import midnight
from libs.common.http.dates import CalendarDate, reversed_ranges
from libs.common.http.fields import Code, CustomerReference, QueryFlag
from libs.common.places import Supply
from libs.common.problems import INVALID
from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import CaseState
from services.hookup.usecases.read_cases import LEAST_PART, ORDERS, Filters


async def filters(
    district: str | None = None,
    utility: Code | None = None,
    supply: Supply | None = None,
    stage: Stage | None = None,
    length_class: LengthClass | None = None,
    state: CaseState | None = None,
    overdue: QueryFlag | None = None,
    special: QueryFlag | None = None,
    due_today: QueryFlag | None = None,
    number: Annotated[
        Code | None,
        Query(
            examples=["W-371502-20220930-0001"],
            description=f"A whole number, or a part of one from {LEAST_PART} characters on",
        ),
    ] = None,
    customer_ref: CustomerReference | None = None,
    submitted_from: CalendarDate | None = None,
    submitted_to: CalendarDate | None = None,
    due_from: CalendarDate | None = None,
    due_to: CalendarDate | None = None,
    finished_from: CalendarDate | None = None,
    finished_to: CalendarDate | None = None,
) -> Filters:
    """Return what is asked for; days are those of Shanghai, both ends included. Raises `invalid`."""
    days = {
        "submitted": (submitted_from, submitted_to),
        "due": (due_from, due_to),
        "finished": (finished_from, finished_to),
    }
    if errors := list(reversed_ranges(days)):
        raise INVALID("请按各项提示修改后重新提交", errors=errors)
    return Filters(
        district,
        utility,
        supply,
        stage,
        length_class,
        state,
        overdue,
        special,
        due_today,
        number,
        customer_ref,
        *(instant for first, last in days.values() for instant in between(first, last)),
    )


def between(first: date | None, last: date | None) -> tuple[datetime | None, datetime | None]:
    """Return the instants from which on and before which days in Shanghai lie, both days included."""
    return (
        None if first is None else midnight(first),
        None if last is None else midnight(last + timedelta(days=1)),
    )


ListFilters = Annotated[Filters, Depends(filters)]


def _is_order(order: str) -> str:
    """Check an order with an error in words; the schema names the orders in its description."""
    if order not in ORDERS:
        raise ValueError(f"只能取规定的值：{'、'.join(ORDERS)}", "请从规定的值中选择")
    return order


ListOrder = Annotated[
    str,
    AfterValidator(_is_order),
    Query(
        examples=["-due_at"],
        description=f"One of {', '.join(ORDERS)}. A column's name sorts by it, with `-` descending; `newest` is"
        " `-submitted_at`, and `due` lists running cases only, by the due time",
    ),
]
