"""The people of a unit: whom cases are assigned to, whom notes mention, and who helps users (帮办人员)."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from libs.common.http.auth import FORBIDDEN
from libs.common.http.form_fields import Form
from libs.common.http.labels import Label
from libs.pages.forms import CommandForm, FormErrors, declared_form
from libs.pages.sending import send
from libs.pages.sessions import Session
from libs.pages.site import FromOwnPage, PageContext, SignedIn
from services.hookup.http.staff_routes import StaffMemberView, StaffView
from services.hookup.pages.parts import Hookup

router = APIRouter()

_AGENT = "帮办"


class _Lines(BaseModel):
    staff: Annotated[
        list[str],
        Label(
            "人员",
            hint="每行一人：账号 名称；由系统自动指派的帮办人员在最后加“帮办”。例如 u-W-371502-agent 供水帮办 帮办",
        ),
    ]


def _path(session: Session) -> str:
    match session.scope_kind:
        case "utility":
            return f"/v1/utilities/{session.scope_code}/staff"
        case "city":
            return "/v1/city/staff"
    raise FORBIDDEN("人员名单由专营单位和市级主管部门设置")


def _line(member: StaffMemberView) -> str:
    return " ".join([member.subject, member.name or "", *([_AGENT] if member.is_agent else [])])


def _member(line: str) -> dict[str, object]:
    """Return the person of a line; what is missing is the service's to say."""
    subject, *words = line.split()
    is_agent = words[-1:] == [_AGENT]
    return {
        "subject": subject,
        "name": " ".join(words[: len(words) - is_agent]),
        "is_agent": is_agent,
    }


def _form(path: str, present: StaffView) -> CommandForm:
    return declared_form(
        Form("saveStaff", "保存人员名单", path, _Lines),
        values={"staff": [_line(member) for member in present.staff]},
        method="PUT",
    )


@router.get("/staff")
async def staff(pages: Hookup, session: SignedIn) -> Response:
    """Show the people of the user's unit."""
    return await _page(pages, session)


@router.post("/staff")
async def save(request: Request, pages: Hookup, session: FromOwnPage) -> Response:
    """Save them over the version that was seen."""
    path = _path(session)
    form = _form(path, await pages.api.get(path, session, StaffView))

    def complete(body: dict[str, Any]) -> dict[str, Any]:
        return {"staff": [_member(line) for line in body.get("staff", [])]}

    answer = await send(request, pages.api, session, form, complete)
    if isinstance(answer, FormErrors):
        return await _page(pages, session, answer)
    return pages.done("/staff", form.title)


async def _page(pages: PageContext, session: Session, refused: FormErrors | None = None) -> Response:
    path = _path(session)
    present = await pages.api.get(path, session, StaffView)
    return pages.render(
        "staff.html",
        session,
        status=refused.status if refused else 200,
        form=_form(path, present),
        version=present.version,
        refused=refused,
    )
