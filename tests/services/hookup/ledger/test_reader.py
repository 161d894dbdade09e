"""What the reader takes, and what it says of a file that it cannot take."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import xlsxwriter
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from libs.common.problems import Problem
from libs.common.references import BadReferenceError, customer_reference
from libs.workbooks.files import frames, package, unpack
from libs.workbooks.files.frames import MOST_BYTES
from libs.workbooks.ledgers.rows import open_ledger, text_of
from services.hookup.dev.ledger_example.files import shown
from services.hookup.domain.reports.ledger_row import LedgerRow
from services.hookup.ledger.layout import LEDGER
from services.hookup.ledger.reader import read_row
from tests.libs.workbooks.files.spellings import Spelling, spelled
from tests.services.hookup.ledger.books import OF, book, changed, models

NOW = datetime(2026, 1, 5, tzinfo=UTC)
HEADINGS = [column.heading for column in LEDGER.columns]


def sheets(content: dict[str, Sequence[Sequence[str]]]) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as made:
        for name, rows in content.items():
            sheet = made.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return target.getvalue()


def read_one(content: bytes) -> LedgerRow | None:
    (raw,) = open_ledger(LEDGER, content).rows
    row, findings = read_row(raw, NOW)
    assert findings == []
    return row


@pytest.mark.parametrize(
    ("content", "slug"),
    [
        (b"", "ledger-not-xlsx"),
        (b"nonsense", "ledger-not-xlsx"),
        (sheets({"a": [HEADINGS, HEADINGS], "b": [HEADINGS, HEADINGS]}), "ledger-sheet-missing"),
        (sheets({"a": [["no", "header"]]}), "ledger-header-missing"),
        (sheets({"a": [[""]] * 25 + [HEADINGS]}), "ledger-header-missing"),
        (
            sheets({"a": [[each for each in HEADINGS if each != "通水通气时间"], ["1"]]}),
            "ledger-header-missing",
        ),
        (sheets({"a": [HEADINGS]}), "ledger-empty"),
        (sheets({"a": [HEADINGS, ["合计"]]}), "ledger-empty"),
    ],
)
def test_a_file_that_is_no_ledger_is_a_problem(content: bytes, slug: str) -> None:
    with pytest.raises(Problem) as caught:
        open_ledger(LEDGER, content)
    assert caught.value.kind.slug == slug


def test_a_zip_that_is_no_workbook_is_a_problem() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        packed.writestr("readme.txt", "hello")
    with pytest.raises(Problem) as caught:
        open_ledger(LEDGER, target.getvalue())
    assert caught.value.kind.slug == "ledger-not-xlsx"


def test_a_missing_column_is_named() -> None:
    with pytest.raises(Problem, match="用户类别"):
        open_ledger(LEDGER, sheets({"a": [[each for each in HEADINGS if each != "用户类别"], ["1"]]}))


def test_too_many_bytes_are_refused_packed_and_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Problem) as caught:
        open_ledger(LEDGER, bytes(MOST_BYTES + 1))
    assert caught.value.kind.slug == "ledger-too-large"
    monkeypatch.setattr(package, "MOST_UNPACKED", 1_000)
    assert [type(each) for each in unpack.unpack(book(models(1)))] == [frames.Refused]


def test_the_named_sheet_is_taken_among_others() -> None:
    rows = [HEADINGS, ["1", "W-1"]]
    assert [
        row.cells["受理编号"]
        for row in open_ledger(LEDGER, sheets({"说明": [["x"]], LEDGER.sheet: rows})).rows
    ] == ["W-1"]


def test_rows_have_the_numbers_of_the_spreadsheet_and_blank_ones_are_passed_over() -> None:
    content = sheets(
        {"a": [["title"], [], [], HEADINGS, ["1", "A"], [], ["2"], ["3", "B"], ["合计", "2 件"]]}
    )
    ledger = open_ledger(LEDGER, content)
    assert (ledger.header_row, [row.number for row in ledger.rows]) == (4, [5, 8])


def test_headings_are_known_in_spite_of_blanks_and_wide_brackets() -> None:
    headings = [heading.replace("(", "（").replace(")", " ）\n") for heading in HEADINGS]
    (row,) = open_ledger(LEDGER, sheets({"a": [headings, ["1", "A", *[""] * 9, "40"]]})).rows
    assert row.cells["外线长度(设计)"] == "40"


def test_a_row_is_read_back_as_it_was_written() -> None:
    (row,) = models(1)
    assert read_one(book([row])) == row


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("区划", "371502"),
        ("专营单位", "w-371502"),
        ("服务类型", "WATER"),
        ("服务类型", "自来水"),
        ("用户类别", "ENT"),
        ("申请渠道", "爱山东"),
        ("申请渠道", "ishandong"),
        ("办理状态", "CLOSED"),
        ("申请时间", "2022/3/1 9:00"),
        ("申请时间", "2022年3月1日 09:00"),
        ("申请时间", "2022-03-01T09:00:00"),
        ("外线长度(设计)", "40.00"),
        ("受理方式", None),
        ("是否特殊情况", None),
    ],
)
def test_codes_and_written_times_are_taken_too(heading: str, cell: str | None) -> None:
    (row,) = models(1)
    assert read_one(book([changed(row, {heading: cell})])) == row


@pytest.mark.parametrize(
    ("written", "form"),
    [("c-000777", "C-000777"), ("Ｃ-000777", "C-000777"), ("C-0007\u200b77", "C-000777"), ("a_1", "A_1")],
)
def test_a_reference_is_the_same_in_any_writing(written: str, form: str) -> None:
    (row,) = models(1)
    read = read_one(book([changed(row, {"用户编号": written, "受理编号": f" {row.number.lower()}"})]))
    assert read is not None
    assert (read.customer_ref, read.number) == (form, row.number)


@settings(max_examples=30, deadline=None)
@given(st.from_regex(r"[A-Z0-9][A-Z0-9_-]{0,63}", fullmatch=True))
def test_a_customer_whom_the_api_takes_comes_back_from_our_own_ledger(reference: str) -> None:
    try:
        customer_reference(reference)
    except BadReferenceError:
        assume(False)
    (row,) = models(1)
    assert read_one(book([replace(row, customer_ref=reference)])) == replace(row, customer_ref=reference)


def test_one_number_in_two_writings_is_one_number() -> None:
    first, second = models(2)
    ledger = open_ledger(
        LEDGER, book([changed(first, {}), changed(second, {"受理编号": first.number.lower()})])
    )
    assert list(ledger.repeated) == [5]


def test_a_site_that_is_not_said_lies_in_its_district() -> None:
    (row,) = models(1)
    read = read_one(book([changed(row, {"地址区划代码": None})]))
    assert read is not None
    assert read.site_division == "371502000000"


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"受理编号": "有 空格"}, "reference-invalid"),
        ({"用户编号": "371502199001011234"}, "personal-data"),
        ({"用户编号": "C-138 0013 8000"}, "personal-data"),
        ({"用户编号": "0635-8220000"}, "personal-data"),
        ({"受理编号": "W１３８００１３８０００"}, "personal-data"),
        ({"一次性补正内容": "请带身份证371502 19900101 1234"}, "personal-data"),
        ({"一次性补正内容": "请打1380013\u200b8000"}, "personal-data"),
        ({"地址区划代码": "110101001001"}, "site-elsewhere"),
        ({"地址区划代码": "371502٠٠٨٠٠١"}, "site-elsewhere"),
        ({"约定日期": "明天"}, "date-invalid"),
        ({"勘查设计开始": None}, "missing"),
        ({"申请时间": "44621.38"}, "time-invalid"),
        ({"申请时间": "1899-12-31 09:00"}, "placeholder-date"),
        ({"是否特殊情况": "也许"}, "yes-or-no"),
        ({"用户确认时间": "2022-03-04 09:30"}, "end-before-start"),
        ({"通水通气时间": "2022-03-04 08:30", "用户确认时间": None}, "end-before-start"),
        ({"不予办理原因": "重复申请"}, "refusal-reason"),
        ({"终止时间": "2022-03-05 09:30"}, "state-contradicts"),
        ({"一次性补正内容": "长" * 2_001}, "too-long"),
        ({"时限类别": "很长"}, "unknown-class"),
        ({"特殊情况原因": "没有人手", "是否特殊情况": "是"}, "unknown-special-reason"),
    ],
)
def test_what_a_cell_must_be(cells: dict[str, str | None], code: str) -> None:
    (model,) = models(1)
    (raw,) = open_ledger(LEDGER, book([changed(model, cells)])).rows
    row, findings = read_row(raw, NOW)
    assert (row, [each.code for each in findings]) == (None, [code])
    assert all(each.reason and each.remedy and each.row == 4 and each.column in HEADINGS for each in findings)


def test_a_text_that_was_neutralised_is_read_as_it_was() -> None:
    (model,) = models(1)
    content = book([changed(model, {"用户编号": "=1+1"})])
    (raw,) = open_ledger(LEDGER, content).rows
    assert raw.cells["用户编号"] == "'=1+1"
    assert text_of(raw.cells["用户编号"]) == "=1+1"


def test_shown_cells_have_a_column_each() -> None:
    assert shown(OF, models(1)[0]).keys() <= set(HEADINGS)


def test_an_empty_file_is_said_to_be_empty() -> None:
    with pytest.raises(Problem, match="文件是空的"):
        open_ledger(LEDGER, b"")


def test_long_texts_above_many_columns_are_no_headings() -> None:
    """Of a heading over a hundred columns each has a copy: a text of thousands of characters is none."""
    content = spelled([["受理编号" * 5_000, *[None] * 200], ["题"] * 200, ["1"] * 200], Spelling())
    with pytest.raises(Problem) as caught:
        open_ledger(LEDGER, content)
    assert caught.value.kind.slug == "ledger-header-missing"
