"""Admission for reading untrusted files: own threads, so that exports do not wait; one per subject, few at once."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from libs.common.problems import define

T = TypeVar("T")

BUSY = define("file-being-read", 429, "正在读取您的另一个文件")
CROWDED = define("files-waiting", 503, "正在读取的文件过多")
# Each reading starts a process, which may use memory up to its limit.
AT_ONCE: Final = 2
# Waiting requests hold their content in memory.
MOST_WAITING: Final = 8
_RETRY: Final = {"Retry-After": "10"}
_threads = ThreadPoolExecutor(AT_ONCE, "file-reading")


async def read_beside(read: Callable[[], T]) -> T:
    """Run a function that reads a file in one of the threads for files; return its result."""
    return await asyncio.wrap_future(_threads.submit(read))


class FileReading:
    """The subjects whose files are being read in this process."""

    def __init__(self) -> None:
        self._subjects: set[str] = set()

    async def of(self, subject: str, read: Callable[[], T]) -> T:
        """Read a subject's file. Raises `file-being-read` while another of theirs is read, and `files-waiting`."""
        if subject in self._subjects:
            raise BUSY("请等它读完后再上传", headers=_RETRY)
        if len(self._subjects) >= MOST_WAITING:
            raise CROWDED("请稍后重试", headers=_RETRY)
        self._subjects.add(subject)
        reading = _threads.submit(read)
        # Not when the request ends: the thread continues after a cancelled request.
        reading.add_done_callback(lambda _: self._subjects.discard(subject))
        return await asyncio.wrap_future(reading)
