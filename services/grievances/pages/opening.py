"""The form of a new grievance: with what was told of the same place lately beside it."""

from collections.abc import Sequence
from typing import Annotated, Final, Literal
from uuid import uuid4

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from libs.common.http.form_fields import Form
from libs.common.places import load_places
from libs.common.problems import Problem
from libs.pages.entered import read
from libs.pages.forms import CommandForm, FormErrors, declared_form
from libs.pages.sending import made, send
from libs.pages.sessions import Session
from libs.pages.site import FromOwnPage, PageContext, SignedIn, pages_of
from services.grievances.http.models import Similar, Suggestions
from services.grievances.http.reference_routes import Categories
from services.grievances.http.requests import SubmitGrievance, Suggest
from services.grievances.http.routes import SOURCES_OF, TELLERS
from services.grievances.pages.codes import CODES

router = APIRouter()
PATH = "/grievances/new"
ROLES = frozenset(str(role) for role in TELLERS)
_SUBMIT = Form("submitGrievance", "登记诉求", "/v1/grievances", SubmitGrievance)
_PARTS = {
    "诉求": ("kind", "category", "supply", "words", "source"),
    "地点": ("district", "site", "place"),
    "诉求人": ("reporter", "name", "phone", "customer_id", "account_id"),
}
_ASKED: Final = (
    "同一地点近期有相似的诉求，列在下面。核对后不是重复的，请再次提交；是重复的，也可提交，各自答复"
)
Grievances = Annotated[PageContext, Depends(pages_of("grievances"))]


@router.get(PATH)
async def show_new(pages: Grievances, session: SignedIn) -> Response:
    """Show the form of a new grievance."""
    return await _page(pages, session)


@router.post(PATH)
async def submit(
    request: Request, pages: Grievances, session: FromOwnPage, similar: Literal["seen"] | None = None
) -> Response:
    """Submit it, and lead to its page; what is like it is shown before, once."""
    form = _form(session, await _categories(pages, session))
    if similar is None and (found := await _similar(request, pages, session, form)):
        entered = await request.form()
        shown = FormErrors(form.operation_id, form.title, entered, 409, {}, (_ASKED,))
        return await _page(pages, session, shown, found)
    answer = await send(request, pages.api, session, form)
    if isinstance(answer, FormErrors):
        return await _page(pages, session, answer)
    return pages.done(f"/grievances/{made(answer)}", form.title)


async def _similar(
    request: Request, pages: PageContext, session: Session, form: CommandForm
) -> Sequence[Similar]:
    """Return what is like what was entered; nothing where that cannot be read, which sending it will say."""
    try:
        body = read(form, await request.form()).body
        asked = {name: body[name] for name in Suggest.model_fields if body.get(name) is not None}
        path = "/v1/grievance-suggestions"
        answer = await pages.api.command("POST", path, session, str(uuid4()), None, json=asked)
    except Problem:
        return ()
    return Suggestions.model_validate_json(answer).items


async def _categories(pages: PageContext, session: Session) -> Categories:
    return await pages.api.get("/v1/grievance-categories", session, Categories)


def _form(session: Session, tree: Categories) -> CommandForm:
    """Return the form: who tells it oneself is not asked who it is, nor where it came from."""
    places, is_citizen = load_places(), session.scope_kind == "citizen"
    here = {
        "district": {session.scope_code},
        "utility": {places.utility(session.scope_code).district}
        if session.scope_kind == "utility"
        else set(),
    }.get(session.scope_kind, set())
    districts = [(unit.code, unit.name) for unit in places.reporting_units if not here or unit.code in here]
    streets = {
        street.site: street.name if len(districts) == 1 else f"{street.name}（{name}）"
        for code, name in districts
        for street in places.streets_of(code)
    }
    sources = {source for role, taken in SOURCES_OF.items() if role in session.roles for source in taken}
    without = {"account_id", *(("customer_id", "source") if is_citizen else ())}
    return declared_form(
        _SUBMIT,
        {
            "category": [(item.code, item.path) for item in tree.items if item.is_chosen],
            "district": districts,
            "site": sorted(streets.items()),
            "source": [(code, name) for code, name in CODES.groups["sources"].items() if code in sources],
        },
        without=without,
    ).in_parts({part: tuple(name for name in names if name not in without) for part, names in _PARTS.items()})


async def _page(
    pages: PageContext,
    session: Session,
    refused: FormErrors | None = None,
    similar: Sequence[Similar] = (),
) -> Response:
    tree = await _categories(pages, session)
    return pages.render(
        "grievance_new.html",
        session,
        status=refused.status if refused else 200,
        form=_form(session, tree),
        refused=refused,
        similar=similar,
    )
