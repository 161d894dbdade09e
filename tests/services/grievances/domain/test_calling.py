"""The call-back, the redo and reopening: only what the person says ends a grievance well."""

from copy import deepcopy
from datetime import datetime, timedelta

import msgspec
import pytest

from libs.common.rules import RuleError
from services.grievances.dev.scenarios import CITIZEN, CLERK, COUNTY, DESK, act, call, work_on
from services.grievances.domain.cycle import Call
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.values.codes import (
    CycleReason,
    Outcome,
    ReturnReason,
    Trigger,
)
from services.grievances.domain.values.kinds import ContactWay, GrievanceKind
from services.grievances.domain.values.states import GrievanceState
from services.grievances.domain.verbs import calling, handling, screening
from tests.services.grievances.samples import (
    MONDAY,
    RULES,
    at,
    closed,
    failed,
    names,
    new,
    pass_until,
    refused,
    replied,
    signed,
    unsatisfied,
)


def not_reached(item: Grievance, *instants: datetime) -> None:
    """Call back in vain."""
    for number, instant in enumerate(instants):
        calling.call_back(item, call(number, instant, grade=None), RULES)


@pytest.mark.parametrize(
    ("calls", "state"),
    [
        ([at(4), at(4, "10:00")], GrievanceState.CALLBACK),
        # Three of one day are not enough.
        ([at(4), at(4, "10:00"), at(4, "23:59")], GrievanceState.CALLBACK),
        ([at(4), at(5)], GrievanceState.CALLBACK),
        ([at(4), at(4, "10:00"), at(5, "00:00")], GrievanceState.CLOSED),
        ([at(4), at(4, "10:00"), at(4, "11:00"), at(5)], GrievanceState.CLOSED),
    ],
)
def test_three_attempts_on_two_days_end_it_as_unreachable(
    calls: list[datetime], state: GrievanceState
) -> None:
    item = replied()
    not_reached(item, *calls)
    assert item.state is state
    is_over = state is GrievanceState.CLOSED
    assert item.cycle.outcome is (Outcome.UNREACHABLE if is_over else None)
    assert item.cycle.effective_call is None
    assert item.ledger is None


def test_unreachable_is_never_satisfied_and_who_is_reached_on_the_last_attempt_decides() -> None:
    item = replied()
    not_reached(item, at(4), at(5))
    calling.call_back(item, call(3, at(6), grade=3), RULES)
    assert item.cycle.outcome is Outcome.SATISFIED
    gone = replied()
    not_reached(gone, at(4), at(5), at(6))
    closing = gone.pending_events[-1]
    assert (closing.event, closing.data["outcome"]) == ("grievance_closed", Outcome.UNREACHABLE)
    assert all(event.data.get("grade") is None for event in gone.pending_events)


def test_who_did_something_of_it_in_any_cycle_calls_nobody() -> None:
    item = replied()
    refused("caller-is-handler", item, lambda: calling.call_back(item, call(1, MONDAY, CLERK), RULES))
    unsatisfied(item, MONDAY)
    work_on(item, MONDAY, RULES)
    item.cycle.handlers.remove(CLERK)
    refused("caller-is-handler", item, lambda: calling.call_back(item, call(2, MONDAY, CLERK), RULES))
    answered = new("HOOKUP-TIME", GrievanceKind.CONSULTATION)
    screening.answer(answered, "见公告", None, MONDAY, RULES)
    refused("caller-is-handler", answered, lambda: calling.call_back(answered, call(1, MONDAY, DESK), RULES))
    calling.call_back(answered, call(1, MONDAY, COUNTY), RULES)
    assert answered.cycle.outcome is Outcome.SATISFIED


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("call-incomplete", (True, None, True, 5, None)),
        ("call-incomplete", (True, True, None, 5, None)),
        ("call-incomplete", (True, True, True, None, None)),
        ("call-incomplete", (False, True, None, None, None)),
        ("call-incomplete", (False, None, None, 5, None)),
        ("call-reason-missing", (True, True, False, 5, None)),
        ("call-reason-missing", (True, True, True, 2, None)),
        ("personal-data-in-text", (True, True, True, 2, "请打13800138000")),
    ],
)
def test_a_result_is_whole_or_none(
    code: str, values: tuple[bool, bool | None, bool | None, int | None, str | None]
) -> None:
    item = replied()
    refused(
        code,
        item,
        lambda: calling.call_back(item, Call("call-1", MONDAY, COUNTY, ContactWay.PHONE, *values), RULES),
    )


def test_a_contact_that_the_person_denies_is_so_marked() -> None:
    item = replied()
    denied = Call("call-1", MONDAY, COUNTY, ContactWay.PHONE, True, False, True, 4)
    calling.call_back(item, denied, RULES)
    assert item.cycle.contact is not None
    assert item.cycle.contact.denied
    made = next(event for event in item.pending_events if event.event == "call_back_made")
    assert made.data["contacted"] is False


@pytest.mark.parametrize(
    ("solved", "grade", "outcome"),
    [
        (True, 5, Outcome.SATISFIED),
        (True, 3, Outcome.SATISFIED),
        (True, 2, Outcome.UNSATISFIED),
        (False, 5, Outcome.UNSATISFIED),
        (False, 1, Outcome.UNSATISFIED),
    ],
)
def test_what_is_satisfied(solved: bool, grade: int, outcome: Outcome) -> None:
    item = replied()
    result = Call("call-1", MONDAY, COUNTY, ContactWay.PHONE, True, True, solved, grade, "原因说明")
    calling.call_back(item, result, RULES)
    assert item.cycles[0].outcome is outcome
    assert len(item.cycles) == (1 if outcome is Outcome.SATISFIED else 2)


@pytest.mark.parametrize(
    ("agreed", "outcome"),
    [(None, Outcome.UNSATISFIED), (False, Outcome.UNSATISFIED), (True, Outcome.UNREASONABLE)],
)
def test_unreasonable_is_only_what_another_unit_has_confirmed(agreed: bool | None, outcome: Outcome) -> None:
    item = replied(reasonable=False)
    if agreed is not None:
        handling.confirm(item, MONDAY, agreed=agreed)
        refused("nothing-to-confirm", item, lambda: handling.confirm(item, MONDAY, agreed=True))
    unsatisfied(item, MONDAY)
    assert item.cycles[0].outcome is outcome
    assert (item.ledger is None) is (outcome is Outcome.UNREASONABLE)


def test_it_is_done_anew_twice_and_then_supervised() -> None:
    item = replied()
    for redo in (1, 2):
        unsatisfied(item, MONDAY)
        assert (item.state, item.cycle.number, item.redos) == (GrievanceState.DISPATCHED, redo + 1, redo)
        assert item.cycle.reason is CycleReason.REDO
        assert item.cycle.reply_by == at(11, "17:30")
        assert item.cycle.limit is not None
        assert item.cycle.limit.rule == "redo"
        work_on(item, MONDAY, RULES)
    unsatisfied(item, MONDAY)
    assert (item.state, item.cycle.outcome) == (GrievanceState.CLOSED, Outcome.UNSATISFIED)
    assert [entry.trigger for entry in item.supervised] == [Trigger.UNSOLVED]
    assert names(item).count("ledger_entered") == 1
    assert item.ledger is not None
    assert item.ledger.is_open


def test_a_redo_has_its_own_time_whatever_it_is_said_to_be_and_no_unit_returns_it() -> None:
    item = replied("FEE-ARREARS")
    unsatisfied(item, MONDAY)
    act(item, MONDAY, CLERK)
    refused(
        "worked-on-already",
        item,
        lambda: handling.ask_return(item, ReturnReason.OTHER_UTILITY, "属邻区", MONDAY, RULES),
    )
    assert item.cycle.reply_by == at(11, "17:30")


def test_a_reopened_one_is_a_new_cycle_with_its_own_clock_and_the_first_stays_to_the_byte() -> None:
    item = closed()
    first = msgspec.json.encode(item.cycles[0])
    assert item.rating is None
    act(item, MONDAY, CITIZEN)
    item.rate(5, MONDAY)
    calling.reopen(item, "又停水了", at(8, "20:00"), RULES)
    assert (item.state, item.cycle.reason) == (GrievanceState.DISPATCHED, CycleReason.REOPENED)
    assert (item.closed_at, item.rating) == (None, None)
    assert item.cycle.started_at == at(8, "20:00")
    assert item.cycle.reply_by == at(15, "17:30")
    assert item.cycle.contact_by == at(9, "20:00")
    assert item.cycle.handlers == []
    pass_until(item, at(31))
    act(item, at(31), CLERK)
    work_on(item, at(31), RULES)
    unsatisfied(item, at(31))
    assert msgspec.json.encode(item.cycles[0]) == first
    # Another two redos, since it is a matter of its own.
    assert item.redos == 1


def test_a_message_after_the_end_is_a_note_and_no_more() -> None:
    item = closed()
    before = deepcopy(item)
    act(item, at(8), DESK)
    item.write_note("note-1", "来电询问", [], at(8), DESK, RULES)
    assert (item.state, item.cycles, item.closed_at) == (before.state, before.cycles, before.closed_at)


def test_when_a_closed_one_may_be_reopened() -> None:
    item = closed()
    act(item, MONDAY, CITIZEN)
    month = timedelta(days=30)
    refused(
        "reopen-too-late",
        item,
        lambda: calling.reopen(item, "又停水了", MONDAY + month + timedelta(days=1), RULES),
    )
    calling.reopen(deepcopy(item), "又停水了", MONDAY + month, RULES)
    # What is in the ledger is, however long ago it was.
    third = failed()
    act(third, MONDAY, CITIZEN)
    calling.reopen(third, "仍未解决", MONDAY + 20 * month, RULES)
    answered = new("HOOKUP-TIME", GrievanceKind.CONSULTATION)
    screening.answer(answered, "见公告", None, MONDAY, RULES)
    act(answered, MONDAY, COUNTY)
    calling.call_back(answered, call(1, MONDAY), RULES)
    refused("reopen-no-unit", answered, lambda: calling.reopen(answered, "没看懂", MONDAY, RULES))


def test_nothing_but_a_call_back_closes_it() -> None:
    item = signed()
    handling.speak(item, MONDAY, ContactWay.PHONE, MONDAY, RULES)
    handling.verify(item, "已核实", MONDAY, reasonable=True)
    handling.reply(item, "已处理", [], MONDAY, RULES)
    pass_until(item, at(31))
    assert item.state is GrievanceState.REPLIED
    with pytest.raises(RuleError):
        handling.withdraw(item, at(31))
