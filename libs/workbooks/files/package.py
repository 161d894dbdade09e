"""A workbook's package: a zip of parts that are found by their relationships (ECMA-376 part 2), and their XML.

The input is untrusted: reading takes time linear in the unpacked bytes, which are bounded.
"""

import posixpath
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Final
from urllib.parse import unquote
from xml.parsers import expat

from libs.workbooks.files.frames import MOST_UNPACKED, RefusedError, damaged, locked

_MOST_ENTRIES: Final = 2_000
# Sheets compress to a tenth, blank formatted rows to a thirtieth; a ratio below a hundredth is a zip bomb.
_MOST_RATIO: Final = 100
_RATIO_FROM: Final = 16 * 1_048_576
_PIECE = 65_536
# The largest tag or comment. The parser rescans an unfinished one with each piece.
_MOST_TOKEN: Final = 1_048_576
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Link:
    """A relationship of a part: its id, its kind by the last word of its type, and the part that it leads to."""

    id: str
    kind: str
    target: str


class Package:
    """The parts of a zip by name, ignoring case and the kind of slash."""

    def __init__(self, packed: zipfile.ZipFile) -> None:
        self._packed = packed
        self._entries: dict[str, zipfile.ZipInfo] = {}
        entries = packed.infolist()
        if any(entry.flag_bits & 1 for entry in entries):
            raise locked()
        if len(entries) > _MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
            raise _swells()
        for entry in entries:
            if entry.file_size > _RATIO_FROM and entry.file_size > _MOST_RATIO * entry.compress_size:
                raise _swells()
            name = _name(entry.filename)
            if entry.compress_type not in _METHODS or self._entries.setdefault(name, entry) is not entry:
                raise damaged()

    def __contains__(self, part: str) -> bool:
        """Tell whether there is a part."""
        return _name(part) in self._entries

    def open(self, part: str) -> IO[bytes]:
        """Open a part. Raises RefusedError where there is none."""
        if part not in self:
            raise damaged()
        return self._packed.open(self._entries[_name(part)])

    def has_macro(self, part: str) -> bool:
        """Tell whether the workbook's part declares macros, or any part has the name of macros."""
        named = any(name.endswith("/vbaproject.bin") for name in self._entries)
        return named or any(link.kind == "vbaProject" for link in self.links(part))

    def links(self, part: str = "") -> list[Link]:
        """Return the relationships of a part within the package; without a part those of the package."""
        folder, name = posixpath.split(part)
        relations = f"{folder}/_rels/{name}.rels"
        if relations not in self:
            return []
        links: list[Link] = []

        def start(tag: str, attributes: dict[str, str]) -> None:
            if tag.endswith(" Relationship") and attributes.get("TargetMode") != "External":
                target = unquote(attributes.get("Target", "")).replace("\\", "/")
                kind = attributes.get("Type", "").rpartition("/")[2]
                links.append(Link(attributes.get("Id", ""), kind, posixpath.join(f"/{folder}", target)))

        read_xml(self.open(relations), start)
        return links


def _name(written: str) -> str:
    return posixpath.normpath("/" + written.replace("\\", "/").lstrip("/")).lower()


def _swells() -> RefusedError:
    return RefusedError("too-large", "文件解压后过大，请删除空白的行列后重新导入")


def read_xml(source: IO[bytes], start: Start, end: End | None = None, text: Text | None = None) -> None:
    """Parse a part; names of elements and attributes are given as `namespace name`. Raises RefusedError."""
    for _ in xml_pieces(source, start, end, text):
        pass


def xml_pieces(source: IO[bytes], start: Start, end: End | None, text: Text | None) -> Iterator[None]:
    """Parse a part piece by piece; yield after each. Raises RefusedError."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = start
    if end is not None:
        parser.EndElementHandler = end
    if text is not None:
        parser.CharacterDataHandler = text
    # A DTD, which the standard forbids and which could define entities.
    parser.StartDoctypeDeclHandler = _refuse
    fed = 0
    with source:
        try:
            while piece := source.read(_PIECE):
                parser.Parse(piece, False)
                fed += len(piece)
                if fed - parser.CurrentByteIndex > _MOST_TOKEN:
                    raise damaged()
                yield
            parser.Parse(b"", True)
        except expat.ExpatError:
            raise damaged() from None
    yield


def _refuse(*_: object) -> None:
    raise damaged()
