"""Grievances looked for by words of what was told; words stand in no address, since they may name persons."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from libs.common.http.form_fields import Form
from libs.pages.forms import CommandForm, FormErrors, declared_form
from libs.pages.lists import Column
from libs.pages.places import offered
from libs.pages.sending import send
from libs.pages.sessions import Session
from libs.pages.site import FromOwnPage, PageContext, SignedIn, pages_of
from services.grievances.http.search_models import FoundByWords, SearchWords
from services.grievances.pages.grievances import KIND, NUMBER, RECEIVED, STATE, TABLE

router = APIRouter()
PATH: Final = "/grievance-words"
Grievances = Annotated[PageContext, Depends(pages_of("grievances"))]
FOUND: Final = replace(
    TABLE, columns=(NUMBER, Column("excerpt", "内容", is_drawn=True), KIND, STATE, RECEIVED)
)
_FORM: Final = Form("searchGrievanceWords", "查找", "/v1/grievance-word-search", SearchWords)


@router.get(PATH)
async def show_search(pages: Grievances, session: SignedIn) -> Response:
    """Show the form of the search."""
    return _page(pages, session, _form(session))


@router.post(PATH)
async def search(request: Request, pages: Grievances, session: FromOwnPage) -> Response:
    """Show what is found, and the form as it was filled in."""
    entered = await request.form()
    cursor = entered.get("cursor")

    def narrowed(body: dict[str, Any]) -> dict[str, Any]:
        # A box that is not ticked narrows nothing.
        ticked = {name: value for name, value in body.items() if value is not False}
        return ticked | ({"cursor": cursor} if cursor else {})

    answer = await send(request, pages.api, session, _form(session), narrowed)
    if isinstance(answer, FormErrors):
        return _page(pages, session, _form(session), refused=answer)
    texts = _texts(_form(session), entered)
    found = FoundByWords.model_validate_json(answer)
    return _page(pages, session, _form(session, texts), found=found, texts=texts)


def _form(session: Session, texts: Mapping[str, str] | None = None) -> CommandForm:
    districts, utilities = offered(session)
    return declared_form(
        _FORM,
        {
            "district": [(unit.code, unit.name) for unit in districts],
            "utility": [(unit.code, unit.name) for unit in utilities],
        },
        without=("category", "limit", "cursor"),
        values=texts or {},
        hint="在诉求人所述内容中查找，号码和链接已隐去，不能按其查找；查找记入审计记录",
    )


def _texts(form: CommandForm, entered: FormData) -> dict[str, str]:
    """Return what was entered, to be gone on with."""
    names = [field.name for field in form.fields]
    return {name: text for name in names if isinstance(text := entered.get(name), str) and text}


def _page(
    pages: PageContext,
    session: Session,
    form: CommandForm,
    *,
    refused: FormErrors | None = None,
    found: FoundByWords | None = None,
    texts: Mapping[str, str] | None = None,
) -> Response:
    return pages.render(
        "grievance_words.html",
        session,
        status=refused.status if refused else 200,
        form=form,
        refused=refused,
        found=found,
        texts=texts or {},
        table=FOUND,
    )
