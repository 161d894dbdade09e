"""A row becomes the same verbs as a live case, with the timers between them, and tells the same again."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.auth.callers import Scope, ScopeKind
from libs.common.clock import SHANGHAI
from libs.common.policy import PolicyError
from libs.common.rules import RuleError
from libs.workbooks.ledgers.moments import read_wall
from libs.workbooks.ledgers.rows import open_ledger
from libs.workbooks.ledgers.writer import LedgerWriter, Signature
from services.hookup.dev.ledger_example.city import BY, CUT
from services.hookup.domain.reports.ledger_row import Acceptance, ledger_row
from services.hookup.domain.values.pauses import PauseReason, PauseSpan
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Interval, Stage
from services.hookup.domain.values.transitions import CaseState
from services.hookup.ledger.check import Checker, check
from services.hookup.ledger.layout import LEDGER
from services.hookup.ledger.reader import read_row
from services.hookup.ledger.replay import replay
from services.hookup.ledger.spans import read_spans, write_spans
from tests.services.hookup.domain.samples import at
from tests.services.hookup.ledger.books import OF, book, changed, models, some_rows

NOW = datetime(2026, 1, 5, tzinfo=UTC)
CHECKER = Checker(lambda day: OF.rules, date(2022, 1, 1), NOW, "someone", Scope(ScopeKind.CITY))


@settings(max_examples=25)
@given(st.integers(0, 2**32))
def test_what_a_case_tells_makes_the_same_case(seed: int) -> None:
    rows = some_rows(4, seed)
    cases = [replay(row, OF.rules, CUT, BY)[0] for row in rows]
    read = [read_row(raw, NOW) for raw in open_ledger(LEDGER, book(ledger_row(case) for case in cases)).rows]
    assert [findings for _, findings in read] == [[]] * len(rows)
    assert [row for row, _ in read] == [ledger_row(case) for case in cases]


@settings(max_examples=25)
@given(st.integers(0, 2**32))
def test_a_case_tells_the_row_that_it_was_made_of(seed: int) -> None:
    for row in some_rows(4, seed):
        case, stated = replay(row, OF.rules, CUT, BY)
        assert row.state in (stated, case.state)
        if case.state is row.state:
            assert ledger_row(case) == row


def test_events_come_in_the_order_and_at_the_times_of_the_ledger() -> None:
    case, _ = replay(models(1)[0], OF.rules, NOW, BY)
    told = [(each.event, each.at) for each in case.pending_events]
    assert told == [
        ("case_submitted", at("2022-03-01 09:00")),
        ("stage_started", at("2022-03-01 09:00")),
        ("stage_completed", at("2022-03-01 09:00")),
        ("case_accepted", at("2022-03-01 09:00")),
        ("stage_started", at("2022-03-01 10:00")),
        ("length_changed", at("2022-03-01 16:00")),
        ("stage_completed", at("2022-03-01 16:00")),
        ("stage_started", at("2022-03-01 16:00")),
        ("stage_started", at("2022-03-01 16:00")),
        ("stage_completed", at("2022-03-01 17:00")),
        ("stage_completed", at("2022-03-02 10:00")),
        ("stage_started", at("2022-03-02 10:00")),
        ("due_reminder", at("2022-03-03 11:42")),
        ("stage_completed", at("2022-03-03 16:00")),
        ("stage_started", at("2022-03-04 09:00")),
        ("meter_live", at("2022-03-04 10:00")),
        ("stage_completed", at("2022-03-04 11:00")),
        ("case_closed", at("2022-03-04 11:00")),
    ]


def test_timers_between_the_verbs_fire_when_they_were_due() -> None:
    (model,) = models(1)
    late = replace(
        model, turn_on_at=at("2022-03-09 09:00"), meter_live_at=at("2022-03-09 10:00"), confirmed_at=None
    )
    case, stated = replay(late, OF.rules, NOW, BY)
    told = {each.event: each.at for each in case.pending_events}
    assert told["gap_detected"] == at("2022-03-04 17:30")
    assert told["due_soon"] == at("2022-03-04 17:30")
    assert told["case_overdue"] == at("2022-03-07 17:30:01")
    assert (stated, case.state) == (CaseState.TURNED_ON, CaseState.CLOSED)
    assert told["case_closed"] == at("2022-03-10 10:00")
    assert case.finished_at == at("2022-03-09 10:00")


def test_silence_is_acceptance_from_the_receipt() -> None:
    (model,) = models(1)
    silent = replace(
        model, acceptance=Acceptance.DEEMED, stages={}, turn_on_at=None, meter_live_at=None,
        confirmed_at=None, designed_dm=None, state=CaseState.ACCEPTED,
    )  # fmt: skip
    case, _ = replay(silent, OF.rules, NOW, BY)
    assert (case.accepted_at, ledger_row(case)) == (model.submitted_at, silent)
    with pytest.raises(RuleError) as caught:
        replay(replace(silent, accepted_at=at("2022-03-01 10:00")), OF.rules, NOW, BY)
    assert (caught.value.code, caught.value.field) == ("accepted-otherwise", "受理时间")


def test_a_rule_that_is_broken_names_its_column() -> None:
    (model,) = models(1)
    works = Interval(Stage.EXTERNAL_WORKS, at("2022-03-02 10:00"), None)
    with pytest.raises(RuleError) as caught:
        replay(replace(model, stages={**model.stages, Stage.EXTERNAL_WORKS: works}), OF.rules, NOW, BY)
    assert (caught.value.code, caught.value.field) == ("stages-open", "通水通气时间")


def test_a_stated_verdict_that_differs_is_a_warning_and_the_row_is_good() -> None:
    (model,) = models(1)
    cells = {"应办结时间": "2022-03-08 17:30", "是否超时": "是", "总用时(工作日)": "9", "暂停天数": "1"}
    (raw,) = open_ledger(LEDGER, book([changed(model, cells)])).rows
    checked = check(raw, CHECKER)
    assert checked.item is not None
    assert {(each.column, each.code, each.is_bad) for each in checked.findings} == {
        (column, "verdict-differs", False) for column in cells
    }


def test_a_row_from_before_the_rules_is_bad() -> None:
    def no_rules(day: date) -> Rules:
        raise PolicyError(f"no policy is in force on {day}")

    (raw,) = open_ledger(LEDGER, book(models(1))).rows
    checked = check(raw, replace(CHECKER, rules_at=no_rules))
    assert [(each.column, each.code) for each in checked.findings] == [("申请时间", "no-rules-then")]


def test_a_day_outside_of_the_calendar_is_bad() -> None:
    first = {"申请时间": "2000-01-03 09:00", "受理时间": "2000-01-03 09:00", "约定日期": "2000-01-03"}
    cells = {**first, "外线长度(设计)": "300", "时限类别": None}
    (raw,) = open_ledger(LEDGER, book([changed(models(1)[0], cells)])).rows
    assert [each.code for each in check(raw, CHECKER).findings] == ["out-of-calendar"]


def test_a_pause_of_the_future_is_bad() -> None:
    (raw,) = open_ledger(
        LEDGER,
        book([changed(models(1)[0], {"暂停原因及起止": "应急停工 2022-03-02 10:00~2099-03-02 10:00"})]),
    ).rows
    assert [each.code for each in check(raw, CHECKER).findings] == ["in-the-future"]


@pytest.mark.parametrize(
    ("scope", "codes"),
    [
        (Scope(ScopeKind.CITY), []),
        (Scope(ScopeKind.UTILITY, "W-371502"), []),
        (Scope(ScopeKind.DISTRICT, "371502"), []),
        (Scope(ScopeKind.UTILITY, "G-371502"), ["not-your-place"]),
        (Scope(ScopeKind.DISTRICT, "371503"), ["not-your-place"]),
        (Scope(ScopeKind.CHANNEL, "ISHANDONG"), ["not-your-place"]),
    ],
)
def test_a_row_must_lie_in_the_place_of_who_reads_it_in(scope: Scope, codes: list[str]) -> None:
    (raw,) = open_ledger(LEDGER, book(models(1))).rows
    assert [each.code for each in check(raw, replace(CHECKER, scope=scope)).findings] == codes


@given(
    st.lists(
        st.tuples(
            st.sampled_from(PauseReason),
            st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - the zone is added below
            st.none() | st.integers(0, 10**9),
        ),
        max_size=4,
    )
)
def test_pauses_are_read_as_they_were_written(drawn: list[tuple[PauseReason, datetime, int | None]]) -> None:
    spans = []
    for reason, start, length in drawn:
        begins = start.replace(microsecond=start.microsecond // 1000 * 1000, tzinfo=UTC)
        spans.append(
            PauseSpan(reason, begins, None if length is None else begins + timedelta(milliseconds=length))
        )
    assert read_spans(write_spans(spans)) == tuple(spans)


@settings(max_examples=5)
@given(
    st.lists(
        st.datetimes(datetime(2000, 1, 2), datetime(2025, 1, 1)),  # noqa: DTZ001 - the zone is added below
        min_size=100,
        max_size=100,
    )
)
def test_an_instant_keeps_its_millisecond(instants: list[datetime]) -> None:
    whole = [each.replace(microsecond=each.microsecond // 1000 * 1000, tzinfo=UTC) for each in instants]
    target = io.BytesIO()
    writer = LedgerWriter(LEDGER, target, Signature("", NOW.date()))
    for each in whole:
        writer.write_cells({"受理编号": "A", "申请时间": each})
    writer.close()
    walls = [read_wall(raw.cells["申请时间"]) for raw in open_ledger(LEDGER, target.getvalue()).rows]
    assert [isinstance(wall, datetime) and wall.replace(tzinfo=SHANGHAI) for wall in walls] == whole
