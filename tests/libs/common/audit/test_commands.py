"""A service that keeps an audit record: its worker seals, and the operator verifies."""

import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete

from libs.common.audit.external import Anchor
from libs.common.audit.log import AuditLog
from libs.common.database.engine import Database
from tests.libs.common.audit.samples import TABLES, add, as_intruder, audit_log, rows
from tests.libs.common.audit.service import MIGRATIONS
from tests.libs.common.database.samples import NOW
from tests.libs.common.encryption.samples import encoded
from tests.libs.common.shells import Shell, finish, free_port
from tests.support.waiting import until

C = TABLES.entry.c


@pytest.fixture
async def shell(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Shell]:
    shell = Shell(
        {
            "SQN_DATABASE_URL": sqlite_url,
            "SQN_BUS_URL": f"sqlite:///{tmp_path}/bus.db",
            "SQN_ISSUER": "http://127.0.0.1:1",
            "SQN_JWKS_URL": "http://127.0.0.1:1/keys",
            "SQN_PORT": str(free_port()),
            "SQN_AUDIT_KEYS": f"a1:{encoded(sum(b'a1'))}",
            "SQN_ANCHORS_URL": f"file://{tmp_path}/anchors",
        },
        "tests.libs.common.audit.service",
    )
    yield shell
    for process in (each for each in shell.started if each.returncode is None):
        process.kill()
        await process.communicate()


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    """The service's database at this version."""
    database = Database(sqlite_url)
    await MIGRATIONS.upgrade(database)
    yield database
    await database.close()


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    return audit_log(tmp_path)


async def test_the_worker_seals_and_the_operator_verifies(
    shell: Shell, database: Database, log: AuditLog, tmp_path: Path
) -> None:
    await add(database, log, 3, at=datetime.now(UTC))
    result = await shell.run("audit", "verify")
    assert (result.code, result.errors) == (0, "")
    assert result.out == (
        "sample: 0 entries in the chain, 3 not sealed yet, 0 purged or lost by a restore, "
        "compared with 0 anchors\n"
    )
    worker = await shell.start("worker")

    async def is_anchored() -> bool:
        return bool(await log.external.anchors())

    await until("an anchor of the worker", is_anchored)
    worker.send_signal(signal.SIGTERM)
    ended = await finish(worker)
    assert ended.code == 0, ended
    result = await shell.run("audit", "verify")
    assert (result.code, result.out.partition(", 0 purged")[0]) == (
        0,
        "sample: 3 entries in the chain, 0 not sealed yet",
    )

    last = [row["sequence"] for row in await rows(database)][-1]
    await as_intruder(database, delete(TABLES.entry).where(C.sequence == last))
    result = await shell.run("audit", "verify")
    assert result.code == 1
    assert "sample: 1 faults; the first: the chain ends at entry 2, and entry 3 was anchored" in result.out
    for anchor in (tmp_path / "anchors" / "sample" / "anchors").iterdir():
        anchor.unlink()
    assert (await shell.run("audit", "verify")).code == 0
    (tmp_path / "worker.log").write_text(f"not json\n{ended.logged}")
    result = await shell.run("audit", "verify", "--log", str(tmp_path / "worker.log"))
    assert (result.code, "entry 3 was anchored" in result.out) == (1, True)


@pytest.mark.usefixtures("database")
async def test_a_loss_by_a_restore_is_recorded_once(shell: Shell, log: AuditLog) -> None:
    await log.external.anchor(Anchor(7, "a1.x"), NOW)
    for said in (
        "sample: entries 1 to 7 are recorded as lost by a restore\n",
        "sample: no entry is missing behind the last anchor\n",
    ):
        result = await shell.run("audit", "resume")
        assert (result.code, result.out) == (0, said)
    result = await shell.run("audit", "verify")
    assert (result.code, ", 7 purged or lost" in result.out) == (0, True)


async def test_without_the_anchors_nothing_is_served_or_verified(shell: Shell, tmp_path: Path) -> None:
    assert (await shell.run("migrate")).code == 0
    (tmp_path / "file").touch()
    result = await shell.run("audit", "verify", SQN_ANCHORS_URL=f"file://{tmp_path}/file/below")
    assert result.code == 2
    assert "Traceback" not in result.errors


async def test_a_service_without_an_audit_record_says_so(shell: Shell) -> None:
    shell.module = "tests.libs.common.database.service"
    result = await shell.run("audit", "verify")
    assert (result.code, result.errors) == (2, "sample keeps no audit record\n")
