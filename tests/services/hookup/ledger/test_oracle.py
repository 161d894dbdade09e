"""The ledger of 2022, read in, gives for every case what the oracle works out straight from the workbook."""

import io
from datetime import datetime

import pytest
from openpyxl import load_workbook

from libs.common.clock import local
from libs.workbooks.jobs.imports import JobState
from services.hookup.domain.case import Case
from services.hookup.domain.values.closing import closing_figures
from services.hookup.domain.values.durations import elapsed_minutes, working_minutes
from services.hookup.domain.values.pauses import pause_days_by_reason
from services.hookup.domain.values.timesheet import gaps, time_sheet
from services.hookup.domain.values.transitions import CaseState
from tests.services.hookup.ledger.conftest import EXAMPLES, NewWorld, World
from tests.support.oracle.figures import CEILINGS
from tests.support.oracle.ledger import OracleCase, read_cases
from tests.support.oracle.rules import StageTime

LEDGER = EXAMPLES / "ledger-2022.xlsx"
STATES = {CaseState.CLOSED: "CLOSED", CaseState.WITHDRAWN: "WITHDRAWN"} | dict.fromkeys(
    (CaseState.REJECTED, CaseState.TERMINATED), "REFUSED"
)


def wall(instant: datetime | None) -> datetime | None:
    return local(instant).replace(tzinfo=None) if instant else None


def compare(case: Case, oracle: OracleCase, world: World) -> None:
    rules = world.rulebook.of(case)
    assert STATES.get(case.state, "OPEN") == oracle.state
    assert (case.supply, case.district, case.utility) == (oracle.supply, oracle.district, oracle.utility)
    assert (case.length_class, case.is_special) == (oracle.length_class, oracle.special)
    assert (wall(case.accepted_at), case.receipt) == (oracle.accepted_at, oracle.receipt)
    if case.due is None:
        assert oracle.receipt is None
    else:
        readings = {
            "judged": case.due.judged_at,
            "working": case.due.working,
            "calendar_roll": case.due.calendar_roll,
            "calendar_strict": case.due.calendar_strict,
        }
        assert {name: wall(at) for name, at in readings.items()} == oracle.due
        assert case.due.basis == oracle.basis
    assert {each.stage for each in case.stages if each.end} == oracle.stages.keys() - {"TOTAL", "TOTAL_NET"}
    for each in case.stages:
        if each.end is not None:
            assert oracle.stages[each.stage] == StageTime(
                elapsed_minutes(each.start, each.end),
                working_minutes(each.start, each.end, rules.calendar, rules.policy.business_hours),
                f"{local(each.end):%Y-%m}",
            )
    assert set(case.violations()) == oracle.violations
    if case.state is not CaseState.CLOSED:
        return
    assert case.finished_at is not None
    assert case.on_time is not None
    assert {name: getattr(case.on_time, name) for name in oracle.on_time} == oracle.on_time
    total = oracle.stages["TOTAL"]
    assert total.elapsed == elapsed_minutes(case.submitted_at, case.finished_at)
    assert total.working == working_minutes(
        case.submitted_at, case.finished_at, rules.calendar, rules.policy.business_hours
    )
    assert case.receipt is not None
    ceiling = rules.clock.ceiling_workdays[case.supply] if case.needs_agreed_date else None
    closing = closing_figures(
        case.submitted_at,
        case.finished_at,
        case.receipt,
        case.stages,
        case.spans,
        rules.policy,
        rules.calendar,
        ceiling,
    )
    assert (closing["net_minutes"], closing["net_working_minutes"]) == oracle.stages["TOTAL_NET"][:2]
    assert closing["ceiling_used"] == oracle.ceiling_used
    assert ceiling in (None, CEILINGS[oracle.supply])
    found = [each for each in gaps(case.stages, case.spans, rules.calendar, rules.policy) if each.is_gap]
    assert (len(found), sum(each.workdays for each in found)) == (oracle.gaps, oracle.gap_workdays)
    sheet = time_sheet(case.stages, case.spans)
    assert (sheet.elapsed, sheet.stages, sheet.pauses, sheet.gaps, sheet.overlap_saving) == (
        total.elapsed,
        oracle.stage_minutes,
        oracle.pause_minutes,
        oracle.gap_minutes,
        oracle.overlap_saved_minutes,
    )
    days = pause_days_by_reason(case.spans, rules.policy, rules.calendar)
    assert days == {reason: days for reason, (_, days) in oracle.pauses.items()}


@pytest.fixture(scope="module")
def oracle() -> dict[str, OracleCase]:
    return {case.number: case for case in read_cases(LEDGER)}


async def test_every_case_is_as_the_oracle_says(small: World, oracle: dict[str, OracleCase]) -> None:
    job = await small.read_in(LEDGER.read_bytes())
    assert (job.state, job.loaded, job.bad, job.warnings) == (JobState.DONE, len(oracle), 0, 0)
    cases = await small.cases()
    assert cases.keys() == oracle.keys()
    for number, case in cases.items():
        compare(case, oracle[number], small)


async def test_on_postgres_too(new_world: NewWorld, postgres_url: str, oracle: dict[str, OracleCase]) -> None:
    book = load_workbook(LEDGER)
    sheet = book.worksheets[0]
    sheet.delete_rows(300, sheet.max_row)
    target = io.BytesIO()
    book.save(target)
    world: World = await new_world(postgres_url)
    job = await world.read_in(target.getvalue())
    assert (job.state, job.loaded, job.warnings) == (JobState.DONE, 296, 0)
    for number, case in (await world.cases()).items():
        compare(case, oracle[number], world)
