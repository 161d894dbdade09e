"""A log as a utility's own system keeps it: one row a completed activity, with oddities at known places."""

import csv
import io
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from libs.workbooks.event_logs.event_log import LogMapping

HEADINGS = ("工单", "环节活动", "完成时刻", "状态", "建单时刻", "关单时刻", "班组")
ACTIVITIES = ("登记", "派单", "勘查", "出图", "签约", "通水")
# A zone whose offset changes within the year.
_ZONE = ZoneInfo("Europe/Amsterdam")
Row = Sequence[str]


class Stage(StrEnum):
    """Stages of some service, in their order."""

    ACCEPT = "ACCEPT"
    SURVEY_DESIGN = "SURVEY_DESIGN"
    CONTRACT = "CONTRACT"


NAMES = {Stage.ACCEPT: "受理", Stage.SURVEY_DESIGN: "勘查设计", Stage.CONTRACT: "签订合同"}
STAGES = {"登记": Stage.ACCEPT, "派单": Stage.ACCEPT, "勘查": Stage.SURVEY_DESIGN, "签约": Stage.CONTRACT}
MAPPING = LogMapping[Stage](
    case="工单",
    activity="环节活动",
    end="完成时刻",
    lifecycle="状态",
    case_start="建单时刻",
    case_end="关单时刻",
    stages=STAGES,
)


def rows(cases: int, seed: int) -> list[Row]:
    """Events of some cases: each tenth has no end, the first begins after its first event."""
    dice = random.Random(seed)
    made: list[Row] = []
    for case in range(cases):
        began = datetime(2022, 1, 1, 8, tzinfo=ZoneInfo("UTC")) + timedelta(hours=dice.randrange(8_000))
        at, times = began, []
        for _ in range(dice.randrange(1, 9)):
            at += timedelta(microseconds=dice.choice((0, dice.randrange(10**7), dice.randrange(10**12))))
            times.append(at)
        opened = times[0] + timedelta(hours=1) if case == 0 else began
        closed = "" if case % 10 == 9 else _text(at)
        made += [
            (f"G-{case}", dice.choice(ACTIVITIES), _text(each), "complete", _text(opened), closed, "一班")
            for each in times
        ]
    return made


def _text(instant: datetime) -> str:
    return instant.astimezone(_ZONE).isoformat(" ")


def file(made: Sequence[Row], headings: Row = HEADINGS) -> bytes:
    """The log as a .csv file."""
    target = io.StringIO(newline="")
    csv.writer(target).writerows([headings, *made])
    return target.getvalue().encode("gb18030")


LOG = rows(300, seed=11)
