"""PostgreSQL over TLS: its certificate and its name are verified, by a server that has both."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.engine import make_url

from libs.common.database.engine import Database, is_unavailable
from libs.common.settings import CommonSettings
from tests.libs.common.shells import Shell
from tests.support.certificates import Authority
from tools import servers_postgres
from tools.servers_postgres_tls import postgres_programs_with_tls

ADDRESS = "127.0.0.1"
ENCRYPTED = text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[str]:
    """Return the URL, without TLS, of a PostgreSQL that has a certificate of our CA for its address."""
    key, certificate = Authority(folder, "ours").issue("postgres", ADDRESS)
    Authority(folder, "other")
    key.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(key, servers_postgres.postgres_account().pw_uid, -1)
    programs = postgres_programs_with_tls()
    settings = ["ssl=on", f"ssl_key_file={key}", f"ssl_cert_file={certificate}"]
    with servers_postgres.postgres(folder, fast=True, further=settings, programs=programs) as running:
        yield running.url


def verified(server: str, ca_file: Path, host: str = ADDRESS) -> str:
    url = make_url(server).set(host=host)
    return url.update_query_dict({"sslmode": "verify-full", "sslrootcert": str(ca_file)}).render_as_string(
        hide_password=False
    )


async def is_encrypted(url: str) -> bool:
    database = Database(url)
    try:
        async with database.reading() as connection:
            return bool(await connection.scalar(ENCRYPTED))
    finally:
        await database.close()


async def test_a_server_of_our_ca_is_used_over_tls(server: str, folder: Path) -> None:
    assert await is_encrypted(verified(server, folder / "ours.pem"))
    assert not await is_encrypted(f"{server}?sslmode=disable")


@pytest.mark.parametrize(
    ("ca", "host", "reason"),
    [
        ("other.pem", ADDRESS, "certificate verify failed"),
        ("ours.pem", "localhost", "Hostname mismatch"),
    ],
)
async def test_another_ca_and_another_host_are_refused(
    server: str, folder: Path, ca: str, host: str, reason: str
) -> None:
    with pytest.raises(OSError, match=reason) as refused:
        await is_encrypted(verified(server, folder / ca, host))
    # Like a server that is down: whoever waits for it goes on waiting.
    assert is_unavailable(refused.value)


async def test_the_machines_cas_do_not_know_ours(server: str) -> None:
    with pytest.raises(OSError, match="certificate verify failed"):
        await is_encrypted(f"{server}?sslmode=verify-full")


async def test_a_command_says_why_it_does_not_start(server: str, folder: Path) -> None:
    shell = Shell(
        {
            "SQN_BUS_URL": f"sqlite:///{folder}/bus.db",
            "SQN_ISSUER": "http://127.0.0.1:1",
            "SQN_JWKS_URL": "http://127.0.0.1:1/keys",
        }
    )
    good = await shell.run("migrate", SQN_DATABASE_URL=verified(server, folder / "ours.pem"))
    assert good.code == 0
    result = await shell.run("migrate", SQN_DATABASE_URL=verified(server, folder / "other.pem"))
    assert (result.code, "Traceback" in result.errors) == (2, False)
    assert "certificate verify failed" in result.errors
    missing = folder / "missing.pem"
    result = await shell.run("migrate", SQN_DATABASE_URL=verified(server, missing))
    assert (result.code, "Traceback" in result.errors) == (2, False)
    assert f"{missing} is no file of CA certificates" in result.errors


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("sslmode=require", "sslmode is disable or verify-full, not require"),
        ("sslmode=verify-ca", "sslmode is disable or verify-full, not verify-ca"),
        ("sslrootcert=/ca.pem", "sslrootcert needs sslmode=verify-full"),
    ],
)
def test_a_mode_that_verifies_half_is_refused(query: str, reason: str) -> None:
    values = {"bus_url": "sqlite:///bus.db", "issuer": "http://x", "jwks_url": "http://x/jwks"}
    with pytest.raises(ValidationError, match=reason):
        CommonSettings.model_validate({**values, "database_url": f"postgresql+asyncpg://h/x?{query}"})


def test_an_address_that_is_none_is_refused_in_words_without_its_password() -> None:
    values = {"bus_url": "sqlite:///bus.db", "issuer": "http://x", "jwks_url": "http://x/jwks"}
    with pytest.raises(ValidationError, match="not of the form") as refused:
        CommonSettings.model_validate({**values, "database_url": "postgres//u:secret-word@h/x"})
    (error,) = refused.value.errors(include_input=False)
    assert "secret-word" not in str(error)
