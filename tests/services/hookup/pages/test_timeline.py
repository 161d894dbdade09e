from datetime import date, timedelta

import pytest

from libs.common.calendars.workdays import DayKind
from services.hookup.http.calendar_routes import CalendarDay
from services.hookup.pages import timeline
from services.hookup.pages.timeline import LEFT, RIGHT, WIDTH, Scale, draw, window
from tests.services.hookup.domain.samples import at
from tests.services.hookup.pages.cases import case, pause, stage


def test_the_window_reaches_from_the_first_day_to_the_promise() -> None:
    assert window(case()) == (date(2022, 10, 8), date(2022, 10, 17))


def test_the_window_of_an_open_case_reaches_to_now() -> None:
    assert window(case(finished_at=None))[1] == date(2022, 10, 20)


@pytest.mark.parametrize(
    ("instant", "share"),
    [("2022-10-08 00:00", 0), ("2022-10-08 12:00", 0.25), ("2022-10-09 00:00", 0.5), ("2022-10-10 00:00", 1)],
)
def test_a_scale_is_linear_between_the_midnights_of_the_city(instant: str, share: float) -> None:
    scale = Scale(date(2022, 10, 8), date(2022, 10, 9))
    assert scale.x(at(instant)) == LEFT + share * (WIDTH - LEFT - RIGHT)


def test_a_scale_cuts_what_lies_outside() -> None:
    scale = Scale(date(2022, 10, 8), date(2022, 10, 9))
    assert scale.x(at("2022-09-01 00:00")) == LEFT
    assert scale.x(at("2022-12-01 00:00")) == WIDTH - RIGHT


def test_a_moment_is_wide_enough_to_be_seen() -> None:
    scale = Scale(date(2022, 10, 8), date(2023, 10, 8))
    assert scale.span(at("2022-10-08 09:00"), at("2022-10-08 09:00")).width == 1.5


def test_stages_have_a_lane_each_and_the_overlap_lies_on_both() -> None:
    drawing = draw(case(), ())
    assert [lane.name for lane in drawing.lanes] == ["报装受理", "勘查设计", "签订合同"]
    first, second = (lane.spans[-1] for lane in drawing.lanes[1:])
    assert (first.kind, second.kind) == ("overlap", "overlap")
    assert (first.x, first.width) == (second.x, second.width)
    assert first.x == drawing.lanes[2].spans[0].x


def test_a_stage_taken_up_again_stays_in_its_lane() -> None:
    again = [
        stage("EXTERNAL_WORKS", "外线施工", "2022-10-08 09:00", "2022-10-09 09:00"),
        stage("EXTERNAL_WORKS", "外线施工", "2022-10-10 09:00", "2022-10-11 09:00"),
    ]
    (lane,) = draw(case(stages=again, overlaps=[]), ()).lanes
    assert len(lane.spans) == 2


def test_an_open_stage_runs_until_now() -> None:
    stages = [stage("ACCEPT", "报装受理", "2022-10-08 09:00", None)]
    drawing = draw(case(stages=stages, overlaps=[], finished_at=None, state="IN_PROGRESS"), ())
    (span,) = drawing.lanes[0].spans
    assert span.kind == "stage open"
    assert drawing.now is not None
    assert span.x + span.width == pytest.approx(drawing.now.x, abs=0.11)


def test_a_stage_that_a_finished_case_left_unended_is_not_shown_as_running() -> None:
    stages = [stage("ACCEPT", "报装受理", "2022-10-08 09:00", None)]
    (lane,) = draw(case(stages=stages, overlaps=[], state="WITHDRAWN"), ()).lanes
    assert [span.kind for span in lane.spans] == ["stage"]


def test_a_finished_case_has_no_now() -> None:
    assert draw(case(), ()).now is None


def test_only_approved_pauses_and_real_gaps_are_drawn() -> None:
    start, end = at("2022-10-12 10:00"), at("2022-10-13 10:00")
    gap = {
        "after": "ACCEPT",
        "before": "CONTRACT",
        "from": at("2022-10-13 10:00"),
        "to": at("2022-10-14 10:00"),
        "workdays": 2,
        "minutes": 1440,
    }
    drawing = draw(
        case(
            pauses=[pause(start, end), pause(start, end, "DECLINED")],
            gaps=[{**gap, "is_gap": True}, {**gap, "is_gap": False}],
        ),
        (),
    )
    assert [(lane.name, len(lane.spans)) for lane in drawing.lanes[3:]] == [("暂停", 1), ("空档", 1)]
    assert drawing.lanes[-1].spans[0].title == "报装受理至签订合同，2个工作日"


def test_a_gap_that_runs_is_drawn_up_to_now() -> None:
    gap = {
        "after": "CONTRACT",
        "before": None,
        "from": at("2022-10-12 10:00"),
        "to": at("2022-10-20 12:00"),
        "workdays": 6,
        "minutes": 11_640,
        "is_gap": True,
    }
    drawing = draw(case(finished_at=None, state="IN_PROGRESS", gaps=[gap]), ())
    (span,) = drawing.lanes[-1].spans
    assert (drawing.lanes[-1].name, span.title) == ("空档", "签订合同至今，6个工作日")
    assert drawing.now is not None
    assert span.x + span.width == pytest.approx(drawing.now.x, abs=0.11)


def test_neighbouring_days_of_rest_are_one_stretch() -> None:
    days = [
        CalendarDay(
            date=date(2022, 10, 8) + timedelta(days=n),
            is_workday=n not in (1, 2, 7),
            kind=DayKind.WORKDAY,
            name="",
        )
        for n in range(10)
    ]
    rest = draw(case(), days).rest
    per_day = (WIDTH - LEFT - RIGHT) / 10
    assert [each.width for each in rest] == [
        pytest.approx(2 * per_day, abs=0.2),
        pytest.approx(per_day, abs=0.2),
    ]


def test_the_promise_is_marked_with_a_label_inside_the_drawing() -> None:
    promised = draw(case(), ()).promised
    assert promised is not None
    assert promised.label == "承诺 10-17 17:30"
    assert promised.anchor == "end"


@pytest.mark.parametrize("days", [1, 14, 15, 60, 400, 4000])
def test_ticks_are_few_however_long_the_case(days: int) -> None:
    drawing = draw(case(due=None, finished_at=at("2022-10-08 12:00") + timedelta(days=days - 1)), ())
    assert 1 <= len(drawing.ticks) <= timeline.MOST_TICKS
