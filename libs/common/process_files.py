"""Private files (0600), and exclusive use of a folder by one process."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

_LOCK = "lock"


class FolderInUseError(Exception):
    """Another process works in the folder; the text says which."""


def keep_files_private() -> None:
    """Set the umask so that this process and its children create files for their user only (0600, folders 0700)."""
    os.umask(0o077)


def make_private(path: Path) -> None:
    """Make a file or folder of an earlier version private; one of another owner is left as it is."""
    with suppress(OSError):
        mode = path.stat().st_mode
        if mode & 0o077:
            path.chmod(mode & 0o700)


@contextmanager
def only_process(folder: Path) -> Iterator[None]:
    """Lock an existing folder for this process until the block ends or the process dies.

    Raises FolderInUseError.
    """
    with (folder / _LOCK).open("a+") as file:
        if not _locked(file):
            file.seek(0)
            raise FolderInUseError(
                f"{folder} is in use by another process ({file.read().strip() or 'unknown'})"
            )
        file.truncate(0)
        file.write(f"pid {os.getpid()}\n")
        file.flush()
        yield


def _locked(file: IO[str]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            # Locks a byte beyond the content, so that others can read the file.
            file.seek(4096)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
