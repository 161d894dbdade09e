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
from libs.common.database import bulk
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.encryption.ciphers import NotOpenedError, decrypt, encrypting
from libs.common.encryption.columns import SealedColumn, by_table, place_of, text_of
from libs.common.encryption.erasure import erase_rows
from libs.common.encryption.keys import KeyRing
from libs.common.encryption.values import (
    DataKey,
    Keys,
    Place,
    blind_index,
    blind_indexes,
    seal,
    sealing,
    version_of,
)

# Of so many persons the opened keys are remembered, for so long: an erasure elsewhere is heeded after that.
MOST_REMEMBERED: Final = 2_000
REMEMBERED_FOR: Final = timedelta(seconds=45)
# Opening more values or keys than this is done in a thread, beside the event loop.
_MANY = 200


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
        # In the order of their ends.
        self._unsettled: OrderedDict[str, datetime] = OrderedDict()
        self._wrap = encrypting(ring.wrapping[ring.wrapping_id])

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
            await bulk.add(uow.connection, self.table, rows)
        return keys

    async def keys_to_seal(self, uow: UnitOfWork, subjects: Collection[str]) -> Mapping[str, DataKey]:
        """Return the newest data keys of persons, who cannot be erased before the transaction ends.

        One who was erased has none: nothing may be stored of them.
        """
        read = await self._read(uow.connection, subjects, to_seal=True)
        # A rotation replaced a key while this statement waited for it: the new one is seen by the next alone.
        if missing := set(subjects) - read.keys():
            read = {**read, **await self._read(uow.connection, missing, to_seal=True)}
        return {subject: keys[max(keys)] for subject, keys in read.items()}

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
        # Who opens the values of many persons opens each once: the keys of those that are looked at stay.
        for subject, keys in read.items() if len(missing) <= _MANY else ():
            if self._unsettled.get(subject, now) <= now:
                self._remember(subject, keys, now + REMEMBERED_FOR)
        return {**known, **read}

    async def replace_keys(
        self, uow: UnitOfWork, subjects: Collection[str], columns: Sequence[SealedColumn]
    ) -> None:
        """Give persons a new version of their data key, and seal by it all that these columns hold of them.

        The former version stays for who has read a value and not yet its key; `drop_replaced` ends it.
        """
        keys = self.table.c
        present = await uow.connection.execute(
            select(keys.subject, keys.version)
            .where(keys.subject.in_(subjects), keys.wrapped.is_not(None), keys.dropped_at.is_(None))
            .order_by(keys.subject)
            .with_for_update(skip_locked=True)
        )
        length = len(self.ring.wrapping[self.ring.wrapping_id])
        rows = [
            self._row(row.subject, DataKey(row.version + 1, secrets.token_bytes(length)), uow.now)
            for row in present
        ]
        if not rows:
            return
        replaced = [row["subject"] for row in rows]
        self._unsettle(replaced)
        await uow.connection.execute(
            update(self.table)
            .where(keys.subject.in_(replaced), keys.dropped_at.is_(None))
            .values(dropped_at=uow.now)
        )
        await uow.connection.execute(insert(self.table), rows)
        await self._seal_anew(uow, replaced, columns)

    async def drop_replaced(
        self, uow: UnitOfWork, subjects: Collection[str], columns: Sequence[SealedColumn], before: datetime
    ) -> None:
        """Drop the versions of these persons' data keys that were replaced before an instant."""
        keys = self.table.c
        locked = select(keys.subject).where(keys.subject.in_(subjects), keys.wrapped.is_not(None))
        await uow.connection.execute(locked.order_by(keys.subject).with_for_update())
        # There should be nothing left: a value whose key is gone is lost.
        await self._seal_anew(uow, subjects, columns)
        await uow.connection.execute(
            update(self.table)
            .where(keys.subject.in_(subjects), keys.dropped_at < before)
            .values(wrapping_id=None, wrapped=None)
        )

    async def _seal_anew(
        self, uow: UnitOfWork, subjects: Collection[str], columns: Sequence[SealedColumn]
    ) -> None:
        """Seal by its person's newest key every value that is not."""
        keys = await self._read(uow.connection, subjects)
        for table, some in by_table(columns).items():
            statement = select(table).where(table.c.subject.in_(keys)).order_by(table.c.id).with_for_update()
            for row in (await uow.connection.execute(statement)).mappings().all():
                of_person = keys[row["subject"]]
                newest = of_person[max(of_person)]
                values = {}
                for column in some:
                    text = text_of(column, row, keys)
                    if text is not None and version_of(row[column.name]) != newest.version:
                        values[column.name] = seal(newest, text, place_of(column, row))
                if values:
                    await uow.connection.execute(update(table).where(table.c.id == row["id"]).values(values))

    async def erase(self, uow: UnitOfWork, subject: str, columns: Iterable[SealedColumn]) -> None:
        """Drop the data keys of a person, and empty what these columns hold of them, their indexes with it.

        This process forgets the keys at once; another that has them remembered, within `REMEMBERED_FOR`.
        """
        self._unsettle([subject])
        await erase_rows(uow.connection, self.table, subject, columns, uow.now)

    def _unsettle(self, subjects: Iterable[str]) -> None:
        """Forget the keys of persons whose keys change, and remember none until the change must have ended.

        What is read meanwhile may be of before a commit, or of a transaction that does not commit.
        """
        now = self._clock.now()
        while self._unsettled and next(iter(self._unsettled.values())) <= now:
            self._unsettled.popitem(last=False)
        for subject in subjects:
            self._remembered.pop(subject, None)
            self._unsettled[subject] = now + REMEMBERED_FOR
            self._unsettled.move_to_end(subject)

    async def _read(
        self, connection: AsyncConnection, subjects: Collection[str], *, to_seal: bool = False
    ) -> Mapping[str, Keys]:
        keys = self.table.c
        is_many = len(subjects) > _MANY
        of_them = bulk.is_among(connection, keys.subject, subjects) if is_many else keys.subject.in_(subjects)
        statement = select(self.table).where(of_them, keys.wrapped.is_not(None))
        if to_seal:
            statement = statement.where(keys.dropped_at.is_(None)).with_for_update(read=True)
        rows = (await connection.execute(statement)).all()

        def unwrapped() -> Mapping[str, Keys]:
            read: dict[str, dict[int, DataKey]] = {}
            for row in rows:
                read.setdefault(row.subject, {})[row.version] = DataKey(row.version, self._unwrapped(row))
            return read

        return await asyncio.to_thread(unwrapped) if is_many else unwrapped()

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
        seal_under_key = sealing(key)
        for column in columns:
            text, index = texts.get(column.name), column.index
            if index is not None:
                values[index.name] = None if text is None else self.index(column, text)
            if text is None:
                values[column.name] = None
            else:
                values[column.name] = seal_under_key(
                    text, Place(column.table.name, column.name, row, subject)
                )
        return values

    async def opened(
        self, connection: AsyncConnection, columns: Sequence[SealedColumn], rows: Sequence[Mapping[Any, Any]]
    ) -> list[dict[str, str | None]]:
        """Return the texts of rows, which have `id`, `subject` and the columns; None for empty and erased ones.

        Raises NotOpenedError for a value that was changed or moved.
        """
        keys = await self.keys_of(connection, {row["subject"] for row in rows})
        # Of who got a new key since theirs were remembered.
        changed = {
            row["subject"]
            for row in rows
            for column in columns
            if row["subject"] in keys
            and row[column.name] is not None
            and version_of(row[column.name]) not in keys[row["subject"]]
        }
        if changed:
            self._unsettle(changed)
            keys = {**keys, **await self._read(connection, changed)}

        def opened() -> list[dict[str, str | None]]:
            return [{column.name: text_of(column, row, keys) for column in columns} for row in rows]

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
        return {"wrapping_id": wrapping_id, "wrapped": self._wrap(key, context)}

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
