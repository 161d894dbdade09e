"""The object store: a directory on a laptop, S3 in production, by the same code."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import parse_qsl, unquote, urlsplit

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from libs.common.problems import TOO_LARGE, define
from libs.common.process_files import make_private

if TYPE_CHECKING:
    from obstore.store import S3Config

log = structlog.get_logger(__name__)

FILES_UNAVAILABLE = define("files-unavailable", 503, "附件存储暂时无法使用")

MEBIBYTE = 1_048_576
# Larger objects are uploaded in parts, so that only a few parts are in memory.
_PART = 5 * MEBIBYTE
_PARTS_AT_ONCE = 2
_CHUNK = 65_536
_PATIENCE = timedelta(seconds=20)


class ObjectMissingError(Exception):
    """There is no object under this key."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored object: its size in bytes and its SHA-256 in hex."""

    size: int
    sha256: str


class ObjectStore:
    """Objects by key, as `hookup/<case>/<file>`. A key is written once and atomically.

    While the store is unavailable its methods raise the problem `files-unavailable`.
    """

    def __init__(self, store: LocalStore | S3Store | None) -> None:
        self._opened = store

    @property
    def _store(self) -> LocalStore | S3Store:
        if self._opened is None:
            raise FILES_UNAVAILABLE("附件存储未配置，请联系系统管理员")
        return self._opened

    async def put(self, key: str, file: BinaryIO, *, most: int) -> Stored:
        """Store a file that can be read again from its start. Raises `too-large` beyond `most` bytes."""
        size = await asyncio.to_thread(file.seek, 0, os.SEEK_END)
        if size > most:
            raise TOO_LARGE(f"文件不能超过 {most // MEBIBYTE} MB")
        with _available():
            digest = await asyncio.to_thread(_digest, file)
            file.seek(0)
            await obstore.put_async(self._store, key, file, chunk_size=_PART, max_concurrency=_PARTS_AT_ONCE)
        return Stored(size, digest)

    async def get(self, key: str) -> tuple[int, AsyncIterator[bytes]]:
        """Return an object's size and its bytes, as they come. Raises ObjectMissingError, before the first byte."""
        with _available():
            try:
                result = await obstore.get_async(self._store, key)
            except FileNotFoundError:
                raise ObjectMissingError(key) from None
        return result.meta["size"], _chunks(result)

    async def keys(self, folder: str, after: str = "") -> list[str]:
        """Return the keys below a folder in their order, those behind `after` alone."""
        with _available():
            listed = obstore.list(self._store, folder, offset=after or None, chunk_size=1_000)
            return sorted([item["path"] async for items in listed for item in items])

    async def delete(self, key: str) -> None:
        """Delete an object; a missing one is no error."""
        with _available():
            try:
                await obstore.delete_async(self._store, key)
            except FileNotFoundError:  # raised by a directory, not by S3
                return


def open_store(url: str | None) -> ObjectStore:
    """Return the store at `file:///directory` or `s3://bucket[/prefix][?endpoint=…&region=…]`; None keeps no files.

    A missing directory is created. Credentials of S3 come from the environment alone
    (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, or what the machine's role gives). Raises ValueError.
    """
    if url is None:
        return ObjectStore(None)
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    path = unquote(parts.path)
    if parts.scheme == "file" and not parts.netloc and len(path) > 1 and not options:
        Path(path).mkdir(parents=True, exist_ok=True)
        make_private(Path(path))
        return ObjectStore(LocalStore(path))
    # A password in the URL would appear in logs.
    s3 = parts.scheme == "s3" and parts.netloc and "@" not in parts.netloc
    if s3 and options.keys() <= {"endpoint", "region"}:
        config: S3Config = {"region": options.get("region") or os.environ.get("AWS_REGION", "us-east-1")}
        if "endpoint" in options:
            config["endpoint"] = options["endpoint"]
        return ObjectStore(
            S3Store(
                parts.netloc,
                prefix=path.strip("/") or None,
                config=config,
                client_options={"allow_http": options.get("endpoint", "").startswith("http://")},
                retry_config={"max_retries": 3, "retry_timeout": _PATIENCE},
            )
        )
    raise ValueError("objects are kept at file:///directory or s3://bucket[/prefix][?endpoint=…&region=…]")


def _digest(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(MEBIBYTE):
        digest.update(chunk)
    return digest.hexdigest()


async def _chunks(result: "obstore.GetResult") -> AsyncIterator[bytes]:
    with _available():
        async for chunk in result.stream(min_chunk_size=_CHUNK):
            yield bytes(chunk)


@contextmanager
def _available() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        log.warning("files_unavailable", error=str(error).partition("\n")[0])
        raise FILES_UNAVAILABLE("请稍后重试", headers={"Retry-After": "5"}) from error
