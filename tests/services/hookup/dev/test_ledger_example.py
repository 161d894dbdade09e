"""The example ledgers are what their script makes, and hold what an example must show."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from openpyxl import load_workbook

from libs.common.auth.callers import Scope, ScopeKind
from libs.common.calendars.seed import published_days
from libs.common.calendars.workdays import DayKind
from libs.common.clock import local
from libs.common.places import Supply
from libs.workbooks.ledgers.rows import open_ledger
from services.hookup.dev.ledger_example import city as example_city
from services.hookup.dev.ledger_example import year as example_year
from services.hookup.dev.ledger_example.bad_rows import model, write_bad_rows
from services.hookup.dev.ledger_example.city import CASES, CUT, WEIGHTS
from services.hookup.dev.ledger_example.ending import ended_otherwise
from services.hookup.dev.ledger_example.files import write_year
from services.hookup.domain.reports.ledger_row import Acceptance
from services.hookup.domain.values.stages import Interval, Stage
from services.hookup.domain.values.transitions import FINISHED, CaseState
from services.hookup.ledger.check import Checker, check
from services.hookup.ledger.layout import LEDGER
from tests.services.hookup.ledger.books import book
from tests.support.hookup import when
from tests.support.oracle.ledger import OracleCase, read_cases

EXAMPLES = Path(__file__).parents[4] / "examples"
YEAR = EXAMPLES / "ledger-2022.xlsx"
BAD = EXAMPLES / "ledger-bad-rows.xlsx"


def cells(path: Path) -> Sequence[tuple[object, ...]]:
    book = load_workbook(path, read_only=True)
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    book.close()
    return rows


def test_the_files_are_what_the_script_makes(tmp_path: Path) -> None:
    write_year(tmp_path / YEAR.name)
    write_bad_rows(tmp_path / BAD.name)
    for path in (YEAR, BAD):
        assert cells(tmp_path / path.name) == cells(path)
        assert path.stat().st_size < 1_200_000


def test_the_year_holds_what_an_example_must_show() -> None:
    cases = read_cases(YEAR)
    assert len(cases) == CASES
    assert {case.district for case in cases} == WEIGHTS.keys()
    assert {(case.supply, case.length_class) for case in cases} >= {
        (supply, kind)
        for supply in ("WATER", "GAS", "HEAT")
        for kind in ("L0_NONE", "L1_LE50", "L2_LE200", "L3_GT200")
    }
    assert {case.state for case in cases} == {"OPEN", "CLOSED", "WITHDRAWN", "REFUSED"}
    assert {case.basis for case in cases} == {"LIMIT", "AGREED", "PLANNED", "NONE"}
    assert sum(case.special for case in cases) > 30
    assert sum(case.gaps > 0 for case in cases) > 50
    assert {name for case in cases for name in case.violations} >= {"UNSAFE_OVERLAP", "NO_PROMISED_DATE"}
    assert len({reason for case in cases for reason in case.pauses}) == 11
    assert any(len(case.pauses) > 1 for case in cases)
    late = [case for case in cases if case.on_time["judged"] is False]
    assert 0.05 < len(late) / len(cases) < 0.25
    assert share_late(cases, "G-371525") > 2 * share_late(cases, "G-371502")


def test_what_ends_before_acceptance_is_rejected_and_reads_back_so() -> None:
    """Surveyors may come before the papers are accepted: a case that ends between the two was never accepted."""
    of = example_city.city()
    submitted = when("2022-03-29 10:54")
    survey = Interval(Stage.SURVEY_DESIGN, when("2022-03-29 15:00"), when("2022-03-29 17:25"))
    row = replace(
        model(Supply.WATER, "HALL", 1),
        submitted_at=submitted,
        accepted_at=when("2022-03-30 16:00"),
        acceptance=Acceptance.MANUAL,
        stages={Stage.SURVEY_DESIGN: survey},
        turn_on_at=when("2022-04-06 09:00"),
        meter_live_at=when("2022-04-06 10:00"),
        confirmed_at=None,
    )
    of.dice = OneThrow()
    ended = ended_otherwise(of, row)
    assert (ended.state, ended.accepted_at) == (CaseState.REJECTED, None)
    checker = Checker(lambda _: of.rules, date(2022, 1, 1), CUT, "test", Scope(ScopeKind.CITY))
    (raw,) = open_ledger(LEDGER, book([ended])).rows
    assert check(raw, checker).findings == []


class OneThrow(random.Random):
    """Dice that always show 4 of 100: the case is refused after its survey."""

    def random(self) -> float:
        return 0.04


def share_late(cases: list[OracleCase], utility: str) -> float:
    counts = Counter(case.on_time["judged"] for case in cases if case.utility == utility)
    return counts[False] / (counts[False] + counts[True])


def test_the_year_crosses_holidays_and_make_up_days_and_closing_time() -> None:
    kinds = {day: row.kind for day, row in published_days().items()}
    submitted = [case.submitted_at for case in read_cases(YEAR)]
    assert {kinds[at.date()] for at in submitted} >= {DayKind.HOLIDAY, DayKind.MAKE_UP, DayKind.WEEKEND}
    assert any(at.hour >= 18 for at in submitted)


def test_the_rows_show_every_way_of_acceptance_and_no_later_day() -> None:
    rows = list(example_year.rows(example_city.city(), 1_000))
    assert {row.acceptance for row in rows} >= set(Acceptance)
    assert any(row.correction_items for row in rows)
    assert any(row.confirmed_at is None and row.meter_live_at for row in rows)
    assert any(row.state not in FINISHED for row in rows)
    latest = max(row.meter_live_at for row in rows if row.meter_live_at)
    assert local(latest).date() <= date(2022, 12, 31)
