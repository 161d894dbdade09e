"""Totals, signatures, notes and repeated headings are passed over in any spelling; a record never is."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.workbooks.ledgers.rows import open_ledger
from services.hookup.ledger.layout import LEDGER
from tests.libs.workbooks.files.spellings import Spelling, Value, spelled
from tests.services.hookup.ledger.office_files import HEADINGS, values

pytestmark = pytest.mark.usefixtures("unpacked_here")

RECORD = values()
MUST = [each.heading for each in LEDGER.columns if each.must]


def numbers(*rows: list[Value], headings: list[str] = HEADINGS) -> list[object]:
    """The numbers of the records among some rows, the first of which is one."""
    ledger = open_ledger(LEDGER, spelled([headings, RECORD, *rows], Spelling()))
    return [row.cells.get("受理编号") for row in ledger.rows]


def line(text: str, place: int = 0, /, **others: Any) -> list[Value]:
    """A row with a text in one place and other cells by heading."""
    cells: list[Value] = [others.get(heading) for heading in HEADINGS]
    cells[place] = text
    return cells


TOTALS = [
    *("合计", "总计", "小计", "共计", "累计", "本页合计", "本月小计", "东昌府区小计", "合计：", "2022年总计"),
    "合计（件）",
]
SIGNED = [
    *("制表人：某某", "审核人：某某", "填报人:", "填表人", "负责人（签字）：", "单位负责人签章"),
    *("填报日期：2022-12-31", "第 1 页 共 3 页"),
]
NOTES = ["注：本表由各单位填写", "备注1：见附件", "说明:含暂停件", "以上各项由专营单位负责填写"]


@given(st.sampled_from(TOTALS + SIGNED + NOTES), st.data())
def test_they_are_passed_over_in_any_width_and_spacing(text: str, data: st.DataObject) -> None:
    spelled_so = ""
    for character in text:
        blank = data.draw(st.sampled_from(["", "", " ", "　", "\u200b"]))
        wide = chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character
        spelled_so += data.draw(st.sampled_from([character, wide])) + blank
    place = data.draw(st.sampled_from([0, 1, 2, 3]))
    assert len(numbers(line(spelled_so, place))) == 1


@pytest.mark.parametrize(
    "row",
    [
        line("合　计", **{"受理编号": "2 件", "外线长度(设计)": 200.5}),
        line("小计", 1, **{"外线长度(设计)": 40.0, "暂停天数": 3.0}),
        line("小计", 2, **{heading: 30.0 for heading in MUST if heading != "区划"}),
        line("东昌府区", 2, **{"专营单位": "小计", "外线长度(设计)": 40.0}),
        line("填报人：某某", 1, **{"外线长度(设计)": "审核人：某某"}),
        line("制表人：", 1, 区划="某某", 用户编号="审核人：", 用户类别="某某"),
        line("聊城市水气暖报装全流程台账"),
        list(HEADINGS),
    ],
)
def test_rows_that_offices_put_among_records(row: list[Value]) -> None:
    assert len(numbers(row, RECORD)) == 2


def test_a_header_of_two_rows_is_known_again_by_either() -> None:
    stage = "勘查设计"
    above = [stage if each.startswith(stage) else each for each in HEADINGS]
    below: list[Value] = [each.removeprefix(stage) if each.startswith(stage) else None for each in HEADINGS]
    rows: list[Sequence[Value]] = [above, below, RECORD, above, below, RECORD]
    assert len(open_ledger(LEDGER, spelled(rows, Spelling())).rows) == 2


def test_what_is_passed_over_is_said_but_for_totals_and_headings() -> None:
    rows: list[Sequence[Value]] = [
        HEADINGS,
        RECORD,
        line("合计"),
        list(HEADINGS),
        line("制表人：某某"),
        line("注：见附件"),
    ]
    ledger = open_ledger(LEDGER, spelled(rows, Spelling()))
    assert ledger.notes == {"row-passed-over": "第 5、6 行是签名或说明，未读取"}


@given(st.data())
def test_a_record_is_never_passed_over(data: st.DataObject) -> None:
    """Whatever labels stand in a record's cells: its number or what else it says makes it one."""
    row: list[Value] = list(RECORD)
    labels = st.sampled_from(["合计", "小计", "制表人：某某", "注：", "说明：无", "合计科技有限公司"])
    for place in data.draw(st.lists(st.integers(0, len(HEADINGS) - 1), max_size=6)):
        row[place] = data.draw(labels)
    if data.draw(st.booleans()):
        row[HEADINGS.index("受理编号")] = None
    assert len(numbers(row)) == 2


@pytest.mark.parametrize("number", ["W-371502-20220301-0009", "GD2022001", "20220301000123", "W-9"])
def test_a_row_of_a_number_alone_is_a_record(number: str) -> None:
    assert numbers(line("小计", 0, 受理编号=number)) == [RECORD[HEADINGS.index("受理编号")], number]


def test_a_text_that_may_be_meant_for_a_number_is_a_record() -> None:
    """It is refused in its row, where people see it."""
    assert numbers(line("聊水报字〔2022〕5号", HEADINGS.index("受理编号")))[1:] == ["聊水报字〔2022〕5号"]
