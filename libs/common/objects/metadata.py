"""Pictures without metadata: where, when and by whose device they were taken says who took them (PIPL §6).

JPEG (ITU-T T.81, annex B) and PNG (ISO/IEC 15948): the pixels stay as they are.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO, Final

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_CHUNKS: Final = frozenset(
    {
        b"IHDR",
        b"PLTE",
        b"IDAT",
        b"IEND",
        b"tRNS",
        b"gAMA",
        b"cHRM",
        b"sRGB",
        b"iCCP",
        b"sBIT",
        b"bKGD",
        b"pHYs",
    }
)
# Application segments that a decoder needs: JFIF, a colour profile, Adobe's transformation of colours.
_NEEDED: Final = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
_START, _END, _SCAN, _COMMENT = 0xD8, 0xD9, 0xDA, 0xFE


def without_metadata(file: BinaryIO) -> BinaryIO | None:
    """Return a JPEG or PNG picture without its metadata; None of any other file and of a damaged one."""
    file.seek(0)
    content = file.read()
    file.seek(0)
    read = _of_png if content.startswith(_PNG) else _of_jpeg
    try:
        return BytesIO(b"".join(read(content)))
    except (IndexError, ValueError):
        return None


def _of_png(content: bytes) -> Iterator[bytes]:
    yield _PNG
    at = len(_PNG)
    while True:
        end = at + 12 + int.from_bytes(content[at : at + 4])
        name = content[at + 4 : at + 8]
        if end > len(content):
            raise ValueError("a chunk ends after the file")
        if name in _CHUNKS:
            yield content[at:end]
        if name == b"IEND":
            return
        at = end


def _of_jpeg(content: bytes) -> Iterator[bytes]:
    if content[:2] != bytes((0xFF, _START)):
        raise ValueError("no JPEG")
    yield content[:2]
    at = 2
    while True:
        if content[at] != 0xFF:
            raise ValueError("no marker where one must be")
        marker = content[at + 1]
        if marker == 0xFF:
            # Fill bytes may stand before a marker.
            at += 1
            continue
        if marker == _END:
            # What stands after the end, such as the film of a moving photo, is not of the picture.
            yield content[at : at + 2]
            return
        end = at + 2 + int.from_bytes(content[at + 2 : at + 4])
        if end > len(content):
            raise ValueError("a segment ends after the file")
        if _is_kept(marker, content[at + 4 : end]):
            yield content[at:end]
        at = end
        if marker == _SCAN:
            end = _after_scan(content, at)
            yield content[at:end]
            at = end


def _is_kept(marker: int, body: bytes) -> bool:
    if marker == _COMMENT:
        return False
    needed = _NEEDED.get(marker)
    return not 0xE0 <= marker <= 0xEF or (needed is not None and body.startswith(needed))


def _after_scan(content: bytes, at: int) -> int:
    """Return where the compressed data ends: at a marker that neither is stuffed nor restarts."""
    while True:
        at = content.index(b"\xff", at)
        following = content[at + 1]
        if following != 0x00 and not 0xD0 <= following <= 0xD7:
            return at
        at += 2
