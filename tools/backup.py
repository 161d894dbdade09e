"""Backup and restore of the services' databases; `docs/operations.md` says what else belongs to it.

    python -m tools.backup save TARGET_FOLDER SOURCE…
    python -m tools.backup restore BACKUP_FILE DESTINATION [--service NAME]

A SOURCE is the URL of a PostgreSQL database, or a folder whose SQLite files are each copied as of one instant while
they are in use. A DESTINATION is the URL of a PostgreSQL database, or the path of a SQLite file that nobody has open.
With the service's NAME, whoever was erased since the backup is erased again at once, by the notes at SQN_ANCHORS_URL;
else the service does so before it serves.
"""

import argparse
import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import URL, MetaData, make_url

from libs.common import discovery, laptop
from libs.common.audit.erasures import apply_erasures
from libs.common.audit.keys import AuditSettings
from libs.common.audit.log import open_audit
from libs.common.audit.tables import audit_tables_of
from libs.common.database.engine import Database
from libs.common.problems import Problem
from libs.common.process_files import keep_files_private
from tools.servers_postgres import postgres_programs
from tools.servers_process import ServerError


class BackupError(Exception):
    """Something could not be saved or restored; the text says what."""


def save(source: str, folder: Path) -> list[Path]:
    """Save a database, or each SQLite file of a folder; return the files. Raises BackupError."""
    folder.mkdir(parents=True, exist_ok=True)
    if "://" not in source:
        files = sorted(Path(source).glob("*.db"))
        if not files:
            raise BackupError(f"{source} has no SQLite files")
        return [_save_file(file, folder / file.name) for file in files]
    url = make_url(source)
    draft = folder / f"{url.database}.dump.new"
    # Whoever dumps sets no scope, so that policies by scope show all rows.
    _run("pg_dump", url, "--format=custom", "--enable-row-security", f"--file={draft}")
    return [_keep(draft)]


def restore(backup: Path, destination: str) -> None:
    """Put a backup in the place of a database; all of it or nothing. Raises BackupError."""
    if "://" in destination:
        options = ("--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error")
        _run("pg_restore", make_url(destination), *options, str(backup))
        return
    with closing(sqlite3.connect(f"file:{backup}?mode=ro", uri=True)) as saved:
        _check(saved, backup)
        with closing(sqlite3.connect(destination)) as database:
            try:
                saved.backup(database)
            except sqlite3.Error as error:
                raise BackupError(f"{destination}: {error}") from error


def erase_again(name: str, metadata: MetaData, destination: str) -> Sequence[str]:
    """Apply the erasures that are noted outside a service's restored database; return whose. Raises BackupError."""
    tables = audit_tables_of(metadata)
    if tables is None:
        return []
    is_file = "://" not in destination
    beside = {**laptop.stored(Path(destination).parent, name), **laptop.KEYS} if is_file else {}
    url = (
        f"sqlite+aiosqlite:///{destination}"
        if is_file
        else make_url(destination).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)
    )

    async def apply() -> Sequence[str]:
        settings = AuditSettings.model_validate({} if "SQN_ANCHORS_URL" in os.environ else beside)
        database = Database(url)
        try:
            return await apply_erasures(database, open_audit(tables, settings, name), datetime.now(UTC))
        finally:
            await database.close()

    try:
        return asyncio.run(apply())
    except (Problem, ValidationError, ValueError) as error:
        raise BackupError(
            f"{destination} is restored, but nobody was erased again: do not serve it; {error}"
        ) from error


def _save_file(source: Path, target: Path) -> Path:
    draft = target.with_name(f"{target.name}.new")
    draft.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as database,
        closing(sqlite3.connect(draft)) as copy,
    ):
        # All pages in one step: one state of the file, whoever writes meanwhile.
        database.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        _check(copy, source)
    return _keep(draft)


def _keep(draft: Path) -> Path:
    """Give a whole file its name; one that was cut short never has it."""
    return draft.rename(draft.with_suffix(""))


def _check(database: sqlite3.Connection, name: Path) -> None:
    try:
        result = database.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        result = str(error)
    if result != "ok":
        raise BackupError(f"{name} is damaged: {result}")


def _run(program: str, url: URL, *options: str) -> None:
    name = url.set(drivername="postgresql", password=None).render_as_string()
    command = [str(postgres_programs() / program), f"--dbname={name}", *options]
    # Not in the arguments, which every user of the machine can read.
    environment = os.environ | ({"PGPASSWORD": url.password} if url.password else {})
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise BackupError(f"{program} failed: {done.stderr.strip()}")


def main(arguments: Sequence[str]) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.backup", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    verbs = parser.add_subparsers(required=True, dest="verb", metavar="verb")
    saving = verbs.add_parser("save", help="save databases into a folder")
    saving.add_argument("folder", type=Path)
    saving.add_argument("sources", nargs="+", metavar="source")
    restoring = verbs.add_parser("restore", help="put a backup in the place of a database")
    restoring.add_argument("backup", type=Path)
    restoring.add_argument("destination")
    restoring.add_argument("--service", choices=discovery.names(), help="whose database it is")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.verb == "save":
            for source in chosen.sources:
                for file in save(source, chosen.folder):
                    print(f"saved {file}")
        else:
            restore(chosen.backup, chosen.destination)
            if chosen.service and (module := discovery.module_of(chosen.service, "storage.tables")):
                erased = erase_again(chosen.service, module.metadata, chosen.destination)
                print(f"erased again: {len(erased)} persons")
            print("restored; now compare with the topic: python -m services.<name> reconcile")
    except (BackupError, ServerError) as error:
        print(f"backup: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    keep_files_private()
    sys.exit(main(sys.argv[1:]))
