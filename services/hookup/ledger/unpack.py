"""Unpacks an office's file into rows of cells, in a process of its own: `python -m services.hookup.ledger.unpack`.

The parser is native code that holds a sheet whole, and what a file swells to is known only afterwards. A limit on
this process's memory and time is the one bound that holds whatever the file says of itself. It takes the file on
standard input and gives frames of msgpack, each compressed and behind its length in four bytes, on standard output.
"""

import csv
import io
import re
import struct
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from typing import IO, Any, Final
from xml.etree import ElementTree

import msgspec
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

MOST_BYTES: Final = 128 * 1_048_576
MOST_ROWS: Final = 400_000
MOST_CELLS: Final = 28_000_000
MOST_SECONDS: Final = 180
MOST_MEMORY: Final = 3 * 1_073_741_824
# Sheets pack to a tenth, blank formatted rows to a thirtieth; what packs to less than a hundredth is made to swell.
MOST_UNPACKED: Final = 16 * MOST_BYTES
_MOST_ENTRIES: Final = 2_000
_MOST_RATIO: Final = 100
_RATIO_FROM: Final = 16 * 1_048_576

OUT_OF_MEMORY: Final = 3
NO_VALUE: Final = "#无缓存值"
_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
# The record that says how a workbook before 2007 is encrypted stands behind its first one. [MS-XLS] 2.4.117
_FILEPASS = re.compile(rb"\x09\x08\x10\0\0\x06\x05\0.{12}(?:\x86\0\0\0)?\x2f\0", re.DOTALL)
_FORMULA = re.compile(rb"<(?:x:)?c ([^>]*[^/>])>\s*<(?:x:)?f\b(.*?)</(?:x:)?c>", re.DOTALL)
_ERROR = re.compile(rb'<(?:x:)?c ([^>]*\bt="e"[^>]*)>(.*?)</(?:x:)?c>', re.DOTALL)
_VALUE = re.compile(rb"<(?:x:)?v>([^<]+)<")
_AT = re.compile(rb'\br="([A-Z]+)(\d+)"')
_CHUNK = 1_000
_PIECE = 4 * 1_048_576

# A moment travels as if it were UTC; it is the wall time of the sheet.
Cell = bool | int | float | str | datetime | None
Line = tuple[int, list[Cell]]


class Refused(msgspec.Struct, frozen=True, tag=True):
    """The file cannot be read: `code` is the kind of fault, `detail` the reason in Chinese."""

    code: str
    detail: str


class Opened(msgspec.Struct, frozen=True, tag=True):
    """What kind of file it is; `counts_from_1904` is None where a bare number cannot be known as a day."""

    counts_from_1904: bool | None = None
    has_macro: bool = False
    hidden: tuple[str, ...] = ()


class Begun(msgspec.Struct, frozen=True, tag=True):
    """A visible sheet begins."""

    name: str


class Lines(msgspec.Struct, frozen=True, tag=True):
    """Rows that are not blank, with the numbers that the spreadsheet shows, without the blanks at their end."""

    # Any stands for Cell, which msgspec cannot tell apart by type; each comes through as itself.
    lines: list[tuple[int, list[Any]]]


class Finished(msgspec.Struct, frozen=True, tag=True):
    """All has been said."""


Frame = Refused | Opened | Begun | Lines | Finished
LENGTH = struct.Struct(">I")


class _RefusedError(Exception):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.frame = Refused(code, detail)


def unpack(content: bytes) -> Iterator[Frame]:
    """Give the file's frames, the last of them Finished or Refused. The content decides, never the file's name."""
    try:
        if content.startswith(b"PK"):
            yield from _zipped(content)
        elif content.startswith(_OLE):
            yield from _old(content)
        else:
            yield from _text(content)
    except _RefusedError as refused:
        yield refused.frame
    except PasswordError:
        yield Refused("password", "文件有密码保护，请取消密码后另存再导入")
    except (CalamineError, zipfile.BadZipFile, zipfile.LargeZipFile, KeyError, ElementTree.ParseError):
        yield Refused("unreadable", "文件不完整或已损坏，请用 Excel 打开后另存为 .xlsx 再导入")
    else:
        yield Finished()


def _zipped(content: bytes) -> Iterator[Frame]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        _check_sizes(packed)
        names = set(packed.namelist())
        if "xl/workbook.xml" in names:
            since_1904, sheets = _parts(packed)
        elif "xl/workbook.bin" in names or "content.xml" in names:
            since_1904, sheets = None, {}
        else:
            raise _RefusedError("unreadable", "这是压缩包，不是 Excel 文件，请解压后导入其中的台账")
        macro = "xl/vbaProject.bin" in names
        yield from _book(content, Opened(since_1904, macro), packed, sheets)


def _check_sizes(packed: zipfile.ZipFile) -> None:
    entries = packed.infolist()
    if any(each.flag_bits & 1 for each in entries):
        raise _RefusedError("password", "文件有密码保护，请取消密码后另存再导入")
    swells = any(
        each.file_size > _RATIO_FROM and each.file_size > _MOST_RATIO * each.compress_size for each in entries
    )
    if len(entries) > _MOST_ENTRIES or sum(each.file_size for each in entries) > MOST_UNPACKED or swells:
        raise _RefusedError("too-large", "文件解压后过大，请删除空白的行列后重新导入")


def _parts(packed: zipfile.ZipFile) -> tuple[bool, dict[str, str]]:
    """Return whether days count from 1904, and where in the package each sheet lies."""
    book = ElementTree.fromstring(packed.read("xl/workbook.xml"))  # noqa: S314 - expat bounds entities, the process the rest
    links = ElementTree.fromstring(packed.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 - as above
    targets = {each.get("Id"): each.get("Target", "") for each in links}
    since_1904 = any(
        each.tag.endswith("}workbookPr") and each.get("date1904") in ("1", "true") for each in book
    )
    sheets = {}
    for each in book.iter():
        if each.tag.endswith("}sheet"):
            link = next((value for name, value in each.attrib.items() if name.endswith("}id")), "")
            target = targets.get(link, "")
            sheets[each.get("name", "")] = target[1:] if target.startswith("/") else f"xl/{target}"
    return since_1904, sheets


def _old(content: bytes) -> Iterator[Frame]:
    if "EncryptedPackage".encode("utf-16-le") in content or _FILEPASS.search(content):
        raise _RefusedError("password", "文件有密码保护，请取消密码后另存再导入")
    yield from _book(content, Opened())


def _book(
    content: bytes, opened: Opened, packed: zipfile.ZipFile | None = None, parts: dict[str, str] | None = None
) -> Iterator[Frame]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    visible = [each.name for each in book.sheets_metadata if each.visible is SheetVisibleEnum.Visible]
    hidden = tuple(name for name in book.sheet_names if name not in visible)
    yield msgspec.structs.replace(opened, hidden=hidden)
    limits = _Limits()
    for name in visible:
        faults: dict[int, dict[int, str]] = {}
        if packed and parts and name in parts:
            with packed.open(parts[name]) as sheet:
                faults = _faults(sheet)
        yield Begun(name)
        yield from limits.lines(_with_faults(book.get_sheet_by_name(name).iter_rows(), faults))


def _whole_rows(sheet: IO[bytes]) -> Iterator[bytes]:
    """Give a sheet in pieces of whole rows: unpacked it is eight times its file."""
    begun = b""
    while piece := sheet.read(_PIECE):
        text = begun + piece
        end = max(text.rfind(b"</row>"), text.rfind(b"</x:row>"), 0)
        begun = text[end:]
        yield text[:end]
    yield begun


def _faults(sheet: IO[bytes]) -> dict[int, dict[int, str]]:
    """Return by row and column the cells that the parser gives as blanks but are not: errors, and formulas that
    were never calculated.
    """
    found: dict[int, dict[int, str]] = {}

    def note(attributes: bytes, text: str) -> None:
        if at := _AT.search(attributes):
            column = 0
            for letter in at[1]:
                column = column * 26 + letter - 64
            found.setdefault(int(at[2]), {})[column - 1] = text

    for rows in _whole_rows(sheet):
        for attributes, inner in _FORMULA.findall(rows) if b"<f" in rows or b":f" in rows else ():
            # A formula whose value is the empty text has been calculated.
            if not _VALUE.search(inner) and b't="str"' not in attributes:
                note(attributes, NO_VALUE)
        for attributes, inner in _ERROR.findall(rows) if b't="e"' in rows else ():
            if value := _VALUE.search(inner):
                note(attributes, value[1].decode(errors="replace"))
    return found


def _with_faults(
    rows: Iterable[Sequence[object]], faults: dict[int, dict[int, str]]
) -> Iterator[tuple[int, Sequence[object]]]:
    for number, row in enumerate(rows, start=1):
        yield number, _with(row, faults.pop(number)) if number in faults else row
    # The parser's range ends before cells that it takes for blank.
    yield from ((each, _with((), faults[each])) for each in sorted(faults))


def _with(row: Sequence[object], faults: dict[int, str]) -> list[object]:
    width = max(len(row), *(column + 1 for column in faults))
    return [faults.get(place, row[place] if place < len(row) else "") for place in range(width)]


def _text(content: bytes) -> Iterator[Frame]:
    lines = list(io.StringIO(_decode(content), newline=""))
    marks = Counter({mark: sum(line.count(mark) for line in lines[:20]) for mark in ",\t;"})
    (delimiter, count), *_ = marks.most_common(1)
    if count == 0 or lines[0].lstrip().startswith("<"):
        raise _RefusedError("unreadable", "不是 Excel 或 CSV 文件，请用 Excel 打开后另存为 .xlsx 再导入")
    yield Opened()
    yield Begun("")
    try:
        yield from _Limits().lines(enumerate(csv.reader(lines, delimiter=delimiter), start=1))
    except csv.Error:
        raise _RefusedError("unreadable", "CSV 文件的引号或分隔符有误，请另存为 .xlsx 再导入") from None


def _decode(content: bytes) -> str:
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text.strip() and "\0" not in text:
            return text
    raise _RefusedError("unreadable", "不是可以读取的文件，请用 Excel 打开后另存为 .xlsx 再导入")


class _Limits:
    """Counts the rows and cells of all sheets together."""

    def __init__(self) -> None:
        self._rows = self._cells = 0

    def lines(self, rows: Iterable[tuple[int, Iterable[object]]]) -> Iterator[Lines]:
        chunk: list[Line] = []
        for number, row in rows:
            values = [_cell(each) for each in row]
            while values and values[-1] is None:
                values.pop()
            if not values:
                continue
            self._rows += 1
            self._cells += len(values)
            if self._rows > MOST_ROWS or self._cells > MOST_CELLS:
                raise _RefusedError("too-large", f"超过 {MOST_ROWS:,} 行或 {MOST_CELLS:,} 格，请分年度导入")
            chunk.append((number, values))
            if len(chunk) == _CHUNK:
                yield Lines(chunk)
                chunk = []
        yield Lines(chunk)


def _cell(value: object) -> Cell:
    if isinstance(value, str):
        return value if value and not value.isspace() else None
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    return value if isinstance(value, bool | int | float) else str(value)


def _limit_this_process() -> None:
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Unpack standard input to standard output within the limits."""
    _limit_this_process()
    encode = msgspec.msgpack.Encoder().encode
    try:
        for frame in unpack(sys.stdin.buffer.read()):
            packed = zlib.compress(encode(frame), 1)
            sys.stdout.buffer.write(LENGTH.pack(len(packed)) + packed)
    except MemoryError:
        sys.exit(OUT_OF_MEMORY)


if __name__ == "__main__":
    main()
