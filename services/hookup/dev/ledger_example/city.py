"""The city of the example ledgers: its dice, its calendar, and how busy and how slow its places are."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final

from libs.common.calendars.seed import published_calendar
from libs.common.calendars.workdays import BusinessCalendar
from libs.common.clock import SHANGHAI, local
from libs.common.places import Supply
from libs.common.policy import read_policies
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Stage
from services.hookup.storage.limit_policies import limit_policy

SEED: Final = 20_220_049
CASES: Final = 3_000
YEAR: Final = 2022
FILLED_ON: Final = date(2022, 12, 31)
CUT: Final = datetime(2022, 12, 31, 17, 30, tzinfo=SHANGHAI).astimezone(UTC)
BY: Final = "ledger-example"
POLICIES: Final = Path(__file__).parents[2] / "policies.yaml"

# How many of a hundred cases a place has, and how slow some utilities are: the board must have something to show.
WEIGHTS: Final = {
    "371502": 24, "371503": 11, "371521": 9, "371522": 10, "371524": 7, "371525": 9, "371526": 8,
    "371581": 10, "371571": 6, "371572": 4, "371573": 2,
}  # fmt: skip
SLOW: Final = {"W-371522": 1.25, "G-371525": 1.45, "G-371581": 1.2, "H-371526": 1.3, "W-371573": 1.2}
ONLINE: Final = ("ISHANDONG", "WECHAT", "GOV_PORTAL", "PROJECT_APPROVAL")
SUPPLIES: Final = {Supply.WATER: 52, Supply.GAS: 34, Supply.HEAT: 14}
CLASSES: Final = {
    Supply.WATER: (38, 36, 19, 7),
    Supply.GAS: (46, 30, 17, 7),
    Supply.HEAT: (12, 34, 32, 22),
}
# Working hours of a stage in the usual case, by class: no line, to 50 m, to 200 m, above.
HOURS: Final = {
    Stage.SURVEY_DESIGN: (3.0, 5.0, 9.0, 18.0),
    Stage.CONTRACT: (1.2, 1.8, 3.0, 6.0),
    Stage.PERMIT: (0.0, 4.0, 8.0, 18.0),
    Stage.EXTERNAL_WORKS: (0.0, 7.0, 20.0, 62.0),
    Stage.TURN_ON: (1.5, 2.0, 3.0, 5.0),
}
HEAT_FACTOR: Final = 1.5
SPANS: Final = ((time(8, 30), time(12, 0)), (time(13, 30), time(17, 30)))


@dataclass(slots=True)
class City:
    """The dice and the calendar that the cases are thrown with."""

    dice: random.Random
    calendar: BusinessCalendar
    rules: Rules
    numbers: dict[str, int] = field(default_factory=dict)

    def chance(self, percent: float) -> bool:
        """Throw the dice: true in so many of a hundred throws."""
        return self.dice.random() * 100 < percent

    def spread(self, hours: float) -> float:
        """Hours as they turn out: mostly near, sometimes far above."""
        return hours * self.dice.lognormvariate(0.0, 0.4)

    def work(self, start: datetime, hours: float) -> datetime:
        """The instant after so many working hours from an instant, in whole minutes."""
        remaining = timedelta(minutes=max(1, round(hours * 60)))
        wall = local(start).replace(tzinfo=None, second=0, microsecond=0)
        day = wall.date()
        while True:
            for opens, closes in SPANS if self.calendar.is_workday(day) else ():
                begin = max(wall, datetime.combine(day, opens))
                end = datetime.combine(day, closes)
                if begin < end and remaining <= end - begin:
                    return (begin + remaining).replace(tzinfo=SHANGHAI).astimezone(UTC)
                remaining -= max(end - begin, timedelta(0))
            day += timedelta(days=1)

    def number(self, utility: str, submitted: datetime) -> str:
        """Return the next case number of a utility's day."""
        prefix = f"{utility}-{local(submitted):%Y%m%d}"
        self.numbers[prefix] = self.numbers.get(prefix, 0) + 1
        return f"{prefix}-{self.numbers[prefix]:04d}"


def city() -> City:
    """The city at the beginning of the year."""
    calendar = published_calendar()
    policy = limit_policy(read_policies(POLICIES)[0])
    return City(random.Random(SEED), calendar.closing(policy.close), Rules(policy, calendar))
