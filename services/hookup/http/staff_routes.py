"""Routes of the staff of each utility and of the city: whom cases are assigned to, and whom notes mention."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from libs.casework.http.people import Subject
from libs.common.auth.callers import OFFICIALS, Caller, Role
from libs.common.auth.utilities import UTILITIES, check_utility
from libs.common.http.auth import CityAdministrator, require
from libs.common.http.etags import Expected, ExpectedVersion, set_etag
from libs.common.http.fields import Code, Flag, Impersonal
from libs.common.http.headers import ETAG, answering
from libs.common.rules import RuleError
from services.hookup.domain.values.staff import CITY, StaffMember
from services.hookup.http.commands import Parts
from services.hookup.storage import staff

router = APIRouter(prefix="/v1", tags=["报装"])


class StaffMemberBody(BaseModel):
    """A person of a unit: the account's subject, and the name under which colleagues know it."""

    model_config = ConfigDict(extra="forbid")

    subject: Subject
    name: Annotated[str, Field(min_length=1, max_length=40, examples=["东昌府区供水窗口"]), Impersonal]
    is_agent: Flag = Field(
        default=False, description="Whether acceptances assign it to help users (帮办人员)"
    )


class StaffBody(BaseModel):
    """All people of a unit; a name is no number of a person."""

    model_config = ConfigDict(extra="forbid")

    staff: list[StaffMemberBody] = Field(
        max_length=200,
        examples=[[{"subject": "u-W-371502", "name": "东昌府区供水窗口", "is_agent": False}]],
    )


class StaffMemberView(BaseModel):
    """A person of a unit; the name is null of an agent who was listed without one."""

    subject: str = Field(examples=["u-W-371502"])
    name: str | None = Field(examples=["东昌府区供水窗口"])
    is_agent: bool = Field(examples=[False])


class StaffView(BaseModel):
    """All people of a unit, and the version to save over."""

    staff: list[StaffMemberView]
    version: int


Officials = Annotated[Caller, require(*OFFICIALS, of=UTILITIES)]
Managers = Annotated[Caller, require(Role.APPROVER, Role.ADMINISTRATOR, of=UTILITIES)]


@router.get(
    "/utilities/{utility}/staff",
    operation_id="getStaff",
    summary="查看单位人员名单",
    responses=answering(200, ETAG),
)
async def get_staff(utility: Code, caller: Officials, parts: Parts, response: Response) -> StaffView:
    """Return the people of a utility."""
    check_utility(caller, utility)
    return await _read(utility, parts, response)


@router.put("/utilities/{utility}/staff", operation_id="saveStaff", summary="设置单位人员名单")
async def save_staff(
    utility: Code,
    body: StaffBody,
    caller: Managers,
    expected: ExpectedVersion,
    parts: Parts,
    response: Response,
) -> StaffView:
    """Set the people of a utility, among them its agents; known to every process within half a minute."""
    check_utility(caller, utility)
    return await _save(utility, body, expected, parts, response)


@router.get(
    "/city/staff", operation_id="getCityStaff", summary="查看市级人员名单", responses=answering(200, ETAG)
)
async def get_city_staff(
    _caller: Annotated[Caller, require(*OFFICIALS)], parts: Parts, response: Response
) -> StaffView:
    """Return the people of the city, whom notes of every case may mention."""
    return await _read(CITY, parts, response)


@router.put("/city/staff", operation_id="saveCityStaff", summary="设置市级人员名单")
async def save_city_staff(
    body: StaffBody, _caller: CityAdministrator, expected: ExpectedVersion, parts: Parts, response: Response
) -> StaffView:
    """Set the people of the city; known to every process within half a minute."""
    if any(member.is_agent for member in body.staff):
        raise RuleError("agent-of-city", "帮办人员由各专营单位设置", "请取消帮办人员标记", "staff")
    return await _save(CITY, body, expected, parts, response)


async def _read(unit: str, parts: Parts, response: Response) -> StaffView:
    async with parts.database.reading() as connection:
        members, version = await staff.staff_of(connection, unit)
    set_etag(response, version)
    return StaffView(
        staff=[
            StaffMemberView(subject=member.subject, name=member.name or None, is_agent=member.is_agent)
            for member in members
        ],
        version=version,
    )


async def _save(
    unit: str, body: StaffBody, expected: Expected, parts: Parts, response: Response
) -> StaffView:
    members = [StaffMember(member.subject, member.name, member.is_agent) for member in body.staff]
    if len({member.subject for member in members}) < len(members):
        raise RuleError("staff-twice", "名单中有重复的账号", "请核对名单", "staff")
    async with parts.database.unit_of_work(parts.clock.now()) as uow:
        _, seen = await staff.staff_of(uow.connection, unit)
        await staff.save_staff(uow, unit, members, expected.check(seen))
    await parts.rulebook.reload()
    return await _read(unit, parts, response)
