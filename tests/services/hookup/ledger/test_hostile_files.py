"""Files that ask for too much, that lie or that are no table: each is refused, or read within bounds."""

import io
import struct
import sys
import zipfile

import pytest
import xlsxwriter

from libs.workbooks.files import frames, package, unpack, workbook
from libs.workbooks.ledgers.rows import open_ledger
from services.hookup.ledger.layout import LEDGER
from tests.libs.workbooks.files.old_excel import xls
from tests.services.hookup.ledger.office_files import (
    GOOD,
    HEADINGS,
    MODEL,
    ods,
    read,
    refused,
    values,
    with_entry,
    xlsx,
)


def test_a_million_formatted_empty_rows_are_passed_over() -> None:
    with zipfile.ZipFile(io.BytesIO(GOOD)) as packed:
        sheet = packed.read("xl/worksheets/sheet1.xml").decode()
    rows = "".join(
        f'<row r="{row}" s="1" customFormat="1"><c r="A{row}" s="1"/></row>' for row in range(3, 1_048_577)
    )
    content = with_entry(
        GOOD, "xl/worksheets/sheet1.xml", sheet.replace("</sheetData>", f"{rows}</sheetData>").encode()
    )
    assert read(content) == (MODEL, [])


def test_a_macro_is_never_run_and_its_presence_is_said() -> None:
    content = with_entry(GOOD, "xl/vbaProject.bin", b"macro")
    assert read(content) == (MODEL, [])
    assert "未运行宏" in open_ledger(LEDGER, content).notes["macro-not-run"]


def test_what_swells_is_refused_before_it_is_opened() -> None:
    bomb = with_entry(GOOD, "xl/worksheets/sheet1.xml", bytes(32 * 1_048_576))
    assert (refused(bomb).kind.slug, len(bomb) < 300_000) == ("ledger-too-large", True)


def test_many_entries_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "_MOST_ENTRIES", 3)
    assert [type(each) for each in unpack.unpack(GOOD)] == [frames.Refused]


def test_two_cells_at_opposite_corners_are_two_cells() -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as made:
        sheet = made.add_worksheet()
        sheet.write(0, 0, "受理编号")
        sheet.write(1_048_575, 16_383, "x")
    (lines,) = (each for each in unpack.unpack(target.getvalue()) if isinstance(each, frames.Lines))
    assert [(number, values[-1]) for number, values in lines.lines] == [(1, "受理编号"), (1_048_576, "x")]


def test_a_file_that_needs_all_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    program = (
        "from libs.workbooks.files import frames, unpack; frames.MOST_MEMORY = 100 * 1_048_576; unpack.main()"
    )
    monkeypatch.setattr(workbook, "COMMAND", (sys.executable, "-c", program))
    texts = xlsx({"a": [HEADINGS, *([str(number) * 2_000] for number in range(10_000, 15_000))]})
    assert refused(texts).kind.slug == "ledger-too-large"


def test_cells_that_are_said_to_repeat_without_end_are_refused() -> None:
    rows = (
        '<table:table-row table:number-rows-repeated="1048576">',
        ' table:number-columns-repeated="16384"',
    )
    assert refused(ods(*rows)).kind.slug in {"ledger-not-xlsx", "ledger-too-large"}


def test_a_file_whose_directory_lies_of_its_size_is_refused() -> None:
    bomb = bytearray(with_entry(GOOD, "xl/worksheets/sheet1.xml", b" " * 64 * 1_048_576))
    size = struct.pack("<I", 64 * 1_048_576)
    while (place := bomb.find(size)) >= 0:
        bomb[place : place + 4] = struct.pack("<I", 1_000)
    assert refused(bytes(bomb)).kind.slug in {"ledger-not-xlsx", "ledger-too-large"}


def test_a_parser_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "COMMAND", ("/bin/sh", "-c", "cat >/dev/null; exec sleep 600"))
    monkeypatch.setattr(frames, "MOST_SECONDS", 0.1)
    assert refused(GOOD).kind.slug == "ledger-too-large"


def test_a_parser_that_breaks_down_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "COMMAND", ("/bin/sh", "-c", "exit 1"))
    assert refused(GOOD).kind.slug == "ledger-not-xlsx"


def test_too_many_rows_and_cells_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in ("MOST_ROWS", "MOST_CELLS"):
        with monkeypatch.context() as patched:
            patched.setattr(frames, limit, 1)
            *_, last = unpack.unpack(GOOD)
            assert isinstance(last, frames.Refused)
            assert last.code == "too-large"


OLE = bytes.fromhex("D0CF11E0A1B11AE1")


@pytest.mark.parametrize(
    ("content", "slug"),
    [
        (OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "ledger-password"),
        (OLE + bytes(600), "ledger-not-xlsx"),
        (GOOD[: len(GOOD) // 2], "ledger-not-xlsx"),
        (GOOD[:-40], "ledger-not-xlsx"),
        (b"<html><table><tr><td>a,b</td></tr></table></html>", "ledger-not-xlsx"),
        (b"%PDF-1.7\n\x00\x01,,,", "ledger-not-xlsx"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "ledger-not-xlsx"),
        (b"\xff\xff\xff,,,", "ledger-not-xlsx"),
        (b'a,b\n"' + b"x" * 200_000, "ledger-not-xlsx"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, slug: str) -> None:
    assert refused(content).kind.slug == slug


def test_an_encrypted_workbook_of_the_old_kind_is_refused() -> None:
    assert refused(xls([HEADINGS, values()], encrypted=True)).kind.slug == "ledger-password"
