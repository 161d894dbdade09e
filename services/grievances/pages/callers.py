"""Who calls: what was told from a number."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from libs.common.http.form_fields import Form
from libs.pages.forms import FormErrors, declared_form
from libs.pages.sending import send
from libs.pages.sessions import Session
from libs.pages.site import FromOwnPage, PageContext, SignedIn, pages_of
from services.grievances.http.models import ToldBefore
from services.grievances.http.requests import FindCaller
from services.grievances.pages.grievances import TABLE

router = APIRouter()
PATH: Final = "/grievance-callers"
Grievances = Annotated[PageContext, Depends(pages_of("grievances"))]
_FIND: Final = declared_form(Form("findByPhone", "查找", "/v1/grievance-search", FindCaller))


@router.get(PATH)
async def show_search(pages: Grievances, session: SignedIn) -> Response:
    """Show the form of the search."""
    return _found(pages, session)


@router.post(PATH)
async def search(request: Request, pages: Grievances, session: FromOwnPage) -> Response:
    """Show what was told from a number, which stands in no address."""
    answer = await send(request, pages.api, session, _FIND)
    if isinstance(answer, FormErrors):
        return _found(pages, session, refused=answer)
    return _found(pages, session, found=ToldBefore.model_validate_json(answer))


def _found(
    pages: PageContext,
    session: Session,
    *,
    refused: FormErrors | None = None,
    found: ToldBefore | None = None,
) -> Response:
    return pages.render(
        "grievance_callers.html",
        session,
        status=refused.status if refused else 200,
        form=_FIND,
        refused=refused,
        found=found,
        table=TABLE,
    )
