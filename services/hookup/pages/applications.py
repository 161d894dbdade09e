"""Applications at the counter: for one service, or for several on one form (联合报装)."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, JsonValue
from starlette.responses import Response

from libs.common.http.auth import FORBIDDEN
from libs.common.http.form_fields import Form
from libs.common.places import Utility, load_places
from libs.pages.forms import CommandForm, FormErrors, declared_form
from libs.pages.sending import send
from libs.pages.sessions import Session
from libs.pages.site import FromOwnPage, PageContext, SignedIn
from services.hookup.http.case_requests import COUNTER_NAMES, SubmitHookup
from services.hookup.http.joint_models import JointApplication
from services.hookup.pages.parts import Hookup, offered

router = APIRouter()

_SUBMIT = Form("submitHookup", "提交申请", "/v1/hookups", SubmitHookup)
_SUBMIT_JOINTLY = Form("submitJointApplication", "提交联合申请", "/v1/joint-applications", JointApplication)
# That everything is there is the counter's to say, although an application that says nothing is taken as complete.
_AT_FIRST: Mapping[str, JsonValue] = {"channel": "HALL", "complete": False}


class _Made(BaseModel):
    id: str


def _streets(utilities: list[Utility]) -> list[tuple[str, str]]:
    """Return the streets that some utilities serve, each with its division where there are several."""
    places = load_places()
    divisions = {utility.district for utility in utilities}
    streets = {street.site: street for division in divisions for street in places.streets_of(division)}
    is_one = len(divisions) == 1
    return [
        (site, street.name if is_one else f"{street.name}（{places.division(street.division).name}）")
        for site, street in sorted(streets.items())
    ]


def _form(session: Session) -> CommandForm:
    _, utilities = offered(session)
    return declared_form(
        _SUBMIT,
        {
            "utility": [(utility.code, utility.name) for utility in utilities],
            "site_division": _streets(utilities),
            "channel": COUNTER_NAMES.items(),
        },
        without=("supply", "district"),
        values=_AT_FIRST,
    )


@router.get("/cases/new")
async def new(pages: Hookup, session: SignedIn) -> Response:
    """Show the form of an application."""
    return pages.render("case_new.html", session, form=_form(session), refused=None)


@router.post("/cases/new")
async def submit(request: Request, pages: Hookup, session: FromOwnPage) -> Response:
    """Submit an application at the counter, and lead to its case."""
    utilities, form = {utility.code: utility for utility in offered(session)[1]}, _form(session)

    def complete(body: dict[str, Any]) -> dict[str, Any]:
        utility = utilities.get(body.get("utility", ""))
        return body | ({"supply": utility.service, "district": utility.district} if utility else {})

    answer = await send(request, pages.api, session, form, complete)
    if isinstance(answer, FormErrors):
        return pages.render("case_new.html", session, form=form, refused=answer, status=answer.status)
    return pages.done(f"/cases/{_Made.model_validate_json(answer).id}", form.title)


@router.get("/joint-applications/new")
async def new_joint(pages: Hookup, session: SignedIn, district: str | None = None) -> Response:
    """Show the form of a joint application in a district; who serves several chooses one first."""
    return _joint_page(pages, session, _district(session, district))


@router.post("/joint-applications/new")
async def submit_joint(
    request: Request, pages: Hookup, session: FromOwnPage, district: str | None = None
) -> Response:
    """Submit it, and lead to its view."""
    chosen = _district(session, district)
    form = _joint_form(session, chosen)
    supplies = {utility.code: utility.service for utility in load_places().utilities()}

    def complete(body: dict[str, Any]) -> dict[str, Any]:
        services = [{**row, "supply": supplies.get(row["utility"])} for row in body.get("services", ())]
        return body | {"district": chosen, "services": services}

    answer = await send(request, pages.api, session, form, complete)
    if isinstance(answer, FormErrors):
        return _joint_page(pages, session, chosen, answer)
    return pages.done(f"/joint-applications/{_Made.model_validate_json(answer).id}", form.title)


def _joint_form(session: Session, district: str | None) -> CommandForm:
    utilities = [utility for utility in offered(session)[1] if utility.district == district]
    return declared_form(
        _SUBMIT_JOINTLY,
        {
            "services.utility": [(utility.code, utility.name) for utility in utilities],
            "site_division": _streets(utilities),
            "channel": COUNTER_NAMES.items(),
        },
        without=("district", "services.supply"),
        values=_AT_FIRST,
    )


def _joint_page(
    pages: PageContext, session: Session, district: str | None, refused: FormErrors | None = None
) -> Response:
    return pages.render(
        "joint_new.html",
        session,
        status=refused.status if refused else 200,
        form=_joint_form(session, district),
        refused=refused,
        district=district,
        districts=offered(session)[0],
    )


def _district(session: Session, asked: str | None) -> str | None:
    """Return the district of an application: the only one that the user serves, or what is asked for."""
    if session.scope_kind == "utility":
        raise FORBIDDEN("联合报装由办事大厅等综合窗口提交")
    districts = [division.code for division in offered(session)[0]]
    return districts[0] if len(districts) == 1 else asked if asked in districts else None
