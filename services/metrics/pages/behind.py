"""What is behind the board: the cases of each figure, and what each figure means."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from libs.pages.exports import csv_file
from libs.pages.lists import Column, ListQuery, address
from libs.pages.paging import At
from libs.pages.shown import hours
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
NARROWINGS = (*DIMENSIONS, "period")
# As far as figures tell cases apart; a case's own page says more.
FACT_STATES = {
    "OPEN": "在办",
    "TURNED_ON": "已通，待确认",
    "CLOSED": "已办结",
    "WITHDRAWN": "已撤回",
    "REFUSED": "不予办理",
}
PATH, FILE = "/figures/cases", "/figures/cases.csv"
AT_ONCE = "200"
"""So many rows of a file are asked for at once."""


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

    @property
    def district(self) -> str:
        """The name of its division."""
        return self.dims["district"].name

    @property
    def utility(self) -> str:
        """The name of its utility."""
        return self.dims["utility"].name

    @property
    def length_class(self) -> str:
        """The name of the class of its external line."""
        return self.dims["length_class"].name

    @property
    def state(self) -> str:
        """Its state in words."""
        return FACT_STATES.get(self.facts.state, self.facts.state)

    @property
    def stages(self) -> str:
        """The names of its open stages."""
        return "、".join(stage.name for stage in self.facts.open_stages)

    @property
    def result(self) -> str:
        """Whether it kept its time, in words."""
        if self.on_time is None:
            return "—"
        return ("按时（补录后）" if self.facts.by_late_entry else "按时") if self.on_time else "超时"

    @property
    def due_at(self) -> datetime | None:
        """When it is due."""
        return self.facts.due_at

    @property
    def ended_at(self) -> datetime | None:
        """When it ended."""
        return self.facts.ended_at

    @property
    def saved_minutes(self) -> int | None:
        """What overlaps saved."""
        return self.facts.overlap_saved_minutes


class CasesBehind(models.ListBehind):
    """One page of the cases behind a figure; the totals come with the first."""

    items: list[CaseBehind]  # type: ignore[assignment]  # see `CaseBehind`


COLUMNS = (
    Column("number", "编号", "number"),
    Column("district", "县（市、区）", show=str, on_phone=False),
    Column("utility", "专营单位", show=str, on_phone=False),
    Column("length_class", "外线", on_phone=False),
    Column("state", "状态"),
    Column("stages", "当前环节", on_phone=False),
    Column("due_at", "应办结", on_phone=False),
    Column("result", "结果"),
    Column("ended_at", "结束", on_phone=False),
    Column("elapsed_minutes", "用时（小时）", "elapsed", hours, is_number=True),
    Column("saved_minutes", "压茬节约（小时）", show=hours, is_number=True, on_phone=False),
)
# Of a list that is sorted by its times: where a case stands in it, and the time that it is sorted by.
_POSITION = Column("position", "位次", is_number=True)
_WORKING = Column("working_minutes", "工作用时（小时）", "working", hours, is_number=True)
_ORDERS = ("", *(f"{sign}{order}" for order in ("number", "elapsed", "working") for sign in ("", "-")))


def _columns(*, by_working: bool, has_places: bool = False) -> Sequence[Column]:
    columns = [_WORKING if column.order == "elapsed" and by_working else column for column in COLUMNS]
    return [_POSITION, *columns] if has_places else columns


def _is_by_working(order: str) -> bool:
    return order.removeprefix("-").startswith("working")


def _listing(request: Request) -> ListQuery:
    return ListQuery.of(PATH, request.query_params, ("code", *NARROWINGS), _ORDERS)


@router.get(FILE)
async def file_of_cases(request: Request, pages: Metrics, session: SignedIn, code: str) -> Response:
    """Give all cases behind a figure as a file, as they are sorted."""
    listing = _listing(request)
    query = {**listing.query, "code": code, "limit": AT_ONCE}

    async def listed() -> AsyncIterator[Sequence[CaseBehind]]:
        following: dict[str, str] | None = {}
        while following is not None:
            page = await pages.api.get("/v1/drill-down/hookup", session, CasesBehind, {**query, **following})
            following = {"cursor": page.next} if page.next else None
            yield page.items

    return await csv_file(code, _columns(by_working=_is_by_working(listing.order)), listed())


@router.get(PATH)
async def cases_behind(
    request: Request,
    pages: Metrics,
    session: SignedIn,
    at: At,
    code: str,
) -> Response:
    """List the cases behind a figure; htmx asks for the rows of the next page only."""
    listing, quantile = _listing(request), request.query_params.get("quantile")
    narrowed = {**listing.filters, "code": code} | ({"quantile": quantile} if quantile else {})
    # A list of times in which a quantile is counted out has its own order.
    query = narrowed if quantile else {**narrowed, **listing.query}
    listed = await pages.api.get("/v1/drill-down/hookup", session, CasesBehind, at.asking(query, None))
    at_quantile = {"cursor": listed.quantile.cursor} if listed.quantile and listed.quantile.cursor else {}
    by_working = _is_by_working(listed.quantile.time if listed.quantile else listing.order)
    return pages.render(
        "behind_rows.html" if at.is_fragment else "behind.html",
        session,
        listed=listed,
        listing=listing,
        by_working=by_working,
        columns=_columns(by_working=by_working, has_places=listed.quantile is not None),
        more=at.following(PATH, query, listed),
        file=address(FILE, listing.query),
        at_quantile=listed.quantile and drill_down(**narrowed, **at_quantile),
    )


@router.get("/definitions")
async def definitions(pages: Metrics, session: SignedIn) -> Response:
    """Say what each figure means."""
    listed = await pages.api.get("/v1/definitions/hookup", session, models.Definitions)
    return pages.render(
        "definitions.html", session, definitions=listed.items, judged_under=listed.judged_under
    )
