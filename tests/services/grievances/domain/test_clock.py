"""What the clock does: cards, what is overdue, escalation by time; each once a cycle."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.grievances.dev.scenarios import CLERK, COUNTY, DESK, UTILITY, act
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.values.codes import CloseReason, EscalationCause, Level, Trigger
from services.grievances.domain.values.codes import ReturnReason as Why
from services.grievances.domain.values.kinds import ContactWay, ReporterKind
from services.grievances.domain.values.states import GrievanceState, GrievanceTimer, WorkKind
from services.grievances.domain.verbs import clearing, handling, screening, supervising
from services.grievances.domain.work import work_of
from tests.services.grievances.samples import (
    MONDAY,
    PRESSURE_DUE,
    RULES,
    at,
    closed,
    names,
    new,
    pass_until,
    replied,
    sent,
    signed,
    unsatisfied,
)
from tests.support.service import when

T = GrievanceTimer
A_MOMENT = timedelta(seconds=1)


BY_THE_CLOCK = {
    "sign_overdue",
    "contact_overdue",
    "arrival_overdue",
    "yellow_card",
    "grievance_overdue",
    "red_card",
    "grievance_escalated",
    "escalation_overdue",
    "ledger_overdue",
    "urge_overdue",
}


def happened(item: Grievance) -> list[tuple[str, datetime]]:
    """Return what the clock brought about, and when."""
    return [(event.event, event.at) for event in item.pending_events if event.event in BY_THE_CLOCK]


def test_all_that_passes_while_a_unit_does_nothing() -> None:
    item = sent()
    pass_until(item, at(31))
    assert happened(item) == [
        # Two hours of business, and 24 of the clock.
        ("sign_overdue", at(4, "11:00") + A_MOMENT),
        ("contact_overdue", at(5, "09:00") + A_MOMENT),
        # 60 % of 2,670 minutes of business from Monday, 09:00.
        ("grievance_escalated", at(7, "14:42")),
        # A working day before it is due: the weekend does not count.
        ("yellow_card", at(8, "17:30")),
        # The district has two working days, then it goes to the city, which has five.
        ("escalation_overdue", at(11, "17:30") + A_MOMENT),
        ("grievance_escalated", at(11, "17:30") + A_MOMENT),
        ("grievance_overdue", PRESSURE_DUE + A_MOMENT),
        # As the first working day after it was due opens.
        ("red_card", at(12, "08:30")),
        ("escalation_overdue", at(18, "17:30") + A_MOMENT),
    ]
    hops = item.cycle.escalations
    assert [(hop.level, hop.cause, hop.answer_by) for hop in hops] == [
        (Level.COUNTY, EscalationCause.TIME, at(11, "17:30")),
        (Level.CITY, EscalationCause.TIME, at(18, "17:30")),
    ]
    assert [entry.trigger for entry in item.supervised] == [Trigger.OVERDUE, Trigger.ESCALATION_OVERDUE]
    assert item.timers(RULES) == {}


def test_a_worker_that_comes_late_writes_the_same_as_one_that_comes_often() -> None:
    often, late = sent(), sent()
    for hour in range(24 * 30):
        pass_until(often, MONDAY + timedelta(hours=hour))
    pass_until(late, MONDAY + timedelta(hours=24 * 30))
    often.actor = late.actor
    assert often == late


def test_what_is_done_in_time_leaves_nothing_to_the_clock() -> None:
    item = closed()
    assert item.timers(RULES) == {}
    pass_until(item, at(31))
    assert happened(item) == []


def test_a_make_up_day_counts_and_a_holiday_does_not() -> None:
    # Five working days from the last Friday before the holidays: the 8th and 9th are worked.
    item = sent(since=when("2022-09-30 09:00"))
    assert item.cycle.reply_by == when("2022-10-12 17:30")
    timers = item.timers(RULES)
    assert timers[T.YELLOW] == when("2022-10-11 17:30")
    assert timers[T.RED] == when("2022-10-13 08:30")
    # 420 minutes of the 30th, then 450 a day: 60 % of 2,670 are 1,602.
    assert timers[T.TO_COUNTY] == when("2022-10-10 14:42")
    late = sent(since=when("2022-10-08 17:31"))
    assert late.cycle.sign_by == when("2022-10-09 10:30")
    assert sent(since=when("2022-10-09 17:31")).cycle.sign_by == when("2022-10-10 10:30")


def test_a_limit_by_the_clock_is_shared_by_the_clock_and_has_its_yellow_card_the_working_day_before() -> None:
    # 24 hours from Sunday, 20:00; the working day before Monday is Friday: there is no such card.
    item = sent("FEE-ARREARS", since=at(10, "20:00"))
    timers = item.timers(RULES)
    assert timers[T.TO_COUNTY] == at(10, "20:00") + timedelta(hours=24) * 3 / 5
    assert T.YELLOW not in timers
    assert timers[T.OVERDUE] == at(11, "20:00") + A_MOMENT
    assert timers[T.RED] == at(12, "08:30")


def test_a_reply_does_not_stand_for_having_been_on_the_spot() -> None:
    item = signed("SUPPLY-NONE")
    handling.speak(item, at(4), ContactWay.PHONE, at(4), RULES)
    handling.verify(item, "已核实", at(4), reasonable=True)
    handling.reply(item, "已恢复", [], at(4), RULES)
    assert item.timers(RULES) == {T.ARRIVAL: at(4, "11:00") + A_MOMENT}
    pass_until(item, at(4, "12:00"))
    assert happened(item) == [("arrival_overdue", at(4, "11:00") + A_MOMENT)]


def test_an_anonymous_reporter_is_not_waited_for() -> None:
    item = sent(reporter=ReporterKind.ANONYMOUS)
    assert item.cycle.contact_by is None
    assert T.CONTACT not in item.timers(RULES)
    assert WorkKind.CONTACT not in [work.kind for work in work_of(item)]


def test_what_the_clock_says_of_a_return_is_said_once_it_is_refused() -> None:
    item = signed("SUPPLY-NONE")
    handling.ask_return(item, Why.OTHER_UTILITY, "属邻区", at(4), RULES)
    pass_until(item, at(5, "17:00"))
    assert happened(item) == []
    act(item, at(5, "17:00"), DESK)
    screening.decide_return(item, at(5, "17:00"), RULES, granted=False)
    # It was signed for, and is so again.
    assert item.state is GrievanceState.SIGNED
    pass_until(item, at(5, "17:01"))
    assert happened(item) == [
        ("arrival_overdue", at(4, "11:00") + A_MOMENT),
        ("contact_overdue", at(5, "09:00") + A_MOMENT),
    ]


def test_a_return_neither_stops_nor_renews_the_time_of_the_reply() -> None:
    item = sent()
    handling.ask_return(item, Why.OTHER_UTILITY, "属邻区", at(5), RULES)
    act(item, at(6), DESK)
    screening.decide_return(item, at(6), RULES, granted=True)
    screening.dispatch(item, "W-371503", [], at(7), RULES)
    assert item.cycle.reply_by == PRESSURE_DUE
    assert item.cycle.sign_by == at(7, "11:00")
    returned = sent()
    handling.ask_return(returned, Why.OTHER_UTILITY, "属邻区", at(5), RULES)
    pass_until(returned, at(12))
    assert [name for name, _ in happened(returned)] == ["yellow_card", "grievance_overdue", "red_card"]


@pytest.mark.parametrize("verb", ["note", "take", "assign", "watch", "progress"])
def test_no_note_and_no_change_of_hands_moves_a_due_time(verb: str) -> None:
    item = replied()
    unsatisfied(item, MONDAY)
    act(item, at(5), CLERK)
    before = item.timers(RULES)
    match verb:
        case "note":
            item.write_note("note-1", "已约时间", [], at(5), CLERK, RULES)
        case "take":
            item.take(at(5), CLERK)
        case "assign":
            item.assign_to("u-W-371502-2", at(5), CLERK, RULES)
        case "progress":
            clearing.keep(item, None, "更换水泵", "已订购", at(5), RULES)
        case _:
            item.watch(CLERK)
    assert item.timers(RULES) == before


def test_a_due_extension_gives_back_the_time_that_was_asked_for_in_time() -> None:
    item = signed()
    supervising.ask_extension(item, 3, "须采购水泵", at(11), at(11), RULES)
    pass_until(item, at(12, "09:00"))
    assert (item.cycle.overdue, item.cycle.red) == (True, True)
    act(item, at(12, "09:00"), COUNTY)
    supervising.decide_extension(item, at(12, "09:00"), RULES, granted=True)
    assert item.cycle.reply_by == at(14, "17:30")
    assert (item.cycle.overdue, item.cycle.red) == (False, False)
    assert item.timers(RULES)[T.OVERDUE] == at(14, "17:30") + A_MOMENT


def test_the_screening_desk_moves_a_due_time_by_what_it_says_it_is() -> None:
    item = new()
    screening.reclassify(item, item.kind, "SUPPLY-NONE", item.supply, at(5), RULES)
    assert item.cycle.reply_by == PRESSURE_DUE
    screening.reclassify(item, item.kind, "FEE-BILL", item.supply, at(5), RULES)
    assert item.cycle.reply_by == at(7, "17:30")
    assert names(item).count("grievance_classified") == 3


def test_a_longer_time_stays_with_the_case_that_goes_to_another_unit() -> None:
    item = signed()
    supervising.ask_extension(item, 3, "须采购水泵", at(4), at(4), RULES)
    act(item, at(4), COUNTY)
    supervising.decide_extension(item, at(4), RULES, granted=True)
    act(item, at(5), CLERK)
    handling.ask_return(item, Why.OTHER_DISTRICT, "属邻区", at(5), RULES)
    act(item, at(5), DESK)
    screening.decide_return(item, at(5), RULES, granted=True)
    assert item.cycle.reply_by == at(14, "17:30")
    # Of a shorter kind it is that kind's time that is longer; one in hours has none.
    screening.reclassify(item, item.kind, "FEE-BILL", item.supply, at(5), RULES)
    assert item.cycle.reply_by == at(12, "17:30")
    screening.reclassify(item, item.kind, "FEE-ARREARS", item.supply, at(5), RULES)
    assert item.cycle.reply_by == at(5, "09:00")


def test_a_request_that_nobody_decided_is_not_the_next_unit_s() -> None:
    item = signed()
    supervising.ask_extension(item, 3, "须采购水泵", at(4), at(4), RULES)
    supervising.ask_termination(item, CloseReason.IN_PROCEEDINGS, "已提起诉讼", at(4))
    handling.ask_return(item, Why.OTHER_DISTRICT, "属邻区", at(4), RULES)
    act(item, at(4), DESK)
    screening.decide_return(item, at(4), RULES, granted=True)
    assert (item.cycle.extension, item.cycle.termination) == (None, None)


def test_it_is_the_rules_of_today_that_say_when_it_is_escalated() -> None:
    item = sent()
    slower = replace(RULES, process=replace(RULES.process, county_workdays=4))
    act(item, at(31), None)
    item.catch_up(at(31), slower)
    assert item.cycle.escalations[0].answer_by == at(13, "17:30")
    assert item.utility == UTILITY
