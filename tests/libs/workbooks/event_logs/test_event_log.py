"""Logs of utilities' own systems: their figures equal those of an independent computation, and oddities are said."""

import argparse
import statistics
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.problems import Problem
from libs.workbooks.event_logs.event_log import LogMapping
from libs.workbooks.event_logs.log_figures import Figure, LogReport
from libs.workbooks.event_logs.log_figures import report_log as report_log_of
from libs.workbooks.event_logs.log_report import LogCommand
from tests.libs.workbooks.event_logs.logs import ACTIVITIES, LOG, MAPPING, NAMES, Row, Stage, file
from tests.libs.workbooks.files.spellings import Spelling, Value, spelled

pytestmark = pytest.mark.usefixtures("unpacked_here")


def report_log(content: bytes, mapping: LogMapping[Stage]) -> LogReport[Stage]:
    return report_log_of(content, mapping, Stage)


def independent(log: list[Row]) -> dict[str, list[int]]:
    """Durations by activity in microseconds, by the standard library alone."""
    cases: dict[str, list[Row]] = defaultdict(list)
    for row in log:
        cases[row[0]].append(row)
    found: dict[str, list[int]] = defaultdict(list)
    for events in cases.values():
        opened = datetime.fromisoformat(events[0][4])
        instants = [datetime.fromisoformat(row[2]) for row in events]
        known = [opened] if opened <= min(instants) else []
        for row, at in zip(events, instants, strict=True):
            if earlier := [each for each in (*known, *instants) if each < at] or [
                each for each in known if each <= at
            ]:
                found[row[1]].append((at - max(earlier)) // timedelta(microseconds=1))
    return found


def expected(times: list[int]) -> tuple[int, Fraction, Fraction, int]:
    ranked = sorted(times)
    middle = statistics.median(map(Fraction, times))
    return (
        len(times),
        Fraction(sum(times), len(times)),
        middle,
        ranked[ceil(Fraction(9, 10) * len(times)) - 1],
    )


def told(figure: Figure[Stage]) -> tuple[int, Fraction | None, Fraction | None, int | None]:
    return figure.timed, figure.mean, figure.median, figure.p90


def test_figures_equal_an_independent_computation() -> None:
    report = report_log(file(LOG), MAPPING)
    times = independent(LOG)
    assert {each.name: told(each) for each in report.activities} == {
        activity: expected(times[activity]) for activity in ACTIVITIES
    }
    assert {each.stage: told(each) for each in report.stages} == {
        Stage.ACCEPT: expected(times["登记"] + times["派单"]),
        Stage.SURVEY_DESIGN: expected(times["勘查"]),
        Stage.CONTRACT: expected(times["签约"]),
    }
    assert (report.cases, report.events) == (300, len(LOG))


def test_the_order_of_rows_changes_no_figure_and_is_said() -> None:
    report, turned = report_log(file(LOG), MAPPING), report_log(file(LOG[::-1]), MAPPING)
    assert turned.oddities["行的次序与时间不一致的件"] > 0
    assert "行的次序与时间不一致的件" not in report.oddities
    assert (turned.activities, turned.stages) == (report.activities, report.stages)


def test_oddities_are_said() -> None:
    assert report_log(file(LOG), MAPPING).oddities == {
        "同一时刻完成、用时都从上一时刻算起的事件": at_one_instant(LOG),
        "时间带有的不同时区偏移": 2,
        "有事件早于开始时间的件": 1,
        "没有办结时间的件": 30,
        "没有用时的事件": 1,
        "未对应到环节的活动": 2,
        "重复的事件": len(LOG) - len({tuple(each[:3]) for each in LOG}),
    }


def at_one_instant(log: list[Row]) -> int:
    """How many events share their case and instant with another, where there is a time before them."""
    shared = Counter((each[0], datetime.fromisoformat(each[2])) for each in log)
    first: dict[str, datetime] = {}
    for each in log:
        at = datetime.fromisoformat(each[2])
        first[each[0]] = min(first.get(each[0], at), at)
    # The first case is opened after its first event.
    return sum(
        count for (case, at), count in shared.items() if count > 1 and (case != "G-0" or at > first[case])
    )


def row(activity: str, end: str, state: str = "complete", opened: str = "2022-03-01 08:00") -> Row:
    return ("G-1", activity, end, state, opened, "2022-03-09 08:00", "")


def test_a_start_and_a_completion_belong_together() -> None:
    log = [
        row("勘查", "2022-03-01 09:00", "start"),
        row("登记", "2022年3月1日9时30分"),
        row("勘查", "2022/3/1 10:00", "COMPLETE"),
        row("签约", "2022-03-01 11:00", "start"),
        row("签约", "2022-03-01 12:00", "suspend"),
        row("登记", "2022-03-01 12:00", opened="2022-03-01 07:00"),
        row("登记", "2022-03-01 12:00"),
        row("", "2022-03-01 12:00"),
        row("登记", "昨天"),
    ]
    report = report_log(file(log), MAPPING)
    minute = 60_000_000
    assert {each.name: (each.timed, each.mean) for each in report.activities} == {
        "勘查": (1, Fraction(60 * minute)),
        # From the earlier of the two starts; the two at one instant each from what was before it.
        "登记": (3, Fraction((150 + 120 + 120) * minute, 3)),
    }
    assert report.bad_rows == [9, 10]
    assert report.oddities == {
        "各行的开始时间互相矛盾的件": 1,
        "同一时刻完成、用时都从上一时刻算起的事件": 2,
        "既非开始也非完成的事件": 1,
        "有开始没有完成的事件": 1,
        "重复的事件": 1,
    }


def test_a_column_of_starts_is_taken_and_a_start_after_the_end_is_not() -> None:
    mapping = LogMapping[Stage](case="工单", activity="活动", start="开工", end="完工")
    log = [
        ("1", "a", "2022-03-01 09:00", "2022-03-01 10:00"),
        ("1", "a", "2022-03-01 12:00", "2022-03-01 11:00"),
    ]
    report = report_log(file(log, ("工单", "活动", "开工", "完工")), mapping)
    (figure,) = report.activities
    assert (figure.events, figure.timed, figure.p90) == (2, 1, 3_600_000_000)
    assert report.oddities == {"完成早于开始的事件": 1, "未对应到环节的活动": 1}


LIFECYCLE = [
    *(("1", "勘查", f"2022-03-01 {at}", state) for at, state in (("09:00", "start"), ("10:00", "complete"))),
    *(("1", "施工", f"2022-03-02 {at}", state) for at, state in (("09:00", "start"), ("11:00", "complete"))),
    *(("2", "勘查", f"2022-03-03 {at}", state) for at, state in (("09:00", "start"), ("09:30", "complete"))),
    *(("2", "施工", f"2022-03-05 {at}", state) for at, state in (("09:00", "start"), ("12:00", "complete"))),
    # The same again and again, at equal instants: a start that is an end, two of each, one that says its own.
    *(("3", "勘查", "2022-03-06 09:00", state) for state in ("start", "complete", "start")),
    *(("3", "勘查", "2022-03-06 10:00", state) for state in ("complete", "complete", "start")),
    ("3", "施工", "2022-03-06 10:00", "complete"),
    ("3", "登记", "2022-03-06 10:00", "complete"),
]


@given(st.permutations(LIFECYCLE))
def test_a_log_gives_the_same_figures_for_any_order_of_its_rows(log: list[Row]) -> None:
    mapping = LogMapping[Stage](
        case="工单", activity="环节", end="完成时间", lifecycle="状态", stages={"勘查": Stage.SURVEY_DESIGN}
    )
    headings = ("工单", "环节", "完成时间", "状态")
    report, expected = (
        report_log(file(log, headings), mapping),
        report_log(file(LIFECYCLE, headings), mapping),
    )
    assert (report.cases, report.events) == (expected.cases, expected.events)
    assert (report.activities, report.stages) == (expected.activities, expected.stages)
    order = "行的次序与时间不一致的件"
    assert {**report.oddities, order: 0} == {**expected.oddities, order: 0}


def test_a_start_and_its_completion_are_found_in_a_log_sorted_newest_first() -> None:
    mapping = LogMapping[Stage](case="工单", activity="环节", end="完成时间", lifecycle="状态")
    report = report_log(file(LIFECYCLE[:8][::-1], ("工单", "环节", "完成时间", "状态")), mapping)
    minute = 60_000_000
    assert {each.name: (each.timed, each.mean) for each in report.activities} == {
        "勘查": (2, Fraction(45 * minute)),
        "施工": (2, Fraction(150 * minute)),
    }
    assert "有开始没有完成的事件" not in report.oddities


@pytest.mark.parametrize(
    ("end", "oddity"),
    [
        ("0001-01-01 00:00:00", "填为占位日期的时间"),
        ("9999-12-31 23:59:59", "填为占位日期的时间"),
        ("0001-01-01T00:00:00+14:00", "填为占位日期的时间"),
        ("1970-01-01 08:00:00", "填为占位日期的时间"),
        ("1900-01-00", "填为占位日期的时间"),
        ("2022-03-01", "只有日期没有时刻的时间"),
        ("1999-01-01 10:00", None),
        ("昨天", None),
    ],
)
def test_one_extreme_value_makes_its_row_bad_and_the_others_go_on(end: str, oddity: str | None) -> None:
    log = [("1", "登记", end), ("1", "登记", "2022-03-01 09:00"), ("1", "勘查", "2022-03-01 10:00")]
    report = report_log(
        file(log, ("工单", "活动", "完工")), LogMapping[Stage](case="工单", activity="活动", end="完工")
    )
    assert (report.bad_rows, report.events) == ([2], 2)
    assert report.oddities.get(oddity or "") == (1 if oddity else None)


def test_placeholders_for_the_ends_of_a_case_are_no_times() -> None:
    log = [
        ("1", "勘查", "2022-03-01 10:00", "complete", "1970-01-01 08:00", "9999-12-31 00:00", ""),
        ("2", "勘查", "2022-03-01 10:00", "complete", "2022-03-01", "2022-03-02", ""),
    ]
    report = report_log(file(log), MAPPING)
    assert report.oddities == {
        "填为占位日期的时间": 2,
        "只有日期没有时刻的时间": 2,
        "没有办结时间的件": 1,
        "没有用时的事件": 2,
    }


def test_one_case_is_one_in_every_spelling_and_a_number_without_its_last_digits_is_none() -> None:
    rows_of: list[list[Value]] = [
        ["工单", "活动", "完工"],
        ["g-1", "登记", "2022-03-01 09:00"],
        ["Ｇ－１", "勘\u200b查", "2022-03-01 10:00"],
        [202203010000123000.0, "登记", "2022-03-01 09:00"],
        [202203010000123001.0, "勘查", "2022-03-01 10:00"],
    ]
    mapping = LogMapping[Stage](
        case="工单", activity="活动", end="完工", stages={"勘\ufeff查": Stage.SURVEY_DESIGN}
    )
    report = report_log(spelled(rows_of, Spelling()), mapping)
    assert (report.cases, report.events, report.bad_rows) == (1, 2, [4, 5])
    assert report.oddities["编号是超过 15 位的数字而丢失末几位的行"] == 2
    assert [each.stage for each in report.stages] == [Stage.SURVEY_DESIGN]


def test_merged_cells_and_counts_of_days_are_read_in_logs_as_in_ledgers() -> None:
    rows_of: list[list[Value]] = [
        ["工单", "活动", "完工"],
        ["G-1", "登记", 44621.375],
        [None, "勘查", datetime(2022, 3, 1, 10)],  # noqa: DTZ001 - a cell has no zone
        [None, "签约", 44621.0],
    ]
    mapping = LogMapping[Stage](case="工单", activity="活动", end="完工")
    report = report_log(spelled(rows_of, Spelling(), ["A2:A4"]), mapping)
    assert (report.cases, report.events, report.bad_rows) == (1, 2, [4])
    assert {each.name: each.mean for each in report.activities} == {
        "登记": None,
        "勘查": Fraction(3_600_000_000),
    }


def test_an_activity_without_any_duration_has_no_figures() -> None:
    mapping = LogMapping[Stage](case="工单", activity="活动", end="完工")
    (figure,) = report_log(file([("1", "a", "20220301 0900")], ("工单", "活动", "完工")), mapping).activities
    assert (figure.events, *told(figure)) == (1, 0, None, None, None)


def test_a_file_without_the_columns_is_refused() -> None:
    with pytest.raises(Problem, match="log-columns-missing"):
        report_log(file(LOG), LogMapping[Stage](case="没有", activity="环节活动", end="完成时刻"))


async def test_the_command_prints_the_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, mapping = tmp_path / "log.csv", tmp_path / "mapping.yaml"
    log.write_bytes(file([row("勘查", "2022-03-01 09:00"), row("", "")]))
    parser = argparse.ArgumentParser()
    LogCommand(LogMapping[Stage], NAMES).add_commands(parser.add_subparsers())
    arguments = parser.parse_args(["log-report", str(log), "--mapping", str(mapping)])

    async def run(text: bytes) -> tuple[int, str]:
        mapping.write_bytes(text)
        code: int = await arguments.run(None, arguments)
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    code, out = await run(msgspec.yaml.encode(MAPPING))
    assert (code, out.count("60.00"), "（3）" in out) == (0, 6, True)
    code, out = await run(b"case: [")
    assert code == 2
    code, out = await run(b"{case: a, activity: b, end: c, other: d}")
    assert (code, "other" in out) == (2, True)
