"""Particulars shown whole for a purpose: the form on a customer's and an account's page, and what it shows, once."""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import Response

from libs.common.http.form_fields import Form
from libs.pages.forms import CommandForm, FormErrors, declared_form
from libs.pages.sending import send
from libs.pages.sessions import Session
from libs.pages.site import FromOwnPage, PageContext, pages_of
from services.registry.http.reveal_models import RevealAccount, RevealCustomer, Revealed

Registry = Annotated[PageContext, Depends(pages_of("registry"))]
_ROLES: Final = frozenset({"clerk", "window", "approver", "supervisor"})
_HINT: Final = "每次查看均记录在案；只选办理所需的内容"

router = APIRouter()


def _form(title: str, operation: str, path: str, body: type[BaseModel]) -> CommandForm:
    return declared_form(Form(operation, title, path, body), hint=_HINT)


def customer_form(customer_id: UUID) -> CommandForm:
    """Return the form for the particulars of a customer."""
    return _form("查看完整内容", "revealCustomer", f"/v1/customers/{customer_id}/reveal", RevealCustomer)


def account_form(account_id: UUID) -> CommandForm:
    """Return the form for the particulars of an account."""
    return _form("查看完整内容", "revealAccount", f"/v1/accounts/{account_id}/reveal", RevealAccount)


def offered(session: Session, form: CommandForm | None) -> Mapping[str, Any]:
    """Return what a page shows of the form: for who may ask for particulars only."""
    return {"reveal_form": None if _ROLES.isdisjoint(session.roles) else form}


@router.post("/customers/{customer_id}/reveal")
async def reveal_customer(
    request: Request, customer_id: UUID, pages: Registry, session: FromOwnPage
) -> Response:
    """Show particulars of a customer."""
    form, back = customer_form(customer_id), f"/customers/{customer_id}"
    return _page(pages, session, form, back, await send(request, pages.api, session, form))


@router.post("/accounts/{account_id}/reveal")
async def reveal_account(
    request: Request, account_id: UUID, pages: Registry, session: FromOwnPage
) -> Response:
    """Show particulars of an account."""
    form, back = account_form(account_id), f"/accounts/{account_id}"
    return _page(pages, session, form, back, await send(request, pages.api, session, form))


def _page(
    pages: PageContext, session: Session, form: CommandForm, back: str, answer: bytes | FormErrors
) -> Response:
    refused = answer if isinstance(answer, FormErrors) else None
    return pages.render(
        "revealed.html",
        session,
        status=refused.status if refused else 200,
        form=form,
        back=back,
        refused=refused,
        revealed=None if isinstance(answer, FormErrors) else Revealed.model_validate_json(answer),
    )
