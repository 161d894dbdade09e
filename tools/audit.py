"""What is locked, against published advisories and allowed licences.

    python -m tools.audit                  also fails when the snapshot of advisories is too old
    python -m tools.audit --any-age        however old the snapshot is; it is told
    python -m tools.audit refresh FOLDER   the snapshot anew, from a copy of an advisory database in OSV's form

A copy is OSV's export for PyPI, unpacked, or a checkout of PyPA's advisory database.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from tools import advisories, licences
from tools.locks import Pin, python_pins, web_packages

LOCKS = ("base", "dev", "bench")


def main(arguments: Sequence[str], today: date, snapshot: Path = advisories.SNAPSHOT) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.audit", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--any-age", action="store_true", help="let an old snapshot pass")
    parser.add_argument("refresh", nargs="?", choices=["refresh"])
    parser.add_argument("folder", nargs="?", type=Path)
    chosen = parser.parse_args(arguments)
    pins = {(pin.name, pin.version): pin for lock in LOCKS for pin in python_pins(lock)}.values()
    if chosen.refresh:
        if chosen.folder is None:
            parser.error("refresh takes the folder of a copy")
        advisories.refresh(chosen.folder, {pin.name for pin in pins}, snapshot)
    faults = [*_advised(list(pins), today, snapshot, any_age=chosen.any_age), *_licensed()]
    print("\n".join(f"audit: {fault}" for fault in faults), file=sys.stderr, end="\n" if faults else "")
    return 1 if faults else 0


def _advised(pins: Sequence[Pin], today: date, path: Path, *, any_age: bool) -> list[str]:
    snapshot = advisories.read_snapshot(path)
    names = {pin.name for pin in pins}
    covered = names if snapshot.covers is None else names & snapshot.covers
    age = snapshot.days_old(today)
    print(
        f"audit: advisories of {snapshot.as_of}, {age} days old, "
        f"for {len(covered)} of {len(names)} locked packages"
    )
    faults = advisories.hits(pins, snapshot.records)
    if age > advisories.OLDEST_DAYS and not any_age:
        faults.append(
            f"the advisories are older than {advisories.OLDEST_DAYS} days: python -m tools.audit refresh FOLDER"
        )
    return faults


def _licensed() -> list[str]:
    shipped = [pin.name for pin in python_pins("base")]
    return [*licences.python_faults(python_pins("dev"), shipped), *licences.web_faults(web_packages())]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], datetime.now(UTC).date()))
