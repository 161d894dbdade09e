"""Packages that are not as ECMA-376 has them, or that are made to be dear, are refused or read in linear time."""

import io
import zipfile
from collections.abc import Mapping

import pytest

from libs.workbooks.files.frames import Frame, Lines, Refused
from libs.workbooks.files.unpack import unpack
from tests.libs.workbooks.files.spellings import Spelling, spelled

SHEET = "xl/worksheets/sheet1.xml"
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
PLAIN = spelled([["受理编号"], ["W-1"]], Spelling())


def with_parts(changes: Mapping[str, str], content: bytes = PLAIN) -> bytes:
    """A package with some parts otherwise."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    parts |= {name: text.encode() for name, text in changes.items()}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, part in parts.items():
            packed.writestr(name, part)
    return target.getvalue()


def sheet(rows: str, before: str = "", after: str = "") -> str:
    return f"<?xml version='1.0'?>{before}<worksheet {MAIN}><sheetData>{rows}</sheetData>{after}</worksheet>"


def said(content: bytes) -> list[Frame]:
    return list(unpack(content))


def row(cells: str) -> str:
    return f'<row r="1">{cells}</row>'


TEXT = '<c r="A1" t="inlineStr"><is><t>W-1</t></is></c>'


@pytest.mark.parametrize(
    "part",
    [
        sheet(row(TEXT), before="<!DOCTYPE x [<!ENTITY a 'b'>]>"),
        sheet(row(TEXT), before="<!DOCTYPE worksheet>"),
        sheet(row('<c r="A1" t="s"><v>7</v></c>')),
        sheet(row('<c r="A1" t="s"><v>-1</v></c>')),
        sheet(row('<c r="A1"><v>one</v></c>')),
        sheet(row('<c r="A1"><v>nan</v></c>')),
        sheet(row(f'<c r="A1"><v>{"9" * 500}</v></c>')),
        sheet(row('<c r="A1" t="z"><v>1</v></c>')),
        sheet(row('<c r="A2"><v>1</v></c>')),
        sheet(row('<c r="1"><v>1</v></c>')),
        sheet(row('<c r="XFE1"><v>1</v></c>')),
        sheet(row('<c r="AAAA1"><v>1</v></c>')),
        sheet(row('<c r="B1"><v>1</v></c><c r="A1"><v>1</v></c>')),
        sheet('<row r="2"/><row r="2"/>'),
        sheet('<row r="1048577"/>'),
        sheet('<row r="٣"/>'),
        sheet(row(TEXT), after='<mergeCells><mergeCell ref="A:B"/></mergeCells>'),
        sheet(row(TEXT)).replace("worksheet", "chartsheet"),
        sheet(row(TEXT))[:-20],
        sheet(row(TEXT)).replace(MAIN, 'xmlns="urn:other"'),
    ],
)
def test_a_sheet_that_excel_would_call_damaged_is_refused(part: str) -> None:
    *_, last = said(with_parts({SHEET: part}))
    assert isinstance(last, Refused)
    assert last.code == "unreadable"


def test_two_parts_of_one_name_are_refused() -> None:
    with zipfile.ZipFile(io.BytesIO(PLAIN)) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        for name, part in parts.items():
            packed.writestr(name, part)
        packed.writestr(SHEET.upper(), b"<x/>")
    (refused,) = said(target.getvalue())
    assert refused == said(with_parts({"_rels/.rels": "<x/"}))[0]


def test_a_method_of_packing_that_excel_does_not_know_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(PLAIN)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_LZMA) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    assert [type(each) for each in said(target.getvalue())] == [Refused]


def test_bytes_that_were_changed_in_a_part_are_found() -> None:
    long = with_parts({SHEET: sheet(row(TEXT) + "".join(f'<row r="{n}"/>' for n in range(2, 3_000)))})
    with zipfile.ZipFile(io.BytesIO(long)) as packed:
        entry = packed.getinfo(SHEET)
    broken = bytearray(long)
    broken[entry.header_offset + 200] ^= 0xFF
    *_, last = said(bytes(broken))
    assert isinstance(last, Refused)


# Each takes a pattern that is tried again at each place an hour and more: the process would be ended before.
_FORMULAS = '<c r="A1"><f>' * 1_000_000
_RUNS = "<r><t>&#x200b;</t></r>" * 600_000
_FOREIGN = f'<ext><y:c xmlns:y="urn:y">{"<y:f>" * 500_000}{"</y:f>" * 500_000}</y:c></ext>'


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # Longer than any row of a ledger.
        (row(f'<c r="A1" t="inlineStr"><is><t><![CDATA[{_FORMULAS}]]></t></is></c>'), "too-large"),
        (row(f"{TEXT}<extLst>{_FOREIGN}</extLst>"), "read"),
        (row(f'<c r="A1" t="inlineStr"><is><t>W-</t>{_RUNS}<r><t>1</t></r></is></c>'), "read"),
        (row(TEXT) + "<row/>" * 1_000_000, "read"),
    ],
    ids=["text", "nested", "runs", "blank-rows"],
)
def test_what_is_made_to_be_dear_is_read_like_any_other(rows: str, expected: str) -> None:
    *others, last = said(with_parts({SHEET: sheet(rows)}))
    if expected == "read":
        assert [each.lines for each in others if isinstance(each, Lines)] == [[(1, ["W-1"])]]
    else:
        assert isinstance(last, Refused)
        assert last.code == expected


@pytest.mark.parametrize(
    "part",
    [
        sheet(row(f"<c r='A1' x='{'y' * 15_000_000}'/>")),
        sheet(row(TEXT), before=f"<!--{'y' * 15_000_000}-->"),
        sheet(row(TEXT), before=f"<?y {'y' * 15_000_000}?>"),
    ],
    ids=["attribute", "comment", "instruction"],
)
def test_a_word_without_end_is_refused_before_it_is_read_again_and_again(part: str) -> None:
    *_, last = said(with_parts({SHEET: part}))
    assert isinstance(last, Refused)


def test_one_text_in_all_cells_is_refused_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("libs.workbooks.files.frames.MOST_CHARACTERS", 10_000_000)
    texts = f"<sst {MAIN}><si><t>{'y' * 30_000}</t></si></sst>"
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 1_000))
    *_, last = said(with_parts({SHEET: sheet(rows), "xl/sharedStrings.xml": texts}))
    assert isinstance(last, Refused)
    assert last.code == "too-large"
