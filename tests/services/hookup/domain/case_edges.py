"""What each edge of the table of transitions needs before it, where the state alone is not enough."""

from collections.abc import Callable

from libs.common.places import Supply
from services.hookup.domain.case import Case
from services.hookup.domain.values.pauses import Pause, PauseReason
from services.hookup.domain.values.permit_items import PermitMode
from services.hookup.domain.values.stages import Interval, Stage
from services.hookup.domain.values.transitions import (
    TRANSITIONS,
    CaseState,
    Verb,
)
from tests.services.hookup.domain.case_states import (
    NOW,
    S,
    Step,
    accepted,
    after,
    ask_pause,
    committed,
    filed,
    in_progress,
    offered,
    pause,
    quote,
    ready_to_excavate,
    recorded,
    survey_done,
    turned_on_with_quote,
)
from tests.services.hookup.domain.permit_samples import file, filing
from tests.services.hookup.domain.samples import at
from tests.support.hookup import RULES, go_through, read_in, ready_case, submitted_case


def permit_pause() -> Case:
    """Paused for the one ordinary permit that waits, so that its decision ends the pause."""
    case = in_progress()
    filed(case)
    start = at("2022-07-04 12:00")
    case.request_pause(Pause("p", PauseReason.PERMIT_ORDINARY, "scan", start, "clerk-1"), start, RULES)
    case.decide_pause("p", start, "approver-1", RULES, approve=True)
    return case


def pause_without_items() -> Case:
    """Paused for permits that were begun without a form; the form has nothing that waits for an authority."""
    case = in_progress()
    survey_done(case)
    start = at("2022-07-04 12:00")
    read_in(case).start_stage(Stage.PERMIT, start)
    case.request_pause(Pause("p", PauseReason.PERMIT_ORDINARY, "scan", start, "clerk-1"), start, RULES)
    case.decide_pause("p", start, "approver-1", RULES, approve=True)
    case.actor = None
    return case


def early_survey() -> Case:
    """Accepted, its survey begun before: no command does that, a record from elsewhere may."""
    case = submitted_case()
    case.stages.append(Interval(Stage.SURVEY_DESIGN, at("2022-07-04 11:00"), None))
    return case


def works_case(supply: Supply = Supply.HEAT) -> Case:
    """A case whose one commitment was signed before its works, ready to be turned on."""
    case = submitted_case(supply=supply)
    committed(case)
    return go_through(
        case,
        (Stage.CONTRACT, "2022-07-05 10:00", "2022-07-06 10:00"),
        (Stage.EXTERNAL_WORKS, "2022-07-06 10:00", "2022-07-08 08:00"),
    )


def turned_on_with_commitment() -> Case:
    case = works_case()
    case.complete_stage(Stage.SURVEY_DESIGN, at("2022-07-08 08:00"), RULES)
    case.start_stage(Stage.TURN_ON, at("2022-07-08 09:00"))
    case.report_meter_live(at("2022-07-08 14:00"), RULES)
    return case


def with_agent(case: Case) -> None:
    case.assign("a-2", NOW, automatic=False)


def start_survey(case: Case) -> None:
    case.start_stage(Stage.SURVEY_DESIGN, at("2022-07-04 10:00"))


def start_contract(case: Case) -> None:
    case.start_stage(Stage.CONTRACT, NOW)


def approve_asked(case: Case) -> None:
    case.decide_pause("asked", NOW, "approver-1", RULES, approve=True)


# What an edge needs before it, and where several edges stand for one pair, what leads to which.
FIRST: dict[tuple[CaseState, Verb, CaseState], Step] = {
    (S.SUBMITTED, Verb.ACCEPT, S.IN_PROGRESS): start_survey,
    (S.SUBMITTED, Verb.COMPLETE_STAGE, S.SUBMITTED): start_survey,
    (S.PAUSED, Verb.RESUME, S.PAUSED): lambda case: pause(case, "second"),
    **{
        (state, Verb.DECIDE_PAUSE, to): ask_pause
        for state, verb, to, _ in TRANSITIONS
        if verb is Verb.DECIDE_PAUSE
    },
    (S.IN_PROGRESS, Verb.FILE_PERMITS, S.IN_PROGRESS): survey_done,
    (S.PAUSED, Verb.FILE_PERMITS, S.PAUSED): survey_done,
    (S.IN_PROGRESS, Verb.DECIDE_PERMIT, S.IN_PROGRESS): filed,
    (S.PAUSED, Verb.DECIDE_PERMIT, S.PAUSED): filed,
    **{(state, Verb.SIGN_COMMITMENT, state): offered for state in (S.IN_PROGRESS, S.PAUSED)},
    **{(state, Verb.CHECK_COMMITMENT, state): committed for state in (S.IN_PROGRESS, S.PAUSED)},
    **{(state, Verb.OBJECT, state): recorded for state in (S.IN_PROGRESS, S.PAUSED)},
    **{(state, Verb.REPORT_RISK, state): committed for state in (S.IN_PROGRESS, S.PAUSED)},
    **{(state, Verb.RECORD_NO_PERMIT, state): survey_done for state in (S.IN_PROGRESS, S.PAUSED)},
    **{(state, Verb.EXCAVATE, state): ready_to_excavate for state in (S.IN_PROGRESS, S.PAUSED)},
    **{
        (state, Verb.AUTHORISE_AGENT, state): with_agent
        for state, verb, _, _ in TRANSITIONS
        if verb is Verb.AUTHORISE_AGENT
    },
    **{
        (state, verb, state): quote
        for state in (S.ACCEPTED, S.IN_PROGRESS, S.PAUSED)
        for verb in (Verb.ANSWER_QUOTE, Verb.RECORD_BILL)
    },
}
BEGIN: dict[tuple[CaseState, Verb, CaseState], Callable[[], Case]] = {
    (S.PAUSED, Verb.RESUME, S.ACCEPTED): after(accepted, lambda case: pause(case, "open")),
    (S.IN_PROGRESS, Verb.REPORT_METER_LIVE, S.TURNED_ON): lambda: ready_case(supply=Supply.HEAT),
    (S.ACCEPTED, Verb.FILE_PERMITS, S.IN_PROGRESS): early_survey,
    (S.PAUSED, Verb.FILE_PERMITS, S.IN_PROGRESS): pause_without_items,
    (S.PAUSED, Verb.DECIDE_PERMIT, S.IN_PROGRESS): permit_pause,
    (S.TURNED_ON, Verb.CHECK_COMMITMENT, S.TURNED_ON): turned_on_with_commitment,
    **{
        (S.CLOSED, verb, S.CLOSED): after(turned_on_with_commitment, lambda case: case.confirm(NOW, RULES))
        for verb in (Verb.CHECK_COMMITMENT, Verb.REPORT_RISK)
    },
    (S.TURNED_ON, Verb.REPORT_RISK, S.TURNED_ON): turned_on_with_commitment,
    (S.TURNED_ON, Verb.RECORD_BILL, S.TURNED_ON): turned_on_with_quote,
    (S.CLOSED, Verb.RECORD_BILL, S.CLOSED): after(
        turned_on_with_quote, lambda case: case.confirm(NOW, RULES)
    ),
}
INSTEAD: dict[tuple[CaseState, Verb, CaseState], Step] = {
    (S.IN_PROGRESS, Verb.START_STAGE, S.IN_PROGRESS): start_contract,
    (S.PAUSED, Verb.START_STAGE, S.PAUSED): start_contract,
    **{(state, Verb.DECIDE_PAUSE, S.PAUSED): approve_asked for state in (S.ACCEPTED, S.IN_PROGRESS)},
    (S.PAUSED, Verb.FILE_PERMITS, S.IN_PROGRESS): lambda case: file(
        case, filing(mode=PermitMode.RECORD), moment=NOW
    ),
}
