"""Attacks on the laptop's real process: what it holds, and that it goes on serving others."""

import base64
import os
import re
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest
from joserfc import jws

from libs.common.auth.callers import Caller, Scope, ScopeKind
from tests.support.running_city import CITY, PATIENCE, ROOT, RunningCity, laptop_city, ports_in_a_row, until

MEBIBYTE = 1_048_576
CITIZEN = Caller("t-citizen", frozenset({"citizen"}), Scope(ScopeKind.CITIZEN, "C-1"))
FILE = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
FIELD = b'\r\n--x\r\nContent-Disposition: form-data; name="mode"\r\n\r\n'
SENT = 10 * MEBIBYTE
CONNECTIONS = 12

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="the memory of a process is read from /proc"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("topple")


@pytest.fixture(scope="module")
def city(folder: Path) -> Iterator[RunningCity]:
    with laptop_city(folder) as running:
        yield running


def resident(city: RunningCity) -> int:
    """The bytes of memory that the process holds."""
    [pid] = city.process_ids()
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def port_of(url: object) -> int:
    return int(re.findall(r":(\d+)", str(url))[-1])


def begin(port: int, path: str, headers: dict[str, str], body: bytes) -> socket.socket:
    """Send a head and what of a body the server takes; leave the request unfinished."""
    lines = {
        "Host": "s",
        "Content-Type": "multipart/form-data; boundary=x",
        "Content-Length": "120000000",
    } | headers
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    connection = socket.create_connection(("127.0.0.1", port))
    connection.settimeout(20)
    # It may be refused, and closed by now.
    with suppress(OSError):
        connection.sendall(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body)
    return connection


def grown(city: RunningCity, port: int, path: str, headers: dict[str, str], body: bytes) -> int:
    """The bytes that unfinished requests make the process hold."""
    # What the first of its kind loads is not of those that follow.
    begin(port, path, headers, body[:MEBIBYTE]).close()
    before = resident(city)
    with ExitStack() as stack:
        for _ in range(CONNECTIONS):
            stack.enter_context(begin(port, path, headers, body))
        held = 0
        for _ in range(20):
            time.sleep(0.05)
            held = max(held, resident(city))
        answer = httpx.get(f"http://127.0.0.1:{port}/livez")
    assert answer.status_code == 200
    return held - before


LARGE = FILE + b"x" * SENT
MANY_FIELDS = (FIELD + b"y" * 1_000_000) * 10


@pytest.mark.parametrize("body", [LARGE, MANY_FIELDS], ids=["file", "fields"])
@pytest.mark.parametrize("token", [None, "a.b.c", CITIZEN, CITY], ids=["none", "forged", "citizen", "window"])
def test_unfinished_uploads_to_the_api_hold_little(
    city: RunningCity, token: str | Caller | None, body: bytes
) -> None:
    headers = {"Idempotency-Key": "k"}
    if token is not None:
        headers["Authorization"] = (
            f"Bearer {city.issuer.issue(token) if isinstance(token, Caller) else token}"
        )
    held = grown(city, port_of(city.hookup.base_url), "/v1/imports", headers, body)
    # Ten megabytes of each of twelve requests were sent.
    assert held < CONNECTIONS * SENT / 5


@pytest.mark.parametrize("body", [LARGE, MANY_FIELDS], ids=["file", "fields"])
@pytest.mark.parametrize("path", ["/imports", "/imports/log", "/imports/layout", "/what-if"])
def test_unfinished_forms_of_strangers_hold_little_in_the_console(
    city: RunningCity, path: str, body: bytes
) -> None:
    held = grown(city, port_of(city.console_url), path, {"Origin": city.console_url}, body)
    assert held < CONNECTIONS * SENT / 5


def test_heads_that_never_end_are_closed_and_others_served(city: RunningCity) -> None:
    port = port_of(city.hookup.base_url)
    with ExitStack() as stack:
        slow = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(100)]
        for connection in slow:
            connection.sendall(b"GET / HTTP/1.1\r\nX-A: ")
        open_ones = set(slow)
        deadline = time.monotonic() + PATIENCE
        while open_ones:
            assert time.monotonic() < deadline, f"{len(open_ones)} are still open"
            for connection in list(open_ones):
                try:
                    connection.sendall(b"x")
                except OSError:
                    open_ones.discard(connection)
            assert httpx.get(f"http://127.0.0.1:{port}/livez").status_code == 200
            time.sleep(0.2)


def test_files_are_their_users_own(city: RunningCity, folder: Path) -> None:
    files = list((folder / "dev").rglob("*"))
    assert {"hookup.db", "hookup.db-wal", "metrics.db", "bus.db", "session-secret", "lock", "objects"} <= {
        each.name for each in files
    }
    open_to_others = [each for each in (folder / "dev", *files) if stat.S_IMODE(each.stat().st_mode) & 0o077]
    assert open_to_others == []


def test_a_second_process_on_the_same_folder_is_refused_in_one_sentence(
    city: RunningCity, folder: Path
) -> None:
    [pid] = city.process_ids()
    done = start(folder / "dev")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"is in use by another process (pid {pid}): stop it, or choose another folder" in done.stderr
    until("the first goes on", lambda: httpx.get(f"{city.console_url}/livez").is_success)


def start(folder: Path) -> "subprocess.CompletedProcess[str]":
    command = [
        sys.executable,
        "-m",
        "services.dev",
        "--port",
        str(ports_in_a_row(folder)),
        "--var",
        str(folder),
    ]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name", ["hookup.db", "metrics.db", "bus.db"])
def test_a_damaged_file_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"SQLite format 3\0" + b"\xa5" * 8_176)
    done = start(tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"cannot start: {tmp_path / name} is damaged (" in done.stderr
    assert "restore it from a backup" in done.stderr


def test_deeply_nested_tokens_are_refused(city: RunningCity) -> None:
    claims = b'{"sub":' + b"[" * 1_500 + b"]" * 1_500 + b"}"
    nested = base64.urlsafe_b64encode(claims).rstrip(b"=").decode()
    key = city.issuer._key
    signed = jws.serialize_compact({"alg": "ES256", "kid": key.kid}, claims, key)
    for token in (signed, f"{nested}.e30.AAAA", f"{nested}.."):
        for client in (city.hookup, city.metrics):
            path = "/v1/reference" if client is city.hookup else "/v1/board/hookup"
            answer = client.get(path, headers={"Authorization": f"Bearer {token}"})
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


def test_a_long_address_to_come_back_to_is_refused(city: RunningCity) -> None:
    for what in ("x" * 5_000, "水" * 3_000, "%F0" * 3_000):
        answer = httpx.get(f"{city.console_url}/signin/start", params={"next": f"/{what}"})
        assert answer.status_code == 400
