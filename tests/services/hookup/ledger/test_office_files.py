"""Files as offices make them: each is read rightly, or its rows are bad with the reason."""

import csv
import io
import re
import zipfile
from datetime import datetime

import openpyxl
import pytest
import xlsxwriter
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from libs.workbooks.files import frames, package, unpack
from libs.workbooks.ledgers.rows import RawLedger, open_ledger
from services.hookup.ledger.layout import LEDGER
from services.hookup.ledger.reader import read_row
from tests.libs.workbooks.files.old_excel import xls
from tests.services.hookup.ledger.office_files import (
    CELLS,
    HEADINGS,
    MODEL,
    NOW,
    ods,
    read,
    refused,
    text,
    values,
    with_entry,
    xlsx,
)


def test_title_rows_and_a_header_of_two_rows_with_merged_cells() -> None:
    stages = ("勘查设计", "签订合同", "并联审批", "外线施工")
    above, below = [], []
    for heading in HEADINGS:
        stage = next((each for each in stages if heading.startswith(each) and heading != each), "")
        above.append("" if stage and stage in above else stage or heading)
        below.append(heading.removeprefix(stage) if stage else "")
    content = xlsx({"台账": [["某公司 2022 年台账"], ["单位：米"], above, below, values()]})

    def merge(made: openpyxl.Workbook) -> None:
        sheet = made["台账"]
        for place, (top, bottom) in enumerate(zip(above, below, strict=True), start=1):
            if not bottom:
                sheet.merge_cells(start_row=3, end_row=4, start_column=place, end_column=place)
            elif top:
                sheet.merge_cells(start_row=3, end_row=3, start_column=place, end_column=place + 2)

    merged = xlsx({"台账": [["某公司 2022 年台账"], ["单位：米"], above, below, values()]}, merge)
    assert read(content) == read(merged) == (MODEL, [])
    assert open_ledger(LEDGER, merged).header_row == 4


def test_renamed_and_reordered_columns() -> None:
    theirs = {
        "受理编号": "报装编号 *",
        "区划": "所属区县",
        "专营单位": "专营企业",
        "服务类型": "业务类型：",
        "用户编号": "户 号",
        "用户类别": "用户性质【必填】",
        "申请渠道": "受理渠道",
        "申请时间": "报装时间",
        "外线长度(设计)": "设计外线长度（米）",
        "勘查设计开始": "现场勘查开始时间",
        "勘查设计完成": "现场勘查结束时间",
        "签订合同开始": "合同签订\n开始时间",
        "通水通气时间": "通水时间",
        "办理状态": "当前状态",
    }
    order = sorted(HEADINGS, reverse=True)
    content = xlsx({"a": [[theirs.get(each, each) for each in order], values(order)]})
    assert read(content) == (MODEL, [])


def test_of_two_columns_that_mean_the_same_the_one_of_our_name_is_read() -> None:
    content = xlsx({"a": [["外线长度", *HEADINGS, "户号"], ["999", *values(), "C-9"]]})
    assert read(content) == (MODEL, [])
    assert "外线长度、户号" in open_ledger(LEDGER, content).notes["column-passed-over"]


@pytest.mark.parametrize(
    "written",
    [
        "2022-03-01 09:00",
        "2022/3/1 9:00",
        "2022.3.1 9:00",
        "2022年3月1日9时0分",
        "20220301 0900",
        "２０２２－３－１　９：００",
        "\xa02022-03-01 09:00:00  ",
        44621.375,
        datetime(2022, 3, 1, 9, 0),  # noqa: DTZ001 - a cell has no zone
    ],
)
def test_a_moment_is_read_in_every_style(written: object) -> None:
    assert read(xlsx({"a": [HEADINGS, values(changes={"申请时间": written})]})) == (MODEL, [])


@pytest.mark.parametrize("written", [43159.375, datetime(2022, 3, 1, 9, 0)])  # noqa: DTZ001 - a cell has no zone
def test_days_are_counted_from_1904_where_the_file_says_so(written: object) -> None:
    def count_from_1904(made: openpyxl.Workbook) -> None:
        made.epoch = CALENDAR_MAC_1904

    content = xlsx({"a": [HEADINGS, values(changes={"申请时间": written})]}, count_from_1904)
    assert read(content) == (MODEL, [])


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("2022-03-01", "time-missing"),
        ("2022年3月1日", "time-missing"),
        (20220301, "time-missing"),
        ("2022-3-19:30", "time-invalid"),
        ("3月1日 9:00", "time-invalid"),
        ("2022-03-01 下午3:00", "time-invalid"),
        ("20221301 0900", "time-invalid"),
        (12.5, "time-invalid"),
    ],
)
def test_a_moment_that_is_not_certain_is_bad(written: object, code: str) -> None:
    _, findings = read(xlsx({"a": [HEADINGS, values(changes={"申请时间": written})]}))
    assert [(each.column, each.code) for each in findings] == [("申请时间", code)]


@pytest.mark.parametrize("written", ["2022-03-20", "2022年3月20日", "20220320", 20220320, 44640])
def test_a_day_needs_no_time(written: object) -> None:
    changes = {"约定日期": written}
    (raw,) = open_ledger(LEDGER, xlsx({"a": [HEADINGS, values(changes=changes)]})).rows
    row, findings = read_row(raw, NOW)
    assert findings == []
    assert row is not None
    assert str(row.agreed) == "2022-03-20"


def test_wide_digits_and_blanks_of_all_kinds_are_seen_through() -> None:
    changes = {
        "受理编号": f" {MODEL.number}\xa0",
        "用户编号": MODEL.customer_ref.translate({each: each + 0xFEE0 for each in range(0x21, 0x7F)}),
        "外线长度(设计)": "４０．０　",
        "用户类别": f"\u3000{text(CELLS['用户类别'])} ",
    }
    assert read(xlsx({"a": [HEADINGS, values(changes=changes)]})) == (MODEL, [])


def test_the_visible_sheet_with_the_header_is_read_and_the_others_are_named() -> None:
    def hide(made: openpyxl.Workbook) -> None:
        made["旧"].sheet_state = "hidden"
        made["字典"].sheet_state = "veryHidden"

    rows = [HEADINGS, values()]
    content = xlsx({"说明": [["填表说明"]], "旧": rows, "2022": rows, "字典": [["x"]]}, hide)
    assert read(content) == (MODEL, [])
    note = open_ledger(LEDGER, content).notes["sheet-passed-over"]
    assert note == "只读取工作表“2022”，未读取：说明、旧（隐藏）、字典（隐藏）"


def test_a_header_on_a_hidden_sheet_alone_is_refused_and_said() -> None:
    def hide(made: openpyxl.Workbook) -> None:
        made["b"].sheet_state = "hidden"

    assert "取消隐藏" in refused(xlsx({"a": [["x"]], "b": [HEADINGS, values()]}, hide)).detail


def test_two_sheets_with_the_header_are_refused_by_name_unless_one_has_ours() -> None:
    rows = [HEADINGS, values()]
    assert "“一月”、“二月”" in refused(xlsx({"一月": rows, "二月": rows})).detail
    assert read(xlsx({"一月": rows, LEDGER.sheet: rows})) == (MODEL, [])


def test_a_formula_is_read_by_its_value_and_is_bad_without_one() -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, HEADINGS)
        sheet.write_row(1, 0, values())
        sheet.write_formula(1, HEADINGS.index("受理编号"), '="W"&1', None, MODEL.number)
    assert read(target.getvalue()) == (MODEL, [])
    _, findings = read(xlsx({"a": [HEADINGS, values(changes={"约定日期": "=A1+1"})]}))
    assert [(each.column, each.code) for each in findings] == [("约定日期", "formula-without-value")]


def test_the_empty_text_is_a_value_of_a_formula() -> None:
    content = xlsx({"a": [HEADINGS, values(changes={"约定日期": '=""'})]})
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        sheet = packed.read("xl/worksheets/sheet1.xml")
    calculated = re.sub(rb'<c r="(\w+)"><f>', rb'<c r="\1" t="str"><f>', sheet)
    assert calculated != sheet
    assert read(with_entry(content, "xl/worksheets/sheet1.xml", calculated)) == (MODEL, [])


def test_a_formula_that_failed_is_bad_also_in_the_last_column() -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, HEADINGS)
        sheet.write_row(1, 0, values())
        sheet.write_formula(1, len(HEADINGS) - 1, "=NA()", None, "#N/A")
        sheet.write_formula(2, 0, "=NA()", None, "#N/A")
    ledger = open_ledger(LEDGER, target.getvalue())
    _, findings = read_row(ledger.rows[0], NOW)
    assert [(each.code, each.reason) for each in findings] == [("formula-without-value", "公式结果为 #N/A")]


@pytest.mark.parametrize("size", [1, 100, 3_000])
def test_what_is_wrong_with_formulas_is_found_in_whatever_pieces(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as made:
        sheet = made.add_worksheet()
        for row in range(20):
            sheet.write_row(row, 0, ["one", 2, "three"])
            sheet.write_formula(row, 3 + row % 3, "=NA()", None, "#N/A")
    monkeypatch.setattr(package, "_PIECE", size)
    (lines,) = (each for each in unpack.unpack(target.getvalue()) if isinstance(each, frames.Lines))
    expected = [(row + 1, ["one", 2.0, "three", *[None] * (row % 3), "#N/A"]) for row in range(20)]
    assert lines.lines == expected


def csv_of(delimiter: str, encoding: str) -> bytes:
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=delimiter).writerows([["报装台账"], HEADINGS, values()])
    return target.getvalue().encode(encoding)


@pytest.mark.parametrize(
    ("delimiter", "encoding"),
    [(",", "gb18030"), (",", "utf-8-sig"), (";", "utf-8"), ("\t", "utf-16"), ("\t", "gb18030")],
)
def test_text_files_of_every_delimiter_and_encoding(delimiter: str, encoding: str) -> None:
    assert read(csv_of(delimiter, encoding)) == (MODEL, [])


def test_a_workbook_of_the_old_kind_is_read() -> None:
    assert read(xls([["某公司台账"], HEADINGS, values()])) == (MODEL, [])


def test_a_bare_number_is_no_day_where_the_file_does_not_say_from_when_it_counts() -> None:
    _, findings = read(xls([HEADINGS, values(changes={"申请时间": 44621.375})]))
    assert [(each.column, each.code) for each in findings] == [("申请时间", "time-invalid")]


def test_an_open_document_is_read() -> None:
    assert read(ods()) == (MODEL, [])


def test_the_ledger_as_we_write_it_has_nothing_to_note() -> None:
    ledger: RawLedger = open_ledger(LEDGER, xlsx({LEDGER.sheet: [HEADINGS, values()]}))
    assert ledger.notes == {}
