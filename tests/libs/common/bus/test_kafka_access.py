"""Kafka over TLS with users: who is not let in is told why, by a broker with both."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr, ValidationError

from libs.common.bus import BusError, Message, open_service_bus
from libs.common.bus.kafka import KafkaBus
from libs.common.settings import CommonSettings
from tests.libs.common.shells import Shell
from tests.support.bus import collect
from tests.support.certificates import Authority
from tools import servers_kafka

USER, PASSWORD = "sqn", "correct-horse"
MECHANISMS = ["SCRAM-SHA-512", "PLAIN"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def broker(folder: Path) -> Iterator[str]:
    """Return the address at which a broker with a certificate of our CA asks for users."""
    Authority(folder, "other")
    files = Authority(folder, "ours").issue("broker", "127.0.0.1")
    keystore = folder / "broker.pem"
    keystore.write_text("".join(file.read_text() for file in files))
    secured = servers_kafka.Secured(keystore, {USER: PASSWORD})
    with servers_kafka.kafka(folder, secured=secured) as running:
        yield running.secured


def values(broker: str, folder: Path, **other: str) -> dict[str, str]:
    """Return the settings of a service that the broker lets in, but for `other`."""
    return {
        "database_url": f"sqlite+aiosqlite:///{folder}/{uuid4().hex}.db",
        "bus_url": f"kafka+ssl://{broker}",
        "bus_ca_file": str(folder / "ours.pem"),
        "bus_user": USER,
        "bus_password": PASSWORD,
        "issuer": "http://127.0.0.1:1",
        "jwks_url": "http://127.0.0.1:1/keys",
        **other,
    }


def bus_with(broker: str, folder: Path, **other: str) -> KafkaBus:
    bus = open_service_bus(CommonSettings.model_validate(values(broker, folder, **other)))
    assert isinstance(bus, KafkaBus)
    return bus


@pytest.mark.parametrize("mechanism", MECHANISMS)
async def test_a_user_writes_and_reads(broker: str, folder: Path, mechanism: str, group: str) -> None:
    bus = bus_with(broker, folder, bus_mechanism=mechanism)
    topic = f"test.{uuid4()}"
    await bus.ensure_topics({topic: 1})
    producer = await bus.producer()
    await producer.send([Message(topic, "key", b"value")])
    await producer.close()
    consumer = await bus.consumer(group, [topic])
    assert [received.value for received in await collect(consumer, 1)] == [b"value"]
    await consumer.close()


@pytest.mark.parametrize("mechanism", MECHANISMS)
async def test_a_wrong_password_and_a_wrong_user_are_refused(
    broker: str, folder: Path, mechanism: str, group: str
) -> None:
    for wrong in ({"bus_password": "wrong-horse"}, {"bus_user": "somebody"}):
        bus = bus_with(broker, folder, bus_mechanism=mechanism, **wrong)
        user = wrong.get("bus_user", USER)
        for opened in (bus.ensure_topics({"any": 1}), bus.producer(), bus.consumer(group, ["any"])):
            with pytest.raises(BusError, match=f"refuses the user {user} by {mechanism}") as refused:
                await opened
            assert "horse" not in str(refused.value)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"bus_ca_file": "other.pem"}, "unable to get local issuer certificate"),
        ({"host": "localhost"}, "Hostname mismatch"),
    ],
)
async def test_another_ca_and_another_host_are_refused(
    broker: str, folder: Path, other: dict[str, str], reason: str
) -> None:
    ca = str(folder / other.get("bus_ca_file", "ours.pem"))
    address = broker.replace("127.0.0.1", other.get("host", "127.0.0.1"))
    with pytest.raises(BusError, match=reason):
        await bus_with(address, folder, bus_ca_file=ca).ensure_topics({"any": 1})


async def test_a_client_without_a_user_or_without_tls_is_not_let_in(broker: str, folder: Path) -> None:
    ca = str(folder / "ours.pem")
    settings = CommonSettings.model_validate(values(broker, folder))
    nobody = settings.model_copy(update={"bus_user": None, "bus_password": None})
    plain = settings.model_copy(update={"bus_url": f"kafka://{broker}"})
    assert ca == str(nobody.bus_ca_file)
    for refused in (nobody, plain):
        with pytest.raises(BusError, match="topics could not be created"):
            await open_service_bus(refused).ensure_topics({"any": 1})


async def test_a_worker_says_why_it_does_not_start(broker: str, folder: Path) -> None:
    shell = Shell({f"SQN_{name.upper()}": value for name, value in values(broker, folder).items()})
    assert (await shell.run("migrate")).code == 0
    result = await shell.run("worker", SQN_BUS_PASSWORD="wrong-horse")
    assert (result.code, "Traceback" in result.errors) == (2, False)
    assert "see SQN_BUS_USER, SQN_BUS_PASSWORD and SQN_BUS_MECHANISM" in result.errors
    result = await shell.run("worker", SQN_BUS_CA_FILE=str(folder / "other.pem"))
    assert (result.code, "Traceback" in result.errors) == (2, False)
    assert "see the CA in SQN_BUS_CA_FILE and the host in SQN_BUS_URL" in result.errors
    for secret in (PASSWORD, "wrong-horse"):
        assert secret not in result.errors + result.logged


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"bus_url": "kafka://broker:9092"}, "need a bus_url kafka\\+ssl://"),
        ({"bus_password": None}, "are set together"),
        ({"bus_user": None}, "are set together"),
        ({"bus_mechanism": "SCRAM-SHA-1"}, "SCRAM-SHA-512"),
    ],
)
def test_settings_that_do_not_fit_together(other: dict[str, str | None], reason: str, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=reason):
        CommonSettings.model_validate(values("broker:9092", tmp_path) | other)


def test_the_password_is_not_shown(tmp_path: Path) -> None:
    bus = bus_with("broker:9092", tmp_path, bus_ca_file=str(Authority(tmp_path, "ours").ca_file))
    assert bus.access.password == SecretStr(PASSWORD)
    assert PASSWORD not in repr(bus.access)
