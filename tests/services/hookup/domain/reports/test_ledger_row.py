"""What the ledger says of a case, and what follows from it (HK-01)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.hookup.domain.case import Case
from services.hookup.domain.parts.special import Special
from services.hookup.domain.reports.ledger_row import Acceptance, ledger_row, verdict
from services.hookup.domain.values.codes import RefusalCode
from services.hookup.domain.values.limits import OnTime
from services.hookup.domain.values.pauses import PauseReason, PauseSpan
from services.hookup.domain.values.stages import Stage
from tests.services.hookup.domain.clock_samples import stop
from tests.services.hookup.domain.samples import at
from tests.services.hookup.domain.timesheet_samples import stage
from tests.support.hookup import RULES, go_through, ready_case, submitted_case
from tests.support.service import MONDAY

LIVE, CONFIRMED = at("2022-07-08 10:00"), at("2022-07-08 11:00")
FINE = timedelta(microseconds=1999)
WHOLE = timedelta(microseconds=1000)


def closed(live: str = "2022-07-08 10:00", confirmed: str = "2022-07-08 11:00") -> Case:
    case = ready_case()
    case.report_meter_live(at(live), RULES)
    case.confirm(at(confirmed), RULES)
    return case


def overdue() -> Case:
    """A case without an external line that was due on Thursday, 7 July, and was published as overdue."""
    case = go_through(submitted_case(declared_dm=0), (Stage.SURVEY_DESIGN, "2022-07-04 10:00", None))
    case.catch_up(at("2022-07-08 09:00"), RULES)
    return case


def test_a_closed_case_has_its_stages_and_its_end() -> None:
    row = ledger_row(closed())
    assert row.stages == {
        item.stage: item
        for item in (
            stage(Stage.SURVEY_DESIGN, "07-04 10:00", "07-05 10:00"),
            stage(Stage.CONTRACT, "07-05 10:00", "07-06 10:00"),
            stage(Stage.EXTERNAL_WORKS, "07-06 10:00", "07-08 09:00"),
        )
    }
    assert (row.turn_on_at, row.meter_live_at, row.confirmed_at) == (at("2022-07-08 09:00"), LIVE, CONFIRMED)
    assert (row.ended_at, row.refusal, row.corrected_at, row.correction_items) == (None, None, None, ())


def test_a_confirmation_is_the_users_and_of_old_records_the_end() -> None:
    old = closed()
    old.confirmed_at = None
    assert ledger_row(old).confirmed_at == old.finished_at
    silent = closed()
    silent.confirmed_by_user = False
    assert ledger_row(silent).confirmed_at is None
    assert ledger_row(ready_case()).confirmed_at is None


def test_instants_are_whole_milliseconds_as_a_sheet_holds_them() -> None:
    case = submitted_case(at(MONDAY) + FINE)
    row = ledger_row(case)
    assert row.submitted_at == row.accepted_at == at(MONDAY) + WHOLE
    assert row.turn_on_at is None
    stop(case, "2022-07-05 10:00", None)
    assert ledger_row(case).pauses == (PauseSpan(PauseReason.USER_DECISION, at("2022-07-05 10:00"), None),)


def test_what_ended_without_water_has_its_end() -> None:
    now = at("2022-07-05 10:00")
    withdrawn, terminated, rejected = submitted_case(), submitted_case(), submitted_case(complete=False)
    withdrawn.withdraw(now)
    for case in (terminated, rejected):
        case.refuse(RefusalCode.OUT_OF_COVERAGE, now)
    assert [ledger_row(case).ended_at for case in (withdrawn, terminated, rejected)] == [now] * 3
    assert ledger_row(rejected).refusal is RefusalCode.OUT_OF_COVERAGE


@pytest.mark.parametrize("approved_by", [None, "head-1"])
def test_a_special_case_is_one_once_it_is_approved(approved_by: str | None) -> None:
    case = submitted_case()
    assert ledger_row(case).special is None
    case.special = Special(PauseReason.CROSSING, "scan-1", "clerk-1", approved_by)
    assert ledger_row(case).special == (PauseReason.CROSSING if approved_by else None)


def test_how_a_case_was_accepted() -> None:
    assert ledger_row(submitted_case()).acceptance is Acceptance.AUTOMATIC
    waiting = submitted_case(complete=False)
    assert ledger_row(waiting).acceptance is None
    waiting.accept(at("2022-07-04 10:00"), RULES)
    assert ledger_row(waiting).acceptance is Acceptance.MANUAL
    silent = submitted_case(complete=False)
    silent.catch_up(at("2022-07-06 09:00"), RULES)
    assert ledger_row(silent).acceptance is Acceptance.DEEMED


def test_a_correction_has_its_items_and_the_day_of_its_answer() -> None:
    case = submitted_case(complete=False)
    case.request_correction(["x", "y"], at("2022-07-04 10:00"), RULES)
    assert (ledger_row(case).correction_items, ledger_row(case).corrected_at) == (("x", "y"), None)
    case.answer_correction(at("2022-07-05 10:00"))
    assert ledger_row(case).corrected_at == at("2022-07-05 10:00")


def test_a_date_that_was_agreed_late_is_marked() -> None:
    late, in_time, without = (submitted_case(declared_dm=2001) for _ in range(3))
    in_time.agree_date(date(2022, 8, 1), "paper-1", at("2022-07-04 10:00"), RULES)
    for case in (late, in_time, without):
        go_through(case, (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00"))
        go_through(case, (Stage.CONTRACT, "2022-07-05 10:00", "2022-07-06 10:00"))
    late.agree_date(date(2022, 8, 1), "paper-1", at("2022-07-07 10:00"), RULES)
    assert [ledger_row(case).agreed_late for case in (late, in_time, without)] == [True, False, False]


def test_a_verdict_of_a_closed_case() -> None:
    found = verdict(closed(), RULES)
    assert (found.overdue, found.due_at) == (False, at("2022-07-11 17:30"))
    assert (found.elapsed_days, found.working_days, found.gap_workdays) == (4, 4, 0)
    assert verdict(closed("2022-07-12 10:00", "2022-07-12 11:00"), RULES).overdue is True


def test_an_open_case_is_overdue_once_that_is_published_of_its_present_date() -> None:
    case = overdue()
    assert verdict(case, RULES).overdue is True
    assert case.due is not None
    case.due = replace(case.due, judged_at=at("2022-07-14 17:30"))
    assert verdict(case, RULES).overdue is None
    for open_case in (ready_case(), submitted_case(declared_dm=2001), submitted_case(complete=False)):
        assert verdict(open_case, RULES).overdue is None


def test_a_case_that_had_nothing_due_is_neither_in_time_nor_late() -> None:
    case = closed()
    case.on_time = OnTime(None, None, None, None)
    assert verdict(case, RULES).overdue is None
    assert verdict(submitted_case(complete=False), RULES).due_at is None


def test_only_what_is_a_gap_counts_as_one() -> None:
    case = go_through(
        submitted_case(declared_dm=0),
        (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00"),
        # A hand-over by the next day, then two days without a stage.
        (Stage.CONTRACT, "2022-07-06 09:00", "2022-07-06 10:00"),
        (Stage.TURN_ON, "2022-07-08 09:00", None),
    )
    assert verdict(case, RULES).gap_workdays == 2
