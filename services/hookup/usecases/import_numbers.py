"""Case numbers of ledger rows compared with stored and assigned numbers: each number identifies one case."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case as sql_case
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.auth.callers import Scope, visible_to
from libs.common.clock import local
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.database.upsert import upsert
from libs.common.encryption.records import records_of, select_records
from libs.workbooks.ledgers.findings import Checked, Finding, duplicate_number, number_taken
from libs.workbooks.ledgers.rows import RawRow, text_of
from services.hookup.domain.case import Case
from services.hookup.domain.values.numbers import OwnNumber, case_number, number_prefix, own_number
from services.hookup.domain.values.transitions import FINISHED
from services.hookup.ledger.check import LedgerCase
from services.hookup.ledger.layout import NUMBER
from services.hookup.storage.cases import SCOPE_COLUMNS, site_of
from services.hookup.storage.tables import case_counter, hookup_case

_c = hookup_case.c


@dataclass(frozen=True, slots=True)
class StoredNumber:
    """A stored number: the digest of its imported row, and whether the importing scope sees its case."""

    source_hash: str | None
    is_seen: bool

    @property
    def lives_here(self) -> bool:
        """Tell whether the system itself accepted the case, which rows do not change."""
        return self.source_hash is None and self.is_seen


@dataclass(frozen=True, slots=True)
class Numbers:
    """Stored data of rows' numbers: those that exist, and the counters of their days."""

    stored: Mapping[str, StoredNumber]
    counted: Mapping[str, int]


async def numbers_of(connection: AsyncConnection, rows: Sequence[RawRow], scope: Scope) -> Numbers:
    """Look up the numbers of rows, for the importing scope."""
    numbers = {number_of(row) for row in rows}
    seen = visible_to(scope, SCOPE_COLUMNS).label("is_seen")
    stored = await connection.execute(select(_c.number, _c.source_hash, seen).where(_c.number.in_(numbers)))
    numbers_stored = {row.number: StoredNumber(row.source_hash, bool(row.is_seen)) for row in stored}
    prefixes = {
        parsed.prefix for parsed in map(own_number, numbers - numbers_stored.keys()) if parsed is not None
    }
    if not prefixes:
        return Numbers(numbers_stored, {})
    counters = await connection.execute(
        select(case_counter.c.prefix, case_counter.c.last).where(
            case_counter.c.prefix.in_(prefixes), case_counter.c.issued
        )
    )
    return Numbers(numbers_stored, {row.prefix: row.last for row in counters})


def number_of(row: RawRow) -> str:
    """Return the canonical form of a row's number."""
    return case_number(text_of(row.cells.get(NUMBER)))


def number_findings(
    checked: Checked[LedgerCase], repeated: Mapping[int, int], numbers: Numbers, today: date
) -> list[Finding]:
    """Return the findings of a row's number, compared with other rows' and stored ones."""
    row, number = checked.raw.number, number_of(checked.raw)
    findings = []
    if row in repeated:
        findings.append(duplicate_number(row, NUMBER, repeated[row]))
    stored = numbers.stored.get(number)
    if stored is None:
        if checked.item is not None and (parsed := own_number(number)) is not None:
            case = checked.item.case
            submitted = local(case.submitted_at).date()
            findings += _own_number(row, parsed, case.utility, submitted, numbers, today)
    elif checked.item is not None and not stored.lives_here and stored.source_hash != checked.digest:
        findings.append(number_taken(row, NUMBER, "请核对编号；已入库的件请在系统里办理"))
    return findings


def _own_number(
    row: int, parsed: OwnNumber, utility: str, submitted: date, numbers: Numbers, today: date
) -> Iterable[Finding]:
    """Refuse a number of the system's form that the system has not assigned, or will assign to another case."""
    remedy = "请核对编号；系统没有编过号的件请使用本单位原有的编号"
    if parsed.utility != utility or parsed.day != submitted:
        right = number_prefix(utility, submitted)
        reason = f"编号里的单位和日期与专营单位、申请时间不符，应以 {right}- 开头"
        yield Finding(row, NUMBER, "number-of-another-day", reason, remedy)
    elif parsed.day >= today:
        reason = "今天及以后的编号由系统在受理申请时编排，台账不能占用"
        yield Finding(row, NUMBER, "number-not-given-yet", reason, remedy)
    elif parsed.count > numbers.counted.get(parsed.prefix, parsed.count):
        reason = f"系统当天只编到 {numbers.counted[parsed.prefix]:04d} 号"
        yield Finding(row, NUMBER, "number-not-given-yet", reason, remedy)


def lives_here(row: int) -> Finding:
    """Return the finding for a case that the system itself accepted: the row does not change it."""
    reason = "此件是在系统里受理的，以系统记录为准，台账行不改动它"
    return Finding(row, NUMBER, "lives-here", reason, "无需处理", is_bad=False)


async def twins_of(connection: AsyncConnection, cases: Sequence[Case], scope: Scope) -> Mapping[str, str]:
    """Return, by the number of an unfinished imported case, that of an open case of the same customer, service and
    site that the system itself accepted and that the scope sees.
    """
    open_ones = [case for case in cases if case.state not in FINISHED]
    statement = select_records(hookup_case, _c.number, _c.customer_ref, _c.supply).where(
        _c.customer_ref.in_({case.customer_ref for case in open_ones}),
        _c.finished_at.is_(None),
        _c.source_hash.is_(None),
        visible_to(scope, SCOPE_COLUMNS),
    )
    rows = (await connection.execute(statement)).mappings() if open_ones else ()
    records = records_of(connection)
    live = {(row["customer_ref"], row["supply"], site_of(row, records)): row["number"] for row in rows}
    named = {
        case.number: live.get((case.customer_ref, case.supply, case.site_division)) for case in open_ones
    }
    return {number: twin for number, twin in named.items() if twin is not None and twin != number}


def lives_beside(row: int, twin: str) -> Finding:
    """Return the finding for an unfinished case whose customer, service and site have an open case in the system."""
    reason = f"该用户在此地块已有系统受理的未办结件 {twin}，可能是同一件"
    remedy = "请核对；同一件的，删除此行，在系统里继续办理"
    return Finding(row, NUMBER, "lives-beside", reason, remedy, is_bad=False)


async def move_counters(work: UnitOfWork, numbers: Iterable[str]) -> None:
    """Raise the counters above imported numbers, so that no submission gets a number in use."""
    last: dict[str, int] = {}
    for parsed in map(own_number, numbers):
        if parsed is not None:
            last[parsed.prefix] = max(last.get(parsed.prefix, 0), parsed.count)
    if not last:
        return
    statement = upsert(work.connection.dialect, case_counter)
    stored, new = case_counter.c.last, statement.excluded.last
    statement = statement.on_conflict_do_update(
        index_elements=[case_counter.c.prefix], set_={"last": sql_case((new > stored, new), else_=stored)}
    )
    # Sorted, so that two processes cannot deadlock.
    rows = [{"prefix": prefix, "last": count, "issued": False} for prefix, count in sorted(last.items())]
    await work.connection.execute(statement, rows)
