"""Type detection by content; file names and declared types are ignored."""

import os
import struct
from enum import StrEnum
from io import BytesIO
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile

_HEAD = 64
# A zip's directory is at its end: so many bytes hold the names of any office document.
_TAIL = 262_144


class MediaType(StrEnum):
    """The kinds of files that offices and applicants send."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"
    HEIC = "image/heic"
    OFD = "application/ofd"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    @property
    def extension(self) -> str:
        """The file name extension, with its dot."""
        return ".jpg" if self is MediaType.JPEG else f".{self.name.lower()}"


def sniff(file: BinaryIO) -> MediaType | None:
    """Return a file's type; None for any other, including documents with macros. Rewinds the file."""
    file.seek(0)
    head = file.read(_HEAD)
    kind = _of_zip(file) if head.startswith(b"PK\x03\x04") else _of_head(head)
    file.seek(0)
    return kind


def _of_head(head: bytes) -> MediaType | None:
    if head.startswith(b"%PDF-"):
        return MediaType.PDF
    if head.startswith(b"\xff\xd8\xff"):
        return MediaType.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return MediaType.PNG
    # ISO 14496-12: the first box begins with its length and lists the brands, four letters each.
    box = head[: int.from_bytes(head[:4])]
    if head[4:8] == b"ftyp" and b"heic" in {box[at : at + 4] for at in range(8, len(box), 4)}:
        return MediaType.HEIC
    return None


def _of_zip(file: BinaryIO) -> MediaType | None:
    """Return the type of a zip by the names of its entries, without unpacking any."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL))
    try:
        names = ZipFile(BytesIO(file.read())).namelist()
    except (BadZipFile, NotImplementedError, ValueError, struct.error):  # damaged or malicious files
        return None
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        return None
    if "OFD.xml" in names:
        return MediaType.OFD
    if "[Content_Types].xml" not in names:
        return None
    if any(name.startswith("word/") for name in names):
        return MediaType.DOCX
    if any(name.startswith("xl/") for name in names):
        return MediaType.XLSX
    return None
