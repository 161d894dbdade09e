"""What the object port must do, on a directory and on an S3 server."""

import hashlib
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pytest

from libs.common.objects import FILES_UNAVAILABLE, ObjectMissingError, ObjectStore, open_store
from libs.common.problems import TOO_LARGE, Problem, ProblemKind
from tools.servers_process import free_ports

MEBIBYTE = 1_048_576
PART = 5 * MEBIBYTE
KEY = "hookup/case-1/file-1"


async def content(store: ObjectStore, key: str = KEY) -> bytes:
    size, chunks = await store.get(key)
    found = b"".join([each async for each in chunks])
    assert len(found) == size
    return found


async def refuses(kind: ProblemKind, store: ObjectStore, file: BinaryIO, most: int = MEBIBYTE) -> None:
    with pytest.raises(Problem) as refused:
        await store.put(KEY, file, most=most)
    assert refused.value.kind == kind


@pytest.mark.parametrize("size", [0, 1, PART, PART + 1, 2 * PART + 1])
async def test_a_file_comes_back_as_it_was_put(store: ObjectStore, size: int) -> None:
    data = bytes(range(251)) * (size // 251 + 1)
    # As an upload comes: on disk once it is large, and read before.
    with tempfile.SpooledTemporaryFile(max_size=MEBIBYTE) as file:
        file.write(data[:size])
        stored = await store.put(KEY, file, most=size)  # type: ignore[arg-type]  # it is one in all but its type
    assert (stored.size, stored.sha256) == (size, hashlib.sha256(data[:size]).hexdigest())
    assert await content(store) == data[:size]


async def test_a_large_file_is_given_out_piece_by_piece(store: ObjectStore) -> None:
    await store.put(KEY, BytesIO(bytes(2 * PART)), most=2 * PART)
    _, chunks = await store.get(KEY)
    assert max([len(each) async for each in chunks]) <= PART


async def test_a_file_beyond_the_bound_is_not_stored(
    store: ObjectStore, left_behind: Callable[[], list[str]]
) -> None:
    await refuses(TOO_LARGE, store, BytesIO(b"12345"), most=4)
    assert left_behind() == []


class Failing(BytesIO):
    """A file that is whole when its digest is taken, and cannot be read to its end when it is stored."""

    def __init__(self) -> None:
        super().__init__(bytes(3 * PART))
        self.begun = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        self.begun += (offset, whence) == (0, 0)
        return super().seek(offset, whence)

    def read(self, size: int | None = -1) -> bytes:
        if self.begun > 1 and self.tell() > PART:
            raise OSError("the disk is broken")
        return super().read(size)


async def test_what_fails_half_way_leaves_nothing(
    store: ObjectStore, left_behind: Callable[[], list[str]]
) -> None:
    file = Failing()
    await refuses(FILES_UNAVAILABLE, store, file, most=3 * PART)
    assert file.begun > 1
    assert left_behind() == []
    with pytest.raises(ObjectMissingError):
        await store.get(KEY)


async def test_what_is_deleted_is_gone_and_may_be_deleted_again(store: ObjectStore) -> None:
    await store.put(KEY, BytesIO(b"1"), most=1)
    await store.put(f"{KEY}-2", BytesIO(b"2"), most=1)
    for _ in range(2):
        await store.delete(KEY)
        with pytest.raises(ObjectMissingError):
            await store.get(KEY)
    assert await content(store, f"{KEY}-2") == b"2"


@pytest.mark.parametrize("key", ["../outside", "hookup/../../outside"])
async def test_no_key_leads_out_of_the_store(store: ObjectStore, key: str) -> None:
    with pytest.raises(ValueError, match="illegal"):
        await store.put(key, BytesIO(b"1"), most=1)
    with pytest.raises(ValueError, match="illegal"):
        await store.get(key)


async def test_a_server_that_is_away_is_said_to_be(credentials: None) -> None:
    [port] = free_ports(1)
    away = open_store(f"s3://files?endpoint=http://127.0.0.1:{port}")
    await refuses(FILES_UNAVAILABLE, away, BytesIO(b"1"))
    for attempt in (away.get(KEY), away.delete(KEY)):
        with pytest.raises(Problem) as refused:
            await attempt
        assert refused.value.kind == FILES_UNAVAILABLE


async def test_a_bucket_that_is_not_there_is_said_to_be_away(s3_server: str, credentials: None) -> None:
    await refuses(FILES_UNAVAILABLE, open_store(f"s3://nowhere?endpoint={s3_server}"), BytesIO(b"1"))


async def test_a_directory_that_cannot_be_written_is_said_to_be_away(tmp_path: Path) -> None:
    store = open_store(f"file://{tmp_path}/objects")
    (tmp_path / "objects").rmdir()
    (tmp_path / "objects").write_text("a file is in the way")
    await refuses(FILES_UNAVAILABLE, store, BytesIO(b"1"))


async def test_without_an_address_no_file_is_kept() -> None:
    nowhere = open_store(None)
    await refuses(FILES_UNAVAILABLE, nowhere, BytesIO(b"1"))
    with pytest.raises(Problem):
        await nowhere.get(KEY)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "objects",
        "file://",
        "file:///",
        "file://host/objects",
        "file:///objects?endpoint=x",
        "s3://",
        "s3:///prefix",
        "s3://id:secret@bucket",
        "s3://bucket?secret_access_key=x",
        "ftp://host/objects",
    ],
)
def test_an_address_of_another_kind_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="objects are kept at") as refused:
        open_store(url)
    assert "secret" not in str(refused.value)
