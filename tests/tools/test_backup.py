"""Backup of a hookup database in use, and of the log beside it; restore; and what reconciliation then finds."""

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import make_url

from libs.common import discovery
from libs.common.bus import Bus
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.database.tables import house
from libs.common.encryption.sealer import Sealer
from libs.common.reconcile import Published, compare_published, repair_published
from libs.common.relay import Relay
from tests.libs.common.audit import test_erasures as erasures
from tests.libs.common.audit.samples import audit_log
from tests.libs.common.database.samples import NOW, create_tables, fill_outbox, noted, outbox_rows
from tests.libs.common.encryption.samples import encoded, ring
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


async def test_a_restore_erases_again_who_was_erased_since(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = ManualClock(NOW)
    log = audit_log(tmp_path, tables=erasures.TABLES)
    sealer = Sealer(ring(), erasures.KEYS, clock)
    database = Database(database_url)
    async with database.migrating() as connection:
        await connection.run_sync(house.create_all)
        await connection.run_sync(erasures.METADATA.create_all)
    subject, other = await erasures.add(database, sealer, 2)
    place = place_of(database_url)
    source = place if "://" in place else str(Path(place).parent)
    (saved,) = [file for file in save(source, tmp_path / "saved") if file.stem in database_url]
    await erasures.erase(database, log, sealer, clock, subject)
    await database.close()

    monkeypatch.setattr(discovery, "names", lambda: ["sample"])
    monkeypatch.setattr(discovery, "module_of", lambda *_: SimpleNamespace(metadata=erasures.METADATA))
    command = ["restore", str(saved), place, "--service", "sample"]
    monkeypatch.setenv("SQN_AUDIT_KEYS", f"a1:{encoded(sum(b'a1'))}")
    monkeypatch.setenv("SQN_ANCHORS_URL", "nowhere")
    # The tool has a loop of its own.
    assert await asyncio.to_thread(main, command) == 1
    assert "nobody was erased again: do not serve it" in capsys.readouterr().err
    monkeypatch.setenv("SQN_ANCHORS_URL", f"file://{tmp_path}/anchors")
    assert await asyncio.to_thread(main, command) == 0
    assert "erased again: 1 persons" in capsys.readouterr().out
    database = Database(database_url)
    keys = (await erasures.rows(database))["data_key"]
    assert {row["subject"] for row in keys if row["wrapped"]} == {other}
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
