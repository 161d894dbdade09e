"""What can be asked for on an account: which kinds today, and the form of each."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from libs.common.http.form_fields import Form
from libs.common.http.labels import Label
from libs.pages.forms import CommandForm, FormErrors, declared_form
from libs.pages.sending import made, send
from libs.pages.sessions import Session
from libs.pages.site import FromOwnPage, PageContext, SignedIn, pages_of
from libs.pages.upstreams import Upstream
from services.registry.http.models import AccountDetail, DescribedCustomer
from services.registry.http.request_models import Eligibilities, Eligibility, SubmitRequest, WishedChange

router = APIRouter()

Registry = Annotated[PageContext, Depends(pages_of("registry"))]
_SUBMITTERS: Final = frozenset({"clerk", "window", "citizen"})
_PATH: Final = "/accounts/{account_id}/requests/{kind}"


class _Transfer(SubmitRequest):
    """A transfer has a receiver."""

    receiver: Annotated[DescribedCustomer, Label("受让人")]


class _Change(SubmitRequest):
    """A change says what is to be written."""

    change: Annotated[WishedChange, Label("变更内容", hint="只填要变更的")]


_BODIES: Final[Mapping[str, type[SubmitRequest]]] = {"TRANSFER": _Transfer, "CHANGE": _Change}
_PARTS: Final = {"TRANSFER": "receiver", "CHANGE": "change"}


async def offers(api: Upstream, session: Session, account_id: UUID) -> Sequence[Eligibility]:
    """Return of each kind whether it can be asked for today; nothing for who can ask for none."""
    if session.roles.isdisjoint(_SUBMITTERS):
        return ()
    return (await api.get(f"/v1/accounts/{account_id}/eligibilities", session, Eligibilities)).items


@router.get(_PATH)
async def show_form(pages: Registry, session: SignedIn, account_id: UUID, kind: str) -> Response:
    """Show the form of a kind, or why it cannot be asked for today."""
    return await _page(pages, session, account_id, kind)


@router.post(_PATH)
async def submit(
    request: Request, pages: Registry, session: FromOwnPage, account_id: UUID, kind: str
) -> Response:
    """Submit a request; it leads to the page of the new one."""
    form = _form(session, account_id, await _eligibility(pages.api, session, account_id, kind))
    answer = await send(request, pages.api, session, form, lambda body: {**body, "kind": kind})
    if isinstance(answer, FormErrors):
        return await _page(pages, session, account_id, kind, answer)
    return pages.done(f"/requests/{made(answer)}", form.title)


async def _eligibility(api: Upstream, session: Session, account_id: UUID, kind: str) -> Eligibility:
    return await api.get(f"/v1/accounts/{account_id}/eligibility", session, Eligibility, {"kind": kind})


def _form(session: Session, account_id: UUID, told: Eligibility) -> CommandForm:
    """Return the form of a kind: staff name the document that the user signed, a citizen has none to name."""
    without = {"kind", "receiver", "change"} - {_PARTS.get(told.kind, "")}
    body = _BODIES.get(told.kind, SubmitRequest)
    path = f"/v1/accounts/{account_id}/requests"
    if session.scope_kind == "citizen":
        without.add("document_ref")
    form = declared_form(
        Form("submitRequest", f"提交{told.kind_name}申请", path, body),
        without=without,
        hint=f"双方同意和必需的材料齐备后 {told.workdays} 个工作日内办结",
    )
    fields = [
        field.model_copy(update={"required": True}) if field.name == "document_ref" else field
        for field in form.fields
    ]
    return replace(form, fields=fields)


async def _page(
    pages: PageContext, session: Session, account_id: UUID, kind: str, refused: FormErrors | None = None
) -> Response:
    account, told = await asyncio.gather(
        pages.api.get(f"/v1/accounts/{account_id}", session, AccountDetail),
        _eligibility(pages.api, session, account_id, kind),
    )
    return pages.render(
        "account_request.html",
        session,
        status=refused.status if refused else 200,
        account=account,
        told=told,
        form=_form(session, account_id, told),
        refused=refused,
    )
