"""A log as a utility's own system keeps it: one row a completed activity, with oddities at known places."""

import csv
import io
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

HEADINGS = ("工单", "环节活动", "完成时刻", "状态", "建单时刻", "关单时刻", "班组")
ACTIVITIES = ("登记", "派单", "勘查", "出图", "签约", "通水")
# A zone whose offset changes within the year.
_ZONE = ZoneInfo("Europe/Amsterdam")
Row = Sequence[str]


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
