"""Authorisations (代办授权): their list, the form by which a hall records one, and the page of one, where it ends."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from libs.casework.http.history import EventView
from libs.common.http.form_fields import Form
from libs.pages.forms import CommandForm, FormErrors, declared_form
from libs.pages.history import History
from libs.pages.listing import Listing, Opening
from libs.pages.lists import Choices, Column, Filters, Table
from libs.pages.sending import send
from libs.pages.sessions import Session
from libs.pages.site import FromOwnPage, PageContext, SignedIn, pages_of
from libs.pages.things import Things
from services.registry.http.authorisation_models import AuthorisationDetail, GrantAuthorisation
from services.registry.http.search_models import FoundCustomers, SearchCustomers
from services.registry.pages.codes import CODES
from services.registry.pages.lookup import FOUND

_NOBODY = "未登记名称"
CUSTOMER, AGENT, KIND, STATE, MATTERS, UNTIL = (
    Column("customer_name", "委托人", show=lambda name: name or _NOBODY),
    Column("agent_name", "代理人", show=lambda name: name or _NOBODY),
    Column("kind_name", "代办身份"),
    Column("state_name", "状态"),
    Column("matter_names", "可办理的事项", on_phone=False),
    Column("valid_until", "有效至"),
)
TABLE = Table(
    "/authorisations",
    "代办授权",
    (CUSTOMER, AGENT, KIND, STATE, MATTERS, Column("channel_name", "渠道", on_phone=False), UNTIL),
)

PICK: Final = f"{TABLE.path}/customer"
# A customer is picked by what is exactly on record alone.
_SEARCH: Final = declared_form(
    Form("searchCustomers", "查找委托人", "/v1/customer-search", SearchCustomers),
    without=("name", "address", "street", "purpose", "cursor"),
    hint="填写一项，须与登记的完全一致；查找记录在案",
)
Registry = Annotated[PageContext, Depends(pages_of("registry"))]
router = APIRouter()


@router.get(PICK)
async def show_search(pages: Registry, session: SignedIn) -> Response:
    """Show the form by which for whom is acted is looked for."""
    return _picking(pages, session)


@router.post(PICK)
async def search(request: Request, pages: Registry, session: FromOwnPage) -> Response:
    """Show who is found, each a link to the form; it stands in no address, since what is looked for is personal."""
    answer = await send(request, pages.api, session, _SEARCH)
    if isinstance(answer, FormErrors):
        return _picking(pages, session, refused=answer)
    return _picking(pages, session, found=FoundCustomers.model_validate_json(answer))


def _picking(
    pages: PageContext,
    session: Session,
    *,
    refused: FormErrors | None = None,
    found: FoundCustomers | None = None,
) -> Response:
    return pages.render(
        "authorisation_customer.html",
        session,
        status=refused.status if refused else 200,
        form=_SEARCH,
        refused=refused,
        found=found,
        table=FOUND,
        address=PICK,
        opening=f"{TABLE.path}/new",
    )


def _opening(_session: Session) -> CommandForm:
    return declared_form(Form("grantAuthorisation", "登记代办授权", "/v1/authorisations", GrantAuthorisation))


AUTHORISATIONS = Things(
    service="registry",
    noun=TABLE.noun,
    path=TABLE.path,
    api="/v1/authorisations",
    view=AuthorisationDetail,
    kinds=("授权",),
    facts=(
        STATE,
        KIND,
        CUSTOMER,
        AGENT,
        MATTERS,
        Column("account_ids", "授权的户", show=lambda ids: f"{len(ids)}个户" if ids else "名下所有的户"),
        Column("valid_from", "生效时间"),
        UNTIL,
        Column("in_force", "现在有效", show=lambda in_force: "是" if in_force else "否"),
        Column("channel_name", "渠道"),
        Column("document_ref", "证明文件编号"),
        Column("granted_at", "授权时间"),
        Column("ended_at", "终止时间"),
        Column("end_reason_name", "终止原因"),
    ),
    title=lambda item: f"{item.agent_name or _NOBODY}代{item.customer_name or _NOBODY}",
    listing=Listing(
        service="registry",
        api="/v1/authorisations",
        row=AuthorisationDetail,
        table=TABLE,
        filters=Filters(
            (
                Choices("kind", "代办身份", lambda _session: CODES.names("authorisation_kinds")),
                Choices("state", "状态", lambda _session: CODES.names("authorisation_states")),
            )
        ),
        presets=(("有效", {"state": "GRANTED"}),),
        opening=Opening(
            title="登记代办授权",
            form=_opening,
            roles=frozenset({"window"}),
            note="须核验委托书或监护证明原件，以及代理人的有效证件。",
            filled=("customer_id",),
            template="authorisation_new.html",
        ),
        unit="项",
    ),
    history=History(
        EventView,
        {
            "reason": ("原因", CODES.shown("authorisation_ends")),
            "matters": (
                "可办理的事项",
                lambda kinds: "、".join(CODES.named(k, "request_kinds") for k in kinds),
            ),
            "account_ids": ("授权的户", lambda ids: f"{len(ids)}个户" if ids else "名下所有的户"),
            "valid_from": "生效时间",
            "valid_until": "有效至",
            "channel": ("渠道", CODES.shown("request_channels")),
        },
    ),
)
