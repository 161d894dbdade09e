"""Pictures lose their metadata and nothing else."""

import zlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.objects.metadata import without_metadata

GPS = b"GPS 36.45N 115.98E of a telephone"


def segment(marker: int, body: bytes) -> bytes:
    """Return a segment of a JPEG."""
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2) + body


def chunk(name: bytes, body: bytes) -> bytes:
    """Return a chunk of a PNG."""
    return len(body).to_bytes(4) + name + body + zlib.crc32(name + body).to_bytes(4)


JFIF, TABLE, ADOBE = segment(0xE0, b"JFIF\0\1\1"), segment(0xDB, b"\0" * 65), segment(0xEE, b"Adobe\0d")
PROFILE = segment(0xE2, b"ICC_PROFILE\0\1\1profile")
# Two scans, as progressive pictures have: stuffed bytes and restarts are of the data.
SCANS = (
    segment(0xDA, b"\1\1\0")
    + b"\x12\xff\x00\x34\xff\xd0\x56"
    + segment(0xC4, b"\0\xff\xd9")
    + segment(0xDA, b"x")
    + b"\x78"
)
START, END = b"\xff\xd8", b"\xff\xd9"
JPEG = START + JFIF + PROFILE + TABLE + ADOBE + SCANS + END
METADATA = [
    segment(0xE1, b"Exif\0\0" + GPS),
    segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + GPS),
    segment(0xE2, b"MPF\0" + GPS),
    segment(0xED, b"Photoshop 3.0\0" + GPS),
    segment(0xFE, GPS),
]
HEAD = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"\0" * 13)
PNG = HEAD + chunk(b"sRGB", b"\0") + chunk(b"IDAT", b"pixels") + chunk(b"IEND", b"")


def cleaned(content: bytes) -> bytes | None:
    """Return what is kept of a picture."""
    file = without_metadata(BytesIO(content))
    return None if file is None else file.read()


def test_a_picture_without_metadata_stays_to_the_byte() -> None:
    assert cleaned(JPEG) == JPEG
    assert cleaned(PNG) == PNG


@pytest.mark.parametrize("extra", METADATA)
def test_a_jpeg_loses_what_tells_of_its_taker(extra: bytes) -> None:
    assert cleaned(START + JFIF + extra + JPEG[len(START + JFIF) :] + GPS) == JPEG
    between = JPEG.replace(TABLE, TABLE + b"\xff\xff" + extra[1:])
    assert GPS not in (cleaned(between) or GPS)


@pytest.mark.parametrize("name", [b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"])
def test_a_png_loses_what_tells_of_its_taker(name: bytes) -> None:
    assert cleaned(HEAD + chunk(name, GPS) + PNG[len(HEAD) :] + GPS) == PNG


@pytest.mark.parametrize(
    "damaged",
    [b"", b"%PDF-1.7", JPEG[:-2], JPEG[:9], START + b"\x00", PNG[:-12], PNG[:20], b"\0\0\0\x18ftypheic"],
)
def test_what_is_no_whole_picture_is_none(damaged: bytes) -> None:
    assert cleaned(damaged) is None


@given(st.binary(max_size=200))
def test_no_bytes_break_it(content: bytes) -> None:
    for begun in (START + content, HEAD + content, content):
        kept = cleaned(begun)
        assert kept is None or len(kept) <= len(begun)
