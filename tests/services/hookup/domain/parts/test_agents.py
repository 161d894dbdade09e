"""The agent of a case (HK-07): who is assigned, until when the case waits for one, and whose turn that is."""

from dataclasses import replace
from datetime import date

import pytest

from services.hookup.domain.case import Case
from services.hookup.domain.reports.work import work
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.work import Whose, Work, WorkKind
from services.hookup.domain.verbs.agents import assign_agent
from tests.services.hookup.domain.permit_samples import LIVE, at, last
from tests.services.hookup.domain.test_amended_calendars import under
from tests.support.hookup import RULES, new_case, submitted_case

AGENTS = replace(RULES, agents={"W-371502": ("a-1", "a-2")})
ACCEPTED = "2022-07-04 10:00"


def unhelped() -> Case:
    """A case that is accepted an hour after its submission, and has no agent."""
    case = submitted_case("2022-07-04 09:00", complete=False, rules=LIVE)
    case.accept(at(ACCEPTED), LIVE)
    return case


def assigning(case: Case) -> list[Work]:
    return [item for item in work(case, LIVE) if item.kind is WorkKind.ASSIGN_AGENT]


@pytest.mark.parametrize(("joint_agent", "agent"), [(None, "a-2"), ("a-9", "a-9")])
def test_who_takes_the_turn_is_told_or_who_helps_with_the_whole_joint_application(
    joint_agent: str | None, agent: str
) -> None:
    case = new_case()
    case.joint_agent = joint_agent
    case.submit(declared_dm=420, complete=True, rules=AGENTS)
    assert case.agency is not None
    assert (case.agency.agent, case.agency.automatic, case.agent_by) == (agent, True, None)
    told = last(case, "agent_assigned")[1]
    assert (told["agent"], told["automatic"]) == (agent, True)


def test_who_was_assigned_before_the_acceptance_stays() -> None:
    case = submitted_case(complete=False, rules=AGENTS)
    assign_agent(case, "a-1", at("2022-07-04 09:30"), AGENTS)
    case.accept(at(ACCEPTED), AGENTS)
    assert case.agency is not None
    assert (case.agency.agent, case.agency.automatic) == ("a-1", False)


def test_a_case_waits_for_an_agent_until_one_is_there_or_it_has_ended() -> None:
    case = unhelped()
    assert case.timers(LIVE)[TimerKind.AGENT] == at("2022-07-04 12:00")
    assert assigning(case) == [Work(WorkKind.ASSIGN_AGENT, Whose.CLERK, at(ACCEPTED), at("2022-07-04 12:00"))]
    assign_agent(case, "a-1", at("2022-07-04 11:00"), AGENTS)
    assert TimerKind.AGENT not in case.timers(LIVE)
    assert assigning(case) == []
    ended = unhelped()
    ended.withdraw(at("2022-07-04 11:00"))
    assert TimerKind.AGENT not in ended.timers(LIVE)
    assert assigning(ended) == []
    assert assigning(submitted_case(rules=AGENTS)) == []


def test_what_was_assigned_is_waited_for_no_more_under_an_amended_calendar() -> None:
    amended = replace(under({date(2022, 7, 4): False}), agents={})
    waiting, helped = unhelped(), unhelped()
    assign_agent(helped, "a-1", at("2022-07-04 11:00"), AGENTS)
    for case, moved in ((waiting, ["AGENT"]), (helped, [])):
        deadlines = [
            item
            for part in case.parts_with("move_deadlines")
            for item in part.move_deadlines(case, at("2022-07-04 11:30"), amended)
        ]
        assert [item.kind for item in deadlines] == moved
