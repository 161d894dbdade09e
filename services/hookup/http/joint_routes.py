"""Routes of joint applications (联合报装): one form, several services, one agent, one view."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from libs.common.auth.callers import Caller, Role
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.auth import require
from libs.common.http.headers import LOCATION, answering
from libs.common.http.idempotency import Answer, Once
from libs.common.problems import NOT_FOUND
from services.hookup.domain.values.lengths import parse_length
from services.hookup.http.commands import APPLICANT, HELPERS, Parts, Reader
from services.hookup.http.joint_models import JointApplication, JointView, joint_view
from services.hookup.http.permit_requests import FilePermits
from services.hookup.http.permit_routes import requested_form
from services.hookup.storage.cases import CASES
from services.hookup.usecases.permits import file_on_joint
from services.hookup.usecases.read_cases import cases_of_joint
from services.hookup.usecases.submit import Application, submit_jointly

router = APIRouter(prefix="/v1/joint-applications", tags=["联合报装"])


@router.post(
    "",
    operation_id="submitJointApplication",
    summary="联合报装申请",
    status_code=201,
    response_model=JointView,
    responses=answering(201, LOCATION),
)
async def submit_joint(
    body: JointApplication,
    once: Once,
    caller: Annotated[Caller, require(*APPLICANT, of=CASES.scopes)],
    parts: Parts,
) -> Response:
    """Apply for several services on one form: one case each."""
    applications = [
        Application(
            supply=service.supply,
            district=body.district,
            utility=service.utility,
            channel=body.channel,
            customer_ref=body.customer_ref,
            customer_category=body.customer_category,
            site_division=body.site_division,
            declared_dm=None
            if service.declared_length_m is None
            else parse_length(service.declared_length_m),
            complete=body.complete,
            not_duplicate=body.not_duplicate,
        )
        for service in body.services
    ]

    async def action(work: UnitOfWork) -> Answer:
        view = joint_view(
            await submit_jointly(applications, work, parts.rulebook, caller), work.now, parts.rulebook.staff
        )
        return Answer(view, status=201, location=f"/v1/joint-applications/{view.id}")

    return await once(caller, action)


@router.get("/{joint_id}", operation_id="getJointApplication", summary="查看联合报装")
async def get_joint(joint_id: UUID, caller: Reader, parts: Parts) -> JointView:
    """Show all cases of a joint application and their permits, each once: to the agent those of every utility."""
    cases = await cases_of_joint(parts.database, str(joint_id), caller)
    if not cases:
        raise NOT_FOUND("没有这个联合申请，或不在您的管辖范围内")
    return joint_view(cases, parts.clock.now(), parts.rulebook.staff)


@router.post(
    "/{joint_id}/permits",
    operation_id="fileJointPermits",
    summary="联合报装并联报件",
    response_model=JointView,
)
async def file_joint_permits(
    joint_id: UUID,
    body: FilePermits,
    caller: Annotated[Caller, require(Role.WINDOW, *HELPERS, of=CASES.scopes)],
    once: Once,
    parts: Parts,
) -> Response:
    """File one form for all cases that have an external line; each item is filed and decided once."""

    async def action(work: UnitOfWork) -> Answer:
        cases = await file_on_joint(str(joint_id), requested_form(body), caller, work, parts.rulebook)
        return Answer(joint_view(cases, work.now, parts.rulebook.staff))

    return await once(caller, action)
