"""Cells as spreadsheets and their exports leave them: seen through where Excel shows what is meant, else named."""

import csv
import io
from collections.abc import Mapping
from typing import Any

import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from libs.workbooks.ledgers.findings import Finding
from libs.workbooks.ledgers.rows import RawLedger, open_ledger
from services.hookup.domain.reports.ledger_row import LedgerRow
from services.hookup.ledger.layout import LEDGER
from services.hookup.ledger.reader import read_row
from tests.libs.workbooks.files.spellings import Day, Formula, Spelling, Value, spelled
from tests.services.hookup.ledger.office_files import HEADINGS, MODEL, NOW, values, xlsx

pytestmark = pytest.mark.usefixtures("unpacked_here")


def with_cells(changes: Mapping[str, Value]) -> bytes:
    return spelled([HEADINGS, values(changes=changes)], Spelling())


def read(content: bytes) -> tuple[LedgerRow | None, list[Finding]]:
    (raw,) = open_ledger(LEDGER, content).rows
    return read_row(raw, NOW)


def codes(content: bytes) -> list[tuple[str, str]]:
    return [(each.column, each.code) for each in read(content)[1]]


@pytest.mark.parametrize(
    ("heading", "value", "code"),
    [
        # A number of more than fifteen digits has lost some, in whatever column.
        ("受理编号", 202203010000123000.0, "digits-lost"),
        ("用户编号", 1e15, "digits-lost"),
        ("地址区划代码", 3715020080010000.0, "digits-lost"),
        ("用户编号", Formula(202203010000123000.0), "digits-lost"),
        # As a text file has what Excel showed of it.
        ("受理编号", "2.02203E+17", "digits-lost"),
        ("用户编号", "1E+15", "digits-lost"),
        # The bytes are not what people see.
        ("用户编号", "C-\u202e813000", "text-turned"),
        ("受理编号", "\u2067W-1", "text-turned"),
        # One value that no clock has makes its row bad.
        ("申请时间", "0001-01-01 00:00", "placeholder-date"),
        ("申请时间", "9999-12-31 23:59", "placeholder-date"),
        ("约定日期", "1900-01-00", "placeholder-date"),
        ("约定日期", "9999-12-31", "placeholder-date"),
        ("补正时间", 0.0, "time-invalid"),
        ("通水通气时间", Day(NOW.replace(year=2022, month=3, day=7, tzinfo=None)), "time-missing"),
        ("外线长度(设计)", True, "length-invalid"),
        ("外线长度(设计)", 1e300, "digits-lost"),
        ("外线长度(设计)", "1E999999", "length-invalid"),
        ("外线长度(设计)", 30.26, "length-invalid"),
        ("是否特殊情况", True, "yes-or-no"),
    ],
)
def test_what_cannot_be_seen_through_is_named(heading: str, value: Value, code: str) -> None:
    assert codes(with_cells({heading: value})) == [(heading, code)]


def test_a_length_says_what_the_cell_holds_beside_what_it_shows() -> None:
    (finding,) = read(with_cells({"外线长度(设计)": 30.26}))[1]
    assert finding.reason == "外线长度最多保留一位小数（单元格里存的是 30.26）"


@pytest.mark.parametrize("value", [30.299999999999997, "30.299999999999997", 30.3, "30.3", "30.30"])
def test_what_came_of_reckoning_is_what_excel_shows(value: Value) -> None:
    row, findings = read(with_cells({"外线长度(设计)": value}))
    assert (row and row.designed_dm, findings) == (303, [])


@pytest.mark.parametrize(
    "spelled_so",
    [
        MODEL.number.lower(),
        MODEL.number.translate({each: each + 0xFEE0 for each in range(0x21, 0x7F)}),
        f"\ufeff{MODEL.number[:5]}\u200b{MODEL.number[5:]}\u00ad",
        f"\u202d{MODEL.number}\u202c",
    ],
)
def test_a_number_is_one_in_every_spelling(spelled_so: str) -> None:
    assert read(with_cells({"受理编号": spelled_so})) == (MODEL, [])
    twice = spelled([HEADINGS, values(), values(changes={"受理编号": spelled_so})], Spelling())
    assert open_ledger(LEDGER, twice).repeated == {3: 2}


def test_unseen_characters_are_seen_through_in_headings_words_and_times() -> None:
    headings = [f"\u200b{each[:1]}\u2060{each[1:]}\ufeff" for each in HEADINGS]
    cells = [f"{each[:2]}\u200b{each[2:]}" if each else "" for each in values()]
    assert read(spelled([headings, cells], Spelling())) == (MODEL, [])


def styled(value: float, number_format: str) -> bytes:
    """A ledger whose 用户编号 is a number in a format."""

    def change(made: openpyxl.Workbook) -> None:
        made["a"].cell(2, HEADINGS.index("用户编号") + 1).number_format = number_format

    return xlsx({"a": [HEADINGS, values(changes={"用户编号": value})]}, change)


@pytest.mark.parametrize(
    ("number_format", "reference"),
    [
        ("00000000", "00000318"),
        ('"C-"000000', "C-000318"),
        ("0", "318"),
        ("General", "318"),
        ("#,##0", "318"),
    ],
)
def test_an_identifier_kept_as_a_number_is_what_is_shown(number_format: str, reference: str) -> None:
    row, findings = read(styled(318, number_format))
    assert (row and row.customer_ref, findings) == (reference, [])


def csv_file(changes: Mapping[str, str], before: str = "", encoding: str = "utf-8") -> bytes:
    target = io.StringIO(newline="")
    csv.writer(target).writerows([HEADINGS, values(changes=changes)])
    return (before + target.getvalue()).encode(encoding)


def test_texts_that_are_kept_from_being_numbers_are_read_as_such() -> None:
    kept = csv_file({"用户编号": '="000318"', "受理编号": f'="{MODEL.number}"'})
    row, findings = read(kept)
    assert (row and (row.customer_ref, row.number), findings) == (("000318", MODEL.number), [])


@pytest.mark.parametrize(
    ("before", "encoding"), [("\ufeff\ufeff", "utf-8"), ("\ufeff", "utf-8-sig"), ("\ufeff", "utf-16")]
)
def test_a_second_mark_of_order_is_no_part_of_the_first_heading(before: str, encoding: str) -> None:
    assert read(csv_file({}, before, encoding)) == (MODEL, [])


MERGED_ROWS: list[list[Any]] = [
    HEADINGS,
    values(),
    values(changes={"受理编号": "W-2", "区划": None, "专营单位": None, "申请时间": None, "受理时间": None}),
    values(changes={"受理编号": "W-3", "区划": None}),
]


def merged(ranges: Mapping[str, tuple[int, int]], rows: list[list[Any]] | None = None) -> RawLedger:
    """A ledger with merged cells: by heading the first and last row."""
    references = [
        f"{column_of(each)}{top}:{column_of(each)}{bottom}" for each, (top, bottom) in ranges.items()
    ]
    return open_ledger(LEDGER, spelled(rows or MERGED_ROWS, Spelling(), references))


def column_of(heading: str) -> str:
    return get_column_letter(HEADINGS.index(heading) + 1)


def test_merged_cells_are_filled_down_and_it_is_said() -> None:
    ledger = merged({"区划": (2, 4), "专营单位": (2, 3), "申请时间": (2, 3), "受理时间": (2, 3)})
    assert [read_row(each, NOW)[1] for each in ledger.rows] == [[], [], []]
    assert [each.cells["区划"] for each in ledger.rows] == ["东昌府区"] * 3
    # Read again, piece by piece, as the job does.
    assert [each.cells["区划"] for each in ledger.rows[1:]] == ["东昌府区"] * 2
    said = (
        "区划（第 2 至 4 行）、专营单位（第 2 至 3 行）、申请时间（第 2 至 3 行）、受理时间（第 2 至 3 行）"
    )
    assert ledger.notes == {"merged-filled": f"合并的单元格，各行都按首格的内容读取：{said}"}


def test_merged_cells_of_the_header_and_of_blank_rows_fill_nothing() -> None:
    blank: list[Any] = [None] * len(HEADINGS)
    rows = [HEADINGS, values(), values(), values(changes={"专营单位": None}), blank]
    ledger = merged({"区划": (1, 3), "专营单位": (4, 9)}, rows)
    assert [each.number for each in ledger.rows] == [2, 3, 4]
    assert "专营单位" not in ledger.rows[2].cells
    assert ledger.notes == {}


def test_a_case_over_two_rows_has_one_number_twice() -> None:
    rows = [HEADINGS, values(), values(changes={"受理编号": None})]
    assert merged({"受理编号": (2, 3)}, rows).repeated == {3: 2}


def test_a_total_below_merged_cells_is_no_record() -> None:
    total: list[Any] = [None] * len(HEADINGS)
    total[HEADINGS.index("受理编号")] = "合 计"
    ledger = merged({"区划": (2, 3), "专营单位": (2, 3)}, [HEADINGS, values(), total])
    assert [each.number for each in ledger.rows] == [2]


def test_overlapping_merged_cells_are_read_by_the_last_that_begins() -> None:
    column = column_of("区划")
    rows = [HEADINGS, values(), values(changes={"区划": "茌平区"}), values(changes={"区划": None})]
    ledger = open_ledger(LEDGER, spelled(rows, Spelling(), [f"{column}2:{column}4", f"{column}3:{column}4"]))
    assert ledger.rows[2].cells["区划"] == "茌平区"
