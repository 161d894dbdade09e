"""帮办代办, urging, questions and the rating (HK-07; 二（一）4, 5; 二（二）2)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.aggregate import Actor, Stead
from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.parts.part import InStead
from services.hookup.domain.values.durations import after_working_minutes, working_minutes
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.transitions import CaseState
from services.hookup.domain.verbs.agents import (
    actor_of,
    assign_agent,
    authorise_agent,
    give_guidance,
    revoke_agent,
)
from tests.services.hookup.domain.permit_checks import refused
from tests.services.hookup.domain.permit_samples import at, last
from tests.services.hookup.domain.samples import CALENDAR, POLICY
from tests.support.hookup import RULES, ready_case, submitted_case

NOW = at("2022-07-04 10:00")
AGENTS = replace(RULES, agents=dict.fromkeys(("W-371502", "H-371502"), ("a-1", "a-2")))
NONE_YET = replace(RULES, agents={})


def helped() -> Case:
    return submitted_case(rules=AGENTS)


# -- agents


def test_the_agents_of_a_utility_take_turns_at_acceptance() -> None:
    case = helped()
    assert case.agency is not None
    # The case's number ends in 0001.
    assert (case.agency.agent, case.agency.automatic) == ("a-2", True)
    assert TimerKind.AGENT not in case.timers(AGENTS)


def test_where_nobody_is_there_it_is_told_after_two_office_hours() -> None:
    case = submitted_case("2022-07-04 11:30", rules=NONE_YET)
    assert case.timers(NONE_YET)[TimerKind.AGENT] == at("2022-07-04 15:00")
    case.fire(TimerKind.AGENT, at("2022-07-04 15:00"), NONE_YET)
    assert last(case, "agent_overdue")[0] == at("2022-07-04 15:00")
    assert TimerKind.AGENT not in case.timers(NONE_YET)
    assign_agent(case, "a-1", at("2022-07-04 16:00"), AGENTS)


def test_a_case_of_a_paper_ledger_waits_for_no_agent() -> None:
    assert TimerKind.AGENT not in submitted_case(rules=replace(RULES, agents=None)).timers(RULES)


def test_only_the_utilitys_own_agents_are_assigned() -> None:
    case = helped()
    refused("agent-unknown", case, lambda: assign_agent(case, "b-1", at("2022-07-04 10:00"), AGENTS))
    refused("agent-assigned", case, lambda: assign_agent(case, "a-2", at("2022-07-04 10:00"), AGENTS))


def test_an_agent_acts_for_the_user_only_by_authority_which_ends_with_a_new_agent() -> None:
    case = helped()
    agent = frozenset({"agent"})
    with pytest.raises(RuleError, match="agent-not-authorised"):
        actor_of(case, "a-2", agent, NOW, stead=Stead.DOCUMENT)
    authorise_agent(case, "scan", at("2022-07-04 10:00"), "C-1")
    refused("agent-authorised", case, lambda: authorise_agent(case, "s", at("2022-07-04 10:00"), "C-1"))
    assert actor_of(case, "a-2", agent, NOW, stead=Stead.DOCUMENT) == Actor(
        NOW, "a-2", "C-1", in_stead=True, document_ref="scan"
    )
    with pytest.raises(RuleError, match="agent-not-authorised"):
        actor_of(case, "a-1", agent, NOW, stead=Stead.DOCUMENT)
    revoke_agent(case, at("2022-07-04 11:00"))
    refused("agent-not-authorised", case, lambda: revoke_agent(case, at("2022-07-04 11:00")))
    with pytest.raises(RuleError, match="agent-not-authorised"):
        actor_of(case, "a-2", agent, NOW, stead=Stead.DOCUMENT)
    authorise_agent(case, "scan", at("2022-07-04 12:00"), "C-1")
    assign_agent(case, "a-1", at("2022-07-04 13:00"), AGENTS)
    with pytest.raises(RuleError, match="agent-not-authorised"):
        actor_of(case, "a-1", agent, NOW, stead=Stead.DOCUMENT)


def test_who_acts_is_in_every_event_and_the_clock_is_nobody() -> None:
    case = helped()
    clerk = frozenset({"clerk"})
    with pytest.raises(RuleError, match="stead-document-missing"):
        actor_of(case, "clerk-1", clerk, NOW, stead=Stead.DOCUMENT)
    case.actor = actor_of(case, "clerk-1", clerk, NOW, stead=Stead.DOCUMENT, document_ref="signed-1")
    give_guidance(case, "doc", at("2022-07-04 10:00"), "clerk-1")
    told = last(case, "guidance_given")[1]
    assert (told["actor"], told["on_behalf_of"], told["in_stead"]) == ("clerk-1", "C-1", True)
    assert case.in_stead == [InStead("guidance_given", NOW, "clerk-1", "signed-1")]
    assert actor_of(case, "C-1", frozenset({"citizen"}), NOW, stead=Stead.DOCUMENT) == Actor(NOW, "C-1")
    # The app speaks for its user; that is not in the user's stead.
    assert actor_of(case, "app", frozenset({"channel"}), NOW, stead=Stead.DOCUMENT) == Actor(
        NOW, "app", "C-1"
    )
    assert actor_of(case, "clerk-1", clerk, NOW, stead=None) == Actor(NOW, "clerk-1")
    marked = actor_of(case, "clerk-1", clerk, NOW, stead=Stead.MARK)
    assert (marked.in_stead, marked.document_ref) == (True, None)
    # A second role frees an agent of nothing.
    with pytest.raises(RuleError, match="agent-not-authorised"):
        actor_of(
            case, "a-2", frozenset({"agent", "clerk"}), NOW, stead=Stead.DOCUMENT, document_ref="signed-1"
        )
    assert case.pending_events[0].data.get("actor") is None


def test_without_an_agent_there_is_nobody_to_authorise() -> None:
    case = submitted_case(rules=NONE_YET)
    refused("agent-missing", case, lambda: authorise_agent(case, "s", at("2022-07-04 10:00"), "C-1"))


# -- urging


def test_an_urge_is_to_be_answered_by_the_close_of_the_next_working_day() -> None:
    case = submitted_case("2022-07-07 09:00")
    case.urge("u", at("2022-07-08 10:00"), "C-1", RULES)
    assert case.urges[0].answer_by == at("2022-07-11 17:30")
    refused("urged-already", case, lambda: case.urge("v", at("2022-07-08 11:00"), "C-1", RULES))
    case.answer_urge("u", "今日施工", at("2022-07-11 17:30"), "clerk-1")
    assert last(case, "urge_answered")[1]["in_time"] is True
    refused("urge-unknown", case, lambda: case.answer_urge("u", "再答", at("2022-07-11 17:30"), "clerk-1"))
    case.urge("v", at("2022-07-12 11:00"), "C-1", RULES)


def test_an_urge_without_an_answer_is_told_once() -> None:
    case = submitted_case()
    case.urge("u", at("2022-07-04 10:00"), "C-1", RULES)
    case.catch_up(at("2022-07-06 09:00"), RULES)
    case.catch_up(at("2022-07-07 09:00"), RULES)
    assert [each.event for each in case.pending_events].count("urge_overdue") == 1
    case.answer_urge("u", "已安排", at("2022-07-07 09:00"), "clerk-1")
    assert last(case, "urge_answered")[1]["in_time"] is False


# -- questions


def test_a_question_is_answered_on_the_case() -> None:
    case = submitted_case()
    case.ask("q", "可以沿北墙敷设吗？", at("2022-07-04 10:00"), "C-1", RULES)
    case.answer_question("q", "可以", at("2022-07-05 10:00"), "clerk-1")
    assert last(case, "question_answered")[1]["in_time"] is True
    refused("question-unknown", case, lambda: case.answer_question("q", "x", at("2022-07-05 10:00"), "c"))


@pytest.mark.parametrize("text", ["请打13800001234", "证件号37150219000102005X"])
def test_personal_data_is_kept_out_of_free_text(text: str) -> None:
    case = submitted_case()
    refused("personal-data-in-text", case, lambda: case.ask("q", text, at("2022-07-04 10:00"), "C-1", RULES))


# -- rating


def test_a_case_is_rated_once_when_it_is_closed() -> None:
    case = ready_case()
    refused("not-in-this-state", case, lambda: case.rate(5, at("2022-07-08 15:00")))
    case.report_meter_live(at("2022-07-08 14:00"), RULES)
    case.confirm(at("2022-07-08 15:00"), RULES)
    assert case.state is CaseState.CLOSED
    case.rate(5, at("2022-07-08 16:00"))
    refused("rated-already", case, lambda: case.rate(1, at("2022-07-08 16:00")))


# -- working minutes


@given(st.integers(0, 350 * 24 * 60), st.integers(1, 5000))
def test_so_many_working_minutes_later_they_have_passed_and_a_minute_before_not(
    after: int, minutes: int
) -> None:
    start = at("2022-01-03 00:00") + timedelta(minutes=after)
    end = after_working_minutes(start, minutes, CALENDAR, POLICY.business_hours)
    assert working_minutes(start, end, CALENDAR, POLICY.business_hours) == minutes
    before = end - timedelta(minutes=1)
    assert working_minutes(start, before, CALENDAR, POLICY.business_hours) == minutes - 1


# -- bounds, and what is told


def test_urges_and_questions_have_a_most_and_open_questions_another() -> None:
    few = replace(
        RULES, service=replace(RULES.service, most_urges=2, most_open_questions=2, most_questions=3)
    )
    case = submitted_case()
    for name in ("1", "2"):
        case.urge(name, NOW, "C-1", few)
        case.answer_urge(name, "已安排", NOW, "clerk-1")
        case.ask(name, "?", NOW, "C-1", few)
    refused("urges-too-many", case, lambda: case.urge("3", NOW, "C-1", few))
    refused("questions-unanswered", case, lambda: case.ask("3", "?", NOW, "C-1", few))
    case.answer_question("2", "可以", NOW, "clerk-1")
    assert [item.answer for item in case.questions] == [None, "可以"]
    case.ask("3", "?", NOW, "C-1", few)
    case.answer_question("1", "可以", NOW, "clerk-1")
    refused("questions-too-many", case, lambda: case.ask("4", "?", NOW, "C-1", few))


def test_what_is_urged_asked_and_rated_is_told() -> None:
    case, answer_by = submitted_case(), at("2022-07-05 17:30")
    case.urge("u", NOW, "C-1", RULES)
    told = last(case, "urged")[1]
    assert (told["urge_id"], told["answer_by"]) == ("u", answer_by)
    case.ask("q", "?", NOW, "C-1", RULES)
    told = last(case, "question_asked")[1]
    assert (told["question_id"], told["answer_by"]) == ("q", answer_by)
    case.answer_question("q", "可以", answer_by, "clerk-1")
    assert last(case, "question_answered")[1]["in_time"] is True
    case.state = CaseState.CLOSED
    case.rate(4, NOW)
    assert last(case, "case_rated")[1]["score"] == 4


def test_answers_are_to_what_was_asked_of_a_case_that_goes_on_and_without_personal_data() -> None:
    case = submitted_case()
    case.urge("u", NOW, "C-1", RULES)
    case.ask("q", "?", NOW, "C-1", RULES)
    said = "请打13800001234"
    refused("personal-data-in-text", case, lambda: case.answer_urge("u", said, NOW, "clerk-1"))
    refused("personal-data-in-text", case, lambda: case.answer_question("q", said, NOW, "clerk-1"))
    refused("urge-unknown", case, lambda: case.answer_urge("other", "已安排", NOW, "clerk-1"))
    refused("question-unknown", case, lambda: case.answer_question("other", "可以", NOW, "clerk-1"))
    case.withdraw(NOW)
    refused("not-in-this-state", case, lambda: case.answer_urge("u", "已安排", NOW, "clerk-1"))
    refused("not-in-this-state", case, lambda: case.answer_question("q", "可以", NOW, "clerk-1"))
