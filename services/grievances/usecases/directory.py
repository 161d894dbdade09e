"""What leaves the city as files of JSON lines: for a laptop, and for who carries files."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec


class Directory:
    """Writes each batch as a file of its name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def push(self, batch: str, records: Sequence[Mapping[str, Any]]) -> None:
        """Write the file whole; the same batch again replaces it. Raises OSError."""
        await asyncio.to_thread(
            self._write, batch, b"".join(msgspec.json.encode(row) + b"\n" for row in records)
        )

    def _write(self, batch: str, lines: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        part = self._folder / f".{batch}.part"
        part.write_bytes(lines)
        part.replace(self._folder / f"{batch}.jsonl")


def directory_at(url: str) -> Directory | None:
    """Return the directory at `file:///directory`; None at any other address."""
    parts = urlsplit(url)
    is_file = parts.scheme == "file" and not parts.netloc and len(parts.path) > 1
    return Directory(Path(unquote(parts.path))) if is_file else None
