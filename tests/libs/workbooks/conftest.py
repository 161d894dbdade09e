"""Short ways to read files in this process."""

import zlib
from collections.abc import Iterator

import msgspec
import pytest

from libs.workbooks.files import workbook
from libs.workbooks.files.frames import Frame
from libs.workbooks.files.unpack import unpack


@pytest.fixture
def unpacked_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are unpacked in this process: one for each of hundreds takes minutes, and gives the same bytes."""

    def frames(content: bytes) -> Iterator[tuple[Frame, bytes]]:
        for frame in unpack(content):
            yield frame, zlib.compress(msgspec.msgpack.encode(frame))

    monkeypatch.setattr(workbook, "_frames", frames)
