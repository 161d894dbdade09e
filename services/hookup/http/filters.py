"""What lists of cases and the ledger may be narrowed to."""

from typing import Annotated

from fastapi import Depends, Query

from libs.common.http.fields import Code, CustomerReference, QueryFlag
from libs.common.places import Supply
from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import CaseState
from services.hookup.usecases.read_cases import Filters


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
    number: Annotated[Code | None, Query(examples=["W-371502-20220930-0001"])] = None,
    customer_ref: CustomerReference | None = None,
) -> Filters:
    """Return what is asked for; a number is meant whole."""
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
    )


ListFilters = Annotated[Filters, Depends(filters)]
