"""What a link to the call-back may and may not do. Pure."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.grievances.dev.scenarios import CLERK, COUNTY, DESK, act, call
from services.grievances.domain.cycle import Call
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.values.codes import Outcome
from services.grievances.domain.values.kinds import ContactWay, GrievanceKind, ReporterKind
from services.grievances.domain.values.states import GrievanceState, GrievanceTimer
from services.grievances.domain.verbs import calling, linking, screening
from services.grievances.settings import MessageSettings
from tests.services.grievances.samples import (
    MONDAY,
    RULES,
    at,
    closed,
    names,
    new,
    pass_until,
    refused,
    replied,
)

TERM = timedelta(hours=RULES.process.call_link_hours)


def linked(item: Grievance, moment: datetime = MONDAY, *, sent: bool = True) -> None:
    """Have a link sent."""
    linking.note_link(item, RULES, by=COUNTY, at=moment)
    if sent:
        linking.note_sent(item, item.cycle.number, moment, moment)


def said(grade: int = 5, *, solved: bool = True) -> Call:
    """Return what the person says by a link."""
    reason = None if solved and grade > 2 else "仍未解决"
    return Call("call-1", MONDAY, None, ContactWay.LINK, True, True, solved, grade, reason)


def answered(item: Grievance, call: Call, *, cycle: int = 1, is_own: bool = True) -> None:
    """Answer by a link of a cycle."""
    linking.answer(item, RULES, cycle=cycle, call=call, is_own=is_own)


def test_an_answer_by_a_link_decides_and_is_nobodys_of_the_staff() -> None:
    item = replied()
    linked(item)
    answered(item, said())
    assert (item.state, item.cycle.outcome) == (GrievanceState.CLOSED, Outcome.SATISFIED)
    assert item.cycle.calls[-1].by is None
    assert names(item)[-4:] == ["call_link_made", "call_link_sent", "call_back_made", "grievance_closed"]
    refused("call-answered", item, lambda: answered(item, said(1)))


def test_an_answer_is_of_its_own_cycle() -> None:
    item = replied()
    linked(item)
    answered(item, said(1, solved=False))
    assert (item.state, item.cycle.number) == (GrievanceState.DISPATCHED, 2)
    again = replied()
    again.cycle.number = 2
    refused("call-answered", again, lambda: answered(again, said()))


@pytest.mark.parametrize("is_good", [True, False])
def test_only_a_good_answer_that_may_not_be_the_persons_is_refused(is_good: bool) -> None:
    item = replied()
    linked(item)
    if is_good:
        refused("call-not-own", item, lambda: answered(item, said(), is_own=False))
    else:
        answered(item, said(1, solved=False), is_own=False)
        assert item.cycles[0].outcome is Outcome.UNSATISFIED


def test_who_may_not_have_a_link_sent() -> None:
    item = replied()
    refused("caller-is-handler", item, lambda: linking.note_link(item, RULES, by=CLERK, at=MONDAY))
    consulted = new("HOOKUP-TIME", GrievanceKind.CONSULTATION)
    screening.answer(consulted, "见公告", None, MONDAY, RULES)
    refused("caller-is-handler", consulted, lambda: linking.note_link(consulted, RULES, by=DESK, at=MONDAY))
    nobody = replied()
    nobody.reporter = ReporterKind.ANONYMOUS
    refused("nobody-to-contact", nobody, lambda: linked(nobody))
    for over in (closed(), new()):
        refused("not-in-this-state", over, lambda over=over: linked(over))  # type: ignore[misc]


def test_a_message_that_nobody_answers_is_one_attempt_of_the_day_on_which_it_went_out() -> None:
    item = replied()
    linked(item)
    pass_until(item, MONDAY + TERM)
    (missed,) = item.cycle.calls
    assert (missed.reached, missed.way, missed.by) == (False, ContactWay.LINK, None)
    assert missed.asked_at == MONDAY
    pass_until(item, at(31))
    assert len(item.cycle.calls) == 1
    assert item.state is GrievanceState.CALLBACK


@pytest.mark.parametrize(("day", "outcome"), [(4, None), (5, Outcome.UNREACHABLE)])
def test_it_ends_in_unreachable_only_with_attempts_on_two_days(day: int, outcome: Outcome | None) -> None:
    item = replied()
    linked(item)
    for number, clock in enumerate(("10:00", "11:00")):
        calling.call_back(item, call(number, at(day, clock), grade=None), RULES)
    pass_until(item, MONDAY + TERM)
    # The term ends on another day than the message went out.
    assert item.cycle.outcome is outcome


def test_what_did_not_go_out_or_was_replaced_is_no_attempt() -> None:
    item = replied()
    linked(item, sent=False)
    assert GrievanceTimer.LINK not in item.timers(RULES)
    linked(item, at(4, "10:00"))
    # The message with the former link, which comes late.
    assert item.cycle.link is not None
    before = replace(item.cycle.link)
    linking.note_sent(item, 1, MONDAY, at(4, "11:00"))
    assert item.cycle.link == before
    assert item.timers(RULES)[GrievanceTimer.LINK] > at(4, "10:00") + TERM
    act(item, at(4, "12:00"), COUNTY)
    calling.call_back(item, call(1, at(4, "12:00")), RULES)
    assert GrievanceTimer.LINK not in item.timers(RULES)


def test_production_wants_tls_and_a_token_for_messages() -> None:
    def faults(url: str | None = None, token: Any = None, site: str = "https://sqn.example") -> int:
        settings = MessageSettings.model_construct(messages_url=url, messages_token=token, messages_site=site)
        return len(settings.message_faults())

    assert faults() == 0
    assert faults("https://sms.example/m", "secret") == 0
    assert faults("http://sms.example/m", "secret") == 1
    assert faults("file:///tmp/messages", "secret") == 1
    assert faults("https://sms.example/m") == 1
    assert faults("https://sms.example/m", "secret", "http://sqn.example") == 1
