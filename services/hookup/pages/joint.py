"""A joint application (联合报装): its cases in one view, and what is filed for all of them."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from libs.common.http.form_fields import Form
from libs.pages.forms import CommandForm, FormErrors, declared_form
from libs.pages.sending import send
from libs.pages.sessions import Session
from libs.pages.site import FromOwnPage, PageContext, SignedIn
from services.hookup.http.joint_models import JointView
from services.hookup.http.permit_requests import FilePermits
from services.hookup.pages.cases import TABLE
from services.hookup.pages.parts import Hookup

router = APIRouter()

_FILERS = frozenset({"window", "clerk", "agent"})


def _form(joint_id: UUID) -> CommandForm:
    return declared_form(
        Form("fileJointPermits", "并联报件", f"/v1/joint-applications/{joint_id}/permits", FilePermits),
        hint="一次报件，各件共用；没有外线的件不报",
    )


@router.get("/joint-applications/{joint_id}")
async def joint(pages: Hookup, session: SignedIn, joint_id: UUID) -> Response:
    """Show a joint application."""
    return await _page(pages, session, joint_id)


@router.post("/joint-applications/{joint_id}/permits")
async def file_permits(request: Request, pages: Hookup, session: FromOwnPage, joint_id: UUID) -> Response:
    """File one form for its cases."""
    form = _form(joint_id)
    answer = await send(request, pages.api, session, form)
    if isinstance(answer, FormErrors):
        return await _page(pages, session, joint_id, answer)
    return pages.done(f"/joint-applications/{joint_id}", form.title)


async def _page(
    pages: PageContext, session: Session, joint_id: UUID, refused: FormErrors | None = None
) -> Response:
    view = await pages.api.get(f"/v1/joint-applications/{joint_id}", session, JointView)
    return pages.render(
        "joint.html",
        session,
        status=refused.status if refused else 200,
        joint=view,
        table=TABLE,
        form=None if _FILERS.isdisjoint(session.roles) else _form(joint_id),
        refused=refused,
    )
