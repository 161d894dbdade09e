"""What is kept apart from the database: anchors of the chain, and notes of erasures.

An anchor shows that the chain was once so long, which the chain itself cannot: who cuts off its end leaves a chain
that is whole. A note shows a restored database whom it must erase again. Both are objects that are never changed.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from libs.common.audit.keys import AuditKeys
from libs.common.objects import ObjectStore

_LARGEST_NOTE: Final = 4_096


@dataclass(frozen=True, slots=True)
class Anchor:
    """That the entry of this number had this hash."""

    sequence: int
    hash: str


class _Note(msgspec.Struct):
    subject: str
    erased_at: str
    mac: str


class ExternalRecords:
    """Anchors and notes of one service in an object store. Raises `files-unavailable` while that is out of reach."""

    def __init__(self, store: ObjectStore, service: str, keys: AuditKeys) -> None:
        self._store = store
        self._anchors = f"{service}/anchors"
        self._erasures = f"{service}/erasures"
        self._keys = keys

    async def anchor(self, anchor: Anchor, now: datetime) -> None:
        """Store an anchor. All of it is in its key, so that a list of keys says everything."""
        await self._put(f"{self._anchors}/{anchor.sequence:015d}.{anchor.hash}", now.isoformat().encode())

    async def anchors(self, after: int = -1) -> Sequence[Anchor]:
        """Return the anchors of entries behind a number, in their order."""
        behind = f"{self._anchors}/{after:015d}~" if after >= 0 else ""
        found = []
        for key in await self._store.keys(self._anchors, behind):
            number, _, code = key.rpartition("/")[2].partition(".")
            found.append(Anchor(int(number), code))
        return found

    async def note_erasure(self, subject: str, at: datetime) -> None:
        """Note that a person was erased."""
        said = at.isoformat()
        note = _Note(subject, said, self._keys.code("erasure", subject, said))
        await self._put(f"{self._erasures}/{subject}", msgspec.json.encode(note))

    async def erased(self) -> Sequence[str]:
        """Return the ids of the persons of whom an erasure is noted."""
        return [key.rpartition("/")[2] for key in await self._store.keys(self._erasures)]

    async def is_noted(self, subject: str) -> bool:
        """Tell whether the note of a person's erasure was made by a key of ours: a forged one would erase anybody."""
        _, chunks = await self._store.get(f"{self._erasures}/{subject}")
        try:
            note = msgspec.json.decode(b"".join([chunk async for chunk in chunks]), type=_Note)
        except msgspec.DecodeError:
            return False
        return note.subject == subject and self._keys.is_code(note.mac, "erasure", subject, note.erased_at)

    async def _put(self, key: str, content: bytes) -> None:
        await self._store.put(key, io.BytesIO(content), most=_LARGEST_NOTE)
