"""Backup of a hookup database in use, and of the log beside it; restore; and what reconciliation then finds."""

from pathlib import Path

import pytest
from sqlalchemy import make_url

from libs.common.bus import Bus
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.reconcile import Published, compare_published, repair_published
from libs.common.relay import Relay
from tests.libs.common.database.samples import NOW, create_tables, fill_outbox, noted, outbox_rows
from tests.support.bus import NewTopic
from tools.backup import BackupError, main, restore, save


def place_of(url: str) -> str:
    """Return what the tool calls this database: a path or a URL."""
    return make_url(url).database or "" if url.startswith("sqlite") else url


async def publish(database: Database, bus: Bus) -> None:
    relay = Relay(database, bus, ManualClock(NOW))
    while await relay.step():
        pass
    await relay.stop()


async def test_a_restored_database_is_behind_the_topic_and_is_reconciled(
    database_url: str, bus: Bus, new_topic: NewTopic, tmp_path: Path
) -> None:
    topic = await new_topic(2)
    database = Database(database_url)
    await create_tables(database)
    await fill_outbox(database, topic, keys=3, each=2)
    await publish(database, bus)
    then = await outbox_rows(database)
    # The database is open while it is saved.
    place = place_of(database_url)
    source = place if "://" in place else str(Path(place).parent)
    saved = {each.stem: each for each in save(source, tmp_path / "saved")}
    async with database.unit_of_work(NOW) as work:
        work.publish(noted("key-1", 3, topic), noted("key-7", 1, topic))
    await publish(database, bus)
    later = await outbox_rows(database)
    await database.close()

    restore(saved[Path(make_url(database_url).database or "").stem], place)
    database = Database(database_url)
    assert await outbox_rows(database) == then
    found = await compare_published(database, bus, topic)
    assert (found.fenced, found.unsent, found.contrary) == (["key-1", "key-7"], [], [])
    await repair_published(database, topic, found, NOW)
    assert sorted(await outbox_rows(database)) == sorted(later)
    assert await compare_published(database, bus, topic) == Published()
    await database.close()


def test_a_damaged_backup_replaces_nothing(tmp_path: Path) -> None:
    whole = tmp_path / "hookup.db"
    whole.write_bytes(b"")
    damaged = tmp_path / "saved.db"
    damaged.write_bytes(b"SQLite format 3\0" + b"\xff" * 5_000)
    with pytest.raises(BackupError, match="damaged"):
        restore(damaged, str(whole))
    assert whole.read_bytes() == b""


def test_what_cannot_be_saved_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["save", str(tmp_path / "saved"), str(tmp_path)]) == 1
    assert "has no SQLite files" in capsys.readouterr().err
