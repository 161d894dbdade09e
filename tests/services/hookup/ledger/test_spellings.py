"""Every legal spelling of one workbook gives the same rows, or the same refusals."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings

from libs.common.clock import local
from libs.common.problems import Problem
from libs.workbooks.ledgers.moments import MomentFault, read_day, read_wall
from libs.workbooks.ledgers.rows import RawLedger, open_ledger
from libs.workbooks.ledgers.template import Content
from services.hookup.dev.ledger_example.files import shown
from services.hookup.ledger.layout import LEDGER
from services.hookup.ledger.reader import read_row
from tests.libs.workbooks.files.spellings import SPELLINGS, Day, Formula, Spelling, Value, column, spelled
from tests.services.hookup.ledger.books import OF, models

NOW = datetime(2026, 1, 5, tzinfo=UTC)
CELLS = shown(OF, models(1)[0])
CHANGED = ("约定日期", "是否特殊情况", "补正时间")
# Those that are read, as far as the row has them or the test changes them.
HEADINGS = [
    each.heading
    for each in LEDGER.columns
    if each.must or each.heading in CHANGED or (each.heading in CELLS and each.heading[-1] in "号)始成间")
]


def value_of(heading: str) -> Value:
    value = CELLS.get(heading)
    if isinstance(value, datetime):
        return local(value).replace(tzinfo=None)
    return None if value is None else str(value)


def row(**changes: Any) -> list[Value]:
    cells = {heading: value_of(heading) for heading in HEADINGS} | changes
    return [cells[heading] for heading in HEADINGS]


def wall(*parts: int) -> datetime:
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - wall time


# Rows of everything that a cell can be.
ROWS: list[Sequence[Value]] = [
    ["聊城市水气暖报装全流程台账"],
    HEADINGS,
    row(),
    row(受理编号="W-2", 申请时间=Day(wall(2022, 3, 1)), 约定日期=Day(wall(2022, 3, 20))),
    row(**{"受理编号": "W-3", "外线长度(设计)": 30.299999999999997, "序号": 3, "是否特殊情况": False}),
    row(受理编号=202203010000123000.0, 用户编号=Formula("C-1"), 约定日期=Formula(None)),
    row(
        **{
            "受理编号": "W-5",
            "约定日期": Formula("#N/A"),
            "外线长度(设计)": Formula(40.5),
            "补正时间": Formula(""),
        }
    ),
    row(受理编号="W-6", 区划=None, 专营单位=None),
    row(受理编号="W-7", 区划=None, 专营单位=None),
    ["合　计", "5 件", *[None] * 8, 200.5],
    ["制表人：", None, None, "审核人："],
]
PLACES = [column(HEADINGS.index(each)) for each in ("区划", "专营单位")]
MERGED = [*(f"{each}7:{each}9" for each in PLACES), "A1:D1"]


pytestmark = pytest.mark.usefixtures("unpacked_here")


def told(content: bytes) -> list[tuple[int, dict[str, object], object]]:
    """What a ledger says, row by row, and what is found in it."""
    ledger: RawLedger = open_ledger(LEDGER, content)
    return [
        (each.number, meant(each.cells), [(found.column, found.code) for found in read_row(each, NOW)[1]])
        for each in ledger.rows
    ]


def meant(cells: Mapping[str, object]) -> dict[str, object]:
    """What cells mean: a moment is the same in a cell of its own kind and in a text."""
    return {
        name: (read_wall(value), read_day(value)) if name in LEDGER.holding(Content.MOMENT) else value
        for name, value in cells.items()
    }


def notes(content: bytes) -> object:
    return open_ledger(LEDGER, content).notes


def refusal(content: bytes) -> tuple[str, str]:
    with pytest.raises(Problem) as caught:
        open_ledger(LEDGER, content)
    return caught.value.kind.slug, caught.value.detail


def test_the_plainest_spelling_is_read_as_it_is_meant() -> None:
    first, second, third, fourth, fifth, sixth, seventh = told(spelled(ROWS, Spelling(), MERGED))
    assert first[0] == 3
    assert first[2] == []
    assert second[2] == [("申请时间", "time-missing")]
    assert second[1]["约定日期"] == (MomentFault.DAY_ONLY, date(2022, 3, 20))
    assert third[1]["外线长度(设计)"] == 30.3
    assert third[1]["是否特殊情况"] is False
    assert fourth[2] == [("受理编号", "digits-lost"), ("约定日期", "formula-without-value")]
    assert fifth[2] == [("约定日期", "formula-without-value")]
    assert "补正时间" not in fifth[1]
    assert [each[0] for each in (sixth, seventh)] == [8, 9]
    assert sixth[1]["区划"] == seventh[1]["区划"] == value_of("区划")


HEADLESS = [["受理编号", "区划"], ["W-1", "东昌府区"]]


@settings(max_examples=100)
@given(SPELLINGS)
def test_every_legal_spelling_gives_the_same_rows(how: Spelling) -> None:
    plainest, content = (spelled(ROWS, each, MERGED) for each in (Spelling(), how))
    assert told(content) == told(plainest)
    assert notes(content) == notes(plainest)


@settings(max_examples=30)
@given(SPELLINGS)
def test_every_legal_spelling_gets_the_same_refusal(how: Spelling) -> None:
    assert refusal(spelled(HEADLESS, how)) == refusal(spelled(HEADLESS, Spelling()))
