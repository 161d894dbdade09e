"""A kind of ledger that has nothing to do with hookups: accounts, with a category, a day and an amount in yuan."""

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from openpyxl import Workbook
from sqlalchemy import Column as TableColumn
from sqlalchemy import Integer, MetaData, String, Table, Text, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import Clock
from libs.common.database.unit_of_work import UnitOfWork
from libs.workbooks.jobs.imports import Job
from libs.workbooks.jobs.intake import Compared
from libs.workbooks.jobs.kinds import ImportKind
from libs.workbooks.jobs.tables import import_tables
from libs.workbooks.ledgers.cells import RowReader
from libs.workbooks.ledgers.findings import Checked, Finding, duplicate_number, number_taken
from libs.workbooks.ledgers.rows import RawRow
from libs.workbooks.ledgers.template import Column, Content, Stored, Template, Total, Words

metadata = MetaData()
account = Table(
    "account",
    metadata,
    TableColumn("number", String(40), primary_key=True),
    TableColumn("name", Text, nullable=False),
    TableColumn("category", String(10), nullable=False),
    TableColumn("opened", String(10)),
    TableColumn("balance_fen", Integer, nullable=False),
    TableColumn("digest", String(64), nullable=False),
)


class Category(StrEnum):
    HOME = "HOME"
    SHOP = "SHOP"


CATEGORIES = Words({Category.HOME: "居民", Category.SHOP: "商户"}, {"住宅": Category.HOME})
NUMBER, NAME, CATEGORY, OPENED, BALANCE = "户号", "户名", "用水性质", "立户日期", "预存金额(元)"
ACCOUNTS = Template(
    name="accounts",
    noun="用户清册",
    title="用户清册",
    sheet="用户",
    number=NUMBER,
    columns=(
        Column("序号", 6),
        Column(NUMBER, must=True, aliases=("用户编号",), content=Content.IDENTIFIER),
        Column(NAME, must=True, aliases=("姓名",)),
        Column(CATEGORY, must=True, words=CATEGORIES),
        Column(OPENED, content=Content.MOMENT),
        Column(BALANCE, aliases=("预存金额", "余额"), total=Total.SUM),
        Column("联系电话", stored=Stored.NO),
        Column("备注", content=Content.FREE_TEXT),
    ),
    unit="户",
    why_not_stored="电话另行登记",
)
KIND = ImportKind(ACCOUNTS, import_tables(metadata, "account_import"), address="account-imports")


@dataclass(frozen=True)
class Account:
    """What is stored of a row."""

    number: str
    name: str
    category: Category
    opened: date | None
    balance_fen: int


class _Row(RowReader):
    def fen(self, column: str) -> int:
        written = self.decimal_text(column)
        if written is None:
            return 0
        try:
            fen = Decimal(written[0]).scaleb(2)
        except InvalidOperation:
            fen = Decimal("0.5")
        if fen != fen.to_integral_value():
            self.bad(
                column, "amount-invalid", f"{column}不是金额{written[1]}", "请以元为单位填写，最多两位小数"
            )
            return 0
        return int(fen)


def check(raw: RawRow, now: datetime) -> Checked[Account]:
    row = _Row(ACCOUNTS, raw, now)
    if row.findings:
        return Checked(raw, row.findings)
    number, name = row.reference(NUMBER, 40), row.text(NAME, must=True, most=60)
    category = row.word(CATEGORY, CATEGORIES, "unknown-category", must=True)
    opened, balance = row.day(OPENED), row.fen(BALANCE)
    if row.findings or category is None:
        return Checked(raw, row.findings)
    item = Account(number, name, category, opened, balance)
    return Checked(raw, [], item, hashlib.sha256(repr(item).encode()).hexdigest())


@dataclass(frozen=True)
class AccountIntake:
    """Stores an account once."""

    clock: Clock

    async def refresh(self) -> None:
        return None

    def check(self, job: Job, rows: Sequence[RawRow]) -> list[Checked[Account]]:
        return [check(row, self.clock.now()) for row in rows]

    async def compare(
        self,
        connection: AsyncConnection,
        job: Job,
        checked: Sequence[Checked[Account]],
        repeated: Mapping[int, int],
    ) -> list[Compared]:
        numbers = [row.item.number for row in checked if row.item is not None]
        statement = select(account.c.number, account.c.digest).where(account.c.number.in_(numbers))
        stored = {row.number: row.digest for row in await connection.execute(statement)}
        compared = []
        for row in checked:
            findings = list(row.findings)
            if earlier := repeated.get(row.raw.number):
                findings.append(duplicate_number(row.raw.number, NUMBER, earlier))
            digest = stored.get(row.item.number) if row.item else None
            if digest not in (None, row.digest):
                findings.append(number_taken(row.raw.number, NUMBER, "请核对户号"))
            compared.append(Compared(findings, digest is not None))
        return compared

    async def remarks(
        self, connection: AsyncConnection, job: Job, checked: Sequence[Checked[Account]]
    ) -> dict[int, Finding]:
        return {
            row.raw.number: Finding(
                row.raw.number, NAME, "one-letter", "户名只有一个字", "请核对", is_bad=False
            )
            for row in checked
            if row.item is not None and len(row.item.name) == 1
        }

    async def add(
        self, uow: UnitOfWork, checked: Sequence[Checked[Account]], compared: Sequence[Compared]
    ) -> None:
        del compared
        rows = [
            {
                "number": row.item.number,
                "name": row.item.name,
                "category": row.item.category,
                "opened": row.item.opened and row.item.opened.isoformat(),
                "balance_fen": row.item.balance_fen,
                "digest": row.digest,
            }
            for row in checked
            if row.item is not None
        ]
        if rows:
            await uow.connection.execute(insert(account), rows)


async def stored(connection: AsyncConnection) -> list[tuple[Any, ...]]:
    """All accounts, without their digests."""
    columns = [column for column in account.c if column.name != "digest"]
    return [tuple(row) for row in await connection.execute(select(*columns).order_by(account.c.number))]


def book(*rows: Sequence[Any], headings: Sequence[str] = (NUMBER, NAME, CATEGORY, OPENED, BALANCE)) -> bytes:
    """A workbook of rows under headings."""
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in (headings, *rows):
        sheet.append(list(row))
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()
