"""Applications at the counter: for one service, or for several on one form (联合报装)."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from pydantic import JsonValue
from starlette.responses import Response

from libs.common.http.auth import FORBIDDEN
from libs.common.http.form_fields import Form
from libs.common.places import Utility, load_places
from libs.pages.forms import CommandForm, FormErrors, declared_form
from libs.pages.listing import Opening
from libs.pages.places import offered
from libs.pages.sending import made, send
from libs.pages.sessions import Session
from libs.pages.site import FromOwnPage, PageContext, SignedIn
from services.hookup.http.case_requests import COUNTER_NAMES, SubmitHookup
from services.hookup.http.joint_models import JointApplication
from services.hookup.pages.parts import Hookup

router = APIRouter()

_SUBMIT = Form("submitHookup", "提交申请", "/v1/hookups", SubmitHookup)
_SUBMIT_JOINTLY = Form("submitJointApplication", "提交联合申请", "/v1/joint-applications", JointApplication)
_PARTS = {
    "受理": ("utility", "channel"),
    "用户": ("customer_ref", "customer_category"),
    "地点": ("site_division", "declared_length_m"),
    "核对": ("complete", "not_duplicate"),
}
_JOINT_PARTS = {
    "受理": ("channel",),
    "用户": _PARTS["用户"],
    "地点": ("site_division",),
    "服务": ("services",),
    "核对": _PARTS["核对"],
}
# That everything is there is the counter's to say, although an application that says nothing is taken as complete.
_AT_FIRST: Mapping[str, JsonValue] = {"channel": "HALL", "complete": False}


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
    ).in_parts(_PARTS)


def _with_utility(session: Session, body: dict[str, Any]) -> dict[str, Any]:
    """Add to an application what its utility says."""
    utilities = {utility.code: utility for utility in offered(session)[1]}
    utility = utilities.get(body.get("utility", ""))
    return body | ({"supply": utility.service, "district": utility.district} if utility else {})


APPLICATION = Opening(
    title="新建报装件",
    form=_form,
    roles=frozenset({"clerk", "window"}),
    note="窗口代用户提交。用户的姓名、电话和证件只在用户底数中，这里只填编号。",
    complete=_with_utility,
)


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
    return pages.done(f"/joint-applications/{made(answer)}", form.title)


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
    ).in_parts(_JOINT_PARTS)


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
