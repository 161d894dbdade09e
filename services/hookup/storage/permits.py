"""Rows of permit items for their authorities, and of the legal persons that may not commit."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Row, Select, bindparam, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.auth.callers import Scope, ScopeColumns, narrow
from libs.common.database.engine import Database
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.database.upsert import upsert
from libs.common.encryption.records import (
    Records,
    opened,
    record_text,
    records_of,
    row_of,
    select_records,
    stored,
    text_of,
)
from libs.common.http.cursors import Keyset
from services.hookup.domain.case import Case
from services.hookup.domain.values.materials import MaterialFile
from services.hookup.domain.values.permit_items import PermitItem, PermitKind
from services.hookup.domain.values.transitions import CAME_TO_NOTHING, CaseState
from services.hookup.storage.tables import commitment_bar, hookup_case, permit_item

_i, _c = permit_item.c, hookup_case.c
SCOPE_COLUMNS = ScopeColumns(
    utility=_i.utility, district=_i.district, authority=_i.authority, label="审批事项"
)
# A shared item has a row for each of its cases.
NEWEST = Keyset(((_i.filed_at, True), (_i.id, True), (_i.case_id, True)))
PENDING = Keyset(((_i.act_by, False), (_i.id, False), (_i.case_id, False)))
OBJECTED = Keyset(((_i.objected_at, True), (_i.id, True), (_i.case_id, True)))
_CASE_RECORD = record_text(hookup_case).label("case_record")
_CHANGING = ("version", "kind", "act_by", "objected_at", "record")
_INSERT = insert(permit_item).values({column.name: bindparam(column.name) for column in _i})
_UPDATE = (
    update(permit_item)
    .where(_i.id == bindparam("item"), _i.case_id == bindparam("of_case"))
    .values({name: bindparam(name) for name in _CHANGING})
)


class Listed(NamedTuple):
    """An item with the data of its case that its authority may see."""

    item: PermitItem
    case_id: str
    number: str
    utility: str
    district: str
    supply: str
    length_class: str
    state: CaseState
    materials: tuple[MaterialFile, ...] = ()


class _Files(msgspec.Struct):
    """The files in a case's record."""

    materials: list[MaterialFile] = []


class _Acted(msgspec.Struct):
    """The version of the last act in an item's record; None in one from before it was kept."""

    acted_version: int | None = None


class _Kind(msgspec.Struct):
    """The kind in an item's record."""

    kind: PermitKind


class Found(NamedTuple):
    """An item as a search shows it."""

    id: str
    number: str
    authority: str
    kind: PermitKind


def store(work: UnitOfWork, case: Case, item: PermitItem) -> None:
    """Write the row of an item."""
    item.version += 1
    if not case.is_by_clock:
        item.acted_version = item.version
    changing: dict[str, Any] = {
        "version": item.version,
        "kind": item.kind,
        "act_by": item.act_by,
        "objected_at": item.objection and item.objection.at,
        "record": stored(
            permit_item, row_of(permit_item, {"id": item.id, "case_id": case.id}), item, work.records
        ),
    }
    if item.version > 1:
        work.write(_UPDATE, changing | {"item": item.id, "of_case": case.id})
        return
    work.write(
        _INSERT,
        changing
        | {
            "id": item.id,
            "case_id": case.id,
            "authority": item.authority,
            "utility": case.utility,
            "district": case.district,
            "number": case.number,
            "filed_at": item.filed_at,
        },
    )


def listed(
    scope: Scope, *, pending: bool = False, objected: bool | None = None, kind: PermitKind | None = None
) -> Select[Any]:
    """Return the statement on the items that a scope may see, with data of their cases.

    `pending`: only those that wait for their authority; `objected`: whether it objected; `kind`: of which; None for
    all.
    """
    statement = select_records(
        permit_item,
        _i.id,
        _i.case_id,
        _i.number,
        _i.utility,
        _i.district,
        _i.filed_at,
        _i.act_by,
        _i.objected_at,
        _c.supply,
        _c.length_class,
        _c.state,
    ).join(hookup_case, _c.id == _i.case_id)
    if pending:
        statement = statement.where(_i.act_by.is_not(None), _c.state.not_in(CAME_TO_NOTHING))
    if objected is not None:
        statement = statement.where(_i.objected_at.is_not(None) if objected else _i.objected_at.is_(None))
    if kind is not None:
        statement = statement.where(_i.kind == kind)
    return narrow(statement, scope, SCOPE_COLUMNS)


def to_listed(row: Row[Any], records: Records | None) -> Listed:
    """Read a row of `listed`."""
    item = msgspec.json.decode(text_of(permit_item, row._mapping, records), type=PermitItem)
    return Listed(
        item,
        row.case_id,
        row.number,
        row.utility,
        row.district,
        row.supply,
        row.length_class,
        CaseState(row.state),
    )


async def find(database: Database, item_id: str, scope: Scope) -> Listed | None:
    """Return an item that a scope may see, with the files of its case.

    Of a shared item, the row with something to do, at the latest version.
    """
    statement = listed(scope).where(_i.id == item_id).add_columns(_CASE_RECORD)
    statement = statement.order_by(_c.state.in_(CAME_TO_NOTHING), _i.act_by.is_(None), _i.case_id)
    async with database.reading() as connection:
        rows = (await connection.execute(statement)).all()
    if not rows:
        return None
    items = [to_listed(row, database.records) for row in rows]
    items[0].item.version = max(item.item.version for item in items)
    case = opened(hookup_case, rows[0].case_id, rows[0].case_record, database.records)
    files = msgspec.json.decode(case, type=_Files)
    return items[0]._replace(materials=tuple(files.materials))


async def found_of(
    connection: AsyncConnection, case_ids: Sequence[str], scope: Scope, most: int
) -> list[Found]:
    """Return the newest items of cases that a scope may see."""
    statement = (
        select_records(permit_item, _i.number, _i.authority)
        .where(_i.case_id.in_(case_ids))
        .order_by(_i.filed_at.desc(), _i.id.desc(), _i.case_id)
        .limit(most)
    )
    rows = (await connection.execute(narrow(statement, scope, SCOPE_COLUMNS))).mappings()
    records = records_of(connection)
    return [
        Found(
            row["id"],
            row["number"],
            row["authority"],
            msgspec.json.decode(text_of(permit_item, row, records), type=_Kind).kind,
        )
        for row in rows
    ]


async def cases_of(work: UnitOfWork, item_id: str, scope: Scope) -> Mapping[str, tuple[int, int]]:
    """Return the visible cases that have an item, by id: the item's version, and that of the last act on it."""
    statement = narrow(select_records(permit_item, _i.version).where(_i.id == item_id), scope, SCOPE_COLUMNS)
    rows = (await work.connection.execute(statement.order_by(_i.case_id).with_for_update())).mappings()
    versions = {}
    for row in rows:
        acted = msgspec.json.decode(text_of(permit_item, row, work.records), type=_Acted).acted_version
        versions[row["case_id"]] = (row["version"], row["version"] if acted is None else acted)
    return versions


async def barred(work: UnitOfWork, case_id: str) -> frozenset[str]:
    """Return those of a case's legal persons (utility, customer) that may not commit (NC-04)."""
    party = commitment_bar.c.party
    rows = await work.connection.execute(
        select(party)
        .join(hookup_case, or_(party == _c.utility, party == _c.customer_ref))
        .where(_c.id == case_id)
    )
    return frozenset(rows.scalars())


async def bar(work: UnitOfWork, party: str, case_id: str, item_id: str) -> None:
    """Bar a legal person after a false commitment, until its credit is repaired (NC-07)."""
    row = {"party": party, "case_id": case_id, "item_id": item_id, "since": work.now}
    await work.connection.execute(
        upsert(work.connection.dialect, commitment_bar).values(row).on_conflict_do_nothing()
    )


async def lift_bar(work: UnitOfWork, party: str) -> bool:
    """Lift a bar after credit repair; tell whether there was one."""
    result = await work.connection.execute(delete(commitment_bar).where(commitment_bar.c.party == party))
    return result.rowcount > 0


async def bars(database: Database, district: str | None = None) -> Sequence[Row[Any]]:
    """Return the bars in force, of a district's cases or all, the newest first: at most 500."""
    statement = select(commitment_bar).order_by(commitment_bar.c.since.desc()).limit(500)
    if district is not None:
        statement = statement.join(hookup_case, _c.id == commitment_bar.c.case_id)
        statement = statement.where(_c.district == district)
    async with database.reading() as connection:
        return (await connection.execute(statement)).all()
