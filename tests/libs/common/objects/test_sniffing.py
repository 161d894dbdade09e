"""A file is what its content says."""

import zipfile
from io import BytesIO

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from libs.common.objects import MediaType, sniff

M = MediaType


def zipped(*names: str, level: int = zipfile.ZIP_STORED, size: int = 3) -> bytes:
    """A zip with files of these names."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", level) as archive:
        for name in names:
            archive.writestr(name, b"x" * size)
    return file.getvalue()


def workbook() -> bytes:
    """A workbook as Excel would read it."""
    file = BytesIO()
    with xlsxwriter.Workbook(file) as book:
        book.add_worksheet().write("A1", "图纸")
    return file.getvalue()


HEIC = b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic" + bytes(40)
WORD = ("[Content_Types].xml", "_rels/.rels", "word/document.xml")

KINDS = [
    (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", M.PDF),
    (b"\xff\xd8\xff\xe0\x00\x10JFIF", M.JPEG),
    (b"\xff\xd8\xff\xe1\x00\x10Exif", M.JPEG),
    (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", M.PNG),
    (HEIC, M.HEIC),
    (HEIC.replace(b"mif1\x00", b"heic\x00"), M.HEIC),
    (zipped("OFD.xml", "Doc_0/Document.xml"), M.OFD),
    # Scans before the list of contents, larger than what is looked at.
    (zipped("Doc_0/Res/image_0.jb2", "OFD.xml", size=300_000), M.OFD),
    (zipped(*WORD), M.DOCX),
    (zipped(*WORD, level=zipfile.ZIP_DEFLATED), M.DOCX),
    (workbook(), M.XLSX),
]
OTHERS = [
    b"",
    b"%",
    b" %PDF-1.7",
    b"\xff\xd8",
    b"GIF89a",
    b"<html><script>alert(1)</script>",
    b"MZ\x90\x00",
    b"\x7fELF",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp41",
    # Its first box ends before the word.
    b"\x00\x00\x00\x10ftypmif1\x00\x00\x00\x00heic",
    b"\x00\x00\x00\x18ftyp",
    b"PK\x03\x04",
    b"PK\x05\x06" + bytes(18),
    zipped("run.exe"),
    zipped("word/document.xml"),
    zipped("[Content_Types].xml", "ppt/presentation.xml"),
    zipped(*WORD, "word/vbaProject.bin"),
    zipped("[Content_Types].xml", "xl/workbook.xml", "xl/VBAPROJECT.BIN"),
    zipped(*WORD)[:-30],
]


@pytest.mark.parametrize(("content", "kind"), KINDS)
def test_the_kinds_that_offices_send_are_known(content: bytes, kind: MediaType) -> None:
    file = BytesIO(content)
    file.seek(5)
    assert sniff(file) is kind
    assert file.tell() == 0


@pytest.mark.parametrize("content", OTHERS)
def test_any_other_kind_and_what_holds_macros_is_not(content: bytes) -> None:
    assert sniff(BytesIO(content)) is None


@given(st.binary(max_size=400))
def test_no_content_breaks_it(content: bytes) -> None:
    assert sniff(BytesIO(content)) in {None, *MediaType}


@given(st.data())
def test_no_damage_to_a_zip_breaks_it(data: st.DataObject) -> None:
    whole = zipped(*WORD, "词汇表.xml")
    content = bytearray(whole)
    for at in data.draw(st.lists(st.integers(4, len(whole) - 1), min_size=1, max_size=6)):
        content[at] = data.draw(st.integers(0, 255))
    assert sniff(BytesIO(bytes(content))) in {None, M.DOCX}


def test_a_file_is_named_by_its_kind() -> None:
    assert [each.extension for each in (M.JPEG, M.PDF, M.DOCX)] == [".jpg", ".pdf", ".docx"]
