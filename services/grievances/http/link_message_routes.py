"""The messages that carry links to persons, as the desk sees them."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from sqlalchemy import select

from libs.common.auth.callers import Caller, Role, ScopeColumns, narrow
from libs.common.http.auth import require
from libs.common.http.cursors import CountedPage, Keyset, total_of
from libs.common.http.fields import Code
from libs.common.places import load_places
from services.grievances.domain.hotline.values import MessageState
from services.grievances.domain.messages import STATE_NAMES, TEMPLATE_NAMES, UNSENT_NAMES, Template, Unsent
from services.grievances.http.commands import DESK, Parts
from services.grievances.http.link_models import LinkMessageView
from services.grievances.storage.tables import LINK, link_message

router = APIRouter(prefix="/v1", tags=["诉求督办与回访"])
_m = link_message.c
_SCOPES: Final = ScopeColumns(district=_m.district, label="链接短信")
_NEWEST: Final = Keyset(((_m.made_at, True), (_m.id, True)))
_SHOWN: Final = [column for column in _m if column.name not in {sealed.name for sealed in LINK}]


@router.get("/link-messages", operation_id="listLinkMessages", summary="查询发给诉求人的链接短信")
async def list_messages(
    caller: Annotated[Caller, require(*DESK, Role.ADMINISTRATOR, of=_SCOPES)],
    parts: Parts,
    state: MessageState | None = None,
    template: Template | None = None,
    number: Annotated[Code | None, Query(description="Of the grievance of this number")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> CountedPage[LinkMessageView]:
    """List messages with links, the newest first; neither the numbers that they go to nor the links."""
    wanted = {"state": (_m.state, state), "template": (_m.template, template), "number": (_m.number, number)}
    filters = {name: value for name, (_, value) in wanted.items() if value is not None}
    statement = select(*_SHOWN).where(
        *(column == value for column, value in wanted.values() if value is not None)
    )
    statement = narrow(statement, caller.scope, _SCOPES)
    async with parts.database.reading() as connection:
        rows, following = await _NEWEST.read(
            connection, statement, limit=limit, cursor=cursor, filters=filters
        )
        total = None if cursor else await total_of(connection, statement)
    return CountedPage.of([_view(row._mapping) for row in rows], following, total)


def _view(row: Mapping[Any, Any]) -> LinkMessageView:
    error = row["error"]
    name = error
    with suppress(ValueError):
        name = error and UNSENT_NAMES[Unsent(error)]
    return LinkMessageView(
        **{
            key: row[key]
            for key in ("id", "number", "district", "template", "made_at", "expires_at", "state", "attempts")
        },
        grievance_id=row["subject"],
        district_name=load_places().division(row["district"]).name,
        template_name=TEMPLATE_NAMES[Template(row["template"])],
        state_name=STATE_NAMES[MessageState(row["state"])],
        next_at=row["due_at"] if row["state"] == MessageState.WAITING else None,
        sent_at=row["sent_at"],
        error=error,
        error_name=name,
    )
