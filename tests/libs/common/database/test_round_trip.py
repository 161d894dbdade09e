import pytest
from sqlalchemy import bindparam, delete, insert, select, update

from libs.common.database.engine import Database
from libs.common.database.tables import outbox
from libs.common.database.unit_of_work import FEW
from tests.libs.common.database.samples import NOW, account, noted, outbox_rows

OPEN = insert(account).values({"id": bindparam("id"), "version": bindparam("version")})
CHANGE = (
    update(account)
    .where(account.c.id == bindparam("of"), account.c.version == bindparam("seen"))
    .values(version=bindparam("seen") + 1)
)
CLOSE = delete(account).where(account.c.id == bindparam("of"))


async def accounts(database: Database) -> dict[str, int]:
    async with database.reading() as connection:
        return {row.id: row.version for row in await connection.execute(select(account))}


async def test_writes_of_every_kind_and_events_are_committed_together(database: Database) -> None:
    async with database.unit_of_work(NOW) as work:
        for name in ("a", "b"):
            work.write(OPEN, {"id": name, "version": 1})
    async with database.unit_of_work(NOW) as work:
        work.write(CHANGE, {"of": "a", "seen": 1}, LookupError)
        work.write(CLOSE, {"of": "b"}, LookupError)
        work.write(OPEN, {"id": "c", "version": 7})
        work.publish(noted("a", 1), noted("a", 2))
    assert await accounts(database) == {"a": 2, "c": 7}
    assert await outbox_rows(database) == [("a", 1), ("a", 2)]


async def test_a_write_that_misses_its_row_undoes_the_others(database: Database) -> None:
    async def command() -> None:
        async with database.unit_of_work(NOW) as work:
            work.write(OPEN, {"id": "a", "version": 1})
            work.write(CHANGE, {"of": "b", "seen": 1}, LookupError)
            work.publish(noted("a", 1))

    with pytest.raises(LookupError):
        await command()
    assert await accounts(database) == {}
    assert await outbox_rows(database) == []


async def test_a_flush_lets_the_same_transaction_read_what_it_wrote(database: Database) -> None:
    async with database.unit_of_work(NOW) as work:
        work.write(OPEN, {"id": "a", "version": 1})
        await work.flush()
        assert await work.connection.scalar(select(account.c.version)) == 1
        work.write(CHANGE, {"of": "a", "seen": 1}, LookupError)
    assert await accounts(database) == {"a": 2}


@pytest.mark.parametrize("count", [1, FEW, FEW + 1])
async def test_events_keep_their_order_however_many_there_are(database: Database, count: int) -> None:
    async with database.unit_of_work(NOW) as work:
        work.publish(*(noted("a", seq) for seq in range(1, count + 1)))
    async with database.reading() as connection:
        seqs = (await connection.scalars(select(outbox.c.aggregate_seq).order_by(outbox.c.seq))).all()
    assert list(seqs) == list(range(1, count + 1))
