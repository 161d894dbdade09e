"""What is behind the board: the cases of each figure, and what each figure means."""

from datetime import datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from libs.pages.paging import At
from libs.pages.site import SignedIn
from services.metrics.http import models
from services.metrics.pages.parts import Metrics, drill_down

router = APIRouter()

DIMENSIONS = {
    "district": "县（市、区）",
    "utility": "专营单位",
    "supply": "业务",
    "stage": "环节",
    "length_class": "外线",
    "age": "历时",
    "month_from": "办结起",
    "month_to": "办结止",
}
NARROWINGS = (*DIMENSIONS, "period", "quantile")


class CaseFacts(BaseModel):
    """What is said of a case behind a figure."""

    state: str
    special: bool
    open_stages: list[models.Label]
    due_at: datetime | None
    on_time: bool | None
    overlap_saved_minutes: int | None
    ended_at: datetime | None
    by_late_entry: bool | None
    from_ledger: bool | None
    left_overdue: bool
    score: int | None


class CaseBehind(models.Behind):
    """One case behind a figure."""

    facts: CaseFacts  # type: ignore[assignment]  # what hookup's source says, in place of any source's

    @property
    def on_time(self) -> bool | None:
        """Whether it kept its time: behind a rate what that judges by."""
        return self.facts.on_time if self.in_part is None else self.in_part


class CasesBehind(models.ListBehind):
    """One page of the cases behind a figure; the totals come with the first."""

    items: list[CaseBehind]  # type: ignore[assignment]  # see `CaseBehind`


@router.get("/figures/cases")
async def cases_behind(
    request: Request,
    pages: Metrics,
    session: SignedIn,
    at: At,
    code: str,
) -> Response:
    """List the cases behind a figure; htmx asks for the rows of the next page only."""
    narrowed = {name: value for name in NARROWINGS if (value := request.query_params.get(name))}
    query = {"code": code, **narrowed}
    listed = await pages.api.get("/v1/drill-down/hookup", session, CasesBehind, at.asking(query, None))
    at_quantile = {"cursor": listed.quantile.cursor} if listed.quantile and listed.quantile.cursor else {}
    return pages.render(
        "behind_rows.html" if at.is_fragment else "behind.html",
        session,
        listed=listed,
        more=at.following("/figures/cases", query, listed),
        at_quantile=listed.quantile and drill_down(code, **narrowed, **at_quantile),
    )


@router.get("/definitions")
async def definitions(pages: Metrics, session: SignedIn) -> Response:
    """Say what each figure means."""
    listed = await pages.api.get("/v1/definitions/hookup", session, models.Definitions)
    return pages.render(
        "definitions.html", session, definitions=listed.items, judged_under=listed.judged_under
    )
