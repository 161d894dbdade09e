"""How the workbook looks to whoever opens it."""

import io
from datetime import date
from typing import Any

import pytest
from openpyxl import load_workbook

from libs.common.problems import Problem
from libs.workbooks.ledgers import sheet_cells
from libs.workbooks.ledgers.writer import LedgerWriter, Signature
from services.hookup.ledger.layout import LEDGER
from tests.services.hookup.ledger.books import book, changed, models

HEADINGS = [column.heading for column in LEDGER.columns]


def sheet(content: bytes) -> Any:
    return load_workbook(io.BytesIO(content)).worksheets[0]


def test_title_line_header_and_total() -> None:
    made = sheet(book(models(2)))
    assert made["A1"].value == "聊城市水气暖报装全流程台账"
    assert next(str(each) for each in made.merged_cells.ranges).startswith("A1:")
    line = [cell.value for cell in made[2] if cell.value]
    assert line == ["填报单位：聊城市", "填报日期：2023-01-03", "填报人：测试", "审核人："]
    assert [cell.value for cell in made[3]] == [column.heading for column in LEDGER.columns]
    assert made.freeze_panes == "C4"
    assert made.auto_filter.ref == f"A3:{made.cell(3, len(LEDGER.columns)).column_letter}5"
    total = {column.heading: cell.value for column, cell in zip(LEDGER.columns, made[6], strict=True)}
    assert (total["序号"], total["勘查设计用时(小时)"], total["压茬小时"]) == ("合计", 12, 2)


def test_times_are_real_dates_on_shanghai_wall_time_and_codes_are_text() -> None:
    made = sheet(book(models(1)))
    cells = {column.heading: cell for column, cell in zip(LEDGER.columns, made[4], strict=True)}
    assert str(cells["申请时间"].value) == "2022-03-01 09:00:00"
    assert cells["申请时间"].number_format == "yyyy-mm-dd hh:mm"
    assert cells["地址区划代码"].value == "371502008001"
    assert cells["地址区划代码"].number_format == "@"
    assert (cells["判定口径"].value, cells["规则版本"].value) == ("自然日（末日遇休息日顺延）", "2022-49")
    assert (str(cells["应办结时间"].value), cells["是否超时"].value) == ("2022-03-07 17:30:00", "否")


@pytest.mark.parametrize("text", ["=cmd()", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_what_a_spreadsheet_would_run_is_shown_as_text(text: str) -> None:
    (row,) = models(1)
    cell = sheet(book([changed(row, {"一次性补正内容": text})])).cell(4, HEADINGS.index("一次性补正内容") + 1)
    assert cell.data_type == "s"
    assert cell.value.startswith("'")


def test_a_number_or_an_address_in_a_text_stays_a_text() -> None:
    (row,) = models(1)
    made = sheet(book([changed(row, {"一次性补正内容": "http://a.example/", "帮办人": "007"})]))
    assert {cell.data_type for cell in made[4] if cell.value in ("http://a.example/", "007")} == {"s"}
    assert made._hyperlinks == []


def test_a_text_that_no_cell_holds_goes_to_a_sheet_of_its_own_whole() -> None:
    (row,) = models(1)
    longest, beyond, astral = "长" * 32_767, "=" + "长" * 32_767, "\U00020000" * 16_384
    made = load_workbook(
        io.BytesIO(
            book(
                [
                    changed(row, {"一次性补正内容": longest}),
                    changed(row, {"一次性补正内容": beyond, "告知承诺": astral}),
                ]
            )
        )
    )
    column = HEADINGS.index("一次性补正内容") + 1
    sheet, long = made.worksheets
    assert sheet.cell(4, column).value == longest
    assert sheet.cell(5, column).value == "（内容过长，见工作表“超长内容”）"
    assert long.title == "超长内容"
    parts: dict[object, str] = {}
    for where, heading, text in long.iter_rows(min_row=2, values_only=True):
        assert where == "报装全流程台账 第 5 行"
        assert isinstance(text, str)
        assert len(text.encode("utf-16-le")) // 2 <= 32_767
        parts[heading] = parts.get(heading, "") + text
    assert parts == {"一次性补正内容": f"'{beyond}", "告知承诺": astral}


def test_more_rows_than_a_sheet_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_cells, "LAST_ROW", 6)
    writer = LedgerWriter(LEDGER, target := io.BytesIO(), Signature("聊城市", date(2023, 1, 3)))
    for row in models(2):
        writer.write_cells(changed(row, {}))
    with pytest.raises(Problem) as caught:
        writer.write_cells({})
    assert (caught.value.kind.slug, caught.value.kind.status) == ("ledger-too-many-rows", 422)
    writer.close()
    assert sheet(target.getvalue())["A6"].value == "合计"


@pytest.mark.parametrize("code", [-1, -2])
def test_what_the_library_passes_over_is_a_fault(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = LedgerWriter(LEDGER, io.BytesIO(), Signature("聊城市", date(2023, 1, 3)))
    with monkeypatch.context() as patched:
        patched.setattr("xlsxwriter.worksheet.Worksheet.write_string", lambda *_: code)
        with pytest.raises(RuntimeError, match=f"not written: {code}"):
            writer.write_cells({"受理编号": "W-1"})
    writer.close()
