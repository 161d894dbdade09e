"""The operator's commands after a restore, as `docs/operations.md` gives them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import delete

from libs.common import laptop
from libs.common.bus import open_bus
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.database.tables import outbox
from libs.common.events import topic_of
from libs.common.relay import Relay
from tests.libs.common.database.samples import NOW, noted
from tests.support.bus import collect, positions

ROOT = Path(__file__).resolve().parents[2]
TOPIC = topic_of("hookup")


def command(folder: Path, service: str, *arguments: str) -> tuple[int, str]:
    """Run a service's command over a laptop's files; return its exit code and what it said."""
    environment = {
        "SQN_DATABASE_URL": f"sqlite+aiosqlite:///{folder}/{service}.db",
        "SQN_BUS_URL": f"sqlite:///{folder}/bus.db",
        "SQN_ISSUER": "http://127.0.0.1:1",
        "SQN_JWKS_URL": "http://127.0.0.1:1/jwks",
        **{f"SQN_{name}".upper(): keys for name, keys in laptop.KEYS.items()},
    }
    done = subprocess.run(
        [sys.executable, "-m", f"services.{service}", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """Three events are published and read by metrics; then both databases are set back to before that."""
    for service in ("hookup", "metrics"):
        assert command(tmp_path, service, "migrate")[0] == 0
    bus = open_bus(f"sqlite:///{tmp_path}/bus.db")
    await bus.ensure_topics({TOPIC: 2, topic_of("registry"): 2, topic_of("grievances"): 2})
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/hookup.db")
    async with database.unit_of_work(NOW) as work:
        work.publish(noted("a", 1, TOPIC), noted("a", 2, TOPIC), noted("b", 1, TOPIC))
    relay = Relay(database, bus, ManualClock(NOW))
    assert await relay.step() == 3
    await relay.stop()
    consumer = await bus.consumer("metrics.hookup.figures.g1", [TOPIC])
    await consumer.commit(positions(await collect(consumer, 3)))
    await consumer.close()
    async with database.unit_of_work(NOW) as work:
        await work.connection.execute(delete(outbox))
    await bus.close()
    await database.close()
    return tmp_path


async def test_a_restored_hookup_is_reconciled(folder: Path) -> None:
    code, said = command(folder, "hookup", "reconcile")
    assert code == 1
    assert "3 events are not in the database: a b\n" in said
    assert command(folder, "hookup", "reconcile", "--repair")[0] == 0
    code, said = command(folder, "hookup", "reconcile")
    assert code == 0
    assert "0 events are not in the database" in said


async def test_a_restored_metrics_is_rebuilt(folder: Path) -> None:
    code, said = command(folder, "metrics", "reconcile")
    assert code == 1
    assert "2 aggregates have events that were passed over: a b\n" in said
    assert command(folder, "metrics", "rebuild", "hookup")[0] == 0
    code, said = command(folder, "metrics", "reconcile")
    assert code == 0
    assert "0 aggregates" in said
