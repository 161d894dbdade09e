"""What can be done in each state of a grievance, and by which unit: every cell of its table."""

from collections.abc import Callable, Mapping
from datetime import datetime

import pytest

from libs.common.aggregate import Actor
from services.grievances.dev.scenarios import CITIZEN, CITY, CLERK, COUNTY, DESK, UTILITY, act, call
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.values.codes import CloseReason, CrossOffGround, Level, Measure, ReturnReason
from services.grievances.domain.values.kinds import ContactWay
from services.grievances.domain.values.states import TRANSITIONS, GrievanceState, Verb
from services.grievances.domain.verbs import calling, clearing, handling, screening, supervising
from tests.services.grievances.samples import (
    MONDAY,
    PRESSURE,
    RULES,
    closed,
    new,
    refused,
    replied,
    sent,
    signed,
    unsatisfied,
)

NEIGHBOUR = "W-371503"
Attempt = Callable[[Grievance, datetime], None]


def verified(category: str = PRESSURE, *, reasonable: bool = True) -> Grievance:
    """Return a grievance of whose reporter the unit has spoken, found out, and not replied."""
    item = signed(category)
    handling.speak(item, MONDAY, ContactWay.PHONE, MONDAY, RULES)
    handling.verify(item, "已核实", MONDAY, reasonable=reasonable)
    return item


def returning() -> Grievance:
    item = sent()
    handling.ask_return(item, ReturnReason.OTHER_UTILITY, "属邻区", MONDAY, RULES)
    return item


def not_accepted() -> Grievance:
    item = new()
    screening.refuse(item, CloseReason.NOT_OURS, "属物业", MONDAY)
    return item


def terminated() -> Grievance:
    item = signed()
    supervising.ask_termination(item, CloseReason.IN_PROCEEDINGS, "已起诉", MONDAY)
    act(item, MONDAY, CITY)
    supervising.decide_termination(item, MONDAY, granted=True)
    return item


def withdrawn() -> Grievance:
    item = new()
    act(item, MONDAY, CITIZEN)
    handling.withdraw(item, MONDAY)
    return item


def calling_back() -> Grievance:
    item = replied()
    calling.call_back(item, call(1, MONDAY, grade=None), RULES)
    return item


STATES: Mapping[GrievanceState, Callable[[], Grievance]] = {
    GrievanceState.NEW: new,
    GrievanceState.DISPATCHED: sent,
    GrievanceState.RETURN_REQUESTED: returning,
    GrievanceState.SIGNED: signed,
    GrievanceState.HANDLING: verified,
    GrievanceState.REPLIED: replied,
    GrievanceState.CALLBACK: calling_back,
    GrievanceState.CLOSED: closed,
    GrievanceState.NOT_ACCEPTED: not_accepted,
    GrievanceState.TERMINATED: terminated,
    GrievanceState.WITHDRAWN: withdrawn,
}
# Each verb with who gives it.
ATTEMPTS: Mapping[Verb, tuple[str, Attempt]] = {
    Verb.ANSWER: (DESK, lambda item, now: screening.answer(item, "见公告", None, now, RULES)),
    Verb.NOT_ACCEPT: (DESK, lambda item, now: screening.refuse(item, CloseReason.NOT_OURS, "属物业", now)),
    Verb.DISPATCH: (DESK, lambda item, now: screening.dispatch(item, UTILITY, [], now, RULES)),
    Verb.SIGN: (CLERK, handling.sign),
    Verb.ASK_RETURN: (
        CLERK,
        lambda item, now: handling.ask_return(item, ReturnReason.OTHER_UTILITY, "属邻区", now, RULES),
    ),
    Verb.DECIDE_RETURN: (DESK, lambda item, now: screening.decide_return(item, now, RULES, granted=True)),
    Verb.CONTACT: (CLERK, lambda item, now: handling.speak(item, now, ContactWay.PHONE, now, RULES)),
    Verb.ARRIVE: (CLERK, lambda item, now: handling.arrive(item, now, now, RULES)),
    Verb.VERIFY: (CLERK, lambda item, now: handling.verify(item, "已核实", now, reasonable=True)),
    Verb.CONFIRM: (COUNTY, lambda item, now: handling.confirm(item, now, agreed=True)),
    Verb.ASK_EXTENSION: (
        CLERK,
        lambda item, now: supervising.ask_extension(item, 3, "须采购", now, now, RULES),
    ),
    Verb.DECIDE_EXTENSION: (
        COUNTY,
        lambda item, now: supervising.decide_extension(item, now, RULES, granted=True),
    ),
    Verb.ESCALATE: (
        CLERK,
        lambda item, now: supervising.escalate(item, Level.COUNTY, "需协调", now, RULES),
    ),
    Verb.ANSWER_ESCALATION: (
        COUNTY,
        lambda item, now: supervising.answer_escalation(item, Level.COUNTY, "已协调", now),
    ),
    Verb.REPLY: (CLERK, lambda item, now: handling.reply(item, "已修好", [Measure.REPAIRED], now, RULES)),
    Verb.ASK_TERMINATION: (
        CLERK,
        lambda item, now: supervising.ask_termination(item, CloseReason.IN_PROCEEDINGS, "已起诉", now),
    ),
    Verb.TERMINATE: (CITY, lambda item, now: supervising.decide_termination(item, now, granted=True)),
    Verb.CALL: (COUNTY, lambda item, now: calling.call_back(item, call(9, now), RULES)),
    Verb.REOPEN: (CITIZEN, lambda item, now: calling.reopen(item, "又停水", now, RULES)),
    Verb.WITHDRAW: (CITIZEN, handling.withdraw),
    Verb.KEEP_LEDGER: (CLERK, lambda item, now: clearing.keep(item, None, "换泵", None, now, RULES)),
    Verb.CROSS_OFF: (
        COUNTY,
        lambda item, now: clearing.cross_off(item, CrossOffGround.SOLVED, Level.COUNTY, None, now, RULES),
    ),
    Verb.LINK: (DESK, lambda item, now: screening.link(item, other(), now)),
    Verb.URGE: (CITIZEN, lambda item, now: item.urge("urge-1", now, CITIZEN, RULES)),
    Verb.ASK: (CITIZEN, lambda item, now: item.ask("question-1", "何时上门", now, CITIZEN, RULES)),
    Verb.RATE: (CITIZEN, lambda item, now: item.rate(5, now)),
    Verb.ASSIGN: (CLERK, lambda item, now: item.take(now, CLERK)),
}
# What is refused in every state here for want of something to decide on, and is allowed by the state.
WANTING = {
    Verb.CONFIRM: "nothing-to-confirm",
    Verb.DECIDE_EXTENSION: "no-extension-asked",
    Verb.ANSWER_ESCALATION: "no-escalation",
    Verb.TERMINATE: "no-termination-asked",
    Verb.KEEP_LEDGER: "not-in-ledger",
    Verb.CROSS_OFF: "not-in-ledger",
}


def other() -> Grievance:
    """Return another grievance."""
    item = sent()
    item.id = "01900000-0000-7000-8000-00000000000a"
    return item


@pytest.mark.parametrize("verb", ATTEMPTS)
@pytest.mark.parametrize("state", STATES)
def test_a_state_allows_what_its_table_says(state: GrievanceState, verb: Verb) -> None:
    item = STATES[state]()
    assert item.state is state
    by, attempt = ATTEMPTS[verb]
    act(item, MONDAY, by)
    if (state, verb) not in TRANSITIONS.allowed:
        error = refused("not-in-this-state", item, lambda: attempt(item, MONDAY))
        assert error.field == "state"
        return
    slug = WANTING.get(verb)
    if verb is Verb.KEEP_LEDGER and item.utility is None:
        slug = "not-the-unit"
    if verb is Verb.ANSWER:
        slug = "no-consultation"
    if verb is Verb.CONTACT and state is GrievanceState.HANDLING:
        slug = "contacted-already"
    if slug:
        refused(slug, item, lambda: attempt(item, MONDAY))
        return
    attempt(item, MONDAY)
    assert item.state in TRANSITIONS.allowed[state, verb] or item.state is GrievanceState.CLOSED


HELPED_ONLY = [verb for verb, (by, _) in ATTEMPTS.items() if by == CLERK]


@pytest.mark.parametrize("verb", HELPED_ONLY)
def test_a_unit_that_helps_does_nothing_of_what_the_leading_one_does(verb: Verb) -> None:
    ready: Mapping[Verb, Callable[[], Grievance]] = {
        Verb.REPLY: verified,
        Verb.SIGN: sent,
        Verb.KEEP_LEDGER: replied,
    }
    item = ready.get(verb, signed)()
    if verb is Verb.KEEP_LEDGER:
        unsatisfied(item, MONDAY)
    item.helpers = [NEIGHBOUR]
    _, attempt = ATTEMPTS[verb]
    item.actor = Actor(MONDAY, "u-W-371503", unit=f"utility:{NEIGHBOUR}")
    refused("not-the-unit", item, lambda: attempt(item, MONDAY))
    act(item, MONDAY, CLERK)
    attempt(item, MONDAY)


def test_a_unit_that_helps_may_write_a_note() -> None:
    item = sent(helpers=(NEIGHBOUR,))
    item.actor = Actor(MONDAY, "u-W-371503", unit=f"utility:{NEIGHBOUR}")
    item.write_note("note-1", "已关阀", [], MONDAY, "u-W-371503", RULES)
    assert len(item.notes) == 1
