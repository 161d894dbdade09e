"""Records of aggregates, sealed whole: one JSON string in the column `record`, which opens in its own row only.

A record is under its table's key, which is derived from a wrapping key of the environment (ADR 15): nothing is read
or remembered for it. A record that stands in the clear, as an object, is of the release before and read as it is.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
import structlog
from sqlalchemy import ColumnElement, Select, Table, Text, cast, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.encryption.ciphers import Encrypt, NotOpenedError, decrypt, encrypting, keyed_hash
from libs.common.encryption.keys import KeyRing, KeysError
from libs.common.encryption.values import Place
from libs.common.problems import define

log = structlog.get_logger(__name__)

FORMAT: Final = "1"
OPTION: Final = "sqn_records"
"""The execution option of a database's connections that holds its `Records`."""
RECORD_NOT_OPENED = define("record-not-opened", 409, "记录无法解密")


def sealed_record(label: str, *, filled: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the `info` of the column `record` of a table whose records are sealed; say in Chinese what it holds.

    `filled` are columns of the same names as fields of the record, added with its sealing: `keys rotate` fills
    them in rows of the release before.
    """
    return {"sealed_record": (label, filled)}


class Records:
    """Seals and opens the records of a database by the keys of its service.

    Unless it `is_writing`, records are stored in the clear, for as long as the release before is still at work.
    """

    def __init__(self, ring: KeyRing, *, is_writing: bool = True) -> None:
        self.is_writing = is_writing
        self.key_id = ring.wrapping_id
        self.prefix = f"{FORMAT}.{ring.wrapping_id}."
        """What every record that is under the present key begins with."""
        self._ring = ring
        self._encrypts: dict[str, Encrypt] = {}
        self._keys: dict[tuple[str, str], bytes] = {}

    def seal(self, table: Table, row: str, encoded: bytes) -> str:
        """Return an encoded record as the column of a row takes it."""
        sealed = self.seal_bytes(_place(table, row), encoded)
        return self.prefix + base64.b64encode(sealed).decode()

    def open(self, table: Table, row: str, text: str) -> str:
        """Return a record as JSON, from the column's text. Raises NotOpenedError."""
        if not text.startswith('"'):
            return text
        number, _, rest = text[1:-1].partition(".")
        key_id, _, encoded = rest.partition(".")
        if number != FORMAT:
            raise NotOpenedError
        try:
            # As strict as `b64decode(validate=True)`, which goes over the text once more.
            sealed = binascii.a2b_base64(encoded, strict_mode=True)
        except ValueError:
            raise NotOpenedError from None
        return self.open_bytes(_place(table, row), key_id, sealed).decode()

    def seal_bytes(self, place: Place, plain: bytes) -> bytes:
        """Return bytes as they are stored at a place, under the present key, whose id stands beside them."""
        encrypt = self._encrypts.get(place.table)
        if encrypt is None:
            encrypt = self._encrypts[place.table] = encrypting(self._key(place.table, self.key_id))
        return encrypt(plain, place.context(self.prefix.encode()))

    def open_bytes(self, place: Place, key_id: str, sealed: bytes) -> bytes:
        """Return what was sealed at a place under a key. Raises NotOpenedError."""
        if key_id not in self._ring.wrapping:
            raise NotOpenedError
        context = place.context(f"{FORMAT}.{key_id}.".encode())
        return decrypt(self._key(place.table, key_id), sealed, context)

    def _key(self, table: str, key_id: str) -> bytes:
        key = self._keys.get((table, key_id))
        if key is None:
            wrapping = self._ring.wrapping[key_id]
            # One block of HKDF-Expand (RFC 5869), by the hash of the key's suite; the key itself is random.
            derived = keyed_hash(wrapping, f"sqn record key {table}".encode() + b"\x01")
            key = self._keys[table, key_id] = derived[: len(wrapping)]
        return key


def _place(table: Table, row: str) -> Place:
    return Place(table.name, "record", row.lower(), "")


def is_sealed(table: Table) -> bool:
    """Tell whether the records of a table are sealed."""
    return "record" in table.c and "sealed_record" in table.c.record.info


def filled_columns(table: Table) -> tuple[str, ...]:
    """Return the columns of a table that follow from its sealed record and that rows of the release before lack."""
    filled: tuple[str, ...] = table.c.record.info["sealed_record"][1]
    return filled


def records_of(connection: AsyncConnection) -> Records | None:
    """Return what opens the records of a connection's database; None for one without keys."""
    # Whoever holds an open connection has the synchronous one.
    records: Records | None = connection.sync_connection.get_execution_options().get(OPTION)  # type: ignore[union-attr]
    return records


def record_text(table: Table) -> ColumnElement[str]:
    """Return the column of the record as text, named `record`."""
    return cast(table.c.record, Text).label("record")


def select_records(table: Table, *columns: Any) -> Select[Any]:
    """Return the statement that reads records as `text_of` takes them, with these columns beside each."""
    keys = [key for key in table.primary_key if not any(key is column for column in columns)]
    return select(record_text(table), *columns, *keys)


async def any_record(
    connection: AsyncConnection, statement: Select[Any], table: Table, is_so: Callable[[Any], bool]
) -> bool:
    """Tell whether a record of a `select_records` statement satisfies a condition, of which SQL knows nothing.

    They are read in blocks, up to the first that does.
    """
    records = records_of(connection)
    async with connection.stream(statement.execution_options(yield_per=200)) as rows:
        async for row in rows.mappings():
            if is_so(msgspec.json.decode(text_of(table, row, records))):
                return True
    return False


def row_of(table: Table, row: Mapping[Any, Any]) -> str:
    """Return what names a row among those of its table: its primary key."""
    return " ".join([str(row[column.name]) for column in table.primary_key])


def stored(table: Table, row: str, record: object, records: Records | None) -> object:
    """Return a record as the column takes it, sealed where the table says so. Raises KeysError without keys."""
    if not is_sealed(table):
        return record
    if records is None:
        raise KeysError(f"records of {table.name} are sealed, and their database was opened without keys")
    return records.seal(table, row, msgspec.json.encode(record)) if records.is_writing else record


def opened(table: Table, row: str, text: str, records: Records | None) -> str:
    """Return a record as JSON. Raises the problem `record-not-opened`, which is logged, or KeysError."""
    if not text.startswith('"'):
        return text
    if records is None:
        raise KeysError(f"a record of {table.name} is sealed, and its database was opened without keys")
    try:
        return records.open(table, row, text)
    except NotOpenedError:
        log.error("record_not_opened", table=table.name, row=row)
        raise RECORD_NOT_OPENED("密钥不符，或数据被改动、移动过；请联系系统管理员按运维手册处理") from None


def text_of(table: Table, row: Mapping[Any, Any], records: Records | None) -> str:
    """Return the record of a row of `select_records` as JSON. Raises as `opened`."""
    text: str = row["record"]
    return opened(table, row_of(table, row), text, records) if text.startswith('"') else text
