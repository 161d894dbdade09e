"""Exports of accounts: asked for, written from what the list shows, taken, and each of it on the audit record."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.audit.entries import Action, Entry
from libs.common.audit.log import AuditLog
from libs.common.audit.volume import DAY, RevealLimits, Reveals, Window, excesses
from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.clock import Clock, local
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.places import load_places
from libs.common.problems import define
from libs.workbooks.jobs.export_runner import TOO_MANY
from libs.workbooks.jobs.exports import Export, ExportTerms, new_export
from libs.workbooks.ledgers.sheet_cells import Cell
from libs.workbooks.ledgers.template import YES, Template
from libs.workbooks.ledgers.writer import Signature
from services.registry.domain.accounts import ACCOUNT_STATE_NAMES, ORIGIN_NAMES
from services.registry.domain.categories import CATEGORY_NAMES, PRICE_NAMES, USE_NAMES
from services.registry.domain.customers import CustomerState
from services.registry.domain.exports import fields_for
from services.registry.domain.particulars import PARTICULAR_NAMES, Particular
from services.registry.domain.reveals import PURPOSE_NAMES, Purpose
from services.registry.storage import exports as sheet
from services.registry.storage.export_policy import EXPORT_POLICY
from services.registry.storage.exports import EXPORTS
from services.registry.storage.requests import next_number
from services.registry.storage.reveal_policy import REVEAL_POLICY
from services.registry.storage.rulebook import RuleBook
from services.registry.usecases.read_accounts import (
    FILTER_NAMES,
    AccountFilters,
    ReadAccount,
    count_accounts,
    masked_account,
    masked_customer,
    read_page,
)
from services.registry.usecases.reveals import note_volume, raise_alarm

PAGE: Final = 500
ROWS_DAY: Final = "ROWS_DAY"
"""The period of an alarm on rows that were exported within 24 hours."""
RUNNING = define("export-running", 409, "上一个导出还没有完成")
NOTHING = define("export-empty", 422, "没有可导出的户")
NOT_THERE = define("export-not-there", 409, "文件不可下载")
# Nothing of these customers is processed but kept (PIPL §47).
_WITHHELD: Final = (CustomerState.RESTRICTED, CustomerState.ERASED)


async def ask_export(
    uow: UnitOfWork,
    rulebook: RuleBook,
    caller: Caller,
    source_address: str,
    purpose: Purpose,
    filters: AccountFilters,
) -> Export:
    """Let accounts be exported for a purpose; return the export, which waits for the worker.

    Raises `export-running`, `export-empty`, `export-too-large` and RuleError.
    """
    fields = fields_for(purpose, rulebook.policy(REVEAL_POLICY))
    policy = rulebook.policy(EXPORT_POLICY)
    if await EXPORTS.is_unfinished_of(uow.connection, caller.subject):
        raise RUNNING("请等上一个导出完成后再提出", headers={"Retry-After": "10"})
    rows = await count_accounts(uow.connection, filters, caller.scope, most=policy.most_rows)
    if not rows:
        raise NOTHING("没有符合条件的户，请调整筛选条件")
    if rows > policy.most_rows:
        raise TOO_MANY(f"一次最多导出 {policy.most_rows:,} 户，请缩小筛选范围")
    unit = caller.scope.code or "371500"
    export = new_export(
        number=await next_number(uow, f"DC-{unit}-{local(uow.now):%Y%m%d}"),
        purpose=purpose,
        fields=fields,
        filters=filters.given,
        asked_by=caller.subject,
        roles=tuple(sorted(caller.roles)),
        source_address=source_address,
        scope=caller.scope,
        terms=ExportTerms(policy.version, policy.most_rows, policy.most_downloads, policy.valid),
        asked_at=uow.now,
    )
    await EXPORTS.add(uow, export)
    return export


async def note_download(uow: UnitOfWork, audit: AuditLog, rulebook: RuleBook, export: Export) -> None:
    """Note with the asker's reveals that a file was taken."""
    await note_volume(uow, audit.tables, export.asked_by, export.scope, rulebook.policy(REVEAL_POLICY))


@dataclass(frozen=True, slots=True)
class AccountSource:
    """The accounts of an export, as the list shows them to whoever asked: of their scope, and masked."""

    clock: Clock
    rulebook: RuleBook
    audit: AuditLog

    async def refresh(self) -> None:
        """Reload the rules if they have changed."""
        await self.rulebook.refresh()

    def template(self, export: Export) -> Template:
        """Return the columns, of particulars those that the purpose needs."""
        return sheet.template_with(export.fields)

    def signature(self, export: Export) -> Signature:
        """Return the watermark: who, of where, when, what for, and until when it is to be kept."""
        now = local(self.clock.now())
        names = export.filter_names(FILTER_NAMES)
        until = now + export.terms.valid
        mark = (
            f"已脱敏 {export.number} {export.asked_by} {unit_name(export.scope)} {now:%Y-%m-%d %H:%M} "
            f"{PURPOSE_NAMES[Purpose(export.purpose)]} 限{until:%Y-%m-%d %H:%M}前使用"
        )
        selection = f"（节选：按{names}选取）" if names else ""
        return Signature(unit_name(export.scope), now.date(), export.asked_by, selection, mark)

    async def count(self, connection: AsyncConnection, export: Export) -> int:
        """Count the accounts."""
        most = export.terms.most_rows
        return await count_accounts(connection, AccountFilters(**export.filters), export.scope, most=most)

    async def pages(
        self, connection: AsyncConnection, export: Export
    ) -> AsyncIterator[Sequence[ReadAccount]]:
        """Yield the accounts, the newest first."""
        filters, cursor = AccountFilters(**export.filters), None
        while True:
            rows, cursor = await read_page(
                connection, self.rulebook, filters, export.scope, limit=PAGE, cursor=cursor
            )
            yield rows
            if cursor is None:
                return

    def cells(self, export: Export, record: ReadAccount) -> Mapping[str, Cell]:
        """Return the cells of an account; of a customer whose data is only kept, none of its particulars."""
        item, places = record.item, load_places()
        street = places.street(f"{item.site.street}000") if item.site.street else None
        return {
            **self._particulars(export, record),
            sheet.ID: item.id,
            sheet.STATE: ACCOUNT_STATE_NAMES[item.state],
            sheet.CATEGORY: CATEGORY_NAMES[item.category],
            sheet.USE: USE_NAMES[item.use],
            sheet.PRICE: PRICE_NAMES[item.price_class],
            sheet.SUPPLY: places.service_name(item.supply),
            sheet.UTILITY: places.utility(item.utility).name,
            sheet.DISTRICT: places.division(item.district).name,
            sheet.STREET: None if street is None else street.name,
            sheet.COMPLETE: _yes(item.is_complete),
            sheet.SMALL: _yes(item.small_or_micro),
            sheet.ORIGIN: ORIGIN_NAMES[item.origin],
            sheet.OPENED: item.opened_at,
        }

    def _particulars(self, export: Export, record: ReadAccount) -> Mapping[str, Cell]:
        if record.owner.state in _WITHHELD:
            return {}
        shown = masked_account(record.texts, self.rulebook) | masked_customer(
            record.owner, record.owner_texts, self.rulebook
        )
        return {PARTICULAR_NAMES[Particular(name)]: shown[name] for name in export.fields}

    async def ended(self, uow: UnitOfWork, export: Export) -> None:
        """Record an export whose file is there, and raise an alarm on more of them than is in order."""
        if export.size is None or export.rows is None:
            return
        actor, policy = export.asked_by, self.rulebook.policy(EXPORT_POLICY)
        await note_volume(uow, self.audit.tables, actor, export.scope, self.rulebook.policy(REVEAL_POLICY))
        rows = await EXPORTS.rows_of(uow.connection, actor, uow.now - DAY)
        limits = RevealLimits(policy.rows_per_day, policy.rows_per_day)
        for excess in excesses(Reveals(0, rows - export.rows), export.rows, limits):
            if excess.window is Window.DAY:
                await raise_alarm(uow, actor, export.scope, ROWS_DAY, excess.count, excess.limit)
        await self.audit.append(
            uow,
            Entry(
                action=Action.EXPORT,
                actor=actor,
                roles=export.roles,
                unit=export.scope.unit,
                source_address=export.source_address,
                purpose=export.purpose,
                occurred_at=uow.now,
                fields=export.recorded(),
            ),
        )


def unit_name(scope: Scope) -> str:
    """Return the name of whoever's staff asks: a utility, or the city."""
    places = load_places()
    return (
        places.utility(scope.code).name if scope.kind is ScopeKind.UTILITY else places.division("371500").name
    )


def _yes(is_so: bool | None) -> str | None:
    return None if is_so is None else YES if is_so else "否"
