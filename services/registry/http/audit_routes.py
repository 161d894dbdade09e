"""The audit record for the auditor: who did what with whose data. That it was read is on record as well."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import Row

from libs.casework.http.files import FILE_PURPOSE
from libs.common.audit.entries import ACTION_NAMES, RESULT_NAMES, Action, Result
from libs.common.audit.log import AuditLog, recorded
from libs.common.audit.reading import AuditFilters, find_entries
from libs.common.auth.callers import ROLE_NAMES, Caller, Role
from libs.common.clock import local, midnight
from libs.common.http import command
from libs.common.http.auth import require
from libs.common.http.cursors import CountedPage
from libs.common.http.dates import CalendarDate
from libs.common.http.fields import Code
from libs.workbooks.http.import_routes import IMPORT_PURPOSE
from services.registry.domain.particulars import PARTICULAR_NAMES
from services.registry.domain.requests.values import MATERIAL_NAMES
from services.registry.domain.reveals import PURPOSE_NAMES, RIGHTS_PURPOSE, SEARCH_PURPOSE, Purpose
from services.registry.identity import assurance as identity
from services.registry.storage.rulebook import RuleBook

Auditor = Annotated[Caller, require(Role.AUDITOR)]
Parts = Annotated[command.Parts[RuleBook], Depends(command.parts)]
ALL_PURPOSES: Final[dict[str, str]] = {
    **{str(code): name for code, name in PURPOSE_NAMES.items()},
    SEARCH_PURPOSE: "查找用户",
    RIGHTS_PURPOSE: "个人信息权利",
    IMPORT_PURPOSE: "清册导入的问题行",
    FILE_PURPOSE: "查阅申请材料",
    "SIGN_IN": "登录",
    **{
        str(code): identity.PURPOSE_NAMES[code]
        for code in (
            identity.Purpose.BIND_ACCOUNT,
            identity.Purpose.UNBIND_ACCOUNT,
            identity.Purpose.LINK_LOGIN,
            identity.Purpose.AUTHORISE,
        )
    },
}
_FIELD_NAMES: Final[dict[str, str]] = {
    **{str(code): name for code, name in PARTICULAR_NAMES.items()},
    **{str(code): name for code, name in MATERIAL_NAMES.items()},
}
# Of fields that hold a value behind a colon: an export, its rows and downloads, a file.
_VALUE_NAMES: Final = {
    "export": "导出 {}",
    "rows": "{} 户",
    "download": "第 {} 次下载",
    "file": "文件 {}",
    "report": "导入 {}",
}


def names_of_fields(fields: Sequence[str]) -> str:
    """Return what an entry says was shown, changed or given, in words."""
    return "、".join(map(_field_name, fields))


def _field_name(field: str) -> str:
    kind, _, value = field.partition(":")
    return (
        _VALUE_NAMES[kind].format(value) if value and kind in _VALUE_NAMES else _FIELD_NAMES.get(field, field)
    )


router = APIRouter(prefix="/v1", tags=["监督"])


class AuditEntryView(BaseModel):
    """An entry of the audit record."""

    id: UUID
    sequence: int | None = Field(description="Its place in the sealed chain; null until it is sealed")
    occurred_at: datetime
    actor: str
    roles: str = Field(examples=["经办"])
    unit: str = Field(examples=["utility:W-371502"])
    source_address: str
    purpose: str = Field(examples=["CONTACT"])
    purpose_name: str = Field(examples=["联系用户"])
    subject: str | None = Field(description="Id of the customer whose data it is about")
    field_names: str = Field(examples=["手机号"])
    action: Action
    action_name: str = Field(examples=["查看明文"])
    result: Result
    result_name: str = Field(examples=["已办理"])
    slug: str | None = Field(description="The reason of a refusal")


@router.get("/audit-entries", operation_id="listAuditEntries", summary="查询审计记录")
async def list_entries(
    caller: Auditor,
    parts: Parts,
    request: Request,
    actor: Annotated[str | None, Query(max_length=120)] = None,
    subject: Annotated[UUID | None, Query(description="Id of the customer")] = None,
    purpose: Code | None = None,
    action: Action | None = None,
    result: Result | None = None,
    day_from: CalendarDate | None = None,
    day_to: CalendarDate | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> CountedPage[AuditEntryView]:
    """List entries, the newest first; days are Shanghai's."""
    log: AuditLog = request.app.state.audit
    since = None if day_from is None else midnight(day_from)
    until = None if day_to is None else midnight(day_to + timedelta(days=1))
    filters = AuditFilters(
        actor, None if subject is None else str(subject), purpose, action, result, since, until
    )
    asked = sorted(name for name in request.query_params if name not in ("limit", "cursor"))
    async with parts.database.unit_of_work(parts.clock.now()) as uow:
        rows, following = await find_entries(uow.connection, log.tables, filters, limit=limit, cursor=cursor)
        await recorded(
            uow,
            caller,
            request,
            Action.READ,
            purpose=Purpose.AUDIT,
            subjects=[filters.subject] if filters.subject else (),
            fields=asked,
        )
    return CountedPage(items=[_view(row) for row in rows], next=following)


def _view(row: Row[Any]) -> AuditEntryView:
    shown = {name: getattr(row, name) for name in AuditEntryView.model_fields if hasattr(row, name)}
    return AuditEntryView(
        **shown
        | {
            "occurred_at": local(row.occurred_at),
            "roles": "、".join(ROLE_NAMES[Role(role)] if role in set(Role) else role for role in row.roles),
            "purpose_name": ALL_PURPOSES.get(row.purpose, row.purpose),
            "field_names": names_of_fields(row.fields),
            "action_name": ACTION_NAMES[Action(row.action)],
            "result_name": RESULT_NAMES[Result(row.result)],
        }
    )
