"""Ledgers 3 and 4 as workbooks: asked for with a purpose, masked, with a watermark, and on the audit record."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.casework.http.people import unit_name
from libs.common.audit.entries import Action, Entry
from libs.common.audit.log import AuditLog
from libs.common.auth.callers import Caller, narrow
from libs.common.clock import Clock, local
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.places import load_places
from libs.common.problems import define
from libs.workbooks.jobs.export_runner import TOO_MANY
from libs.workbooks.jobs.exports import Export, new_export
from libs.workbooks.ledgers.sheet_cells import Cell
from libs.workbooks.ledgers.template import YES, Template
from libs.workbooks.ledgers.writer import Signature
from services.grievances.domain.cycle import Call, Cycle
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.rounds.values import CUSTOMER_CATEGORY_NAMES, CustomerCategory
from services.grievances.domain.values.codes import GRADE_NAMES, GROUND_NAMES, LEVEL_NAMES, OUTCOME_NAMES
from services.grievances.domain.values.kinds import (
    PURPOSE_NAMES,
    REPORTER_NAMES,
    SOURCE_NAMES,
    WAY_NAMES,
    ReporterKind,
    RevealPurpose,
)
from services.grievances.domain.words import masked_name, shown_words
from services.grievances.storage import ledgers as sheet
from services.grievances.storage.grievances import GRIEVANCES, NEWEST, next_number
from services.grievances.storage.ledgers import (
    EXPORTS,
    LEDGER_EXPORT_POLICY,
    LEDGER_TITLES,
    TEMPLATES,
    Ledger,
)
from services.grievances.storage.population import categories_of
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.tables import grievance
from services.grievances.storage.words import Words, words_of

PAGE: Final = 200
RUNNING = define("ledger-export-running", 409, "上一个导出还没有完成")
NOTHING = define("ledger-export-empty", 422, "没有可导出的诉求")
NOT_THERE = define("ledger-export-not-there", 409, "文件不可下载")
FILTER_NAMES: Final = {
    "open": "是否在账",
    "overdue": "逾期",
    "utility": "责任单位",
    "district": "区划",
    "supply": "业务",
}
_FIELDS: Final = ("WORDS", "NAME")
_g = grievance.c


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A row of a ledger: a grievance, and of the ledger of call-backs one call-back of one cycle of it."""

    item: Grievance
    told: Words | None
    category: str | None
    cycle: Cycle | None = None
    call: Call | None = None


def narrowed(ledger: Ledger, filters: Mapping[str, Any], now: datetime, *columns: Any) -> Select[Any]:
    """Return the statement of the grievances of a ledger: those that were ever entered, or replied to.

    Overdue is what stands in the ledger of clearing beyond its time now: the weekly list.
    """
    entered = _g.in_ledger.is_not(None)
    statement = GRIEVANCES.select(*columns).where(
        entered if ledger is Ledger.CLEARING else _g.replied_at.is_not(None) | entered
    )
    for name in ("utility", "district", "supply"):
        if name in filters:
            statement = statement.where(_g[name] == filters[name])
    if "open" in filters:
        statement = statement.where(_g.in_ledger.is_(filters["open"]))
    if filters.get("overdue"):
        statement = statement.where(_g.in_ledger.is_(True), _g.clear_by < now)
    return statement


async def ask_export(
    uow: UnitOfWork,
    rulebook: RuleBook,
    caller: Caller,
    source_address: str,
    purpose: RevealPurpose,
    filters: Mapping[str, Any],
) -> Export:
    """Let a ledger be written for a purpose; return the export, which waits for the worker.

    Raises `export-running`, `export-empty` and `export-too-large`.
    """
    terms = rulebook.policy(LEDGER_EXPORT_POLICY)
    if await EXPORTS.is_unfinished_of(uow.connection, caller.subject):
        raise RUNNING("请等上一个导出完成后再提出", headers={"Retry-After": "10"})
    statement = narrowed(Ledger(filters["ledger"]), filters, uow.now)
    rows = await _count(uow.connection, narrow(statement, caller.scope, GRIEVANCES.scopes))
    if not rows:
        raise NOTHING("没有符合条件的诉求，请调整筛选条件")
    if rows > terms.most_rows:
        raise TOO_MANY(f"一次最多导出 {terms.most_rows:,} 件，请缩小筛选范围")
    export = new_export(
        number=await next_number(uow, f"TZ-{caller.scope.code or '371500'}-{local(uow.now):%Y%m%d}"),
        purpose=purpose,
        fields=_FIELDS,
        filters=dict(filters),
        asked_by=caller.subject,
        roles=tuple(sorted(caller.roles)),
        source_address=source_address,
        scope=caller.scope,
        terms=terms,
        asked_at=uow.now,
    )
    await EXPORTS.add(uow, export)
    return export


@dataclass(frozen=True, slots=True)
class LedgerSource:
    """The grievances of an export, as whoever asked sees them."""

    clock: Clock
    rulebook: RuleBook
    audit: AuditLog

    async def refresh(self) -> None:
        """Reload the rules if they have changed."""
        await self.rulebook.refresh()

    def template(self, export: Export) -> Template:
        """Return the columns of the ledger."""
        return TEMPLATES[Ledger(export.filters["ledger"])]

    def signature(self, export: Export) -> Signature:
        """Return the watermark: who, of where, when, what for, and until when it is to be kept."""
        now, unit = local(self.clock.now()), unit_name(export.scope.unit)
        names = export.filter_names(FILTER_NAMES)
        mark = (
            f"已脱敏 {export.number} {export.asked_by} {unit} {now:%Y-%m-%d %H:%M} "
            f"{PURPOSE_NAMES[RevealPurpose(export.purpose)]} 限{now + export.terms.valid:%Y-%m-%d %H:%M}前使用"
        )
        return Signature(unit, now.date(), export.asked_by, f"（节选：按{names}选取）" if names else "", mark)

    def _statement(self, export: Export, *columns: Any) -> Select[Any]:
        ledger = Ledger(export.filters["ledger"])
        statement = narrowed(ledger, export.filters, export.asked_at, *columns)
        return narrow(statement, export.scope, GRIEVANCES.scopes)

    async def count(self, connection: AsyncConnection, export: Export) -> int:
        """Count the grievances; of each there may be several call-backs."""
        return await _count(connection, self._statement(export))

    async def pages(self, connection: AsyncConnection, export: Export) -> AsyncIterator[Sequence[LedgerRow]]:
        """Yield the rows, those of the newest grievances first."""
        statement = self._statement(export, *(column for column, _ in NEWEST.columns))
        cursor, records = None, self.rulebook.records
        is_clearing = export.filters["ledger"] == Ledger.CLEARING
        while True:
            rows, cursor = await NEWEST.read(connection, statement, limit=PAGE, cursor=cursor, filters={})
            items = [GRIEVANCES.read(row._mapping, records) for row in rows]
            told = await words_of(connection, self.rulebook.sealer, [item.id for item in items])
            categories = await categories_of(
                connection, [item.customer_id for item in items if item.customer_id]
            )
            entries = [
                LedgerRow(item, told.get(item.id), categories.get(item.customer_id or "")) for item in items
            ]
            yield entries if is_clearing else [row for entry in entries for row in _calls(entry)]
            if cursor is None:
                return

    def cells(self, export: Export, record: LedgerRow) -> Mapping[str, Cell]:
        """Return the cells of a row; who asked to be kept confidential is nobody in it."""
        is_clearing = export.filters["ledger"] == Ledger.CLEARING
        return _clearing(record, self._name) if is_clearing else _called(record)

    def _name(self, subject: str | None, utility: str | None) -> str | None:
        return subject and self.rulebook.rules.staff.get(utility or "", {}).get(subject, "工作人员")

    async def ended(self, uow: UnitOfWork, export: Export) -> None:
        """Record an export whose file is there."""
        if export.size is None:
            return
        entry = Entry(
            action=Action.EXPORT,
            actor=export.asked_by,
            roles=export.roles,
            unit=export.scope.unit,
            source_address=export.source_address,
            purpose=export.purpose,
            occurred_at=uow.now,
            fields=export.recorded(),
        )
        await self.audit.append(uow, entry)


async def _count(connection: AsyncConnection, statement: Select[Any]) -> int:
    found = statement.with_only_columns(_g.id).subquery()
    return await connection.scalar(select(func.count()).select_from(found)) or 0


def _calls(entry: LedgerRow) -> Iterator[LedgerRow]:
    for cycle in entry.item.cycles:
        for call in cycle.calls:
            yield LedgerRow(entry.item, entry.told, entry.category, cycle, call)


def _clearing(row: LedgerRow, name: Any) -> Mapping[str, Cell]:
    item, entry, places = row.item, row.item.ledger, load_places()
    if entry is None:
        return {}
    # What holds for an entry is how the cycle ended that brought it here.
    cycle = item.cycles[entry.cycle - 1]
    approved = "、".join(LEVEL_NAMES[approval.level] for approval in entry.approvals)
    category = row.category if item.reporter is ReporterKind.NAMED else None
    return {
        sheet.SOURCE: SOURCE_NAMES[item.source],
        sheet.NUMBER: item.number,
        sheet.CATEGORY: CUSTOMER_CATEGORY_NAMES[CustomerCategory(category)] if category else None,
        sheet.WORDS: shown_words(row.told.words) if row.told else None,
        sheet.DISTRICT: places.division(item.district).name,
        sheet.UTILITY: item.utility and places.utility(item.utility).name,
        sheet.OWNER: name(entry.owner, item.utility),
        sheet.RECEIVED: item.received_at,
        sheet.CLEAR_BY: entry.clear_by,
        sheet.MEASURES: entry.measures,
        sheet.PROGRESS: "；".join(f"{local(step.at):%m-%d} {step.text}" for step in entry.progress) or None,
        sheet.REASONABLE: YES if cycle.is_reasonable else "否",
        sheet.CALLED: item.cycle.outcome and OUTCOME_NAMES[item.cycle.outcome],
        sheet.CROSSED_AT: entry.crossed_off_at,
        sheet.CROSSED_BY: f"{GROUND_NAMES[entry.ground]}：{approved}" if entry.ground else None,
    }


def _called(row: LedgerRow) -> Mapping[str, Cell]:
    item, cycle, call = row.item, row.cycle, row.call
    if cycle is None or call is None:
        return {}
    after = item.cycles[cycle.number] if cycle.number < len(item.cycles) else None
    again = after.effective_call if after else None
    told = row.told
    is_named = told is not None and told.name and item.reporter is ReporterKind.NAMED
    return call_cells(call) | {
        sheet.NUMBER: item.number,
        sheet.CALLED_AT: call.at,
        sheet.WHO: masked_name(told.name)
        if is_named and told and told.name
        else REPORTER_NAMES[item.reporter],
        sheet.MEND: after.reply.text if after and after.reply else None,
        sheet.MEND_BY: after.reply_by if after else None,
        sheet.AGAIN: GRADE_NAMES[again.grade] if again and again.grade else None,
    }


def call_cells(call: Call) -> dict[str, Cell]:
    """Return what a row of the ledger of call-backs says of the call-back alone."""
    return {
        sheet.WAY: WAY_NAMES[call.way],
        sheet.GRADE: GRADE_NAMES[call.grade] if call.grade else None if call.reached else sheet.UNREACHED,
        sheet.PROBLEM: call.reason and shown_words(call.reason),
    }


def title_of(export: Export) -> str:
    """Return what an export is of."""
    return LEDGER_TITLES[Ledger(export.filters["ledger"])]
