"""The figures of a finished case."""

from datetime import date

import pytest

from services.hookup.domain.values.closing import closing_figures
from services.hookup.domain.values.pauses import PauseReason, PauseSpan
from services.hookup.domain.values.stages import Interval, Stage
from tests.services.hookup.domain.samples import at
from tests.support.hookup import RULES

# Accepted on a Saturday, received on Monday, 1 August, finished on Thursday.
OVER_RECEIPT = PauseSpan(PauseReason.CROSSING, at("2022-07-30 10:00"), at("2022-08-01 09:00"))
TO_THE_END = PauseSpan(PauseReason.CAPACITY, at("2022-08-02 10:00"), at("2022-08-04 09:00"))


@pytest.mark.parametrize(
    ("spans", "days"),
    # Together they paused less than two days: the earliest two go out, and that of the receipt is one of them.
    [([], 3), ([OVER_RECEIPT], 3), ([TO_THE_END], 1), ([OVER_RECEIPT, TO_THE_END], 2)],
)
def test_days_run_from_the_day_after_receipt_to_the_last_and_leave_pauses_out(
    spans: list[PauseSpan], days: int
) -> None:
    submitted, finished = at("2022-07-30 09:00"), at("2022-08-04 11:00")
    stages = [Interval(Stage.TURN_ON, submitted, finished)]
    figures = closing_figures(
        submitted, finished, date(2022, 8, 1), stages, spans, RULES.policy, RULES.calendar
    )
    assert (figures["elapsed_days"], figures["working_days"]) == (days, days)


def test_a_case_that_ends_before_its_receipt_date_took_no_day() -> None:
    submitted, finished = at("2022-07-30 09:00"), at("2022-07-31 11:00")
    figures = closing_figures(
        submitted,
        finished,
        date(2022, 8, 1),
        [Interval(Stage.TURN_ON, submitted, finished)],
        [],
        RULES.policy,
        RULES.calendar,
    )
    assert (figures["elapsed_days"], figures["working_days"]) == (0, 0)
