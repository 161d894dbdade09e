"""Rounds of visits and calls (回访走访): the list, one with its results, and from customer to customer."""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import RedirectResponse, Response

from libs.common.http.form_fields import Form
from libs.common.places import load_places
from libs.pages.forms import CommandForm, declared_form
from libs.pages.listing import Listing, Opening
from libs.pages.lists import Choices, Column, Filters, Table
from libs.pages.sessions import Session
from libs.pages.shown import person
from libs.pages.site import PageContext, SignedIn, pages_of
from libs.pages.things import Things
from services.grievances.http.interview_routes import INTERVIEW
from services.grievances.http.round_models import (
    InterviewView,
    NextInterview,
    PrepareRound,
    RoundDetail,
    RoundResults,
    RoundView,
)
from services.grievances.http.round_routes import ROUND
from services.grievances.pages.codes import CODES

PATH: Final = "/rounds"
ASKED: Final = "/round-interviews"
HOLDERS: Final = frozenset({"supervisor"})
CALLERS: Final = frozenset({"window", "supervisor"})
SCOPES: Final = frozenset({"city", "district"})
Grievances = Annotated[PageContext, Depends(pages_of("grievances"))]
router = APIRouter()


def _choices(name: str, title: str, group: str) -> Choices:
    return Choices(name, title, lambda _session: CODES.names(group))


def _form(session: Session) -> CommandForm:
    """Return the form of a new round: a district asks its own customers."""
    places, is_district = load_places(), session.scope_kind == "district"
    districts = [(unit.code, unit.name) for unit in places.reporting_units]
    utilities = [
        (code, name)
        for name, code in places.utility_codes.items()
        if not is_district or places.utility(code).district == session.scope_code
    ]
    return declared_form(
        Form("prepareRound", "制定方案", "/v1/rounds", PrepareRound),
        {"districts": districts, "utilities": utilities},
        without=("districts",) if is_district else (),
        hint="先制定方案，再抽取样本；题目可在抽样前增加，抽样后不能再改",
    )


ROUND_LISTING: Final = Listing(
    service="grievances",
    api="/v1/rounds",
    row=RoundView,
    table=Table(
        PATH,
        "回访走访",
        (
            Column("title", "名称"),
            Column("purpose_name", "方式"),
            Column("state_name", "状态"),
            Column("unit_name", "组织单位", on_phone=False),
            Column("starts_on", "开始", on_phone=False),
            Column("ends_on", "结束"),
            Column("sample", "样本（户）", is_number=True),
            Column("number", "编号", on_phone=False),
        ),
    ),
    filters=Filters(
        (_choices("purpose", "方式", "round_purposes"), _choices("state", "状态", "round_states")),
        ticks=(("running", "只看正在进行的"),),
    ),
    presets=(("正在进行", {"running": "true"}),),
    opening=Opening(title="制定方案", form=_form, roles=HOLDERS),
    unit="次",
)


async def _of_round(pages: PageContext, session: Session, thing: RoundDetail) -> Mapping[str, Any]:
    if thing.drawn_at is None:
        return {"results": ()}
    answer = await pages.api.get(f"/v1/rounds/{thing.id}/results", session, RoundResults)
    return {"results": answer.items, "may_ask": not CALLERS.isdisjoint(session.roles)}


ROUNDS: Final = Things(
    service="grievances",
    noun="回访走访",
    path=PATH,
    api="/v1/rounds",
    view=RoundDetail,
    kinds=(ROUND,),
    listing=ROUND_LISTING,
    template="round.html",
    context=_of_round,
)
INTERVIEWS: Final = Things(
    service="grievances",
    noun="受访用户",
    path=ASKED,
    api="/v1/round-interviews",
    view=InterviewView,
    kinds=(INTERVIEW,),
    title=lambda item: f"{item.round_number} 第{item.position}户",
    listing=Listing(
        service="grievances",
        api="/v1/round-interviews",
        row=InterviewView,
        table=Table(
            ASKED,
            "受访用户",
            (
                Column("position", "序号", is_number=True),
                Column("state_name", "状态"),
                Column("category_name", "用户类别"),
                Column("supply_name", "业务", on_phone=False),
                Column("utility_name", "专营单位", on_phone=False),
                Column("district_name", "县（市、区）", on_phone=False),
                Column("assignee", "回访人", show=lambda who: person(who) if who else "—"),
                Column("attempts", "联系（次）", show=lambda attempts: str(len(attempts)), is_number=True),
                Column("round_number", "活动", on_phone=False),
            ),
        ),
        filters=Filters(
            (_choices("state", "状态", "interview_states"),), ticks=(("mine", "只看由我回访的"),)
        ),
        presets=(("由我回访", {"mine": "true", "state": "OPEN"}),),
        unit="户",
    ),
    template="round_interview.html",
)


@router.get(f"{PATH}/{{round_id}}/next")
async def show_next(
    pages: Grievances, session: SignedIn, round_id: UUID, after: UUID | None = None
) -> Response:
    """Lead to whom the user is to ask next, or back to the round where nobody waits."""
    query = {"after": str(after)} if after else None
    found = await pages.api.get(f"/v1/rounds/{round_id}/next-interview", session, NextInterview, query)
    if found.item is None:
        return pages.done(f"{PATH}/{round_id}", "没有待您回访的用户")
    return RedirectResponse(f"{ASKED}/{found.item.id}?{urlencode({'waiting': found.waiting})}", 303)
