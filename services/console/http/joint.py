"""Joint applications (联合报装): a new one, its cases in one view, and what is filed for all of them."""

from typing import Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from libs.common.http.auth import FORBIDDEN
from libs.common.places import load_places
from services.console.applications import FILE_JOINT, SUBMIT_JOINT, OfApplication, OfJoint
from services.console.forms import Action, FormErrors
from services.console.http.acting import done_of, send
from services.console.http.cases import names, offered
from services.console.http.parts import FromOwnPage, Parts, SignedIn, ThisConsole
from services.console.readers.casework import Made
from services.console.readers.hookup import Joint
from services.console.sessions import Session

router = APIRouter()

_DONE = (SUBMIT_JOINT, FILE_JOINT)


@router.get("/joint-applications/new")
async def new(console: ThisConsole, session: SignedIn, district: str | None = None) -> Response:
    """Show the form of a joint application in a district; who serves several chooses one first."""
    return await _application(console, session, district)


@router.post("/joint-applications/new")
async def submit(
    request: Request, console: ThisConsole, session: FromOwnPage, district: str | None = None
) -> Response:
    """Submit it, and lead to its view."""
    chosen = _district(session, district)
    supplies = {each.code: each.service for each in load_places().utilities()}

    def complete(body: dict[str, Any]) -> dict[str, object]:
        wanted = [{name: row[name] for name in row if name != "wanted"} for row in body["services"]]
        services = [{**row, "supply": supplies.get(row["utility"])} for row in wanted]
        return body | {"district": chosen, "services": services}

    answer = await send(request, console, session, SUBMIT_JOINT, "/v1/joint-applications", complete)
    if isinstance(answer, FormErrors):
        return await _application(console, session, chosen, answer)
    made = msgspec.json.decode(answer, type=Made)
    return RedirectResponse(f"/joint-applications/{made.id}?done={SUBMIT_JOINT.code}", 303)


@router.get("/joint-applications/{joint_id}")
async def joint(console: ThisConsole, session: SignedIn, joint_id: UUID, done: str | None = None) -> Response:
    """Show a joint application; `done` is what was just done."""
    return await _page(console, session, joint_id, done=done_of(_DONE, done))


@router.post("/joint-applications/{joint_id}/permits")
async def file_permits(
    request: Request, console: ThisConsole, session: FromOwnPage, joint_id: UUID
) -> Response:
    """File one form for its cases."""
    answer = await send(request, console, session, FILE_JOINT, f"/v1/joint-applications/{joint_id}")
    if isinstance(answer, FormErrors):
        return await _page(console, session, joint_id, refused=answer)
    return RedirectResponse(f"/joint-applications/{joint_id}?done={FILE_JOINT.code}", 303)


def _district(session: Session, asked: str | None) -> str | None:
    """Return the district of an application: the only one that the user serves, or what is asked for."""
    if session.place_kind == "utility":
        raise FORBIDDEN("联合报装由办事大厅等综合窗口提交")
    districts = [each.code for each in offered(session)[0]]
    return districts[0] if len(districts) == 1 else asked if asked in districts else None


async def _application(
    console: Parts, session: Session, asked: str | None, refused: FormErrors | None = None
) -> Response:
    chosen, (districts, utilities) = _district(session, asked), offered(session)
    known = OfApplication(
        await console.reference(session), [each for each in utilities if each.district == chosen]
    )
    return console.page(
        "joint_new.html",
        session,
        status=refused.status if refused else 200,
        action=SUBMIT_JOINT,
        known=known,
        refused=refused,
        district=chosen,
        districts=districts,
    )


async def _page(
    console: Parts,
    session: Session,
    joint_id: UUID,
    *,
    refused: FormErrors | None = None,
    done: Action | None = None,
) -> Response:
    reference = await console.reference(session)
    found = await console.hookup.get(f"/v1/joint-applications/{joint_id}", session, Joint)
    return console.page(
        "joint.html",
        session,
        status=refused.status if refused else 200,
        joint=found,
        known=OfJoint(found, reference),
        actions=[FILE_JOINT] if FILE_JOINT.is_for(session.roles, ()) else [],
        states=names(reference.states),
        stages=names(reference.stages),
        length_classes=names(reference.length_classes),
        risks=names(reference.risks),
        emergencies=names(reference.emergency_reasons),
        refused=refused,
        done=done,
    )
