"""The clock of a case: its start, its due times in three readings, lengths, promises and pauses."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from libs.common.places import Service
from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.parts.special import Special
from services.hookup.domain.reports.work import work
from services.hookup.domain.values.approval import Approver
from services.hookup.domain.values.lengths import LengthClass, LengthKind
from services.hookup.domain.values.limits import Basis, Due
from services.hookup.domain.values.pauses import Pause, PauseReason
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import CaseState
from services.hookup.domain.values.work import WorkKind
from tests.services.hookup.domain.samples import VECTORS, at
from tests.support.hookup import RULES, designed, go_through, read_in, ready_case, submitted_case

ACCEPTED = "2022-08-01 09:20"


def due_of(case: Case) -> Due:
    assert case.due is not None
    return case.due


def stop(
    case: Case,
    start: str,
    end: str | None,
    pause_id: str = "p",
    reason: PauseReason = PauseReason.USER_DECISION,
) -> None:
    case.request_pause(Pause(pause_id, reason, "scan-1", at(start), "clerk-1"), at(start), RULES)
    case.decide_pause(pause_id, at(start), "approver-1", RULES, approve=True)
    if end is not None:
        case.resume(pause_id, at(end), RULES)


@pytest.mark.parametrize(("vector", "submitted"), [("E01", "2022-09-30 16:40"), ("E01c", "2022-09-30 17:45")])
def test_due_times_of_a_case_in_all_three_readings(vector: str, submitted: str) -> None:
    case = submitted_case(submitted, declared_dm=420)
    expected = VECTORS[vector]
    for reading in ("working", "calendar_roll", "calendar_strict"):
        kind, _, receipt, instant = expected[reading]
        assert (case.length_class, str(case.receipt)) == (kind, receipt)
        assert getattr(case.due, reading) == at(instant)
    assert due_of(case).judged_at == due_of(case).calendar_roll


def test_a_pause_moves_the_due_times_by_the_days_after_its_start() -> None:
    case, expected = submitted_case(ACCEPTED, declared_dm=1200), VECTORS["E03"]
    assert due_of(case).working == at(expected["no_pause_working"])
    assert due_of(case).calendar_roll == at(expected["no_pause_calendar_roll"])
    stop(case, "2022-08-03 10:00", None)
    # While it is open nobody knows how long it takes.
    assert due_of(case).working == at(expected["no_pause_working"])
    case.resume("p", at("2022-08-08 09:00"), RULES)
    assert due_of(case).working == at(expected["with_pause_working"])
    assert due_of(case).calendar_roll == at(expected["with_pause_calendar_roll"])
    go_through(
        case,
        (Stage.SURVEY_DESIGN, "2022-08-08 10:00", "2022-08-09 10:00"),
        (Stage.CONTRACT, "2022-08-09 10:00", "2022-08-10 10:00"),
        (Stage.EXTERNAL_WORKS, "2022-08-10 10:00", "2022-08-16 10:00"),
        (Stage.TURN_ON, "2022-08-16 10:00", None),
    )
    case.report_meter_live(at("2022-08-17 10:00"), RULES)
    case.confirm(at("2022-08-17 11:00"), RULES)
    closed = case.pending_events[-1].data
    assert closed["working_days"] == expected["elapsed_working_if_done_0817"]
    assert closed["elapsed_days"] == 16 - len(expected["excluded"])
    assert closed["on_time"] == {
        "judged": False,
        "working": True,
        "calendar_roll": False,
        "calendar_strict": False,
    }
    assert closed["pauses"] == [{"reason": PauseReason.USER_DECISION, "count": 1, "days": 5}]


@pytest.mark.parametrize(
    ("first", "second", "day"),
    [
        # 08-03 to 08-08 and 08-05 to 08-09 are six days together, not nine.
        (("2022-08-03 10:00", "2022-08-08 09:00"), ("2022-08-05 10:00", "2022-08-09 09:00"), "2022-08-17"),
        (("2022-08-03 10:00", "2022-08-08 09:00"), ("2022-08-04 10:00", "2022-08-05 09:00"), "2022-08-16"),
    ],
)
def test_pauses_that_overlap_count_as_their_union(
    first: tuple[str, str], second: tuple[str, str], day: str
) -> None:
    case = submitted_case(ACCEPTED, declared_dm=1200)
    stop(case, first[0], None, "a")
    stop(case, second[0], None, "b")
    for pause_id, (_, end) in sorted({"a": first, "b": second}.items(), key=lambda each: each[1][1]):
        assert case.state is CaseState.PAUSED
        case.resume(pause_id, at(end), RULES)
    assert case.state is CaseState.ACCEPTED
    assert due_of(case).calendar_roll == at(f"{day} 17:30")


def test_a_pause_within_a_day_takes_nothing_out() -> None:
    case = submitted_case(ACCEPTED, declared_dm=1200)
    before = case.due
    stop(case, "2022-08-03 08:40", "2022-08-03 17:20")
    assert case.due == before


def test_a_pause_that_was_not_approved_takes_nothing_out() -> None:
    case = submitted_case(ACCEPTED, declared_dm=1200)
    before = case.due
    start = at("2022-08-03 10:00")
    case.request_pause(Pause("p", PauseReason.CROSSING, "scan-1", start, "clerk-1"), start, RULES)
    case.decide_pause("p", start, "approver-1", RULES, approve=False)
    designed(case, 1100, "2022-08-08 10:00")
    assert case.due == before
    with pytest.raises(RuleError, match="not-in-this-state"):
        case.resume("p", at("2022-08-08 09:00"), RULES)


# -- who and when of pauses


def test_who_asks_for_a_pause_cannot_approve_it_but_may_see_it_declined() -> None:
    case = submitted_case()
    start = at("2022-07-04 10:00")
    case.request_pause(Pause("p", PauseReason.CROSSING, "scan-1", start, "clerk-1"), start, RULES)
    for approve in (True, False):
        with pytest.raises(RuleError, match="approver-is-asker"):
            case.decide_pause("p", start, "clerk-1", RULES, approve=approve)
    case.decide_pause("p", start, "approver-1", RULES, approve=True)
    with pytest.raises(RuleError, match="pause-decided"):
        case.decide_pause("p", start, "approver-2", RULES, approve=False)


@pytest.mark.parametrize(
    ("start", "asked", "allowed"),
    [
        ("2022-09-30 10:00", "2022-10-08 17:29", True),  # holidays between: the next working day
        ("2022-09-30 10:00", "2022-10-09 00:01", False),  # a Sunday that is worked: the second
        ("2022-10-08 10:00", "2022-10-09 23:59", True),
        ("2022-09-29 10:00", "2022-09-30 09:00", True),
        ("2022-09-29 10:00", "2022-10-08 09:00", False),
    ],
)
def test_a_pause_is_asked_for_one_working_day_after_its_start_at_the_latest(
    start: str, asked: str, allowed: bool
) -> None:
    case = submitted_case("2022-09-29 09:00", declared_dm=1200)
    pause = Pause("p", PauseReason.USER_DECISION, "scan-1", at(start), "clerk-1")
    if allowed:
        case.request_pause(pause, at(asked), RULES)
        return
    with pytest.raises(RuleError, match="pause-too-late"):
        case.request_pause(pause, at(asked), RULES)


def test_a_pause_does_not_begin_before_the_acceptance() -> None:
    case = submitted_case(complete=False)
    case.accept(at("2022-07-04 11:00"), RULES)
    pause = Pause("p", PauseReason.USER_DECISION, "scan-1", at("2022-07-04 10:59"), "clerk-1")
    with pytest.raises(RuleError, match="pause-before-acceptance"):
        case.request_pause(pause, at("2022-07-04 12:00"), RULES)


def test_a_pause_is_not_resumed_before_its_start_nor_twice_nor_by_another_name() -> None:
    case = submitted_case()
    stop(case, "2022-07-05 10:00", None)
    stop(case, "2022-07-05 11:00", None, "q")
    with pytest.raises(RuleError, match="resume-before-pause"):
        case.resume("p", at("2022-07-05 09:59"), RULES)
    with pytest.raises(RuleError, match="pause-unknown"):
        case.resume("r", at("2022-07-05 12:00"), RULES)
    case.resume("p", at("2022-07-05 12:00"), RULES)
    with pytest.raises(RuleError, match="pause-not-open"):
        case.resume("p", at("2022-07-05 13:00"), RULES)
    assert case.paused


@pytest.mark.parametrize(
    ("filed", "code"),
    [
        ("2022-07-05 16:00", None),  # while the survey still runs
        ("2022-07-07 16:00", None),  # one working day after the reply of 6 July
        ("2022-07-08 08:30", "permit-filed-late"),
    ],
)
def test_a_permit_stops_the_clock_only_if_it_was_filed_in_time(filed: str, code: str | None) -> None:
    case = go_through(
        submitted_case(declared_dm=1200),
        (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-06 10:00"),
        (Stage.PERMIT, filed, None),
    )
    read_in(case)
    pause = Pause("p", PauseReason.PERMIT_ORDINARY, "scan-1", at(filed), "clerk-1")
    if code is None:
        case.request_pause(pause, at(filed), RULES)
        return
    with pytest.raises(RuleError, match=code):
        case.request_pause(pause, at(filed), RULES)


def test_a_permit_stops_the_clock_from_its_filing_and_not_without_it() -> None:
    case = go_through(submitted_case(declared_dm=1200), (Stage.SURVEY_DESIGN, "2022-07-04 10:00", None))
    read_in(case)
    start = at("2022-07-05 10:00")
    with pytest.raises(RuleError, match="permit-not-filed"):
        case.request_pause(Pause("p", PauseReason.PERMIT_ORDINARY, "scan-1", start, "c"), start, RULES)
    case.start_stage(Stage.PERMIT, start)
    for wrong in (start - timedelta(minutes=1), start + timedelta(minutes=1)):
        with pytest.raises(RuleError, match="permit-not-filed"):
            case.request_pause(Pause("p", PauseReason.PERMIT_ORDINARY, "scan-1", wrong, "c"), wrong, RULES)
    case.request_pause(Pause("p", PauseReason.PERMIT_ORDINARY, "scan-1", start, "c"), start, RULES)


# -- lengths


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


@pytest.mark.parametrize("supply", Service)
def test_a_line_does_not_appear_once_turning_on_began(supply: Service) -> None:
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


# -- more than 200 m, heat, special cases


@pytest.mark.parametrize(
    ("supply", "length_dm", "basis", "judged"),
    [
        (Service.WATER, 2001, Basis.NONE, None),
        (Service.GAS, 2001, Basis.NONE, None),
        (Service.HEAT, 420, Basis.PLANNED, "2022-07-14 17:30"),
        (Service.HEAT, 2001, Basis.PLANNED, "2022-07-14 17:30"),
        (Service.WATER, 2000, Basis.LIMIT, "2022-07-14 17:30"),
    ],
)
def test_what_a_due_time_rests_on(supply: Service, length_dm: int, basis: Basis, judged: str | None) -> None:
    due = due_of(submitted_case(supply=supply, declared_dm=length_dm))
    assert (due.basis, due.judged_at) == (basis, at(judged) if judged else None)


@pytest.mark.parametrize(("supply", "length_dm"), [(Service.WATER, 2001), (Service.HEAT, 10)])
def test_the_agreed_date_is_judged_and_pauses_do_not_move_it(supply: Service, length_dm: int) -> None:
    case = submitted_case(supply=supply, declared_dm=length_dm)
    case.agree_date(date(2022, 8, 6), "scan-2", at("2022-07-05 10:00"), RULES)
    assert due_of(case).judged_at == at("2022-08-06 17:30")
    assert due_of(case).basis is Basis.AGREED
    stop(case, "2022-07-06 10:00", "2022-07-11 10:00")
    assert due_of(case).judged_at == at("2022-08-06 17:30")
    case.agree_date(date(2022, 8, 20), "scan-3", at("2022-08-06 17:30"), RULES)
    with pytest.raises(RuleError, match="agreed-date-passed"):
        case.agree_date(date(2022, 9, 1), "scan-4", at("2022-08-20 17:31"), RULES)
    assert due_of(case).judged_at == at("2022-08-20 17:30")


@pytest.mark.parametrize(
    ("submitted", "agreed", "code"),
    [
        ("2022-07-04 09:00", date(2022, 7, 3), "agreed-date-too-early"),
        ("2022-07-04 09:00", date(2022, 7, 4), None),
        ("2022-07-04 18:00", date(2022, 7, 4), "agreed-date-too-early"),
        ("2022-07-04 18:00", date(2022, 7, 5), None),
        ("2022-07-04 09:00", date(2099, 12, 31), None),
        ("2022-07-04 09:00", date(2100, 1, 1), "agreed-date-too-late"),
        ("2022-07-04 09:00", date.max, "agreed-date-too-late"),
    ],
)
def test_an_agreed_date_lies_after_the_receipt_and_in_the_calendar(
    submitted: str, agreed: date, code: str | None
) -> None:
    case = submitted_case(submitted, declared_dm=2001)
    if code is None:
        case.agree_date(agreed, "scan-2", at("2022-07-05 08:00"), RULES)
        assert min(case.timers(RULES).values()) >= case.submitted_at
        return
    with pytest.raises(RuleError, match=code):
        case.agree_date(agreed, "scan-2", at("2022-07-05 08:00"), RULES)
    assert case.agreed is None


def test_no_date_is_agreed_where_the_notice_has_a_limit() -> None:
    with pytest.raises(RuleError, match="agreed-date-not-allowed"):
        submitted_case(declared_dm=2000).agree_date(date(2022, 8, 1), "s", at("2022-07-05 10:00"), RULES)


def signed(case: Case) -> Case:
    return go_through(
        case,
        (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00"),
        (Stage.CONTRACT, "2022-07-05 10:00", "2022-07-06 10:00"),
    )


@pytest.mark.parametrize(
    ("supply", "length_dm", "violations"),
    [
        (Service.WATER, 2001, ["NO_PROMISED_DATE"]),
        (Service.GAS, 2001, ["NO_PROMISED_DATE"]),
        (Service.HEAT, 10, ["NO_PROMISED_DATE"]),
        (Service.WATER, 2000, []),
    ],
)
def test_a_contract_without_a_promised_date_is_a_violation(
    supply: Service, length_dm: int, violations: list[str]
) -> None:
    case = signed(submitted_case(supply=supply, declared_dm=length_dm))
    assert case.violations() == violations
    if violations:
        # To promise afterwards does not undo it.
        case.agree_date(date(2022, 8, 1), "scan-2", at("2022-07-07 10:00"), RULES)
        assert case.violations() == violations


def test_a_date_promised_before_the_contract_ends_is_no_violation() -> None:
    case = submitted_case(declared_dm=2001)
    case.agree_date(date(2022, 8, 1), "scan-2", at("2022-07-04 09:30"), RULES)
    assert signed(case).violations() == []


def test_a_line_that_grows_past_200_m_after_the_contract_has_no_promised_date() -> None:
    case = signed(submitted_case(declared_dm=2000))
    designed(case, 2001, "2022-07-07 10:00")
    assert case.violations() == ["NO_PROMISED_DATE"]


HEAD = Approver("approver-1", supervises=False)


def test_a_special_case_counts_once_somebody_else_approves() -> None:
    case = submitted_case()
    with pytest.raises(RuleError, match="special-not-asked"):
        case.approve_special(at("2022-07-04 10:00"), HEAD, RULES)
    case.request_special(Special(PauseReason.CROSSING, "scan-3", "clerk-1"))
    assert not case.is_special
    with pytest.raises(RuleError, match="approver-is-asker"):
        case.approve_special(at("2022-07-04 10:00"), Approver("clerk-1", supervises=False), RULES)
    case.approve_special(at("2022-07-04 11:00"), HEAD, RULES)
    assert case.is_special
    for again in (
        lambda: case.request_special(Special(PauseReason.CAPACITY, "scan-4", "clerk-1")),
        lambda: case.approve_special(at("2022-07-04 12:00"), HEAD, RULES),
    ):
        with pytest.raises(RuleError, match="special-decided"):
            again()
    case.withdraw(at("2022-07-04 13:00"))
    assert [each.data["special"] for each in case.pending_events[-2:]] == [True, True]


def test_a_special_case_that_is_declined_stays_in_the_statistics_and_says_why() -> None:
    case = submitted_case()
    with pytest.raises(RuleError, match="special-not-asked"):
        case.decline_special("无依据", at("2022-07-04 10:00"), "approver-1")
    case.request_special(Special(PauseReason.CROSSING, "scan-3", "clerk-1"))
    for reason, by, code in (
        ("无依据", "clerk-1", "approver-is-asker"),
        ("请打13800001234", "approver-1", "personal-data-in-text"),
    ):
        with pytest.raises(RuleError, match=code):
            case.decline_special(reason, at("2022-07-04 10:00"), by)
    assert WorkKind.DECIDE_SPECIAL in {each.kind for each in work(case, RULES)}
    case.decline_special("现场没有河道。", at("2022-07-04 11:00"), "approver-1")
    assert WorkKind.DECIDE_SPECIAL not in {each.kind for each in work(case, RULES)}
    assert case.special is not None
    assert (case.special.declined_by, case.special.declined_for) == ("approver-1", "现场没有河道。")
    assert (case.pending_events[-1].event, case.pending_events[-1].data["special"]) == (
        "special_case_declined",
        False,
    )
    decisions: tuple[Callable[[], None], ...] = (
        lambda: case.approve_special(at("2022-07-04 12:00"), HEAD, RULES),
        lambda: case.decline_special("无依据", at("2022-07-04 12:00"), "approver-2"),
    )
    for again in decisions:
        with pytest.raises(RuleError, match="special-not-asked"):
            again()
    # With better evidence it is asked for again.
    case.request_special(Special(PauseReason.CROSSING, "scan-5", "clerk-1"))
    case.approve_special(at("2022-07-04 13:00"), HEAD, RULES)
    with pytest.raises(RuleError, match="special-decided"):
        case.decline_special("无依据", at("2022-07-04 14:00"), "approver-2")
