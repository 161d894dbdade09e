"""What the codes of the chain are made over. Pure but for the keys."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from libs.common.audit.entries import canonical
from libs.common.audit.keys import AuditKeys


class Absence(StrEnum):
    """Why entries of the chain are not there."""

    PURGED = "PURGED"
    RESTORED = "RESTORED"


def is_genuine(keys: AuditKeys, row: Any) -> bool:
    """Tell whether an entry is as it was written, by who has a key."""
    return keys.is_code(row["mac"], "entry", canonical(row))


def link(keys: AuditKeys, previous: str, sequence: int, mac: str) -> str:
    """Return the hash of the entry at a place in the chain."""
    return keys.code("link", previous, sequence, mac)


def is_link(keys: AuditKeys, row: Any) -> bool:
    """Tell whether an entry's hash is that of its place behind the one before."""
    return keys.is_code(row["hash"] or "", "link", row["previous_hash"], row["sequence"], row["mac"])


def absence(keys: AuditKeys, kind: Absence, first: int, last: int, code: str, at: datetime) -> dict[str, Any]:
    """Return the row that says that the entries from `first` to `last` are rightly not there."""
    said = (first, last, code, str(kind), at.astimezone(UTC))
    names = ("first_sequence", "last_sequence", "hash", "kind", "recorded_at")
    return {
        **dict(zip(names, said, strict=True)),
        "mac": keys.code("absence", *said[:4], said[4].isoformat()),
    }


def is_absence(keys: AuditKeys, row: Any) -> bool:
    """Tell whether such a row was made by who has a key."""
    said = (row["first_sequence"], row["last_sequence"], row["hash"], row["kind"])
    return keys.is_code(row["mac"], "absence", *said, row["recorded_at"].isoformat())
