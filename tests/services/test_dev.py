"""What starts everything on a laptop: its clock, and its clear words when it cannot."""

import socket
import subprocess
import sys
from collections import namedtuple
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from libs.common import laptop as laptop_files
from libs.common.auth.callers import roles_at
from libs.common.clock import ManualClock, SystemClock
from libs.development import parts
from libs.development.city_clock import CITY_BEGINS
from libs.development.machines import CUSTOMER
from services import dev
from services.dev import StartError, check_machine
from tests.support.running_city import ports_in_a_row

ROOT = Path(__file__).resolve().parents[2]
Usage = namedtuple("Usage", "total used free")


def test_a_port_in_use_is_said_before_anything_is_touched(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind((dev.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(StartError, match=f"port {port} is in use.*--port"):
            check_machine(tmp_path / "var", [port])
    assert not (tmp_path / "var").exists()


def test_where_it_is_production_it_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SQN_PRODUCTION", "true")
    with pytest.raises(StartError, match="SQN_PRODUCTION"):
        check_machine(tmp_path, [])


def test_a_disk_that_is_nearly_full_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.dev.shutil.disk_usage", lambda _: Usage(10**9, 10**9 - 2**20, 2**20))
    with pytest.raises(StartError, match="1 MB left, 200 MB are needed"):
        check_machine(tmp_path, [])


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match="cannot be written"):
        check_machine(tmp_path / "file" / "var", [])


def test_a_schema_of_a_newer_version_gets_a_clear_word(tmp_path: Path) -> None:
    """The whole command, as its user sees it."""
    import sqlite3

    with sqlite3.connect(tmp_path / "hookup.db") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    connection.close()
    port = str(ports_in_a_row(tmp_path))
    command = [sys.executable, "-m", "services.dev", "--port", port, "--var", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "9999" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_city_that_has_begun_does_not_begin_on_another_day(tmp_path: Path) -> None:
    (tmp_path / laptop_files.CLOCK_FILE).write_text(CITY_BEGINS.isoformat())
    port = str(ports_in_a_row(tmp_path))
    command = [sys.executable, "-m", "services.dev", "--port", port, "--var", str(tmp_path)]
    done = subprocess.run(
        [*command, "--from", "2023-09-04"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, "--from is for a first start" in done.stderr) == (2, True)
    assert (tmp_path / laptop_files.CLOCK_FILE).read_text() == CITY_BEGINS.isoformat()


async def test_whoever_writes_an_app_gets_a_token_of_a_channel_and_of_a_citizen(tmp_path: Path) -> None:
    """As the README has it; both apply, each by its own channel, and the citizen sees the citizen's."""
    clock = ManualClock(CITY_BEGINS + timedelta(hours=2))
    laptop = dev.compose(tmp_path, 8600, clock)
    body = {
        "supply": "WATER",
        "district": "371502",
        "utility": "W-371502",
        "customer_ref": CUSTOMER,
        "customer_category": "RES",
        "declared_length_m": "42.0",
    }
    mounts = {
        laptop.url(name): httpx.ASGITransport(laptop.apps[name]) for name in ("hookup", "issuer", "console")
    }
    secret = laptop.issuer.secret_file.read_text()
    assert all(service.clock is clock for service in laptop.services.values())
    # Sessions of people run by the machine's time.
    assert isinstance(laptop.apps["console"].state.site.clock, SystemClock)
    try:
        await laptop.services["hookup"].migrate()
        async with httpx.AsyncClient(mounts=mounts) as http:

            async def headers(client_id: str) -> dict[str, str]:
                form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
                answer = await http.post(f"{laptop.url('issuer')}/token", data=form)
                return {"Authorization": f"Bearer {answer.json()['access_token']}"}

            made = []
            # At two sites: at one the second would be taken for the first sent twice.
            for client_id, channel, site in (
                ("app-channel", "WECHAT", "371502008000"),
                ("app-citizen", "ISHANDONG", "371502001000"),
            ):
                sent = await http.post(
                    f"{laptop.url('hookup')}/v1/hookups",
                    json=body | {"site_division": site},
                    headers={**await headers(client_id), "Idempotency-Key": client_id},
                )
                assert (sent.status_code, sent.json()["channel"]) == (201, channel)
                made.append(sent.json()["id"])
            mine = await http.get(f"{laptop.url('hookup')}/v1/hookups", headers=await headers("app-citizen"))
            assert {each["id"] for each in mine.json()["items"]} == set(made)
            document = (await http.get(f"{laptop.url('hookup')}/openapi.json")).json()
            assert document["servers"][0]["url"] == laptop.url("hookup")
            discovery = document["components"]["securitySchemes"]["oidc"]["openIdConnectUrl"]
            assert (await http.get(discovery)).json()["token_endpoint"] == f"{laptop.url('issuer')}/token"
    finally:
        await laptop.close()


@pytest.mark.parametrize("login", parts.users())
def test_whoever_signs_in_holds_their_roles_where_they_are(login: str) -> None:
    who = parts.users()[login]
    assert roles_at(who.scope.kind, who.roles) == who.roles


@pytest.mark.parametrize("client_id", parts.machines())
def test_every_machine_holds_its_roles_where_it_is(client_id: str) -> None:
    who = parts.machines()[client_id]
    assert roles_at(who.scope.kind, who.roles) == who.roles != frozenset()
