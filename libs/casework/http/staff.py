"""The HTTP API of a utility's people: read and replaced as a whole."""

from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from libs.casework.http.people import Subject
from libs.casework.storage.staff import StaffLists
from libs.common.auth.callers import OFFICIALS, Caller, Role
from libs.common.auth.utilities import UTILITIES, check_utility
from libs.common.http import command
from libs.common.http.auth import require
from libs.common.http.etags import ExpectedVersion, set_etag
from libs.common.http.fields import Code, Impersonal
from libs.common.http.headers import ETAG, answering
from libs.common.rules import RuleError


class StaffMember(BaseModel):
    """A person of a utility: the account's subject, and the name under which colleagues know it."""

    model_config = ConfigDict(extra="forbid")

    subject: Subject
    name: Annotated[str, Field(min_length=1, max_length=40, examples=["东昌府区供水窗口"]), Impersonal]


class StaffBody(BaseModel):
    """All people of a utility."""

    model_config = ConfigDict(extra="forbid")

    staff: list[StaffMember] = Field(
        max_length=200, examples=[[{"subject": "u-W-371502", "name": "东昌府区供水窗口"}]]
    )


class StaffView(StaffBody):
    """All people of a utility, and the version to save over."""

    version: int


class _Book(Protocol):
    async def reload(self) -> None: ...


_Parts = Annotated[command.Parts[Any], Depends(command.parts)]


def add_staff_routes(router: APIRouter, lists: StaffLists) -> None:
    """Add reading and replacing the people of a utility."""

    @router.get(
        "/utilities/{utility}/staff",
        operation_id="getStaff",
        summary="查看单位人员名单",
        responses=answering(200, ETAG),
    )
    async def get_staff(
        utility: Code,
        caller: Annotated[Caller, require(*OFFICIALS, of=UTILITIES)],
        parts: _Parts,
        response: Response,
    ) -> StaffView:
        """Return the people of a utility, whom cases are assigned to and notes mention."""
        check_utility(caller, utility)
        return await _read(lists, utility, parts, response)

    @router.put("/utilities/{utility}/staff", operation_id="saveStaff", summary="设置单位人员名单")
    async def put_staff(
        utility: Code,
        body: StaffBody,
        caller: Annotated[Caller, require(Role.APPROVER, Role.ADMINISTRATOR, of=UTILITIES)],
        expected: ExpectedVersion,
        parts: _Parts,
        response: Response,
    ) -> StaffView:
        """Set the people of a utility; known to every process within half a minute. Who is removed keeps cases."""
        check_utility(caller, utility)
        names = {member.subject: member.name for member in body.staff}
        if len(names) < len(body.staff):
            raise RuleError("staff-twice", "名单中有重复的账号", "请核对名单", "staff")
        async with parts.database.unit_of_work(parts.clock.now()) as uow:
            _, seen = await lists.of(uow.connection, utility)
            await lists.save(uow, utility, names, expected.check(seen))
        book: _Book = parts.rulebook
        await book.reload()
        return await _read(lists, utility, parts, response)


async def _read(lists: StaffLists, utility: str, parts: command.Parts[Any], response: Response) -> StaffView:
    async with parts.database.reading() as connection:
        names, version = await lists.of(connection, utility)
    set_etag(response, version)
    staff = [StaffMember(subject=subject, name=name) for subject, name in names.items()]
    return StaffView(staff=staff, version=version)
