"""What goes to the level above, by need or by time: each once a cycle, and who answers."""

from datetime import timedelta

from services.grievances.dev.scenarios import CITY, CLERK, COUNTY, act, call, work_on
from services.grievances.domain.values.codes import Level, Trigger
from services.grievances.domain.values.kinds import ContactWay
from services.grievances.domain.values.states import GrievanceState, WorkKind
from services.grievances.domain.verbs import calling, handling, supervising
from services.grievances.domain.work import work_of
from tests.services.grievances.domain.test_clock import T, happened
from tests.services.grievances.samples import (
    MONDAY,
    RULES,
    at,
    failed,
    pass_until,
    replied,
    signed,
    unsatisfied,
)


def test_each_level_has_it_once_a_cycle_and_anew_in_the_next() -> None:
    item = signed()
    supervising.escalate(item, Level.COUNTY, "需协调道路开挖", at(4), RULES)
    pass_until(item, at(5))
    act(item, at(5), COUNTY)
    supervising.answer_escalation(item, Level.COUNTY, "已协调", at(5))
    # It was there by need: the time that is used brings nothing more.
    pass_until(item, at(31))
    assert [hop.level for hop in item.cycle.escalations] == [Level.COUNTY]
    act(item, at(31), CLERK)
    handling.speak(item, at(31), ContactWay.PHONE, at(31), RULES)
    handling.verify(item, "已核实", at(31), reasonable=True)
    handling.reply(item, "已处理", [], at(31), RULES)
    unsatisfied(item, at(31))
    assert item.cycle.number == 2
    pass_until(item, at(31) + timedelta(days=30))
    assert [hop.level for hop in item.cycle.escalations] == [Level.COUNTY, Level.CITY]
    assert len(item.cycles[0].escalations) == 1


def test_a_reply_ends_the_cards_but_not_what_waits_for_an_answer_above() -> None:
    item = signed()
    supervising.escalate(item, Level.COUNTY, "需协调道路开挖", at(4), RULES)
    handling.speak(item, at(4), ContactWay.PHONE, at(4), RULES)
    handling.verify(item, "已核实", at(4), reasonable=True)
    handling.reply(item, "已处理", [], at(4), RULES)
    assert set(item.timers(RULES)) == {T.ESCALATION}
    pass_until(item, at(7))
    assert [hop.level for hop in item.cycle.escalations] == [Level.COUNTY, Level.CITY]


def test_a_third_failure_is_before_the_district_which_answers_after_the_end() -> None:
    item = failed()
    assert item.state is GrievanceState.CLOSED
    assert [entry.trigger for entry in item.supervised] == [Trigger.UNSOLVED]
    (hop,) = item.cycle.escalations
    assert (hop.level, hop.answer_by) == (Level.COUNTY, at(6, "17:30"))
    assert WorkKind.ANSWER_ESCALATION in [work.kind for work in work_of(item)]
    pass_until(item, at(7))
    assert [hop.level for hop in item.cycle.escalations] == [Level.COUNTY, Level.CITY]
    act(item, at(7), COUNTY)
    supervising.answer_escalation(item, Level.COUNTY, "限期更换", at(7))
    act(item, at(7), CITY)
    supervising.answer_escalation(item, Level.CITY, "同意", at(7))
    assert WorkKind.ANSWER_ESCALATION not in [work.kind for work in work_of(item)]


def test_a_third_failure_that_the_district_had_is_not_before_it_again() -> None:
    item = replied()
    unsatisfied(item, MONDAY)
    work_on(item, MONDAY, RULES)
    unsatisfied(item, MONDAY)
    act(item, MONDAY, CLERK)
    handling.sign(item, MONDAY)
    supervising.escalate(item, Level.COUNTY, "需协调道路开挖", MONDAY, RULES)
    act(item, MONDAY, COUNTY)
    supervising.answer_escalation(item, Level.COUNTY, "已协调", MONDAY)
    act(item, MONDAY, CLERK)
    handling.speak(item, MONDAY, ContactWay.PHONE, MONDAY, RULES)
    handling.verify(item, "已核实", MONDAY, reasonable=True)
    handling.reply(item, "已处理", [], MONDAY, RULES)
    unsatisfied(item, MONDAY)
    assert [hop.level for hop in item.cycle.escalations] == [Level.COUNTY]
    assert [entry.trigger for entry in item.supervised] == [Trigger.UNSOLVED]


def test_an_answer_that_was_waited_for_is_not_once_the_person_is_satisfied() -> None:
    item = signed()
    supervising.escalate(item, Level.COUNTY, "需协调道路开挖", at(4), RULES)
    handling.speak(item, at(4), ContactWay.PHONE, at(4), RULES)
    handling.verify(item, "已核实", at(4), reasonable=True)
    handling.reply(item, "已处理", [], at(4), RULES)
    act(item, at(4), COUNTY)
    calling.call_back(item, call(1, at(4)), RULES)
    assert work_of(item) == []
    pass_until(item, at(31))
    assert happened(item)[1:] == []
