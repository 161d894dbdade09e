"""The ledger (清零台账): what is entered, who keeps it, and by what alone it is crossed off."""

import pytest

from services.grievances.dev.scenarios import CITIZEN, CITY, CLERK, COUNTY, DESK, act, call, work_on
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.values.codes import (
    CloseReason,
    CrossOffGround,
    LedgerState,
    Level,
    Outcome,
    Trigger,
)
from services.grievances.domain.values.states import GrievanceState, Turn, WorkKind
from services.grievances.domain.verbs import calling, clearing, handling, screening
from services.grievances.domain.work import work_of
from tests.services.grievances.domain.test_calling import not_reached
from tests.services.grievances.samples import (
    COLLEAGUE,
    MONDAY,
    RULES,
    at,
    failed,
    names,
    pass_until,
    refused,
    replied,
    unsatisfied,
)

SOLVED, IMPOSSIBLE = CrossOffGround.SOLVED, CrossOffGround.IMPOSSIBLE


def cross_off(
    item: Grievance, ground: CrossOffGround, level: Level, by: str, explanation: str | None = None
) -> None:
    """Agree to cross the entry off."""
    act(item, MONDAY, by)
    clearing.cross_off(item, ground, level, explanation, MONDAY, RULES)


def test_an_entry_is_crossed_off_by_a_good_call_back_of_a_later_cycle_alone() -> None:
    item = replied()
    unsatisfied(item, MONDAY)
    entry = item.ledger
    assert entry is not None
    assert entry.clear_by == at(25, "17:30")
    refused("not-called-back", item, lambda: cross_off_as(item, SOLVED))
    work_on(item, MONDAY, RULES)
    refused("not-called-back", item, lambda: cross_off_as(item, SOLVED))
    unsatisfied(item, MONDAY)
    work_on(item, MONDAY, RULES)
    act(item, MONDAY, COUNTY)
    not_reached(item, MONDAY, at(5), at(6))
    assert item.cycle.outcome is Outcome.UNREACHABLE
    refused("not-called-back", item, lambda: cross_off_as(item, SOLVED))
    act(item, at(6), CITIZEN)
    calling.reopen(item, "仍未解决", at(6), RULES)
    work_on(item, at(6), RULES)
    act(item, at(6), COUNTY)
    calling.call_back(item, call(9, at(6)), RULES)
    assert [(work.kind, work.whose) for work in work_of(item)] == [(WorkKind.CROSS_OFF, Turn.COUNTY)]
    cross_off_as(item, SOLVED)
    assert item.ledger is not None
    assert item.ledger.state is LedgerState.CROSSED_OFF
    refused("not-in-ledger", item, lambda: cross_off_as(item, SOLVED))
    assert work_of(item) == []


def cross_off_as(item: Grievance, ground: CrossOffGround) -> None:
    """Let the district agree, which acts already."""
    clearing.cross_off(item, ground, Level.COUNTY, None, MONDAY, RULES)


def test_what_is_impossible_is_explained_and_both_levels_agree_by_two_persons() -> None:
    item = failed()
    act(item, MONDAY, COUNTY)

    def agree(level: Level, explanation: str | None = None) -> None:
        clearing.cross_off(item, IMPOSSIBLE, level, explanation, MONDAY, RULES)

    refused("explanation-missing", item, lambda: agree(Level.COUNTY))
    refused("personal-data-in-text", item, lambda: agree(Level.COUNTY, "已告知13800138000"))
    agree(Level.COUNTY, "管网改造前压力不足")
    refused("approved-already", item, lambda: agree(Level.COUNTY))
    refused("approved-already", item, lambda: agree(Level.CITY))
    assert item.ledger is not None
    assert item.ledger.is_open
    assert next((work.kind, work.whose) for work in work_of(item)) == (WorkKind.CROSS_OFF, Turn.CITY)
    act(item, MONDAY, CITY)
    agree(Level.CITY)
    assert not item.ledger.is_open
    assert item.ledger.explanation == "管网改造前压力不足"


def test_who_works_on_it_keeps_the_entry() -> None:
    item = replied()
    unsatisfied(item, MONDAY)
    act(item, MONDAY, CLERK)
    refused("nothing-to-write", item, lambda: clearing.keep(item, None, None, None, MONDAY, RULES))
    refused("owner-unknown", item, lambda: clearing.keep(item, "u-else", None, None, MONDAY, RULES))
    for name in ("measures", "progress"):
        texts = {"measures": None, "progress": None} | {name: "请打13800138000"}
        error = refused(
            "personal-data-in-text",
            item,
            lambda texts=texts: clearing.keep(
                item, None, texts["measures"], texts["progress"], MONDAY, RULES
            ),  # type: ignore[misc]
        )
        assert error.field == name
    clearing.keep(item, COLLEAGUE, "更换水泵", "已订购", MONDAY, RULES)
    for _ in range(clearing.MOST_PROGRESS - 1):
        clearing.keep(item, None, None, "已订购", MONDAY, RULES)
    refused("progress-too-long", item, lambda: clearing.keep(item, None, None, "到货", MONDAY, RULES))
    assert item.ledger is not None
    assert (item.ledger.owner, item.ledger.measures) == (COLLEAGUE, "更换水泵")


@pytest.mark.parametrize("ending", ["withdrawn", "not accepted"])
def test_an_entry_stays_when_a_redo_ends_otherwise_and_is_crossed_off_by_both(ending: str) -> None:
    item = replied()
    unsatisfied(item, MONDAY)
    if ending == "withdrawn":
        act(item, MONDAY, CITIZEN)
        handling.withdraw(item, MONDAY)
    else:
        item.state = GrievanceState.NEW
        item.entrust(None, [])
        act(item, MONDAY, DESK)
        screening.refuse(item, CloseReason.NOT_OURS, "属物业", MONDAY)
    assert item.ledger is not None
    kinds = {work.kind for work in work_of(item)}
    assert kinds == ({WorkKind.CLEAR} if ending == "withdrawn" else {WorkKind.CROSS_OFF})
    cross_off(item, IMPOSSIBLE, Level.COUNTY, COUNTY, "已解释")
    cross_off(item, IMPOSSIBLE, Level.CITY, CITY)
    assert item.ledger.state is LedgerState.CROSSED_OFF


def test_an_entry_that_is_not_cleared_is_overdue_once() -> None:
    item = failed()
    pass_until(item, at(25, "17:30"))
    pass_until(item, at(31))
    assert names(item).count("ledger_overdue") == 1
    assert Trigger.LEDGER_OVERDUE in [entry.trigger for entry in item.supervised]
    act(item, at(31), COUNTY)
    clearing.cross_off(item, IMPOSSIBLE, Level.COUNTY, "已解释", at(31), RULES)
    act(item, at(31), CITY)
    clearing.cross_off(item, IMPOSSIBLE, Level.CITY, None, at(31), RULES)
    assert item.pending_events[-1].data["on_time"] is False
