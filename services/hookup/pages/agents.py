"""The agents (帮办人员) of a utility."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from libs.common.http.auth import FORBIDDEN
from libs.common.http.form_fields import Form
from libs.pages.forms import CommandForm, FormErrors, declared_form
from libs.pages.sending import send
from libs.pages.sessions import Session
from libs.pages.site import FromOwnPage, PageContext, SignedIn
from services.hookup.http.contact_models import Agents, AgentsView
from services.hookup.pages.parts import Hookup

router = APIRouter()


def _path(session: Session) -> str:
    if session.scope_kind != "utility":
        raise FORBIDDEN("帮办人员由专营单位设置")
    return f"/v1/utilities/{session.scope_code}/agents"


def _form(path: str, present: AgentsView) -> CommandForm:
    return declared_form(
        Form("saveAgents", "保存帮办人员", path, Agents), values={"agents": [*present.agents]}, method="PUT"
    )


@router.get("/agents")
async def agents(pages: Hookup, session: SignedIn) -> Response:
    """Show the agents of the user's utility."""
    return await _page(pages, session)


@router.post("/agents")
async def save(request: Request, pages: Hookup, session: FromOwnPage) -> Response:
    """Save them over the version that was seen."""
    path = _path(session)
    form = _form(path, await pages.api.get(path, session, AgentsView))
    answer = await send(request, pages.api, session, form)
    if isinstance(answer, FormErrors):
        return await _page(pages, session, answer)
    return pages.done("/agents", form.title)


async def _page(pages: PageContext, session: Session, refused: FormErrors | None = None) -> Response:
    path = _path(session)
    present = await pages.api.get(path, session, AgentsView)
    return pages.render(
        "agents.html",
        session,
        status=refused.status if refused else 200,
        form=_form(path, present),
        version=present.version,
        refused=refused,
    )
