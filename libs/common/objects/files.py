"""Files of a service: the object store, the scan before storing, and links for downloads."""

import asyncio
from dataclasses import dataclass
from typing import BinaryIO

from libs.common.clock import SystemClock
from libs.common.objects.links import Links
from libs.common.objects.scan import Scan
from libs.common.objects.sniffing import MediaType, sniff
from libs.common.objects.store import MEBIBYTE, ObjectStore, open_store
from libs.common.problems import define
from libs.common.settings import CommonSettings

FILE_KIND = define("file-kind", 422, "不接受这种文件")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A stored file: its type by content, its size in bytes, its SHA-256 in hex."""

    media_type: MediaType
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a service; `most` is the largest size in bytes."""

    store: ObjectStore
    scan: Scan
    links: Links
    most: int

    async def keep(self, key: str, file: BinaryIO) -> StoredFile:
        """Store a file of a known type that passes the scan; any other is refused and nothing stored.

        Raises `file-kind`, `file-refused`, `too-large` and `files-unavailable`.
        """
        kind = await asyncio.to_thread(sniff, file)
        if kind is None:
            raise FILE_KIND(
                "请上传 PDF、OFD、Word、Excel 文件或 JPEG、PNG、HEIC 图片，文件不能为空，不能含宏"
            )
        await self.scan(file)
        stored = await self.store.put(key, file, most=self.most)
        return StoredFile(kind, stored.size, stored.sha256)


def open_files(settings: CommonSettings) -> Files:
    """Return the files of a service by its settings. Raises ValueError for an unknown store URL."""
    store = open_store(settings.objects_url)
    key = None if settings.link_key is None else settings.link_key.get_secret_value()
    links = Links(store, key, SystemClock())
    return Files(store, Scan(settings.scan_command), links, settings.largest_file_mb * MEBIBYTE)
