"""How the files of jobs are kept while they are needed: as they are, or sealed under a data key of the job."""

import asyncio
import base64
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.database.unit_of_work import UnitOfWork
from libs.common.encryption.ciphers import NotOpenedError, decrypt, encrypt
from libs.common.encryption.sealer import Sealer
from libs.common.encryption.values import DataKey

_VERSION_BYTES: Final = 4
# No finding begins with it.
_SEALED: Final = "\x01"
FORGOTTEN: Final = "问题的说明不再保留"
"""Stands for the text of a finding whose file and report are gone."""


class Keeping(Protocol):
    """Seals and opens a job's file and its report; forgetting makes both unreadable, in whatever copy they stand."""

    async def put(self, uow: UnitOfWork, job_id: str, content: bytes, part: int = 0) -> bytes:
        """Return a file as it is stored, or a part of one."""
        ...

    async def take(self, connection: AsyncConnection, job_id: str, stored: bytes, part: int = 0) -> bytes:
        """Return what was put. Raises NotOpenedError for a forgotten one."""
        ...

    async def put_texts(self, uow: UnitOfWork, job_id: str, texts: Sequence[str]) -> Sequence[str]:
        """Return texts on a job's rows as they are stored."""
        ...

    async def take_texts(
        self, connection: AsyncConnection, job_id: str, stored: Sequence[str]
    ) -> Sequence[str]:
        """Return stored texts; `FORGOTTEN` in the place of forgotten ones."""
        ...

    async def forget(self, uow: UnitOfWork, job_ids: Collection[str]) -> None:
        """Forget what was put for jobs."""
        ...


class Plain:
    """Keeps files as they are."""

    async def put(self, uow: UnitOfWork, job_id: str, content: bytes, part: int = 0) -> bytes:
        """Return the file."""
        del uow, job_id, part
        return content

    async def take(self, connection: AsyncConnection, job_id: str, stored: bytes, part: int = 0) -> bytes:
        """Return the file."""
        del connection, job_id, part
        return stored

    async def put_texts(self, uow: UnitOfWork, job_id: str, texts: Sequence[str]) -> Sequence[str]:
        """Return the texts."""
        del uow, job_id
        return texts

    async def take_texts(
        self, connection: AsyncConnection, job_id: str, stored: Sequence[str]
    ) -> Sequence[str]:
        """Return the texts."""
        del connection, job_id
        return stored

    async def forget(self, uow: UnitOfWork, job_ids: Collection[str]) -> None:
        """Keep nothing to forget."""


PLAIN: Final = Plain()


@dataclass(frozen=True, slots=True)
class Sealed:
    """Keeps files of personal data: each job has a data key as a person has one, which is dropped with its files.

    `was_plain` says that a release before this kept files as they are: such a one is still taken. No ledger begins
    with a zero byte, and a sealed file always does.
    """

    sealer: Sealer
    was_plain: bool = False

    async def put(self, uow: UnitOfWork, job_id: str, content: bytes, part: int = 0) -> bytes:
        """Return a file or a part of one sealed, after the version of its key."""
        key = await self._key(uow, job_id)
        sealed = await asyncio.to_thread(encrypt, key.key, content, _context(job_id, part))
        return key.version.to_bytes(_VERSION_BYTES, "big") + sealed

    async def take(self, connection: AsyncConnection, job_id: str, stored: bytes, part: int = 0) -> bytes:
        """Return what was put. Raises NotOpenedError for a forgotten one, and for another job's or another part."""
        if self.was_plain and stored[:1] != b"\0":
            return stored
        keys = (await self.sealer.keys_of(connection, [job_id])).get(job_id, {})
        key = keys.get(int.from_bytes(stored[:_VERSION_BYTES], "big"))
        if key is None:
            raise NotOpenedError
        return await asyncio.to_thread(decrypt, key.key, stored[_VERSION_BYTES:], _context(job_id, part))

    async def put_texts(self, uow: UnitOfWork, job_id: str, texts: Sequence[str]) -> Sequence[str]:
        """Return texts sealed, after a mark and the version of their key."""
        key = await self._key(uow, job_id)
        sealed = (encrypt(key.key, text.encode(), _context(job_id)) for text in texts)
        return [f"{_SEALED}{key.version}:{base64.b64encode(each).decode()}" for each in sealed]

    async def take_texts(
        self, connection: AsyncConnection, job_id: str, stored: Sequence[str]
    ) -> Sequence[str]:
        """Return stored texts; those that an earlier release stored are as they are."""
        if not any(text.startswith(_SEALED) for text in stored):
            return stored
        keys = (await self.sealer.keys_of(connection, [job_id])).get(job_id, {})

        def opened(text: str) -> str:
            if not text.startswith(_SEALED):
                return text
            version, _, sealed = text.removeprefix(_SEALED).partition(":")
            key = keys.get(int(version))
            if key is None:
                return FORGOTTEN
            return decrypt(key.key, base64.b64decode(sealed), _context(job_id)).decode()

        return [opened(text) for text in stored]

    async def _key(self, uow: UnitOfWork, job_id: str) -> DataKey:
        keys = await self.sealer.keys_to_seal(uow, [job_id]) or await self.sealer.new_keys(uow, [job_id])
        return keys[job_id]

    async def forget(self, uow: UnitOfWork, job_ids: Collection[str]) -> None:
        """Drop the data keys of jobs."""
        for job_id in job_ids:
            await self.sealer.erase(uow, job_id, ())


def keeping_of(state: Mapping[str, object]) -> Keeping:
    """Return how a service keeps its files, by its state."""
    keeping = state.get("import_keeping", PLAIN)
    if not isinstance(keeping, Plain | Sealed):
        raise TypeError("import_keeping is no way of keeping files")
    return keeping


def _context(job_id: str, part: int = 0) -> bytes:
    return (f"import {job_id} {part}" if part else f"import {job_id}").encode()
