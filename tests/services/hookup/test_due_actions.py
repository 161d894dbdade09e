"""What is due on a case, by the command that does it; what cannot be done now, and what cannot be undone."""

from collections.abc import Callable
from datetime import date

import pytest

from libs.common.auth.callers import Role
from libs.common.places import Supply
from libs.common.problems import is_chinese
from services.hookup.domain.case import Case
from services.hookup.domain.values.lengths import LengthKind
from services.hookup.domain.values.permit_details import NoPermitReason
from services.hookup.domain.values.permit_items import PermitKind, PermitMode
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import FINISHED, CaseState
from services.hookup.domain.verbs.digging import excavate, record_no_permit
from services.hookup.http.commands import HOOKUPS
from tests.services.hookup.domain.case_states import IN_STATE, NOW, ask_pause, in_progress, offered
from tests.services.hookup.domain.permit_samples import file, filing
from tests.services.hookup.domain.samples import at
from tests.services.hookup.offered import actions_of, caller_as
from tests.support.hookup import RULES, begin_works, go_through, ready_case, submitted_case

APPLICANTS = {Role.WINDOW, Role.CLERK, Role.CHANNEL, Role.CITIZEN}


def due(case: Case, role: Role) -> dict[str, str]:
    """Return the commands that do what a case waits for, of those that a role is offered: whose turn it is."""
    items = actions_of(case, caller_as(role), NOW).items
    return {item.operation_id: item.due.whose for item in items if item.due is not None}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("state", CaseState)
def test_what_a_state_waits_for_is_due_to_who_may_do_it(state: CaseState, role: Role) -> None:
    """An agent acts for the user by an authorisation only, which these cases have none of."""
    by_state = {
        CaseState.SUBMITTED: ("acceptHookup", "clerk", {Role.WINDOW, Role.CLERK}),
        CaseState.CORRECTION: ("answerCorrection", "applicant", APPLICANTS),
        CaseState.ACCEPTED: ("startStage", "clerk", {Role.CLERK}),
        CaseState.IN_PROGRESS: ("changeLength", "clerk", {Role.CLERK}),
        CaseState.TURNED_ON: ("confirmHookup", "applicant", APPLICANTS),
    }
    operation_id, whose, roles = by_state.get(state, ("", "", set()))
    assert due(IN_STATE[state](), role) == ({operation_id: whose} if role in roles else {})


def survey(case: Case) -> Case:
    return go_through(case, (Stage.SURVEY_DESIGN, "2022-07-04 10:00", None))


def surveyed(supply: Supply = Supply.WATER) -> Case:
    case = survey(submitted_case(supply=supply))
    case.change_length(LengthKind.DESIGNED, 420, at("2022-07-04 11:00"), "u", RULES)
    return case


def after_survey(stage: Stage, supply: Supply = Supply.WATER) -> Case:
    case = surveyed(supply)
    case.complete_stage(Stage.SURVEY_DESIGN, at("2022-07-04 12:00"), RULES)
    case.start_stage(stage, at("2022-07-04 14:00"))
    return case


def with_agreed_date() -> Case:
    case = after_survey(Stage.CONTRACT, Supply.HEAT)
    case.agree_date(date(2022, 8, 1), "scan-2", NOW, RULES)
    return case


def with_permits() -> Case:
    case = after_survey(Stage.PERMIT)
    file(case, filing(PermitKind.TREES, PermitMode.APPROVAL), moment="2022-07-04 15:00")
    return case


def without_permits() -> Case:
    case = after_survey(Stage.PERMIT)
    record_no_permit(case, NoPermitReason.EXISTING_DUCT, "doc", NOW, "u")
    return case


def works() -> Case:
    case = without_permits()
    case.complete_stage(Stage.PERMIT, NOW, RULES)
    begin_works(case, NOW)
    return case


def dug() -> Case:
    case = works()
    excavate(case, [], NOW, "u")
    return case


def built() -> Case:
    case = dug()
    case.change_length(LengthKind.AS_BUILT, 410, NOW, "u", RULES)
    return case


@pytest.mark.parametrize(
    ("begin", "expected"),
    [
        (lambda: survey(submitted_case()), {"changeLength"}),
        (surveyed, {"completeStage"}),
        (lambda: after_survey(Stage.CONTRACT), {"completeStage"}),
        (lambda: after_survey(Stage.CONTRACT, Supply.HEAT), {"agreeDate"}),
        (with_agreed_date, {"completeStage"}),
        (lambda: after_survey(Stage.PERMIT), {"filePermits"}),
        # The authorities have to decide first.
        (with_permits, set()),
        (without_permits, {"completeStage"}),
        (works, {"beginExcavation"}),
        (dug, {"changeLength"}),
        (built, {"completeStage"}),
        (ready_case, {"reportMeterLive"}),
    ],
)
def test_the_next_step_of_an_open_stage_is_due(begin: Callable[[], Case], expected: set[str]) -> None:
    assert due(begin(), Role.CLERK).keys() == expected


def test_between_stages_each_that_may_begin_is_due_and_the_most_urgent_work_says_until_when() -> None:
    case = go_through(submitted_case(), (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00"))
    actions = actions_of(case, caller_as(Role.CLERK), NOW).items
    dues = {item.target.value: item.due for item in actions if item.due and item.target}
    assert {Stage.CONTRACT, Stage.PERMIT} <= dues.keys()
    (work, *_) = dues.values()
    assert (work.name, work.whose, work.due_at) == ("开始下一环节", "clerk", at("2022-07-06 17:30"))
    assert (work.overdue, work.light) == (True, "RED")


def test_what_an_approver_decides_is_due_to_the_approver() -> None:
    case = in_progress()
    ask_pause(case)
    assert due(case, Role.APPROVER) == {"approvePause": "approver", "declinePause": "approver"}
    assert due(case, Role.CLERK).keys() == {"changeLength"}


def test_a_commitment_that_is_offered_is_due_to_who_signs_it() -> None:
    case = in_progress()
    offered(case)
    for role in Role:
        expected = {"signCommitment": "applicant"} if role in APPLICANTS else {}
        assert due(case, role).items() >= expected.items(), role


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("state", CaseState)
def test_each_command_of_a_role_is_either_offered_or_withheld_with_a_reason(
    state: CaseState, role: Role
) -> None:
    case, caller = IN_STATE[state](), caller_as(role)
    actions = actions_of(case, caller, NOW, explain=True)
    offered = {item.operation_id for item in actions.items}
    withheld = {item.operation_id: item for item in actions.withheld}
    own = {by.form.operation_id for by in HOOKUPS.declared if by.form and role in by.roles}
    assert offered | withheld.keys() == own
    assert not offered & withheld.keys()
    assert [item.why for item in actions.withheld if not is_chinese(item.why)] == []
    assert actions_of(case, caller, NOW).withheld == []
    if state in FINISHED:
        assert not any(item.due for item in actions.items)


def test_why_something_is_withheld_is_the_states_the_users_or_the_things() -> None:
    case = in_progress()

    def why(role: Role, operation_id: str) -> str:
        listed = actions_of(case, caller_as(role), NOW, explain=True).withheld
        return next(item.why for item in listed if item.operation_id == operation_id)

    assert why(Role.CLERK, "acceptHookup") == "此件办理中，不能受理"
    assert why(Role.AGENT, "withdrawHookup") == "须先登记用户的授权，才能代用户办理"
    assert why(Role.CLERK, "acceptQuoteLine") == "报价项目由“逐项答复报价”一次办理"


def test_only_what_ends_a_case_says_that_it_cannot_be_undone() -> None:
    final = {
        item.operation_id: item.consequence
        for role in Role
        for begin in IN_STATE.values()
        for item in actions_of(begin(), caller_as(role), NOW).items
        if item.consequence
    }
    assert final.keys() == {"withdrawHookup", "refuseHookup"}
    assert all(text.startswith("本件到此结束，不能恢复") for text in final.values())
