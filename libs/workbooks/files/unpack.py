"""Unpacks an office's file into rows of cells, in a process of its own: `python -m libs.workbooks.files.unpack`.

The size of a file's content is known only after parsing, partly by native code. Limits on this process's memory and
time hold for any file. It reads the file from standard input and writes frames to standard output: msgpack,
compressed, each after its length in four bytes.
"""

import csv
import io
import re
import struct
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Final

import msgspec
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

from libs.common.references import visible
from libs.workbooks.files import frames
from libs.workbooks.files.frames import (
    Begun,
    Cell,
    Finished,
    Frame,
    Line,
    Lines,
    MergedDown,
    Opened,
    RefusedError,
    damaged,
    locked,
)
from libs.workbooks.files.number_format import written_day
from libs.workbooks.files.package import Package
from libs.workbooks.files.xlsx import open_book
from libs.workbooks.files.xlsx_sheet import SheetReader

LENGTH: Final = struct.Struct(">I")
OUT_OF_MEMORY: Final = 3
_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
# The record of the encryption of a workbook before 2007 follows its first record. [MS-XLS] 2.4.117
_FILEPASS = re.compile(rb"\x09\x08\x10\0\0\x06\x05\0.{12}(?:\x86\0\0\0)?\x2f\0", re.DOTALL)
# The form in CSV files that makes Excel read a text and not a number.
_QUOTED_TEXT = re.compile(r'="((?:[^"]|"")*)"')
_CHUNK_ROWS: Final = 1_000
_CHUNK_CHARACTERS: Final = 4_000_000


def unpack(content: bytes) -> Iterator[Frame]:
    """Yield the file's frames, the last of them Finished or Refused. The format is detected by content."""
    try:
        if content.startswith(b"PK"):
            yield from _zipped(content)
        elif content.startswith(_OLE):
            yield from _old(content)
        else:
            yield from _text(content)
    except RefusedError as refused:
        yield refused.frame
    except PasswordError:
        yield locked().frame
    except (
        CalamineError,
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
    ):
        yield damaged().frame
    else:
        yield Finished()


def _zipped(content: bytes) -> Iterator[Frame]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        package = Package(packed)
        links = package.links()
        part = next((link.target for link in links if link.kind == "officeDocument"), "")
        if part and not part.lower().endswith(".bin"):
            yield from _xlsx(package, part)
        elif part or "content.xml" in package:
            yield from _book(content, Opened(has_macro=package.has_macro(part)))
        else:
            raise RefusedError("unreadable", "这是压缩包，不是 Excel 文件，请解压后导入其中的台账")


def _xlsx(package: Package, part: str) -> Iterator[Frame]:
    book = open_book(package, part)
    yield Opened(book.since_1904, package.has_macro(part), tuple(book.hidden))
    limits = _Limits()
    for name, where in book.sheets:
        yield Begun(name)
        reader = SheetReader(book)
        yield from limits.lines(reader.rows(package, where))
        yield MergedDown(reader.merged)


def _old(content: bytes) -> Iterator[Frame]:
    if "EncryptedPackage".encode("utf-16-le") in content or _FILEPASS.search(content):
        raise locked()
    yield from _book(content, Opened())


def _book(content: bytes, opened: Opened) -> Iterator[Frame]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    shown_sheets = [sheet.name for sheet in book.sheets_metadata if sheet.visible is SheetVisibleEnum.Visible]
    hidden = tuple(name for name in book.sheet_names if name not in shown_sheets)
    yield msgspec.structs.replace(opened, hidden=hidden)
    limits = _Limits()
    for name in shown_sheets:
        yield Begun(name)
        sheet = book.get_sheet_by_name(name)
        yield from limits.lines(enumerate(sheet.iter_rows(), start=1))
        ranges = sheet.merged_cell_ranges or ()
        yield MergedDown([(top + 1, bottom + 1, left) for (top, left), (bottom, _) in ranges if top < bottom])


def _text(content: bytes) -> Iterator[Frame]:
    lines = list(io.StringIO(_decode(content), newline=""))
    marks = Counter({mark: sum(line.count(mark) for line in lines[:20]) for mark in ",\t;"})
    (delimiter, count), *_ = marks.most_common(1)
    if count == 0 or lines[0].lstrip().startswith("<"):
        raise RefusedError("unreadable", "不是 Excel 或 CSV 文件，请用 Excel 打开后另存为 .xlsx 再导入")
    yield Opened()
    yield Begun("")
    rows = csv.reader(lines, delimiter=delimiter)
    try:
        yield from _Limits().lines((number, map(_as_shown, row)) for number, row in enumerate(rows, start=1))
    except csv.Error:
        raise RefusedError("unreadable", "CSV 文件的引号或分隔符有误，请另存为 .xlsx 再导入") from None


def _as_shown(text: str) -> str:
    match = _QUOTED_TEXT.fullmatch(text)
    return text if match is None else match[1].replace('""', '"')


def _decode(content: bytes) -> str:
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        # Concatenated files have a second byte order mark.
        if text.strip() and "\0" not in text:
            return text.lstrip("\ufeff")
    raise RefusedError("unreadable", "不是可以读取的文件，请用 Excel 打开后另存为 .xlsx 再导入")


class _Limits:
    """Counts the rows, cells and characters of all sheets together."""

    def __init__(self) -> None:
        self._rows = self._cells = self._characters = 0

    def lines(self, rows: Iterable[tuple[int, Iterable[object]]]) -> Iterator[Lines]:
        chunk: list[Line] = []
        chunk_start = self._characters
        for number, row in rows:
            values = [_cell(value) for value in row]
            while values and values[-1] is None:
                values.pop()
            if not values:
                continue
            self._rows += 1
            self._cells += len(values)
            before, self._characters = self._characters, self._characters + _length(values)
            if self._rows > frames.MOST_ROWS or self._cells > frames.MOST_CELLS:
                raise RefusedError(
                    "too-large", f"超过 {frames.MOST_ROWS:,} 行或 {frames.MOST_CELLS:,} 格，请分年度导入"
                )
            if self._characters > frames.MOST_CHARACTERS or self._characters - before > _CHUNK_CHARACTERS:
                raise RefusedError("too-large", "单元格的文字过多，请删除与台账无关的内容")
            chunk.append((number, values))
            if len(chunk) == _CHUNK_ROWS or self._characters - chunk_start > _CHUNK_CHARACTERS:
                yield Lines(chunk)
                chunk, chunk_start = [], self._characters
        yield Lines(chunk)


def _length(values: Iterable[Cell]) -> int:
    return sum(len(value) for value in values if isinstance(value, str))


def _cell(value: object) -> Cell:
    if isinstance(value, str):
        text = visible(value)
        return text if text and not text.isspace() else None
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return written_day(datetime(value.year, value.month, value.day, tzinfo=UTC))
    if isinstance(value, float):
        # Excel shows fifteen digits; further ones are rounding errors.
        return float(f"{value:.15g}")
    return value if value is None or isinstance(value, bool | int) else str(value)


def _limit_this_process() -> None:
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (frames.MOST_MEMORY, frames.MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (frames.MOST_SECONDS, frames.MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Unpack standard input to standard output within the limits."""
    _limit_this_process()
    try:
        encode = msgspec.msgpack.Encoder().encode
        for frame in unpack(sys.stdin.buffer.read()):
            packed = zlib.compress(encode(frame), 1)
            sys.stdout.buffer.write(LENGTH.pack(len(packed)) + packed)
    except MemoryError:
        sys.exit(OUT_OF_MEMORY)


if __name__ == "__main__":
    main()
