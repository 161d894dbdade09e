"""Marked personal data, and where it is found, in whatever spelling: each mark tells the door it came in by."""

import contextlib
import io
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from pathlib import Path
from urllib.parse import unquote

from libs.common.check_digits import resident_check

# Two characters that no other name or street has.
_NAME, _STREET = "龘靐", "爩麤"
_FIRST_CHARACTER = 0x4E00


class Kind(StrEnum):
    """A kind of personal data; a detector knows the first three by their form."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    RESIDENT_ID = "resident-id"
    NAME = "name"
    ADDRESS = "address"
    NUMBER = "account-number"


DETECTED = frozenset({Kind.MOBILE, Kind.LANDLINE, Kind.RESIDENT_ID})
# As they stand in a text without separators; `_issued` says which of them are ours.
_FORMS = {
    Kind.MOBILE: r"1661318[0-9]{4}",
    Kind.LANDLINE: r"06352918[0-9]{3}[0-9]",
    Kind.RESIDENT_ID: r"3725011931[0-9]{7}[0-9X]",
    Kind.NAME: _NAME + r"[\u4e00-\u9fff]",
    Kind.ADDRESS: _STREET + r"[\u4e00-\u9fff]",
    Kind.NUMBER: r"QZX31[0-9]{6}",
}
_ANY = re.compile("|".join(f"(?P<{kind.name}>{form})" for kind, form in _FORMS.items()))
_ESCAPED = re.compile(r"\\+u([0-9a-f]{4})", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s()+_.·-]+")


@dataclass(frozen=True)
class Leak:
    """A mark that was found in a place."""

    place: str
    kind: Kind
    value: str
    door: str

    def __str__(self) -> str:
        return f"{self.place}: {self.kind} of {self.door}"


@dataclass
class Marks:
    """Marks, each made for one door."""

    _issued: dict[str, str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=count)

    def new(self, kind: Kind, door: str) -> str:
        """Return a mark of a kind as a person writes it, which nothing else has."""
        number = next(self._numbers)
        one = chr(_FIRST_CHARACTER + number)
        body = f"3725011931{1 + number // 28_000 % 12:02d}{1 + number // 1000 % 28:02d}{number % 1000:03d}"
        whole, core = {
            Kind.MOBILE: (f"1661318{number:04d}",) * 2,
            Kind.LANDLINE: (f"0635-2918{number:04d}", f"06352918{number:04d}"),
            Kind.RESIDENT_ID: (body + resident_check(body),) * 2,
            Kind.NAME: (_NAME + one,) * 2,
            Kind.ADDRESS: (f"聊城市东昌府区古楼街道{_STREET}{one}街8号", _STREET + one),
            Kind.NUMBER: (f"QZX31{number:06d}",) * 2,
        }[kind]
        self._issued[core] = door
        return whole

    def found(self, place: str, content: str | bytes | None) -> Iterator[Leak]:
        """Yield the marks in a text, in a file's bytes, and in what is packed in them."""
        for text in _texts(content):
            for match in _ANY.finditer(_plain(text)):
                door = self._issued.get(match[0])
                if door is not None and match.lastgroup is not None:
                    yield Leak(place, Kind[match.lastgroup], match[0], door)

    def in_database(self, path: Path) -> Iterator[Leak]:
        """Yield the marks in the rows of an SQLite database, each with its table and column."""
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            connection.text_factory = bytes
            tables = [
                row[0].decode()
                for row in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")
            ]
            for table in tables:
                rows = connection.execute(f'SELECT * FROM "{table}"')
                names = [column[0] for column in rows.description]
                for row in rows:
                    for name, value in zip(names, row, strict=True):
                        content = value if isinstance(value, bytes) or value is None else str(value)
                        yield from self.found(f"{path.stem}: {table}.{name}", content)


def _texts(content: str | bytes | None) -> Iterable[str]:
    if content is None:
        return
    if isinstance(content, str):
        yield content
        return
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            for name in file.namelist():
                yield name
                yield file.read(name).decode(errors="replace")
        return
    with contextlib.suppress(zlib.error):
        content = zlib.decompress(content)
    yield content.decode(errors="replace")
    if not content.isascii():
        yield content.decode("gb18030", errors="replace")


def _plain(text: str) -> str:
    """Return a text without escapes and separators."""
    text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    return _BETWEEN.sub("", unquote(text) if "%" in text else text).upper()
