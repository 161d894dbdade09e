"""Each setting that production must not have is named, and keeps every command from starting; all of them at once."""

import os
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from libs.common import discovery
from libs.common.bus.kafka import KafkaBus
from libs.common.encryption.keys import EncryptionSettings
from libs.common.laptop import KEYS
from libs.common.production import production_faults
from libs.common.service import Service
from libs.common.settings import CommonSettings
from tests.libs.common.shells import Shell
from tests.support.certificates import Authority

FIT: dict[str, Any] = {
    "production": True,
    "database_url": "postgresql+asyncpg://sqn@db.example/sqn?sslmode=verify-full&sslrootcert=system",
    "bus_url": "kafka+ssl://one.example:9093,two.example:9093",
    "bus_user": "hookup",
    "bus_password": "not-a-secret",
    "issuer": "https://id.example",
    "administrator_acr": "urn:mfa",
    "jwks_url": "https://id.example/jwks",
    "public_url": "https://hookup.example",
    "objects_url": "s3://bucket?endpoint=https://s3.example",
    "scan_command": "clamdscan",
    "link_key": "k" * 32,
}
NOBODY = {"bus_user": None, "bus_password": None}


def faults(**other: Any) -> list[str]:
    return production_faults(CommonSettings.model_validate(FIT | other))


def test_what_production_has_is_fit() -> None:
    assert faults() == []
    # Without files nothing has to be scanned or signed.
    assert faults(objects_url=None, scan_command=None, link_key=None) == []


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ({"issuer": "http://id.example"}, "SQN_ISSUER: http://id.example is not https://"),
        ({"administrator_acr": None}, "SQN_ADMINISTRATOR_ACR: administrators sign in with one factor"),
        ({"jwks_url": "http://id.example/jwks"}, "SQN_JWKS_URL: http://id.example/jwks is not https://"),
        ({"public_url": "http://hookup.example"}, "SQN_PUBLIC_URL: http://hookup.example is not https://"),
        ({"public_url": "/"}, "SQN_PUBLIC_URL: / is not https://"),
        ({"database_url": "sqlite+aiosqlite:///x.db"}, "SQN_DATABASE_URL: SQLite is for a laptop"),
        ({"database_url": "postgresql+asyncpg://db.example/sqn"}, "SQN_DATABASE_URL: nothing proves"),
        ({"database_url": "postgresql+asyncpg://h/x?sslmode=disable"}, "SQN_DATABASE_URL: nothing proves"),
        ({"bus_url": "sqlite:///bus.db", **NOBODY}, "SQN_BUS_URL: the embedded bus"),
        ({"bus_url": "kafka://one.example:9092", **NOBODY}, "SQN_BUS_URL: events go in clear text"),
        (NOBODY, "SQN_BUS_URL: anybody may write events"),
        (
            {"objects_url": "s3://bucket?endpoint=http://s3.example"},
            "SQN_OBJECTS_URL: files go in clear text",
        ),
        ({"link_key": None}, "SQN_LINK_KEY: links to files fail"),
        ({"scan_command": None}, "SQN_SCAN_COMMAND: no uploaded file is scanned"),
        ({"clock_file": "/city-clock"}, "SQN_CLOCK_FILE: the time is that of a file"),
        ({"docs": True}, "SQN_DOCS: a page to try the API on"),
        ({"log_style": "console"}, "SQN_LOG_STYLE: logs in the style console"),
    ],
)
def test_each_setting_is_named_alone(other: dict[str, Any], named: str) -> None:
    (found,) = faults(**other)
    assert found.startswith(named)


@pytest.mark.parametrize("name", ["wrapping_keys", "index_keys"])
def test_keys_of_the_laptop_are_named(name: str) -> None:
    class Keeping(CommonSettings, EncryptionSettings):
        pass

    own = dict.fromkeys(("wrapping_keys", "index_keys"), f"own:{b64encode(os.urandom(32)).decode()}")
    assert production_faults(Keeping.model_validate(FIT | own)) == []
    # Also where it only opens what is there.
    (found,) = production_faults(Keeping.model_validate(FIT | own | {name: f"{own[name]},{KEYS[name]}"}))
    assert found.startswith(f"SQN_{name.upper()}: a key that anybody can read")
    assert KEYS[name] not in found


def test_no_secret_is_told() -> None:
    told = faults(
        database_url="postgresql+asyncpg://sqn:swordfish@db.example/sqn",
        bus_url="kafka+ssl://one.example:9093",
        docs=True,
    )
    assert len(told) == 2
    assert not [fault for fault in told if "swordfish" in fault or "not-a-secret" in fault or "kkk" in fault]


@pytest.mark.parametrize("command", ["api", "worker", "migrate"])
async def test_no_command_starts_with_faults_and_all_are_told(command: str, tmp_path: Path) -> None:
    shell = Shell(
        {
            "SQN_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/x.db",
            "SQN_BUS_URL": f"sqlite:///{tmp_path}/bus.db",
            "SQN_ISSUER": "http://127.0.0.1:1",
            "SQN_JWKS_URL": "http://127.0.0.1:1/keys",
            "SQN_PRODUCTION": "true",
            "SQN_DOCS": "true",
            "OWN_FAULT": "SQN_INDEX_KEYS: the key of a laptop",
        }
    )
    result = await shell.run(command)
    first, *rest = result.errors.splitlines()
    assert (result.code, result.out) == (2, "")
    assert first == "sample: not fit for production (SQN_PRODUCTION):"
    assert [line.split(":")[0].strip() for line in rest] == [
        "SQN_ISSUER",
        "SQN_ADMINISTRATOR_ACR",
        "SQN_JWKS_URL",
        "SQN_PUBLIC_URL",
        "SQN_DATABASE_URL",
        "SQN_BUS_URL",
        "SQN_DOCS",
        "SQN_INDEX_KEYS",
    ]
    assert not (tmp_path / "bus.db").exists()


async def test_a_laptop_starts_as_ever(tmp_path: Path) -> None:
    shell = Shell(
        {
            "SQN_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/x.db",
            "SQN_BUS_URL": f"sqlite:///{tmp_path}/bus.db",
            "SQN_ISSUER": "http://127.0.0.1:1",
            "SQN_JWKS_URL": "http://127.0.0.1:1/keys",
            "OWN_FAULT": "SQN_INDEX_KEYS: the key of a laptop",
        }
    )
    assert (await shell.run("migrate")).code == 0


@pytest.mark.parametrize("found", discovery.stateful(), ids=lambda found: found.name)
async def test_every_service_uses_kafka_by_its_settings(
    found: discovery.DiscoveredService, tmp_path: Path
) -> None:
    own = dict.fromkeys(KEYS, f"own:{b64encode(os.urandom(32)).decode()}")
    files = {name: f"file://{tmp_path}/{name}" for name in ("objects_url", "anchors_url")}
    other = {"bus_ca_file": Authority(tmp_path, "ours").ca_file, **files}
    service = found.compose({**FIT, **own, **other})
    assert isinstance(service, Service)
    assert isinstance(service.bus, KafkaBus)
    assert (service.bus.access.user, service.bus.access.mechanism) == ("hookup", "SCRAM-SHA-512")
    assert service.bus.access.tls is not None
    assert service.production_faults() == []
    await service.close()
