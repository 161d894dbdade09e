"""The servers start, are told apart when they fail, and leave nothing behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from sqlalchemy import make_url

from tests.support.servers import FreshDatabaseUrl
from tools import servers, servers_kafka, servers_postgres, servers_process

DEADLINE = 60.0
RUN = [sys.executable, "-m", "tools.servers", "run"]


async def ask(url: str, query: str) -> object:
    connection = await asyncpg.connect(make_url(url).set(drivername="postgresql").render_as_string(False))
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_every_postgres_database_is_another_and_empty(postgres_url: str, postgres_server: str) -> None:
    assert await ask(postgres_url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    assert await ask(postgres_url, "SELECT current_database()") != await ask(
        postgres_server, "SELECT current_database()"
    )


async def test_fresh_databases_are_of_one_engine_and_differ(
    fresh_database_url: FreshDatabaseUrl, database_url: str
) -> None:
    urls = [make_url(url) for url in (database_url, fresh_database_url(), fresh_database_url())]
    assert len({url.database for url in urls}) == 3
    assert len({url.drivername for url in urls}) == 1


async def test_kafka_takes_a_topic(kafka_bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    try:
        name = f"test.servers.{os.getpid()}"
        await admin.create_topics([NewTopic(name, num_partitions=2, replication_factor=1)])
        # The broker that is asked may learn of it a moment after the controller has said yes.
        async with asyncio.timeout(DEADLINE):
            while name not in await admin.list_topics():  # noqa: ASYNC110 - another process's doing
                await asyncio.sleep(0.05)
    finally:
        await admin.close()


def test_a_server_that_ends_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with (
        servers_process.process(
            ["sh", "-c", "echo no such volume; exit 3"], log, stop=signal.SIGTERM
        ) as server,
        pytest.raises(servers_process.ServerError, match="Broker ended with exit code 3:\nno such volume"),
    ):
        servers_process.wait_until(lambda: False, server, log, "Broker", DEADLINE)


def test_a_server_that_never_answers_is_given_up(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with (
        servers_process.process(["sleep", "600"], log, stop=signal.SIGTERM) as server,
        pytest.raises(servers_process.ServerError, match="Broker did not answer within 0 s"),
    ):
        servers_process.wait_until(lambda: False, server, log, "Broker", 0)
    assert server.returncode == -signal.SIGTERM


def test_given_servers_that_do_not_answer_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (port,) = servers_process.free_ports(1)
    monkeypatch.setenv("DATABASE_URL", f"postgresql://someone@127.0.0.1:{port}/x")
    monkeypatch.setenv("KAFKA_BOOTSTRAP", f"127.0.0.1:{port}")
    with pytest.raises(servers_process.ServerError, match="no PostgreSQL answers at DATABASE_URL"):
        servers_postgres.given_postgres()
    with pytest.raises(servers_process.ServerError, match="no Kafka answers at KAFKA_BOOTSTRAP"):
        servers_kafka.given_kafka()


def test_given_servers_are_used_and_the_exit_code_is_passed_on(
    postgres_server: str, kafka_bootstrap: str
) -> None:
    command = ["sh", "-c", 'echo "$DATABASE_URL $KAFKA_BOOTSTRAP"; exit 7']
    given = os.environ | {
        "DATABASE_URL": postgres_server.replace("+asyncpg", ""),
        "KAFKA_BOOTSTRAP": kafka_bootstrap,
    }
    done = subprocess.run([*RUN, "--", *command], capture_output=True, text=True, env=given)
    assert (done.returncode, done.stdout.split()) == (7, [postgres_server, kafka_bootstrap])


def test_two_holders_of_one_directory_are_refused(
    postgres_server: str, kafka_bootstrap: str, tmp_path: Path
) -> None:
    with servers.servers(tmp_path), pytest.raises(servers_process.ServerError, match="are up already"):
        servers.servers(tmp_path).__enter__()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_our_own_servers_end_with_us(end: signal.Signals, kafka_bootstrap: str, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    command = [*RUN, "--dir", str(tmp_path), "--fast", "--", "sh", "-c", "echo $DATABASE_URL; exec sleep 600"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as run:
        assert run.stdout is not None
        url = run.stdout.readline().strip()
        assert servers_postgres.postgres_answers(url)
        run.send_signal(end)
        run.wait(DEADLINE)
    eventually(lambda: not servers_postgres.postgres_answers(url))
    eventually(lambda: not (tmp_path / "postgres" / "postmaster.pid").exists())


def test_what_up_started_stays_until_down(kafka_bootstrap: str, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}

    def tool(action: str) -> str:
        command = [sys.executable, "-m", "tools.servers", action, "--dir", str(tmp_path)]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout

    exports = dict(line.removeprefix("export ").split("=", 1) for line in tool("up").splitlines())
    assert servers_postgres.postgres_answers(exports["DATABASE_URL"])
    assert exports["KAFKA_BOOTSTRAP"] == kafka_bootstrap
    tool("down")
    assert not servers_postgres.postgres_answers(exports["DATABASE_URL"])
    tool("down")


def test_three_brokers_keep_a_write_through_one_loss() -> None:
    properties = [
        servers_kafka.broker_properties(node, 1, 2, "voters", Path("home"), 3) for node in (1, 2, 3)
    ]
    assert [each["node.id"] for each in properties] == [1, 2, 3]
    assert all(each["default.replication.factor"] == 3 for each in properties)
    assert all(each["min.insync.replicas"] == 2 for each in properties)


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.05)
