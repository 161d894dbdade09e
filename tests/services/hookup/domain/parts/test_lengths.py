"""Lengths, classes and the limits that follow from them."""

import pytest

from libs.common.places import Supply
from libs.common.rules import RuleError
from services.hookup.domain.values.codes import Source
from services.hookup.domain.values.lengths import LengthClass, LengthKind
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.violations import VIOLATION_NAMES, Violation
from tests.services.hookup.domain.clock_samples import due_of
from tests.services.hookup.domain.entry_samples import nothing_outside
from tests.services.hookup.domain.samples import at
from tests.support.hookup import RULES, designed, go_through, ready_case, submitted_case


def test_the_designed_length_makes_the_class_and_the_due_time_keeps_its_start() -> None:
    case = submitted_case(declared_dm=500)
    assert due_of(case).calendar_strict == at("2022-07-09 17:30")
    designed(case, 501, "2022-07-05 10:00")
    assert case.length_class is LengthClass.L2_LE200
    assert due_of(case).calendar_strict == at("2022-07-14 17:30")
    case.change_length(LengthKind.DECLARED, 0, at("2022-07-05 11:00"), "clerk-1", RULES)
    case.change_length(LengthKind.AS_BUILT, 2001, at("2022-07-05 12:00"), "clerk-1", RULES)
    assert case.length_class is LengthClass.L2_LE200
    designed(case, 0, "2022-07-06 10:00")
    assert due_of(case).calendar_strict == at("2022-07-07 17:30")
    changed = [each.data for each in case.pending_events if each.event == "length_changed"]
    assert [(each["class_before"], each["length_class"]) for each in changed] == [
        ("L1_LE50", "L2_LE200"),
        ("L2_LE200", "L2_LE200"),
        ("L2_LE200", "L2_LE200"),
        ("L2_LE200", "L0_NONE"),
    ]
    assert [(each.from_dm, each.to_dm) for each in case.length_changes] == [
        (None, 501),
        (500, 0),
        (None, 2001),
        (501, 0),
    ]


def test_an_unknown_length_has_the_shortest_limit_and_is_set_before_the_survey_ends() -> None:
    case = go_through(submitted_case(declared_dm=None), (Stage.SURVEY_DESIGN, "2022-07-04 10:00", None))
    assert (case.length_class, due_of(case).calendar_strict) == (LengthClass.UNKNOWN, at("2022-07-07 17:30"))
    with pytest.raises(RuleError, match="length-not-set"):
        case.complete_stage(Stage.SURVEY_DESIGN, at("2022-07-05 10:00"), RULES)
    case.change_length(LengthKind.AS_BUILT, 100, at("2022-07-05 10:00"), "clerk-1", RULES)
    with pytest.raises(RuleError, match="length-not-set"):
        case.complete_stage(Stage.SURVEY_DESIGN, at("2022-07-05 10:00"), RULES)
    designed(case, 100, "2022-07-05 11:00")
    case.complete_stage(Stage.SURVEY_DESIGN, at("2022-07-05 12:00"), RULES)


@pytest.mark.parametrize("stage", [Stage.PERMIT, Stage.EXTERNAL_WORKS])
def test_a_line_does_not_vanish_once_its_works_or_permits_began(stage: Stage) -> None:
    case = go_through(
        submitted_case(),
        (Stage.SURVEY_DESIGN, "2022-07-04 10:00", None),
        (stage, "2022-07-05 10:00", None),
    )
    with pytest.raises(RuleError, match="stage-already-started"):
        designed(case, 0, "2022-07-05 11:00")
    assert case.length_class is LengthClass.L1_LE50


@pytest.mark.parametrize("supply", Supply)
def test_a_line_does_not_appear_once_turning_on_began(supply: Supply) -> None:
    case = go_through(
        submitted_case(supply=supply, declared_dm=0),
        (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-04 11:00"),
        (Stage.CONTRACT, "2022-07-04 11:00", "2022-07-04 12:00"),
        (Stage.TURN_ON, "2022-07-04 14:00", None),
    )
    with pytest.raises(RuleError, match="stage-already-started"):
        designed(case, 10, "2022-07-05 11:00")


def test_only_the_as_built_length_is_recorded_after_the_end_of_works() -> None:
    case = ready_case()
    case.report_meter_live(at("2022-07-08 14:00"), RULES)
    for kind in (LengthKind.DECLARED, LengthKind.DESIGNED):
        with pytest.raises(RuleError, match="length-fixed"):
            case.change_length(kind, 1, at("2022-07-08 15:00"), "clerk-1", RULES)
    case.change_length(LengthKind.AS_BUILT, 430, at("2022-07-08 15:00"), "clerk-1", RULES)
    assert case.as_built_dm == 430


@pytest.mark.parametrize(
    ("works", "source", "built_dm", "violations"),
    [
        (True, Source.LIVE, None, [Violation.AS_BUILT_MISSING]),
        (True, Source.LIVE, 480, []),
        (True, Source.LEDGER, None, []),
        (False, Source.LIVE, None, []),
    ],
    ids=["nowhere on record", "on record", "read in", "no line"],
)
def test_a_line_that_runs_has_its_length_as_built_on_record(
    works: bool, source: Source, built_dm: int | None, violations: list[Violation]
) -> None:
    case = ready_case(declared_dm=500) if works else nothing_outside()
    case.source = source
    if built_dm is not None:
        case.change_length(LengthKind.AS_BUILT, built_dm, at("2022-07-08 09:00"), "clerk-1", RULES)
    # It may be entered until the case ends.
    assert case.violations() == []
    case.report_meter_live(at("2022-07-08 10:00"), RULES)
    assert case.violations() == violations
    case.confirm(at("2022-07-08 11:00"), RULES)
    assert case.pending_events[-1].data["violations"] == violations


def test_every_violation_has_a_name() -> None:
    assert VIOLATION_NAMES.keys() == set(Violation)


@pytest.mark.parametrize(
    ("declared_dm", "designed_dm", "built_dm", "infringes"),
    [
        # The limit is that of the design; without one, of what was declared.
        (400, 1000, 400, True),
        (1000, 400, 400, False),
        (1000, None, 400, True),
        # A shorter class by a little is none.
        (510, None, 500, False),
    ],
)
def test_the_limit_of_a_longer_line_than_was_built_stands_out(
    declared_dm: int, designed_dm: int | None, built_dm: int, infringes: bool
) -> None:
    case = submitted_case(declared_dm=declared_dm)
    if designed_dm is not None:
        designed(case, designed_dm, "2022-07-05 10:00")
    case.change_length(LengthKind.AS_BUILT, built_dm, at("2022-07-05 12:00"), "clerk-1", RULES)
    assert ("CLASS_NOT_AS_BUILT" in case.violations()) is infringes
    # Of records from before the class was kept.
    case.as_built_class = None
    assert "CLASS_NOT_AS_BUILT" not in case.violations()
