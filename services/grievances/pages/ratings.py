"""Ratings of services (好差评): their list, whose turn it is, the page of one, and their integrity."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from libs.casework.http.history import EventView
from libs.common.http.cursors import CountedPage
from libs.pages.history import History, Shown
from libs.pages.listing import Listing
from libs.pages.lists import Choices, Column, Filters, ListQuery, Table
from libs.pages.places import PLACE_FILTERS
from libs.pages.shown import score
from libs.pages.site import PageContext, SignedIn, pages_of
from libs.pages.things import Things
from libs.pages.work import WorkList
from services.grievances.http.rating_commands import APPEALS, BAD, RATING
from services.grievances.http.rating_models import Integrity, RatingCounts, RatingDetail, RatingView
from services.grievances.pages.codes import CODES

INTEGRITY_PATH: Final = "/rating-integrity"
NEWEST_RATED: Final = "rated"
Grievances = Annotated[PageContext, Depends(pages_of("grievances"))]
router = APIRouter()


def _choices(name: str, title: str, group: str) -> Choices:
    return Choices(name, title, lambda _session: CODES.names(group))


NUMBER, SERVICE, KIND, GRADE, STATE, UTILITY, SERVED, RATED = (
    Column("thing_number", "编号"),
    Column("service_name", "服务", on_phone=False),
    Column("kind_name", "事项"),
    Column("grade_name", "评价", is_drawn=True),
    Column("state_name", "状态"),
    Column("utility_name", "专营单位", on_phone=False),
    Column("served_at", "办结时间", on_phone=False),
    Column("rated_at", "评价时间", on_phone=False),
)
TABLE: Final = Table(
    "/ratings",
    "好差评",
    (
        NUMBER,
        SERVICE,
        KIND,
        GRADE,
        STATE,
        UTILITY,
        Column("district_name", "县（市、区）", on_phone=False),
        SERVED,
        RATED,
    ),
    macros="rating_cells.html",
    is_late=lambda row: row.overdue,
)
LISTING: Final = Listing(
    service="grievances",
    api="/v1/ratings",
    row=RatingView,
    table=TABLE,
    filters=Filters(
        (
            _choices("service", "服务", "rated_services"),
            _choices("state", "状态", "rating_states"),
            _choices("grade", "评价", "grades"),
            _choices("signal", "存疑信号", "signals"),
            *PLACE_FILTERS,
        ),
        ticks=(("bad", "只看差评"), ("suspect", "只看存疑"), ("excluded", "只看申诉成立")),
    ),
    orders=("served", NEWEST_RATED),
    presets=(
        ("最近评价", {"order": NEWEST_RATED}),
        ("待评价", {"state": "INVITED"}),
        ("差评", {"bad": "true"}),
        ("存疑", {"suspect": "true"}),
        ("申诉成立", {"excluded": "true"}),
    ),
)
WORK: Final = WorkList(
    service="grievances",
    path="/rating-work",
    api="/v1/rating-work-list",
    lists=CODES.groups["rating_turns"],
    row=RatingView,
    counts=RatingCounts,
    things=TABLE.path,
    choices=(_choices("service", "服务", "rated_services"),),
    title="评价待办",
    macros="rating_cells.html",
    done_by={
        "caller": frozenset({"window", "supervisor"}),
        "handler": frozenset({"clerk"}),
        "county": frozenset({"supervisor"}),
        "city": frozenset({"supervisor"}),
    },
    ticks=(("overdue", "只看已逾期"),),
    table=Table(
        TABLE.path,
        "评价",
        (NUMBER, KIND, GRADE, Column("work", "待办", is_drawn=True), SERVED),
        is_late=lambda row: row.overdue,
    ),
)
LATEST: Final = Table(
    TABLE.path,
    "评价",
    (NUMBER, KIND, GRADE, UTILITY, Column("rated_at", "评价时间")),
    macros="rating_cells.html",
)
MOST_LATEST: Final = 10
SHOWN: Final[Shown] = {
    "expires_at": "评价截止",
    "grade_before": ("原评价", score),
    "new_signals": ("信号", CODES.shown("signals")),
    "attempt": "第几次回访",
    "reached": "联系上",
    "genuine": "本人评价",
    "ended": "回访结束",
    "on_time": "按时",
    "deadline": ("逾期事项", CODES.shown("rating_deadlines")),
    "due_at": "应办结",
    "calendar_version": "日历版本",
    "ground": ("理由", CODES.shown("appeal_grounds")),
    "review_by": "应审核",
    "level": ("层级", CODES.shown("levels")),
    "granted": "申诉成立",
    "appeal_state": ("结果", CODES.shown("appeal_states")),
}
RATINGS: Final = Things(
    service="grievances",
    noun=TABLE.noun,
    path=TABLE.path,
    api="/v1/ratings",
    view=RatingDetail,
    kinds=(BAD, APPEALS, RATING),
    listing=LISTING,
    history=History(EventView, SHOWN),
    work=WORK,
    template="rating.html",
)


@router.get("/latest-ratings")
async def show_latest(pages: Grievances, session: SignedIn) -> Response:
    """Show the ratings that were given last, as a part of the board of ratings."""
    asked = {"order": NEWEST_RATED, "limit": str(MOST_LATEST)}
    page = await pages.api.get(LISTING.api, session, CountedPage[RatingView], asked)
    return pages.render("latest_ratings.html", session, table=LATEST, rows=page.items)


@router.get(INTEGRITY_PATH)
async def show_integrity(request: Request, pages: Grievances, session: SignedIn) -> Response:
    """Show which ratings were called back, by unit, kind and grade, and the suspect ones by signal."""
    filters = Filters(PLACE_FILTERS)
    listing = ListQuery.of(INTEGRITY_PATH, request.query_params, filters.names)
    shown = await pages.api.get("/v1/rating-integrity", session, Integrity, listing.filters)
    return pages.render(
        "rating_integrity.html",
        session,
        path_of=TABLE.path,
        here=INTEGRITY_PATH,
        filters=filters,
        listing=listing,
        shown=shown,
        chosen=listing.filters,
    )
