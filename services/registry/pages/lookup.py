"""The search for a customer by what is known of it; what is found is masked."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from libs.common.http.form_fields import Form
from libs.common.places import load_places
from libs.pages.forms import CommandForm, FormErrors, declared_form
from libs.pages.lists import Column, Table
from libs.pages.places import offered
from libs.pages.sending import send
from libs.pages.sessions import Session
from libs.pages.site import FromOwnPage, PageContext, SignedIn, pages_of
from services.registry.http.search_models import FoundCustomers, SearchCustomers

router = APIRouter()

Registry = Annotated[PageContext, Depends(pages_of("registry"))]
FOUND = Table(
    "/customers",
    "用户",
    (
        Column("name", "名称", show=lambda text: text or "未登记名称"),
        Column("kind_name", "类型"),
        Column("identifier", "证件号码", show=lambda text: text or "未登记"),
        Column("mobile", "手机号", show=lambda text: text or "未登记", on_phone=False),
        Column("opened_at", "建立时间", on_phone=False),
    ),
)
_NOTE = (
    "填写一项，须与登记的完全一致；或选择街道（乡镇），按姓氏、单位名称的一部分、地址的一部分查找。"
    "查找记录在案，在街道（乡镇）内查找过多的会提示审计人员"
)


@router.get("/customers")
async def show_search(pages: Registry, session: SignedIn) -> Response:
    """Show the form of the search."""
    return _page(pages, session, _form(session))


@router.post("/customers")
async def search(request: Request, pages: Registry, session: FromOwnPage) -> Response:
    """Show what is found; it stands in no address, since what is looked for is personal."""
    entered = await request.form()
    form = _form(session)

    def going_on(body: dict[str, Any]) -> dict[str, Any]:
        cursor = entered.get("cursor")
        return body | ({"cursor": cursor} if cursor else {})

    answer = await send(request, pages.api, session, form, going_on)
    if isinstance(answer, FormErrors):
        return _page(pages, session, form, refused=answer)
    texts = _texts(form, entered)
    found = FoundCustomers.model_validate_json(answer)
    return _page(pages, session, _form(session, texts), found=found, texts=texts)


def _form(session: Session, texts: Mapping[str, str] | None = None) -> CommandForm:
    """Return the form of the search, with the streets of a user's place and what was looked for in one of them."""
    places = load_places()
    streets = {
        street.code: f"{places.division(street.division).name}{street.name}"
        for unit in offered(session)[0]
        for street in places.streets_of(unit.code)
    }
    return declared_form(
        Form("searchCustomers", "查找", "/v1/customer-search", SearchCustomers),
        {"street": list(streets.items())},
        without=("cursor",),
        values=texts or {},
        hint=_NOTE,
    )


def _texts(form: CommandForm, entered: FormData) -> dict[str, str]:
    """Return what was looked for within a street, to be narrowed or gone on with; whole texts are not shown again."""
    if not entered.get("street"):
        return {}
    names = [field.name for field in form.fields]
    return {name: text for name in names if isinstance(text := entered.get(name), str) and text}


def _page(
    pages: PageContext,
    session: Session,
    form: CommandForm,
    *,
    refused: FormErrors | None = None,
    found: FoundCustomers | None = None,
    texts: Mapping[str, str] | None = None,
) -> Response:
    return pages.render(
        "customers.html",
        session,
        status=refused.status if refused else 200,
        form=form,
        refused=refused,
        found=found,
        texts=texts or {},
        table=FOUND,
    )
