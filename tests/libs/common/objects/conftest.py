"""A store on a directory and one on an S3 server, for what must hold on both."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from libs.common.objects import ObjectStore, open_store
from tools.servers_process import free_ports

START_SECONDS = 60


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """Return the address of an S3 server of this run's own: moto's, in a process of its own."""
    [port] = free_ports(1)
    command = [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + START_SECONDS
        while not _answers(url):
            assert process.poll() is None, "the S3 server ended"
            assert time.monotonic() < deadline, "the S3 server does not answer"
            time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).is_success
    except httpx.TransportError:
        return False


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the environment what a client of S3 wants to know."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


@pytest.fixture
def bucket(s3_server: str, credentials: None) -> str:
    """Make a bucket; return its address."""
    name = f"files-{uuid4()}"
    assert httpx.put(f"{s3_server}/{name}").is_success
    return f"{s3_server}/{name}"


@pytest.fixture(params=["directory", "s3"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty store."""
    if request.param == "directory":
        return f"file://{tmp_path}/objects"
    endpoint, _, name = request.getfixturevalue("bucket").rpartition("/")
    return f"s3://{name}/kept?endpoint={endpoint}"


@pytest.fixture
def store(store_url: str) -> ObjectStore:
    """Return an empty store."""
    return open_store(store_url)


@pytest.fixture
def left_behind(store_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], list[str]]:
    """Return what says which files there are, and which uploads in parts were begun and never ended."""

    def in_directory() -> list[str]:
        return [str(each) for each in (tmp_path / "objects").rglob("*") if each.is_file()]

    def in_bucket() -> list[str]:
        bucket = request.getfixturevalue("bucket")
        listed = httpx.get(bucket).text + httpx.get(f"{bucket}?uploads").text
        return [each.partition("<")[0] for each in listed.split("<Key>")[1:]]

    return in_directory if store_url.startswith("file:") else in_bucket
