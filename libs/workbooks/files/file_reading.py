"""Strangers' files are read by threads of their own, so that no export waits for them: one a subject, few at once."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from libs.common.problems import define

T = TypeVar("T")

BUSY = define("file-being-read", 429, "正在读取您的另一个文件")
CROWDED = define("files-waiting", 503, "正在读取的文件过多")
# Each has a process beside it, which may take as much memory as its limit says.
AT_ONCE: Final = 2
# Those that wait hold their content.
MOST_WAITING: Final = 8
_RETRY: Final = {"Retry-After": "10"}
_threads = ThreadPoolExecutor(AT_ONCE, "file-reading")


async def read_beside(read: Callable[[], T]) -> T:
    """Return what a function returns that reads a file, in one of the threads for that."""
    return await asyncio.wrap_future(_threads.submit(read))


class FileReading:
    """Who has a file read in this process."""

    def __init__(self) -> None:
        self._subjects: set[str] = set()

    async def of(self, subject: str, read: Callable[[], T]) -> T:
        """Read a subject's file. Raises `file-being-read` while another of his is read, and `files-waiting`."""
        if subject in self._subjects:
            raise BUSY("请等它读完后再上传", headers=_RETRY)
        if len(self._subjects) >= MOST_WAITING:
            raise CROWDED("请稍后重试", headers=_RETRY)
        self._subjects.add(subject)
        reading = _threads.submit(read)
        # Not when the request ends: a thread goes on although nobody waits for it any more.
        reading.add_done_callback(lambda _: self._subjects.discard(subject))
        return await asyncio.wrap_future(reading)
