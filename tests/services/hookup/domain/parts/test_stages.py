"""Which stage may begin and end when."""

from collections.abc import Callable
from copy import deepcopy

import pytest

from libs.common.places import Supply
from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.reports.work import work
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.work import DueOf, Whose, Work, WorkKind
from tests.services.hookup.domain.clock_samples import stop
from tests.services.hookup.domain.permit_samples import file, filing
from tests.services.hookup.domain.samples import at
from tests.services.hookup.domain.timer_samples import SECOND
from tests.support.hookup import RULES, begin_works, go_through, may_end, read_in, ready_case, submitted_case


def signed(supply: Supply) -> Case:
    return go_through(
        submitted_case(supply=supply),
        (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00"),
        (Stage.CONTRACT, "2022-07-05 10:00", "2022-07-06 10:00"),
    )


def test_gas_is_not_turned_on_before_its_works_end() -> None:
    case = signed(Supply.GAS)
    with pytest.raises(RuleError, match="stage-out-of-order"):
        case.start_stage(Stage.TURN_ON, at("2022-07-07 10:00"))
    may_end(case).start_stage(Stage.EXTERNAL_WORKS, at("2022-07-06 10:00"))
    with pytest.raises(RuleError, match="stage-out-of-order"):
        case.start_stage(Stage.TURN_ON, at("2022-07-07 10:00"))
    case.complete_stage(Stage.EXTERNAL_WORKS, at("2022-07-08 10:00"), RULES)
    with pytest.raises(RuleError, match="stage-out-of-order"):
        case.start_stage(Stage.TURN_ON, at("2022-07-08 09:59"))
    case.start_stage(Stage.TURN_ON, at("2022-07-08 10:00"))
    assert case.violations() == []


@pytest.mark.parametrize("supply", [Supply.WATER, Supply.HEAT])
def test_water_and_heat_turned_on_before_the_works_end_is_a_violation_on_record(supply: Supply) -> None:
    case = signed(supply)
    with pytest.raises(RuleError, match="stage-out-of-order"):
        case.start_stage(Stage.TURN_ON, at("2022-07-07 10:00"))
    may_end(case).start_stage(Stage.EXTERNAL_WORKS, at("2022-07-06 10:00"))
    case.start_stage(Stage.TURN_ON, at("2022-07-07 10:00"))
    assert "UNSAFE_OVERLAP" in case.violations()
    with pytest.raises(RuleError, match="stages-open"):
        case.report_meter_live(at("2022-07-07 11:00"), RULES)
    case.complete_stage(Stage.EXTERNAL_WORKS, at("2022-07-07 12:00"), RULES)
    with pytest.raises(RuleError, match="before-start"):
        case.report_meter_live(at("2022-07-07 11:59"), RULES)
    case.report_meter_live(at("2022-07-07 12:00"), RULES)


@pytest.mark.parametrize("supply", list(Supply))
def test_works_begin_after_the_survey_beside_the_contract(supply: Supply) -> None:
    case = may_end(submitted_case(supply=supply))
    steps: list[tuple[str, Callable[[], None]]] = [
        ("勘查设计(开始|完成)之前", lambda: case.start_stage(Stage.SURVEY_DESIGN, at("2022-07-04 10:00"))),
        (
            "勘查设计完成之前",
            lambda: case.complete_stage(Stage.SURVEY_DESIGN, at("2022-07-05 10:00"), RULES),
        ),
        ("签订合同开始之前", lambda: case.start_stage(Stage.CONTRACT, at("2022-07-05 10:00"))),
    ]
    for why, step in steps:
        with pytest.raises(RuleError, match=why):
            case.start_stage(Stage.EXTERNAL_WORKS, at("2022-07-06 10:00"))
        step()
    with pytest.raises(RuleError, match="stage-out-of-order"):
        case.start_stage(Stage.EXTERNAL_WORKS, at("2022-07-05 09:59"))
    case.start_stage(Stage.EXTERNAL_WORKS, at("2022-07-05 10:00"))
    assert case.violations() == []


def test_works_begin_beside_the_permits_once_these_are_filed_or_known_not_to_be_needed() -> None:
    case = signed(Supply.WATER)
    case.start_stage(Stage.PERMIT, at("2022-07-05 10:00"))
    with pytest.raises(RuleError, match="permits-not-filed"):
        case.start_stage(Stage.EXTERNAL_WORKS, at("2022-07-06 12:00"))
    filed = deepcopy(case)
    file(filed, filing(), moment="2022-07-06 11:00")
    with pytest.raises(RuleError, match="before-permits"):
        filed.start_stage(Stage.EXTERNAL_WORKS, at("2022-07-06 10:59"))
    for ready in (filed, may_end(case)):
        ready.start_stage(Stage.EXTERNAL_WORKS, at("2022-07-06 11:00"))
        assert ready.violations() == []


def test_of_a_ledger_works_before_the_survey_are_a_stop_for_gas_and_a_violation_for_water() -> None:
    gas, water = read_in(submitted_case(supply=Supply.GAS)), read_in(submitted_case())
    with pytest.raises(RuleError, match="stage-out-of-order"):
        gas.start_stage(Stage.EXTERNAL_WORKS, at("2022-07-04 10:00"))
    water.start_stage(Stage.EXTERNAL_WORKS, at("2022-07-04 10:00"))
    water.start_stage(Stage.SURVEY_DESIGN, at("2022-07-04 11:00"))
    assert "UNSAFE_OVERLAP" in water.violations()


REFUSED_MOVES: list[tuple[str, Callable[[Case], None]]] = [
    ("stage-already-started", lambda case: case.start_stage(Stage.SURVEY_DESIGN, at("2022-07-05 11:00"))),
    ("stage-completed", lambda case: case.complete_stage(Stage.SURVEY_DESIGN, at("2022-07-05 11:00"), RULES)),
    ("stage-not-started", lambda case: case.complete_stage(Stage.PERMIT, at("2022-07-05 11:00"), RULES)),
    ("stage-ends-otherwise", lambda case: case.complete_stage(Stage.ACCEPT, at("2022-07-05 11:00"), RULES)),
    ("stage-ends-otherwise", lambda case: case.complete_stage(Stage.TURN_ON, at("2022-07-05 11:00"), RULES)),
    ("not-accepted", lambda case: case.start_stage(Stage.PERMIT, at("2022-07-04 09:00") - SECOND)),
    ("stage-not-started", lambda case: case.report_meter_live(at("2022-07-06 11:00"), RULES)),
]


@pytest.mark.parametrize(("code", "move"), REFUSED_MOVES)
def test_a_stage_begins_once_and_ends_once(code: str, move: Callable[[Case], None]) -> None:
    case = submitted_case("2022-07-04 08:30", complete=False)
    case.accept(at("2022-07-04 09:00"), RULES)
    go_through(may_end(case), (Stage.SURVEY_DESIGN, "2022-07-04 08:40", "2022-07-05 10:00"))
    with pytest.raises(RuleError, match=code):
        move(case)


def test_a_stage_does_not_end_before_it_begins() -> None:
    case = go_through(submitted_case(), (Stage.SURVEY_DESIGN, "2022-07-04 10:00", None))
    with pytest.raises(RuleError, match="before-start"):
        case.complete_stage(Stage.SURVEY_DESIGN, at("2022-07-04 09:59"), RULES)


def test_before_acceptance_only_the_survey_begins() -> None:
    case = submitted_case(complete=False)
    for stage in (Stage.CONTRACT, Stage.PERMIT, Stage.EXTERNAL_WORKS, Stage.TURN_ON):
        with pytest.raises(RuleError, match="not-accepted"):
            case.start_stage(stage, at("2022-07-04 10:00"))
    go_through(case, (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-04 11:00"))


def test_without_a_line_there_are_no_permits_and_no_works() -> None:
    case = go_through(
        submitted_case(declared_dm=0), (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-04 11:00")
    )
    for stage in (Stage.PERMIT, Stage.EXTERNAL_WORKS):
        with pytest.raises(RuleError, match="stage-not-needed"):
            case.start_stage(stage, at("2022-07-04 11:00"))
    go_through(
        case,
        (Stage.CONTRACT, "2022-07-04 11:00", "2022-07-04 12:00"),
        (Stage.TURN_ON, "2022-07-04 14:00", None),
    )


def test_turning_on_needs_survey_and_contract_complete() -> None:
    case = go_through(submitted_case(declared_dm=0), (Stage.SURVEY_DESIGN, "2022-07-04 10:00", None))
    steps: list[Callable[[], None]] = [
        lambda: case.complete_stage(Stage.SURVEY_DESIGN, at("2022-07-04 11:00"), RULES),
        lambda: case.start_stage(Stage.CONTRACT, at("2022-07-04 11:00")),
        lambda: case.complete_stage(Stage.CONTRACT, at("2022-07-04 12:00"), RULES),
    ]
    for step in steps:
        with pytest.raises(RuleError, match="stage-out-of-order"):
            case.start_stage(Stage.TURN_ON, at("2022-07-04 12:00"))
        step()
    case.start_stage(Stage.TURN_ON, at("2022-07-04 12:00"))


def of_stages(case: Case) -> list[Work]:
    kinds = {WorkKind.STAGE, WorkKind.HAND_OVER}
    return [item for item in work(case, RULES) if item.kind in kinds]


def test_the_utility_goes_on_with_the_stage_begun_last_or_hands_over() -> None:
    case = submitted_case("2022-07-04 09:00", complete=False)
    case.accept(at("2022-07-04 09:30"), RULES)
    due_at = at("2022-07-11 17:30")
    # Nothing runs since the acceptance.
    assert of_stages(case) == [
        Work(WorkKind.HAND_OVER, Whose.CLERK, at("2022-07-04 09:30"), at("2022-07-05 17:30"))
    ]
    go_through(case, (Stage.SURVEY_DESIGN, "2022-07-04 10:00", None))
    go_through(case, (Stage.CONTRACT, "2022-07-04 11:00", "2022-07-04 13:00"))
    assert of_stages(case) == [
        Work(WorkKind.STAGE, Whose.CLERK, at("2022-07-04 10:00"), due_at, due_of=DueOf.CASE)
    ]
    go_through(case, (Stage.PERMIT, "2022-07-04 14:00", None))
    assert of_stages(case) == [
        Work(WorkKind.STAGE, Whose.CLERK, at("2022-07-04 14:00"), due_at, due_of=DueOf.CASE)
    ]
    case.withdraw(at("2022-07-04 15:00"))
    assert of_stages(case) == []
    assert of_stages(submitted_case(complete=False)) == []


def test_a_case_that_is_paused_has_no_gap_and_nothing_to_hand_over() -> None:
    case = submitted_case()
    assert TimerKind.GAP in case.timers(RULES)
    stop(case, "2022-07-04 10:00", None)
    assert TimerKind.GAP not in case.timers(RULES)
    assert of_stages(case) == []


def test_stages_side_by_side_that_are_not_listed_are_told_from_those_that_are_unsafe() -> None:
    case = begin_works(signed(Supply.WATER), "2022-07-05 09:00")
    assert case.violations() == ["OVERLAP_NOT_LISTED"]
    case.start_stage(Stage.TURN_ON, at("2022-07-07 10:00"))
    assert case.violations() == ["OVERLAP_NOT_LISTED", "UNSAFE_OVERLAP"]


@pytest.mark.parametrize(("supply", "ceiling"), [(Supply.WATER, None), (Supply.HEAT, 30)])
def test_a_ceiling_is_told_of_where_no_limit_holds(supply: Supply, ceiling: int | None) -> None:
    case = ready_case(supply=supply)
    case.report_meter_live(at("2022-07-08 10:00"), RULES)
    case.confirm(at("2022-07-08 11:00"), RULES)
    closed = case.pending_events[-1].data
    assert closed["ceiling_workdays"] == ceiling
