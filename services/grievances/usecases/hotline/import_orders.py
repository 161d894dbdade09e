"""The intake of lists of the hotline's orders: each row is a version of an order, taken as a pushed one is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.auth.callers import Caller, Role
from libs.common.clock import Clock
from libs.common.database.unit_of_work import UnitOfWork
from libs.workbooks.jobs.imports import Job
from libs.workbooks.jobs.intake import Compared
from libs.workbooks.ledgers.findings import Checked, Finding, duplicate_number, number_taken
from libs.workbooks.ledgers.rows import RawRow
from services.grievances.domain.hotline.content import OrderContent
from services.grievances.domain.hotline.values import REASON_NAMES
from services.grievances.domain.values.kinds import Source
from services.grievances.storage.hotline import contents_of
from services.grievances.storage.hotline_imports import DISTRICT, NUMBER, VERSION
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.tables import HOTLINE
from services.grievances.usecases.hotline.read_row import NO_VERSION, read_row
from services.grievances.usecases.hotline.read_words import dictionary_of, read_codes
from services.grievances.usecases.hotline.take_order import Arrival, take_order

_o = HOTLINE.order.c
_SYSTEM = str(Source.HOTLINE)


@dataclass(frozen=True, slots=True)
class _Stored:
    """The versions of one number that are stored, with what each says; None of what was erased."""

    contents: Mapping[int, OrderContent | None]

    def is_same(self, content: OrderContent) -> bool:
        """Tell whether a version is stored; one without a version, whether any version says the same."""
        if content.version == NO_VERSION:
            return any(
                known is not None and replace(known, version=NO_VERSION) == content
                for known in self.contents.values()
            )
        return content.version in self.contents


@dataclass(frozen=True, slots=True)
class HotlineIntake:
    """Reads rows, compares them with the versions of their numbers, and takes them."""

    clock: Clock
    rulebook: RuleBook

    async def refresh(self) -> None:
        """Reload the rules if they have changed."""
        await self.rulebook.refresh()

    def check(self, job: Job, rows: Sequence[RawRow]) -> list[Checked[OrderContent]]:
        """Read each row on its own."""
        del job
        now = self.clock.now()
        return [read_row(row, now) for row in rows]

    async def compare(
        self,
        connection: AsyncConnection,
        job: Job,
        checked: Sequence[Checked[OrderContent]],
        repeated: Mapping[int, int],
    ) -> list[Compared]:
        """Compare rows with the versions of their numbers; a district takes in what is its own."""
        stored = await self._stored(connection, [row.item.number for row in checked if row.item])
        known = await dictionary_of(connection, self.rulebook, _SYSTEM)
        compared = []
        for row in checked:
            findings, number = list(row.findings), row.raw.number
            if earlier := repeated.get(number):
                findings.append(duplicate_number(number, NUMBER, earlier))
            is_stored = False
            if (item := row.item) is not None:
                versions = stored.get(item.number, _Stored({}))
                is_stored = versions.is_same(item)
                findings += _against(number, item, versions)
                district = known.district(item.district)
                if job.scope.code and district != job.scope.code:
                    findings.append(_elsewhere(number))
            compared.append(Compared(findings, is_stored, _importer(job)))
        return compared

    async def remarks(
        self, connection: AsyncConnection, job: Job, checked: Sequence[Checked[OrderContent]]
    ) -> dict[int, Finding]:
        """Say which rows will wait for the desk, since their words are unknown."""
        del job
        known = await dictionary_of(connection, self.rulebook, _SYSTEM)
        remarks = {}
        for row in checked:
            if row.item is not None and (unknown := read_codes(row.item, known).unknown):
                reason = "、".join(REASON_NAMES[reason] for reason in unknown)
                remedy = "将转待核对，请在热线工单中核对后接收"
                remarks[row.raw.number] = Finding(
                    row.raw.number, NUMBER, "order-parked", reason, remedy, is_bad=False
                )
        return remarks

    async def add(
        self, uow: UnitOfWork, checked: Sequence[Checked[OrderContent]], compared: Sequence[Compared]
    ) -> None:
        """Take the versions in, one after another."""
        for row, beside in zip(checked, compared, strict=True):
            importer: Caller = beside.found
            if (item := row.item) is not None:
                version = item.version or 1
                await take_order(
                    uow, self.rulebook, Arrival(_SYSTEM, replace(item, version=version)), importer
                )

    async def _stored(self, connection: AsyncConnection, numbers: Sequence[str]) -> Mapping[str, _Stored]:
        statement = select(_o.id, _o.number, _o.order_version).where(
            _o.system == _SYSTEM, _o.number.in_(numbers)
        )
        rows = (await connection.execute(statement)).all()
        contents = await contents_of(connection, self.rulebook.sealer, [row.id for row in rows])
        found: dict[str, dict[int, OrderContent | None]] = {}
        for row in rows:
            found.setdefault(row.number, {})[row.order_version] = contents.get(row.id)
        return {number: _Stored(versions) for number, versions in found.items()}


def _against(row: int, item: OrderContent, stored: _Stored) -> list[Finding]:
    """Return what a row contradicts of what is stored of its number."""
    if not stored.contents:
        return []
    if item.version == NO_VERSION:
        if stored.is_same(item):
            return []
        reason = "该工单已接收，清单没有版本，不能判断新旧"
        return [Finding(row, VERSION, "version-missing", reason, f"请补充“{VERSION}”后重新导入")]
    known = stored.contents.get(item.version)
    if known is not None and known != item:
        return [number_taken(row, NUMBER, f"请核对；内容有变的，请填写新的“{VERSION}”")]
    return []


def _elsewhere(row: int) -> Finding:
    reason = "不是本县（市、区）的工单，或其名称不明"
    return Finding(row, DISTRICT, "district-not-yours", reason, "请删除此行，或由市局导入")


def _importer(job: Job) -> Caller:
    return Caller(job.asked_by, frozenset({Role.SUPERVISOR}), job.scope)
