"""Every edge of the table of transitions is taken, and no other."""

from collections.abc import Callable
from copy import deepcopy
from datetime import date, timedelta

import pytest

from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.reports.work import work as work_of
from services.hookup.domain.values.codes import RefusalCode
from services.hookup.domain.values.lengths import LengthKind
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import (
    ALLOWED,
    FINISHED,
    STAFF_TRANSITIONS,
    STATE_NAMES,
    TRANSITIONS,
    CaseState,
    StaffVerb,
    Verb,
)
from services.hookup.events.published import PUBLISHED
from tests.services.hookup.domain.case_edges import BEGIN, FIRST, INSTEAD, approve_asked
from tests.services.hookup.domain.case_states import (
    DO,
    IN_STATE,
    S,
    Step,
    accepted,
    ask_pause,
    correction,
    paused,
    submitted,
)
from tests.services.hookup.domain.samples import at
from tests.support.hookup import HOME, RULES

NOT_IN_TABLE = [(state, verb) for state in CaseState for verb in Verb if (state, verb) not in ALLOWED]


@pytest.mark.parametrize("edge", TRANSITIONS, ids=lambda edge: f"{edge[0]}-{edge[1]}-{edge[2]}")
def test_every_edge_of_the_table_is_taken(edge: tuple[CaseState, Verb, CaseState, str]) -> None:
    origin, verb, to, _rule = edge
    key = (origin, verb, to)
    case = BEGIN.get(key, IN_STATE[origin])()
    if key in FIRST:
        FIRST[key](case)
    assert case.state is origin
    INSTEAD.get(key, DO[verb])(case)
    assert case.state is to


def test_a_pause_approved_beside_another_stays_paused() -> None:
    case = paused()
    ask_pause(case)
    approve_asked(case)
    assert case.state is S.PAUSED


@pytest.mark.parametrize(("state", "verb"), NOT_IN_TABLE)
def test_every_other_verb_is_refused_and_changes_nothing(state: CaseState, verb: Verb) -> None:
    case = IN_STATE[state]()
    assert case.state is state
    before = deepcopy(case)
    with pytest.raises(RuleError) as refused:
        DO[verb](case)
    assert refused.value.code == "not-in-this-state"
    assert STATE_NAMES[state] in refused.value.text
    assert case == before


def test_nothing_leaves_a_finished_state() -> None:
    assert all(to is origin for origin, _, to, _ in TRANSITIONS if origin in FINISHED)


def test_every_edge_cites_its_rule() -> None:
    edges = (*TRANSITIONS, *STAFF_TRANSITIONS)
    assert all(rule for *_, rule in edges)
    assert len({edge[:3] for edge in edges}) == len(edges)


STAFF: dict[StaffVerb, Step] = {
    StaffVerb.ASSIGN: lambda case: case.take(at("2022-07-08 09:00"), "clerk-1"),
    StaffVerb.NOTE: lambda case: case.write_note("n", "待许可", [], at("2022-07-08 09:00"), "clerk-1", RULES),
    StaffVerb.WATCH: lambda case: case.watch("clerk-1"),
}


@pytest.mark.parametrize("verb", StaffVerb)
@pytest.mark.parametrize("state", CaseState)
def test_what_the_staff_do_among_themselves_leaves_the_state(state: CaseState, verb: StaffVerb) -> None:
    case = IN_STATE[state]()
    timers, work = case.timers(RULES), list(work_of(case, RULES))
    if (state, verb) in ALLOWED:
        STAFF[verb](case)
    else:
        with pytest.raises(RuleError, match="not-in-this-state"):
            STAFF[verb](case)
    assert case.state is state
    assert (case.timers(RULES), list(work_of(case, RULES))) == (timers, work)
    assert all(to is origin for origin, _, to, _ in STAFF_TRANSITIONS)


def test_a_case_is_submitted_once() -> None:
    case = submitted()
    before = deepcopy(case)
    with pytest.raises(RuleError, match="submitted-already"):
        case.submit(declared_dm=0, complete=True, rules=RULES)
    assert case == before


# What takes a time, given one before the submission.
EARLY = at("2022-07-04 09:00") - timedelta(minutes=1)
BEFORE_SUBMISSION: list[tuple[Callable[[], Case], Step]] = [
    (submitted, lambda case: case.request_correction(["用地证明"], EARLY, RULES)),
    (correction, lambda case: case.answer_correction(EARLY)),
    (submitted, lambda case: case.accept(EARLY, RULES)),
    (submitted, lambda case: case.start_stage(Stage.SURVEY_DESIGN, EARLY)),
    (submitted, lambda case: case.change_length(LengthKind.DESIGNED, 1, EARLY, "clerk-1", RULES)),
    (submitted, lambda case: case.agree_date(date(2022, 8, 1), "scan-2", EARLY, RULES)),
    (accepted, lambda case: case.withdraw(EARLY)),
    (accepted, lambda case: case.refuse(RefusalCode.NO_LAWFUL_PREMISES, EARLY)),
]


@pytest.mark.parametrize(("begin", "step"), BEFORE_SUBMISSION)
def test_nothing_happens_before_the_submission(begin: Callable[[], Case], step: Step) -> None:
    case = begin()
    before = deepcopy(case)
    with pytest.raises(RuleError, match="before-submission"):
        step(case)
    assert case == before


def test_the_readme_shows_the_table() -> None:
    shown = (HOME / "README.md").read_text("utf-8")
    for state in CaseState:
        edges = [
            f"{verb} → " + "/".join(f"`{to}`" for to in CaseState if to in ALLOWED[state, verb])
            for verb in Verb
            if (state, verb) in ALLOWED
        ]
        assert f"| `{state}` {STATE_NAMES[state]} | {' · '.join(edges) or 'the end'} |\n" in shown
    for each in PUBLISHED:
        assert f"`{each.event}`" in shown
