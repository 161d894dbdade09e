"""Published advisories against what is locked: a snapshot of records in OSV's form, with the age that it has."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml
from packaging.utils import canonicalize_name
from packaging.version import Version

from tools.locks import Pin

SNAPSHOT = Path(__file__).with_name("advisories.json")
OLDEST_DAYS = 30
"""How old a snapshot may be: what was published since is not in it."""

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Snapshot:
    """Advisories as of a day; `covers` are the packages that were looked up, None for all."""

    as_of: date
    covers: frozenset[str] | None
    records: Sequence[Record]

    def days_old(self, today: date) -> int:
        """Return its age in days."""
        return (today - self.as_of).days


def read_snapshot(path: Path = SNAPSHOT) -> Snapshot:
    """Read a stored snapshot."""
    stored = json.loads(path.read_text())
    covers = None if stored["covers"] is None else frozenset(stored["covers"])
    return Snapshot(date.fromisoformat(stored["as_of"]), covers, stored["records"])


def hits(pins: Iterable[Pin], records: Iterable[Record]) -> list[str]:
    """Return the pins that an advisory is about: `name version: id (aliases)`."""
    records = list(records)
    return sorted(
        f"{pin.name} {pin.version}: {record['id']} ({', '.join(record.get('aliases', ()))})"
        for pin in pins
        for record in records
        if affects(record, pin)
    )


def affects(record: Record, pin: Pin) -> bool:
    """Tell whether a record is about a pin, as OSV defines it: by listed versions, or by a range of them."""
    if "withdrawn" in record:
        return False
    version = Version(pin.version)
    return any(
        pin.version in affected.get("versions", ())
        or any(_within(version, found["events"]) for found in _ranges(affected))
        for affected in record.get("affected", ())
        if _is_of(affected, {pin.name})
    )


def _is_of(affected: Mapping[str, Any], names: Iterable[str]) -> bool:
    package = affected.get("package", {})
    return package.get("ecosystem") == "PyPI" and canonicalize_name(package["name"]) in names


def _ranges(affected: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [found for found in affected.get("ranges", ()) if found["type"] == "ECOSYSTEM"]


def _within(version: Version, events: Iterable[Mapping[str, str]]) -> bool:
    is_within = False
    steps = [(Version(str(at)), kind) for event in events for kind, at in event.items()]
    for at, kind in sorted(steps, key=lambda step: step[0]):
        if kind == "introduced" and version >= at:
            is_within = True
        elif (kind == "fixed" and version >= at) or (kind == "last_affected" and version > at):
            is_within = False
    return is_within


def refresh(folder: Path, names: Iterable[str], path: Path = SNAPSHOT) -> Snapshot:
    """Store what a copy of an advisory database (.json and .yaml files) says of these packages.

    Its day is that of the newest record of all, since that is how old the copy is. Raises ValueError without any.
    """
    names = set(names)
    newest, kept = "", []
    for record in _read(folder):
        newest = max(newest, str(record["modified"]))
        about = [
            {
                "package": {"ecosystem": "PyPI", "name": canonicalize_name(affected["package"]["name"])},
                "ranges": _ranges(affected),
                # Without a range the versions alone say which.
                **({} if _ranges(affected) else {"versions": affected.get("versions", [])}),
            }
            for affected in record.get("affected", ())
            if _is_of(affected, names)
        ]
        if about and "withdrawn" not in record:
            kept.append({"id": record["id"], "aliases": record.get("aliases", []), "affected": about})
    if not newest:
        raise ValueError(f"{folder} has no record of an advisory")
    kept.sort(key=lambda record: record["id"])
    stored = {"as_of": newest[:10], "covers": None, "records": kept}
    path.write_text(json.dumps(stored, ensure_ascii=False, indent=1) + "\n")
    return read_snapshot(path)


def _read(folder: Path) -> Iterator[Record]:
    for file in sorted(folder.rglob("*")):
        if file.suffix == ".json":
            record = json.loads(file.read_text())
        elif file.suffix in (".yaml", ".yml"):
            record = yaml.load(file.read_text(), yaml.CSafeLoader)
        else:
            continue
        if isinstance(record, dict) and "id" in record and "modified" in record:
            modified = record["modified"]
            yield record | {"modified": modified.isoformat() if isinstance(modified, datetime) else modified}
