"""A writer of .xls workbooks, the kind before 2007, as small as [MS-XLS] in [MS-CFB] allows: for tests alone."""

import struct
from collections.abc import Iterable, Sequence

_SECTOR = 512
_END, _FREE, _FAT, _NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF
_LEAST = 4_096
_BOF, _EOF, _BOUNDSHEET, _FILEPASS, _LABEL, _NUMBER = 0x809, 0x0A, 0x85, 0x2F, 0x204, 0x203


def xls(rows: Sequence[Sequence[str | float]], *, encrypted: bool = False) -> bytes:
    """A workbook of one sheet; `encrypted` says so in its globals."""
    before = _record(_BOF, _version(5)) + (_record(_FILEPASS, b"\1" + bytes(5)) if encrypted else b"")
    length = len(before) + len(_record(_BOUNDSHEET, _sheet(0))) + len(_record(_EOF))
    globals_ = before + _record(_BOUNDSHEET, _sheet(length)) + _record(_EOF)
    cells = (_cell(row, column, value) for row, line in enumerate(rows) for column, value in enumerate(line))
    return _container(globals_ + _record(_BOF, _version(16)) + b"".join(cells) + _record(_EOF))


def _record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _version(kind: int) -> bytes:
    return struct.pack("<HHHHII", 0x600, kind, 0x0DBB, 0x07CC, 0, 6)


def _sheet(offset: int) -> bytes:
    return struct.pack("<IBBBB", offset, 0, 0, 1, 0) + b"a"


def _cell(row: int, column: int, value: str | float) -> bytes:
    if isinstance(value, str):
        body = struct.pack("<HHHHB", row, column, 0, len(value), 1) + value.encode("utf-16-le")
        return _record(_LABEL, body)
    return _record(_NUMBER, struct.pack("<HHHd", row, column, 0, value))


def _container(stream: bytes) -> bytes:
    """Put the stream into a compound file: its allocation table, its directory, then the stream's sectors."""
    stream += bytes(max(_LEAST, -(-len(stream) // _SECTOR) * _SECTOR) - len(stream))
    count = len(stream) // _SECTOR
    chain = [_FAT, _END, *range(3, count + 2), _END]
    table = _numbers(chain + [_FREE] * (128 - len(chain)))
    directory = (
        _entry("Root Entry", 5, 1, _END, 0) + _entry("Workbook", 2, _NONE, 2, len(stream)) + bytes(256)
    )
    head = (
        bytes.fromhex("D0CF11E0A1B11AE1") + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    )
    head += _numbers([0, 1, 1, 0, _LEAST, _END, 0, _END, 0, 0, *[_FREE] * 108])
    return head + table + directory + stream


def _numbers(values: Iterable[int]) -> bytes:
    return b"".join(struct.pack("<I", each) for each in values)


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le")
    head = text.ljust(64, b"\0") + struct.pack("<HBB", len(text) + 2, kind, 1)
    return head + _numbers([_NONE, _NONE, child]) + bytes(36) + struct.pack("<IQ", start, size)
