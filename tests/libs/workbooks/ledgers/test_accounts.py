"""A ledger of another kind is read, proposed, reported and written by its template alone."""

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from openpyxl import load_workbook

from libs.common.problems import Problem
from libs.workbooks.ledgers.findings import Finding
from libs.workbooks.ledgers.own_layout import Layout, faults
from libs.workbooks.ledgers.proposal import propose
from libs.workbooks.ledgers.report import write_report
from libs.workbooks.ledgers.rows import open_ledger
from libs.workbooks.ledgers.sheet_cells import Cell
from libs.workbooks.ledgers.writer import LedgerWriter, Signature
from tests.libs.workbooks.accounts import (
    ACCOUNTS,
    BALANCE,
    CATEGORY,
    NAME,
    NUMBER,
    OPENED,
    Account,
    Category,
    book,
    check,
)

pytestmark = pytest.mark.usefixtures("unpacked_here")

NOW = datetime(2026, 1, 5, tzinfo=UTC)
# Headings of an office's own, one of them under a usual other name.
THEIRS = ("用户编号", "姓名", "类别", "开户", "余额", "手机")
OWN = Layout({"类别": CATEGORY, "开户": OPENED}, {CATEGORY: {"门面": "SHOP"}})


def accounts_of(content: bytes, layout: Layout = OWN) -> list[Account | None]:
    return [check(row, NOW).item for row in open_ledger(ACCOUNTS, content, layout).rows]


def test_a_file_under_headings_of_its_own_is_read() -> None:
    content = book(
        ("a-1", "王某", "门面", "2024年3月1日", 12.5, "13812345678"),
        (100123, "李某", "住宅", datetime(2024, 3, 2), "7", None),  # noqa: DTZ001 - a cell has no zone
        ("A-3", "赵某", "home", None, None, None),
        ("合计", None, None, None, 19.5, None),
        headings=THEIRS,
    )
    assert accounts_of(content) == [
        Account("A-1", "王某", Category.SHOP, date(2024, 3, 1), 1250),
        Account("100123", "李某", Category.HOME, date(2024, 3, 2), 700),
        Account("A-3", "赵某", Category.HOME, None, 0),
    ]


def test_a_file_is_refused_in_the_words_of_its_kind() -> None:
    with pytest.raises(Problem, match="没有“户号”一列，请使用本系统导出的用户清册格式"):
        open_ledger(ACCOUNTS, book(("x",), headings=("甲",)))
    with pytest.raises(Problem, match="表头缺少：用水性质"):
        open_ledger(ACCOUNTS, book(("A-1", "王某"), headings=(NUMBER, NAME)))


def test_a_column_that_a_file_leaves_out_has_the_constant_of_its_scope() -> None:
    shops = replace(ACCOUNTS, constants={CATEGORY: "商户"})
    ledger = open_ledger(shops, book(("A-1", "王某"), ("合计", None), headings=(NUMBER, NAME)))
    assert [check(row, NOW).item for row in ledger.rows] == [Account("A-1", "王某", Category.SHOP, None, 0)]
    assert ledger.notes == {"constant-filled": f"表中没有的列，各行都按本单位填入：{CATEGORY}“商户”"}
    # What the file says is not overwritten, and a cell that it leaves blank is not guessed.
    ledger = open_ledger(shops, book(("A-1", "王某", "居民"), ("A-2", "李某", None)))
    first, second = (check(row, NOW) for row in ledger.rows)
    assert first.item == Account("A-1", "王某", Category.HOME, None, 0)
    assert [finding.code for finding in second.findings] == ["missing"]
    assert ledger.notes == {}
    assert propose(shops, book(("A-1", "王某"), headings=(NUMBER, NAME))).missing(shops) == []


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ({NUMBER: "13812345678"}, (NUMBER, "personal-data")),
        ({NUMBER: "1.23457E+17"}, (NUMBER, "digits-lost")),
        ({NUMBER: "＃"}, (NUMBER, "reference-invalid")),
        ({NAME: None}, (NAME, "missing")),
        ({NAME: "长" * 61}, (NAME, "too-long")),
        ({CATEGORY: "农业"}, (CATEGORY, "unknown-category")),
        ({OPENED: "昨天"}, (OPENED, "date-invalid")),
        ({OPENED: "1970-01-01"}, (OPENED, "placeholder-date")),
        ({BALANCE: 12.345}, (BALANCE, "amount-invalid")),
        ({BALANCE: "#REF!"}, (BALANCE, "formula-without-value")),
    ],
)
def test_one_cell_makes_its_row_bad(cells: Mapping[str, object], found: tuple[str, str]) -> None:
    good = {NUMBER: "A-1", NAME: "王某", CATEGORY: "居民", OPENED: "2024-03-01", BALANCE: 12.5}
    content = book([({**good, **cells})[heading] for heading in good], list(good.values()))
    bad, fine = (check(row, NOW) for row in open_ledger(ACCOUNTS, content).rows)
    assert [(finding.row, finding.column, finding.code) for finding in bad.findings] == [(2, *found)]
    assert fine.item is not None


def test_columns_and_words_are_proposed_from_the_template() -> None:
    content = book(("A-1", "王某", "门面", "2024-03-01", 1, "13812345678"), headings=THEIRS)
    proposal = propose(ACCOUNTS, content, Layout({"类别": CATEGORY}))
    assert [(column.heading, column.field) for column in proposal.columns][:5] == [
        ("用户编号", NUMBER),
        ("姓名", NAME),
        ("类别", CATEGORY),
        ("开户", ""),
        ("余额", BALANCE),
    ]
    assert [word.text for word in proposal.columns[2].words] == ["门面"]
    assert "13812345678" not in repr(proposal)
    assert proposal.missing(ACCOUNTS) == []


def test_a_layout_is_held_against_the_template() -> None:
    layout = Layout({"编号": NUMBER, "受理": "受理编号"}, {CATEGORY: {"大户": "BIG"}, NAME: {"王": "WANG"}})
    assert {fault.field: fault.code for fault in faults(ACCOUNTS, layout)} == {
        "columns.受理": "unknown-field",
        "columns": "field-missing",
        f"values.{CATEGORY}.大户": "value-unknown",
        f"values.{NAME}": "field-without-list",
    }
    assert faults(ACCOUNTS, layout)[0].rule == "用户清册里没有这个字段"


def test_the_report_has_the_rows_in_their_own_columns_without_what_is_not_kept() -> None:
    headings = (NUMBER, NAME, CATEGORY, "联系电话")
    ledger = open_ledger(
        ACCOUNTS, book(("A-1", "王某", "居民", "1"), ("A-2", "李某", "农业", "2"), headings=headings)
    )
    finding = Finding(3, CATEGORY, "unknown-category", "“农业”不是规定的用水性质", "请填写：居民、商户")
    report = load_workbook(io.BytesIO(write_report(ACCOUNTS, ledger, [finding])))["问题行"]
    assert list(report.values) == [
        ("行号", "结果", "原因", "怎样改", NUMBER, NAME, CATEGORY),
        (3, "不合格", f"{CATEGORY}：{finding.reason}", finding.remedy, "A-2", "李某", "农业"),
    ]


def test_what_is_written_is_read_back_and_totalled() -> None:
    target = io.BytesIO()
    writer = LedgerWriter(ACCOUNTS, target, Signature("某单位", date(2026, 1, 5), "某人"))
    rows: list[dict[str, Cell]] = [
        {NUMBER: "A-1", NAME: "=王", CATEGORY: "居民", OPENED: date(2024, 3, 1), BALANCE: 12},
        {NUMBER: "A-2", NAME: "李", CATEGORY: "商户", BALANCE: 30},
    ]
    for row in rows:
        writer.write(row)
    writer.close()
    sheet = load_workbook(io.BytesIO(target.getvalue()))["用户"]
    assert [sheet["A1"].value, sheet["B2"].value] == ["用户清册", "填报单位：某单位"]
    last = [cell.value for cell in sheet[6]]
    assert (last[0], last[1], last[5]) == ("合计", "2 户", 42)
    assert accounts_of(target.getvalue()) == [
        Account("A-1", "=王", Category.HOME, date(2024, 3, 1), 1200),
        Account("A-2", "李", Category.SHOP, None, 3000),
    ]
