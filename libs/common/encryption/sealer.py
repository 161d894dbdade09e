"""Personal data in a service's database: a data key a person, wrapped by a key of the environment.

Erasure drops a person's data keys: nothing that was sealed under them opens again, in whatever copy it stands.
"""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Table, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import Clock
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.encryption.ciphers import NotOpenedError, decrypt, encrypt
from libs.common.encryption.columns import SealedColumn
from libs.common.encryption.keys import KeyRing
from libs.common.encryption.values import DataKey, Place, blind_index, blind_indexes, seal, unseal, version_of

# Of so many persons the opened keys are remembered, for so long: an erasure elsewhere is heeded after that.
MOST_REMEMBERED: Final = 2_000
REMEMBERED_FOR: Final = timedelta(seconds=45)
# Opening more values than this is done in a thread, beside the event loop.
_MANY = 200

Keys = Mapping[int, DataKey]


@dataclass(frozen=True, slots=True)
class _Remembered:
    keys: Keys
    until: datetime


class Sealer:
    """Seals, opens and finds personal data; `table` is the service's table of data keys."""

    def __init__(self, ring: KeyRing, table: Table, clock: Clock) -> None:
        self.ring = ring
        self.table = table
        self._clock = clock
        self._remembered: OrderedDict[str, _Remembered] = OrderedDict()
        self._unsettled: dict[str, datetime] = {}

    # -- keys

    async def new_keys(self, uow: UnitOfWork, subjects: Sequence[str]) -> Mapping[str, DataKey]:
        """Make and store a data key for each of these persons, who have none yet.

        Raises IntegrityError for one who has a key or was erased.
        """
        length = len(self.ring.wrapping[self.ring.wrapping_id])
        keys = {subject: DataKey(1, secrets.token_bytes(length)) for subject in subjects}
        rows = [self._row(subject, key, uow.now) for subject, key in keys.items()]
        if rows:
            self._unsettle(subjects)
            await uow.connection.execute(insert(self.table), rows)
        return keys

    async def keys_to_seal(self, uow: UnitOfWork, subjects: Collection[str]) -> Mapping[str, DataKey]:
        """Return the newest data keys of persons, who cannot be erased before the transaction ends.

        One who was erased has none: nothing may be stored of them.
        """
        newest: dict[str, DataKey] = {}
        for subject, keys in (await self._read(uow.connection, subjects, locks=True)).items():
            newest[subject] = keys[max(keys)]
        return newest

    async def keys_of(self, connection: AsyncConnection, subjects: Collection[str]) -> Mapping[str, Keys]:
        """Return the data keys of persons by their versions, in one query; one who was erased has none."""
        now = self._clock.now()
        known = {
            subject: remembered.keys
            for subject in subjects
            if (remembered := self._remembered.get(subject)) is not None and remembered.until > now
        }
        missing = set(subjects) - known.keys()
        if not missing:
            return known
        read = await self._read(connection, missing)
        for subject, keys in read.items():
            if self._unsettled.get(subject, now) <= now:
                self._remember(subject, keys, now + REMEMBERED_FOR)
        return {**known, **read}

    async def erase(self, uow: UnitOfWork, subject: str, columns: Iterable[SealedColumn]) -> None:
        """Drop the data keys of a person, and empty what these columns hold of them, their indexes with it.

        This process forgets the keys at once; another that has them remembered, within `REMEMBERED_FOR`.
        """
        self._unsettle([subject])
        keys = self.table.c
        await uow.connection.execute(
            update(self.table)
            .where(keys.subject == subject)
            .values(wrapping_id=None, wrapped=None, dropped_at=uow.now)
        )
        emptied: dict[Table, dict[str, None]] = {}
        for column in columns:
            indexes = () if column.index is None else (column.index.name,)
            emptied.setdefault(column.table, {}).update(dict.fromkeys((column.name, *indexes)))
        for table, values in emptied.items():
            await uow.connection.execute(update(table).where(table.c.subject == subject).values(values))

    def _unsettle(self, subjects: Iterable[str]) -> None:
        """Forget the keys of persons whose keys change, and remember none until the change must have ended.

        What is read meanwhile may be of before a commit, or of a transaction that does not commit.
        """
        now = self._clock.now()
        self._unsettled = {subject: until for subject, until in self._unsettled.items() if until > now}
        for subject in subjects:
            self._remembered.pop(subject, None)
            self._unsettled[subject] = now + REMEMBERED_FOR

    async def _read(
        self, connection: AsyncConnection, subjects: Collection[str], *, locks: bool = False
    ) -> Mapping[str, Keys]:
        keys = self.table.c
        statement = select(self.table).where(keys.subject.in_(subjects), keys.wrapped.is_not(None))
        read: dict[str, dict[int, DataKey]] = {}
        for row in await connection.execute(statement.with_for_update(read=True) if locks else statement):
            read.setdefault(row.subject, {})[row.version] = DataKey(row.version, self._unwrapped(row))
        return read

    # -- values

    def sealed(
        self,
        key: DataKey,
        columns: Iterable[SealedColumn],
        row: str,
        subject: str,
        texts: Mapping[str, str | None],
    ) -> dict[str, bytes | str | None]:
        """Return the values of sealed columns and of their blind indexes for texts in their normal form."""
        values: dict[str, bytes | str | None] = {}
        for column in columns:
            text = texts.get(column.name)
            place = Place(column.table.name, column.name, row, subject)
            values[column.name] = None if text is None else seal(key, text, place)
            if column.index is not None:
                values[column.index.name] = None if text is None else self.index(column, text)
        return values

    async def opened(
        self, connection: AsyncConnection, columns: Sequence[SealedColumn], rows: Sequence[Mapping[Any, Any]]
    ) -> list[dict[str, str | None]]:
        """Return the texts of rows, which have `id`, `subject` and the columns; None for empty and erased ones.

        Raises NotOpenedError for a value that was changed or moved.
        """
        keys = await self.keys_of(connection, {row["subject"] for row in rows})

        def opened() -> list[dict[str, str | None]]:
            return [{column.name: _text(column, row, keys) for column in columns} for row in rows]

        if len(rows) * len(columns) > _MANY:
            return await asyncio.to_thread(opened)
        return opened()

    def index(self, column: SealedColumn, text: str) -> str:
        """Return the blind index of a text for a row that is written."""
        return blind_index(self.ring, column.path, text)

    def indexes(self, column: SealedColumn, text: str) -> list[str]:
        """Return the blind indexes that rows with a text may have; two while a rotation runs."""
        return blind_indexes(self.ring, column.path, text)

    # -- wrapping

    def rewrapped(self, row: Any) -> dict[str, Any]:
        """Return the columns of a data key's row that change when it is wrapped by the present key."""
        return self._wrapped(row.subject, row.version, self._unwrapped(row))

    def _row(self, subject: str, key: DataKey, now: datetime) -> dict[str, Any]:
        wrapped = self._wrapped(subject, key.version, key.key)
        return {"subject": subject, "version": key.version, "created_at": now, **wrapped}

    def _wrapped(self, subject: str, version: int, key: bytes) -> dict[str, Any]:
        wrapping_id = self.ring.wrapping_id
        context = _context(subject, version, wrapping_id)
        wrapped = encrypt(self.ring.wrapping[wrapping_id], key, context)
        return {"wrapping_id": wrapping_id, "wrapped": wrapped}

    def _unwrapped(self, row: Any) -> bytes:
        wrapping = self.ring.wrapping.get(row.wrapping_id)
        if wrapping is None:
            raise NotOpenedError
        context = _context(row.subject, row.version, row.wrapping_id)
        return decrypt(wrapping, row.wrapped, context)

    def _remember(self, subject: str, keys: Keys, until: datetime) -> None:
        self._remembered[subject] = _Remembered(keys, until)
        self._remembered.move_to_end(subject)
        while len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)


def _context(subject: str, version: int, wrapping_id: str) -> bytes:
    return f"data key {subject} {version} {wrapping_id}".encode()


def _text(column: SealedColumn, row: Mapping[Any, Any], keys: Mapping[str, Keys]) -> str | None:
    sealed, subject = row[column.name], row["subject"]
    if sealed is None or subject not in keys:
        return None
    key = keys[subject].get(version_of(sealed))
    if key is None:
        raise NotOpenedError
    return unseal(key, sealed, Place(column.table.name, column.name, row["id"], subject))
