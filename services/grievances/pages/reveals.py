"""What was told, and how to reach the person, shown whole for a purpose, once."""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from libs.common.http.form_fields import Form
from libs.pages.forms import CommandForm, FormErrors, declared_form
from libs.pages.sending import send
from libs.pages.sessions import Session
from libs.pages.site import FromOwnPage, PageContext, pages_of
from services.grievances.http.models import GrievanceDetail, RevealedGrievance
from services.grievances.http.requests import RevealGrievance

router = APIRouter()
ROLES: Final = frozenset({"clerk", "window", "supervisor"})
Grievances = Annotated[PageContext, Depends(pages_of("grievances"))]


def _reveal_form(grievance_id: UUID) -> CommandForm:
    path = f"/v1/grievances/{grievance_id}/reveal"
    return declared_form(
        Form("revealGrievance", "查看完整内容和联系方式", path, RevealGrievance), hint="每次查看均记录在案"
    )


async def offered(_pages: PageContext, session: Session, thing: GrievanceDetail) -> Mapping[str, Any]:
    """Return the form by which what was told is shown whole, for who may ask for it."""
    return {"reveal_form": None if ROLES.isdisjoint(session.roles) else _reveal_form(thing.id)}


@router.post("/grievances/{grievance_id}/reveal")
async def reveal(request: Request, grievance_id: UUID, pages: Grievances, session: FromOwnPage) -> Response:
    """Show what was told, and how to reach the person."""
    form = _reveal_form(grievance_id)
    answer = await send(request, pages.api, session, form)
    refused = answer if isinstance(answer, FormErrors) else None
    return pages.render(
        "grievance_revealed.html",
        session,
        status=refused.status if refused else 200,
        form=form,
        back=f"/grievances/{grievance_id}",
        refused=refused,
        revealed=None if isinstance(answer, FormErrors) else RevealedGrievance.model_validate_json(answer),
    )
