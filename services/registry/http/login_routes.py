"""The logins of a citizen: by which accounts the citizen signs in, and one that was linked is unlinked."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from libs.common.audit.entries import Action
from libs.common.audit.log import recorded, refusals_recorded
from libs.common.auth.callers import Assurance, Caller, Role
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.auth import require
from libs.common.http.idempotency import Answer, Once
from libs.common.problems import NOT_FOUND
from libs.common.rules import RuleError
from services.registry.http.viewing import Viewing
from services.registry.identity.assurance import LEVEL_NAMES, Purpose, check_assurance
from services.registry.identity.policy import IDENTITY_POLICY
from services.registry.identity.port import Provider
from services.registry.storage.logins import Login, logins_of, remove_login
from services.registry.usecases.customers import customer_of

PROVIDER_NAMES: Final = {Provider.ISHANDONG: "爱山东", Provider.WECHAT: "微信"}
Citizen = Annotated[Caller, require(Role.CITIZEN)]

router = APIRouter(prefix="/v1", tags=["用户登录"])


class LoginView(BaseModel):
    """An account that the citizen signs in with; its number is at the provider."""

    id: UUID
    provider: Provider
    provider_name: str = Field(examples=["微信"])
    linked_at: datetime
    linked: bool = Field(description="Whether another sign-in linked it: it can be unlinked")
    level: str | None = Field(description="By a sign-in of which level it was linked", examples=["L3"])
    level_name: str | None = Field(examples=["实名认证"])


class LoginViews(BaseModel):
    """The logins of a citizen, the oldest first."""

    items: list[LoginView]


@router.get("/login-links", operation_id="listLogins", summary="查询本人的登录方式")
async def list_logins(caller: Citizen, parts: Viewing) -> LoginViews:
    """List by which accounts the citizen signs in."""
    async with parts.database.reading() as connection:
        return _views(await logins_of(connection, await customer_of(connection, caller)))


@router.post(
    "/login-links/{login_id}/unlinking",
    operation_id="unlinkLogin",
    summary="解除绑定的登录方式",
    response_model=LoginViews,
)
async def unlink_one(
    login_id: UUID, once: Once, caller: Citizen, parts: Viewing, request: Request
) -> Response:
    """Unlink an account that another sign-in linked: who signs in by it next is a customer of whom nothing is known.

    Tokens that were given by it end by themselves.
    """
    purpose = Purpose.LINK_LOGIN

    async def action(uow: UnitOfWork) -> Answer:
        mine = await customer_of(uow.connection, caller)
        known = {item.id: item for item in await logins_of(uow.connection, mine)}
        item = known.pop(str(login_id), None)
        if item is None:
            raise NOT_FOUND("没有这个登录方式，或不是您的")
        if item.level is None:
            raise RuleError(
                "login-not-linked", "首次登录使用的登录方式不能解除", "请解除后来绑定的登录方式", "login_id"
            )
        await remove_login(uow, item.id)
        await recorded(uow, caller, request, Action.REVOKE, purpose=purpose, subjects=[mine])
        return Answer(_views(list(known.values())))

    async with refusals_recorded(caller, request, Action.REVOKE, purpose=purpose):
        check_assurance(caller, purpose, parts.rulebook.policy(IDENTITY_POLICY).levels)
        return await once(caller, action)


def _views(items: list[Login]) -> LoginViews:
    return LoginViews(items=[_view(item) for item in items])


def _view(item: Login) -> LoginView:
    level: Assurance | None = item.level
    return LoginView(
        id=UUID(item.id),
        provider=item.provider,
        provider_name=PROVIDER_NAMES[item.provider],
        linked_at=item.linked_at,
        linked=level is not None,
        level=level and level.acr,
        level_name=level and LEVEL_NAMES[level],
    )
