"""Reads a file through the unpacking process. Blocking: not for the event loop."""

import contextlib
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Final

import msgspec

from libs.common.problems import Problem, define
from libs.workbooks.files import frames, unpack
from libs.workbooks.files.frames import (
    MOST_BYTES,
    Begun,
    Finished,
    Frame,
    Line,
    Lines,
    Merged,
    MergedDown,
    Opened,
    Refused,
)
from libs.workbooks.files.packed import Packed
from libs.workbooks.files.unpack import LENGTH

NOT_A_WORKBOOK = define("ledger-not-xlsx", 422, "不是可以读取的 Excel 文件")
PASSWORD = define("ledger-password", 422, "文件有密码保护")
TOO_BIG = define("ledger-too-large", 413, "台账文件过大")
_KINDS = {"unreadable": NOT_A_WORKBOOK, "password": PASSWORD, "too-large": TOO_BIG}

COMMAND: Final = (sys.executable, "-m", unpack.__name__)
# Each process may use memory up to its limit.
_AT_ONCE = threading.Semaphore(2)
_decode = msgspec.msgpack.Decoder(Frame).decode
_decode_lines = msgspec.msgpack.Decoder(Lines).decode


def open_lines(piece: bytes) -> list[Line]:
    """Decode the rows of a piece of a sheet."""
    return _decode_lines(zlib.decompress(piece)).lines


@dataclass(slots=True)
class Sheet:
    """A visible sheet; a CSV file has one without a name. Moments are wall time."""

    name: str
    lines: Packed[Line] = field(default_factory=lambda: Packed(open_lines))
    merged: list[Merged] = field(default_factory=list)


@dataclass(slots=True)
class Workbook:
    """A file: its kind and its visible sheets."""

    opened: Opened
    sheets: list[Sheet]


def read_workbook(content: bytes) -> Workbook:
    """Read an .xlsx, .xls, .ods or .csv file. Raises the problems above, each with its reason."""
    if not content:
        raise NOT_A_WORKBOOK("文件是空的，请重新选择")
    if len(content) > MOST_BYTES:
        raise TOO_BIG(f"台账文件不能超过 {MOST_BYTES // 1_048_576} MB，请分年度导入")
    book = Workbook(Opened(), [])
    with _AT_ONCE:
        for frame, body in _frames(content):
            match frame:
                case Opened():
                    book.opened = frame
                case Begun(name):
                    book.sheets.append(Sheet(name))
                case Lines(lines):
                    book.sheets[-1].lines.add(body, len(lines))
                case MergedDown(ranges):
                    book.sheets[-1].merged = ranges
                case Refused(code, detail):
                    raise _KINDS[code](detail)
    return book


def _frames(content: bytes) -> Iterator[tuple[Frame, bytes]]:
    with subprocess.Popen(  # noqa: S603 - our own module
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        deadline = threading.Timer(frames.MOST_SECONDS, process.kill)
        deadline.start()
        try:
            yield from _talk(process, content)
        finally:
            deadline.cancel()
            process.kill()


def _talk(process: "subprocess.Popen[bytes]", content: bytes) -> Iterator[tuple[Frame, bytes]]:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the process has no pipes")
    # It reads all input before it writes; if it has died, its missing output shows that.
    with contextlib.suppress(BrokenPipeError), process.stdin as target:
        target.write(content)
    while (body := _next(process.stdout)) is not None:
        frame = _decode(zlib.decompress(body))
        yield frame, body
        if isinstance(frame, Finished | Refused):
            return
    raise _died(process.wait())


def _next(source: IO[bytes]) -> bytes | None:
    head = source.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    body = source.read(length)
    return body if len(body) == length else None


def _died(code: int) -> Problem:
    """Return the reason of an early end: a signal means a limit was reached, anything else a parser fault."""
    if code < 0 or code == unpack.OUT_OF_MEMORY:
        return TOO_BIG("文件展开后超过内存或时间的上限，请删除空白的行列或分年度导入")
    return NOT_A_WORKBOOK("文件不完整或已损坏，请用 Excel 打开后另存为 .xlsx 再导入")
