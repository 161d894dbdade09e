"""Makes the example ledgers: a year of a city that looks real, and a small file with bad rows of every kind.

    python -m tools.ledger_example [--dir examples]

The seed is fixed: every run writes the same cells. The city is invented.
"""

import argparse
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from libs.common.calendar_seed import published_calendar
from libs.common.clock import SHANGHAI, local
from libs.common.places import Service, Utility, load_places
from libs.common.policy import read_policies
from libs.common.workdays import BusinessCalendar, receipt_date
from libs.workbooks.ledgers.sheet_cells import Cell
from libs.workbooks.ledgers.writer import LedgerWriter, Signature
from services.hookup.domain.reports.ledger_row import Acceptance, LedgerRow, verdict
from services.hookup.domain.values.codes import CustomerCategory, RefusalCode
from services.hookup.domain.values.durations import working_minutes
from services.hookup.domain.values.lengths import LengthClass, classify
from services.hookup.domain.values.pauses import PauseReason, PauseSpan
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Interval, Stage
from services.hookup.domain.values.transitions import CaseState
from services.hookup.ledger.layout import LEDGER, LISTED
from services.hookup.ledger.replay import replay
from services.hookup.ledger.row_cells import row_cells
from services.hookup.storage.policies import limit_policy

SEED: Final = 20_220_049
CASES: Final = 3_000
YEAR: Final = 2022
FILLED_ON: Final = date(2022, 12, 31)
CUT: Final = datetime(2022, 12, 31, 17, 30, tzinfo=SHANGHAI).astimezone(UTC)
BY: Final = "ledger-example"
POLICIES: Final = Path(__file__).parents[1] / "services" / "hookup" / "policies.yaml"

# How many of a hundred cases a place has, and how slow some utilities are: the board must have something to show.
WEIGHTS: Final = {
    "371502": 24, "371503": 11, "371521": 9, "371522": 10, "371524": 7, "371525": 9, "371526": 8,
    "371581": 10, "371571": 6, "371572": 4, "371573": 2,
}  # fmt: skip
SLOW: Final = {"W-371522": 1.25, "G-371525": 1.45, "G-371581": 1.2, "H-371526": 1.3, "W-371573": 1.2}
ONLINE: Final = ("ISHANDONG", "WECHAT", "GOV_PORTAL", "PROJECT_APPROVAL")
SUPPLIES: Final = {Service.WATER: 52, Service.GAS: 34, Service.HEAT: 14}
CLASSES: Final = {
    Service.WATER: (38, 36, 19, 7),
    Service.GAS: (46, 30, 17, 7),
    Service.HEAT: (12, 34, 32, 22),
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
        return self.dice.random() * 100 < percent

    def spread(self, hours: float) -> float:
        """Hours as they turn out: mostly near, sometimes far above."""
        return hours * self.dice.lognormvariate(0.0, 0.4)

    def work(self, start: datetime, hours: float) -> datetime:
        """The instant after so many working hours from an instant, in whole minutes."""
        left = timedelta(minutes=max(1, round(hours * 60)))
        wall = local(start).replace(tzinfo=None, second=0, microsecond=0)
        day = wall.date()
        while True:
            for opens, closes in SPANS if self.calendar.is_workday(day) else ():
                begin = max(wall, datetime.combine(day, opens))
                end = datetime.combine(day, closes)
                if begin < end and left <= end - begin:
                    return (begin + left).replace(tzinfo=SHANGHAI).astimezone(UTC)
                left -= max(end - begin, timedelta(0))
            day += timedelta(days=1)

    def number(self, utility: str, submitted: datetime) -> str:
        prefix = f"{utility}-{local(submitted):%Y%m%d}"
        self.numbers[prefix] = self.numbers.get(prefix, 0) + 1
        return f"{prefix}-{self.numbers[prefix]:04d}"


def city() -> City:
    """The city at the beginning of the year."""
    calendar = published_calendar()
    policy = limit_policy(read_policies(POLICIES)[0])
    return City(random.Random(SEED), calendar.closing(policy.close), Rules(policy, calendar))


def rows(of: City, count: int = CASES) -> Iterator[LedgerRow]:
    """The year's rows in the order of submission."""
    for submitted in sorted(_submission(of) for _ in range(count)):
        yield _row(of, submitted)


def _submission(of: City) -> datetime:
    dice = of.dice
    while True:
        day = date(YEAR, 1, 1) + timedelta(days=dice.randrange(365))
        # Few people apply on a rest day, and spring and autumn are busy.
        busy = (0.6, 0.5, 1.0, 1.1, 1.0, 0.9, 0.8, 0.9, 1.1, 1.2, 1.0, 0.8)[day.month - 1]
        if dice.random() < busy / 1.2 * (1.0 if of.calendar.is_workday(day) else 0.2):
            break
    minute = round(min(max(dice.gauss(13.2, 3.2), 6.5), 23.4) * 60)
    return datetime.combine(day, time(minute // 60, minute % 60), SHANGHAI).astimezone(UTC)


def _row(of: City, submitted: datetime) -> LedgerRow:
    dice = of.dice
    supply = dice.choices(list(SUPPLIES), weights=list(SUPPLIES.values()))[0]
    district = dice.choices(list(WEIGHTS), weights=list(WEIGHTS.values()))[0]
    utility: Utility = load_places().utilities(supply, district)[0]
    office = _in_hours(of, submitted)
    channel = dice.choices(
        (*ONLINE, "HALL", "PHONE"), weights=(34, 14, 10, 12, 24, 6) if office else (50, 25, 15, 10, 0, 0)
    )[0]
    category = dice.choices(list(CustomerCategory), weights=(30, 27, 30, 8, 5))[0]
    division = load_places().division(district)
    row = LedgerRow(
        number=of.number(utility.code, submitted),
        district=district,
        utility=utility.code,
        supply=supply,
        customer_ref=f"C-{dice.randrange(1, 900_000):06d}",
        category=category,
        channel=channel,
        site_division=(division.stat_parent or division.code)
        + f"{dice.randrange(1, 19):03d}{dice.randrange(1, 30):03d}",
        submitted_at=submitted,
        state=CaseState.CLOSED,
    )
    return _cut(of, _walk(of, _length(of, row)))


def _in_hours(of: City, instant: datetime) -> bool:
    wall = local(instant)
    return of.calendar.is_workday(wall.date()) and any(a <= wall.time() <= b for a, b in SPANS)


def _length(of: City, row: LedgerRow) -> LedgerRow:
    dice = of.dice
    kind = dice.choices(range(4), weights=CLASSES[row.supply])[0]
    low, high = ((0, 0), (10, 500), (501, 2000), (2001, 9000))[kind]
    designed = dice.randint(low, high)
    if dice.random() < 0.04 and kind in (1, 2):
        # The bounds themselves belong to the class below.
        designed = high
    declared: int | None = designed if kind == 0 else max(10, 10 * round(designed * dice.uniform(0.08, 0.12)))
    if of.chance(12):
        declared = None
    elif of.chance(3):
        declared = 0
    built = None if kind == 0 else max(1, designed + dice.randint(-15, 20))
    return replace(row, declared_dm=declared, designed_dm=designed, as_built_dm=built)


def _walk(of: City, row: LedgerRow) -> LedgerRow:
    """Let a case go through its stages."""
    row, accepted = _accepted(of, row)
    kind = list(LengthClass).index(classify(row.designed_dm, of.rules.policy)) - 1
    pace = SLOW.get(row.utility, 0.62 + 0.25 * (hash_of(row.utility) % 7) / 6)
    pace *= HEAT_FACTOR if row.supply is Service.HEAT else 1.0
    gap_percent = 9 if row.utility in SLOW else 2
    stages: dict[Stage, Interval] = {}
    pauses: list[PauseSpan] = []

    def take(stage: Stage, start: datetime) -> datetime:
        end = of.work(start, of.spread(HOURS[stage][kind] * pace))
        stages[stage] = Interval(stage, start, end)
        return end

    def hand_over(at: datetime) -> datetime:
        if of.chance(gap_percent):
            return of.work(at, 7.5 * of.dice.randint(2, 5))
        return of.work(at, of.dice.uniform(0.05, 1.2)) if of.chance(70) else at

    start = of.work(accepted, of.spread(1.0))
    if row.acceptance is Acceptance.MANUAL and of.chance(6):
        # The surveyors may come before the papers are complete (ACCEPT‖SURVEY_DESIGN).
        start = min(of.work(row.corrected_at or row.submitted_at, 0.2), accepted)
    surveyed = max(take(Stage.SURVEY_DESIGN, start), accepted)
    early = max(_middle(of, stages[Stage.SURVEY_DESIGN]), accepted)
    contracted = take(Stage.CONTRACT, early if of.chance(18) else max(hand_over(surveyed), accepted))
    if of.chance(4):
        contracted = _wait(of, pauses, contracted, PauseReason.USER_DECISION)
    ready = max(surveyed, contracted)
    if kind > 0:
        ready = _works(of, row, kind, stages, pauses, take, hand_over, surveyed, contracted)
    turn_on = max(hand_over(ready), surveyed, contracted)
    works = stages.get(Stage.EXTERNAL_WORKS)
    if works and works.end and row.supply is not Service.GAS and of.chance(1.5):
        # Unsafe, and therefore in the example: turning on while the works still run.
        middle = _middle(of, works)
        turn_on = middle if middle > max(surveyed, contracted) else turn_on
    live = of.work(turn_on, of.spread(HOURS[Stage.TURN_ON][kind] * pace))
    live = max(
        [
            live,
            *(each.end for each in stages.values() if each.end),
            *(each.end for each in pauses if each.end),
        ]
    )
    if of.chance(2.5):
        span = _same_day(of, accepted, live)
        pauses += [span] if span else []
    confirmed = live + timedelta(minutes=of.dice.randint(3, 24 * 60)) if of.chance(78) else None
    row = replace(
        row,
        stages=stages,
        turn_on_at=turn_on,
        meter_live_at=live,
        confirmed_at=confirmed,
        pauses=tuple(sorted(pauses, key=lambda each: each.start)),
    )
    return _otherwise(of, _promised(of, row, kind))


def hash_of(text: str) -> int:
    """A number from a text that is the same in every run."""
    return sum((place + 1) * ord(letter) for place, letter in enumerate(text))


def _accepted(of: City, row: LedgerRow) -> tuple[LedgerRow, datetime]:
    """Accept a case; the instant is the one at which it took effect."""
    submitted, answered = row.submitted_at, row.submitted_at
    if row.channel in ONLINE and of.chance(88):
        return replace(row, accepted_at=submitted, acceptance=Acceptance.AUTOMATIC), submitted
    if of.chance(6):
        answered = of.work(submitted, of.dice.uniform(2, 14))
        items = tuple(
            of.dice.sample(("营业执照", "用地或房屋证明", "授权委托书", "平面图"), k=of.dice.randint(1, 2))
        )
        row = replace(row, correction_items=items, corrected_at=answered)
    limit = of.calendar.close_of(of.calendar.add_workdays(receipt_date(answered, of.calendar), 1))
    if of.chance(1.5):
        return replace(row, accepted_at=answered, acceptance=Acceptance.DEEMED), limit
    accepted = min(of.work(answered, of.dice.uniform(0.1, 6.5)), limit)
    return replace(row, accepted_at=accepted, acceptance=Acceptance.MANUAL), accepted


def _middle(of: City, interval: Interval) -> datetime:
    """Some working instant in the middle of a stage."""
    end = interval.end or interval.start
    minutes = working_minutes(interval.start, end, of.calendar, SPANS)
    return of.work(interval.start, minutes / 60 * of.dice.uniform(0.3, 0.8))


def _wait(of: City, pauses: list[PauseSpan], at: datetime, reason: PauseReason) -> datetime:
    """Pause at an instant for some hours or days; return when work goes on."""
    end = of.work(at, of.dice.choice((3, 6, 12, 20, 30, 45, 60)) * of.dice.uniform(0.7, 1.3))
    pauses.append(PauseSpan(reason, at, end))
    return end


def _works(
    of: City,
    row: LedgerRow,
    kind: int,
    stages: dict[Stage, Interval],
    pauses: list[PauseSpan],
    take: Callable[[Stage, datetime], datetime],
    hand_over: Callable[[datetime], datetime],
    surveyed: datetime,
    contracted: datetime,
) -> datetime:
    """Permits and works; return when both are done."""
    ordinary = of.chance(5 + 4 * kind)
    filed = surveyed if ordinary or of.chance(60) else max(hand_over(surveyed), surveyed)
    permitted = take(Stage.PERMIT, filed)
    if ordinary:
        # An ordinary permit takes days that are not the utility's (O3); the notice's way is the commitment.
        permitted = of.work(filed, of.dice.uniform(12, 45))
        stages[Stage.PERMIT] = Interval(Stage.PERMIT, filed, permitted)
        pauses.append(PauseSpan(PauseReason.PERMIT_ORDINARY, filed, permitted))
    ready = max(permitted, contracted)
    if of.chance(7):
        reason = of.dice.choice(
            (
                PauseReason.USER_SITE_NOT_READY,
                PauseReason.USER_REQUESTED_DATE,
                PauseReason.USER_SITE_NOT_READY,
            )
        )
        ready = _wait(of, pauses, ready, reason)
        if of.chance(25):
            _wait(of, pauses, of.work(pauses[-1].start, 1.0), PauseReason.EMERGENCY_STOP)
    if not ordinary and of.chance(20):
        start = max(_middle(of, stages[Stage.PERMIT]), surveyed)
    else:
        start = max(hand_over(ready), surveyed)
    built = take(Stage.EXTERNAL_WORKS, start)
    if of.chance(4 + 3 * kind):
        stopped = of.work(start, 0.5)
        reasons = [
            PauseReason.RELIC_OR_UNDERGROUND_OBSTACLE,
            PauseReason.CROSSING,
            PauseReason.NO_DIG_ROAD,
            PauseReason.CAPACITY,
            PauseReason.FORCE_MAJEURE,
        ]
        if local(start).month in (11, 12, 1, 2, 3):
            reasons = [
                PauseReason.HEATING_SEASON if row.supply is Service.HEAT else PauseReason.EMERGENCY_STOP
            ]
        resumed = _wait(of, pauses, stopped, of.dice.choice(reasons))
        built = of.work(max(built, resumed), of.dice.uniform(0.5, 3.0))
        stages[Stage.EXTERNAL_WORKS] = Interval(Stage.EXTERNAL_WORKS, start, built)
    return max(built, permitted)


def _same_day(of: City, accepted: datetime, live: datetime) -> PauseSpan | None:
    """A pause that ends on the day it begins, and so takes no day out."""
    start = of.work(accepted, 0.3)
    end = of.work(start, 0.8)
    same = local(start).date() == local(end).date()
    return PauseSpan(PauseReason.USER_DECISION, start, end) if same and end < live else None


def _promised(of: City, row: LedgerRow, kind: int) -> LedgerRow:
    """Agree a date where the notice has no limit, and approve special cases."""
    if kind == 3 or row.supply is Service.HEAT:
        days = round((9, 12, 18, 32)[kind] * of.dice.uniform(0.85, 1.5))
        late = of.chance(1.5)
        if of.chance(95 if kind == 3 else 80):
            agreed = of.calendar.roll(local(row.submitted_at).date() + timedelta(days=days))
            row = replace(row, agreed=agreed, agreed_late=late)
    percent = 9.0 if row.utility in SLOW else 2.5
    if of.chance(percent):
        common = (
            PauseReason.NO_DIG_ROAD,
            PauseReason.CROSSING,
            PauseReason.CAPACITY,
            PauseReason.FORCE_MAJEURE,
        )
        row = replace(row, special=row.pauses[0].reason if row.pauses else of.dice.choice(common))
    return row


def _otherwise(of: City, row: LedgerRow) -> LedgerRow:
    """Let a few end without water, gas or heat."""
    throw = of.dice.random() * 100
    latest = (row.meter_live_at or row.submitted_at) - timedelta(minutes=1)
    if throw < 2.6:
        # Withdrawn somewhere on the way.
        share = of.dice.random()
        at = row.submitted_at + (latest - row.submitted_at) * share
        return _until(replace(row, state=CaseState.WITHDRAWN), at.replace(second=0, microsecond=0))
    if throw < 3.6 and row.acceptance is Acceptance.MANUAL and row.accepted_at is not None:
        code = of.dice.choice(
            (RefusalCode.DUPLICATE, RefusalCode.NO_LAWFUL_PREMISES, RefusalCode.OUT_OF_COVERAGE)
        )
        at = row.corrected_at or row.submitted_at
        half = (at + (row.accepted_at - at) / 2).replace(second=0, microsecond=0)
        return _until(replace(row, state=CaseState.REJECTED, refusal=code), max(half, at))
    if 3.6 < throw < 4.3:
        surveyed = row.stages[Stage.SURVEY_DESIGN].end or row.submitted_at
        code = of.dice.choice(
            (RefusalCode.SAFETY_NOT_MET, RefusalCode.OUT_OF_COVERAGE, RefusalCode.ARREARS_OF_APPLICANT)
        )
        ended = _until(replace(row, refusal=code), min(surveyed + timedelta(minutes=90), latest))
        # The surveyors may have come and gone before the papers were accepted.
        return replace(ended, state=CaseState.TERMINATED if ended.accepted_at else CaseState.REJECTED)
    return row


def _until(row: LedgerRow, at: datetime) -> LedgerRow:
    """Forget what had not happened by an instant, at which the case ends."""
    return replace(seen_at(row, at), ended_at=at)


def seen_at(row: LedgerRow, at: datetime) -> LedgerRow:
    """Forget what had not happened by an instant; the state is left as it was."""

    def seen(instant: datetime | None) -> datetime | None:
        return instant if instant is not None and instant <= at else None

    stages = {
        stage: Interval(stage, each.start, seen(each.end))
        for stage, each in row.stages.items()
        if each.start <= at
    }
    # What is deemed accepted counts from its receipt, but is accepted later: before its first stage at any rate.
    accepted = seen(row.accepted_at) if stages or row.acceptance is not Acceptance.DEEMED else None
    designed = Stage.SURVEY_DESIGN in stages and stages[Stage.SURVEY_DESIGN].end is not None
    designed = designed or not stages.keys().isdisjoint((Stage.PERMIT, Stage.EXTERNAL_WORKS))
    works = stages.get(Stage.EXTERNAL_WORKS)
    contract = stages.get(Stage.CONTRACT)
    signed = contract is not None and contract.end is not None
    return replace(
        row,
        accepted_at=accepted,
        acceptance=row.acceptance if accepted else None,
        corrected_at=seen(row.corrected_at),
        designed_dm=row.designed_dm if designed or signed else None,
        as_built_dm=row.as_built_dm if works and works.end else None,
        stages=stages,
        turn_on_at=seen(row.turn_on_at),
        meter_live_at=seen(row.meter_live_at),
        confirmed_at=seen(row.confirmed_at),
        agreed=row.agreed if signed else None,
        agreed_late=row.agreed_late and signed,
        special=row.special if accepted and row.acceptance is not Acceptance.DEEMED else None,
        pauses=tuple(
            PauseSpan(each.reason, each.start, seen(each.end)) for each in row.pauses if each.start <= at
        ),
    )


def _cut(of: City, row: LedgerRow) -> LedgerRow:
    """Show the case as it stood when the ledger was filled in."""
    last = row.ended_at or row.confirmed_at or row.meter_live_at or row.submitted_at
    if last > CUT:
        row = replace(seen_at(row, CUT), ended_at=None, refusal=None)
        _, state = replay(row, of.rules, CUT, BY)
        return replace(row, state=state)
    if row.state is CaseState.CLOSED and row.confirmed_at is None and last + timedelta(hours=24) > CUT:
        return replace(row, state=CaseState.TURNED_ON)
    return row


def shown(of: City, row: LedgerRow) -> dict[str, Cell]:
    """The cells of a row, with the verdict as of the day on which the ledger was filled in."""
    case, _ = replay(row, of.rules, CUT, BY)
    return row_cells(row, verdict(case, of.rules))


def write_year(path: Path) -> None:
    """Write the year's ledger."""
    of = city()
    with path.open("wb") as file:
        writer = LedgerWriter(LEDGER, file, Signature("聊城市", FILLED_ON, "示例"))
        for row in rows(of):
            case, _ = replay(row, of.rules, CUT, BY)
            writer.write(row_cells(row, verdict(case, of.rules)))
        writer.close()


Change = Mapping[str, Cell]

_NOTHING_YET: Final[Change] = dict.fromkeys(
    (
        *(f"{name}{edge}" for name in LISTED.values() for edge in ("开始", "完成", "用时(小时)")),
        "外线长度(设计)",
        "时限类别",
        "验收开通开始",
        "通水通气时间",
        "用户确认时间",
    )
)

# One fault each, made by changing cells of a good row. What each is found as stands in the test's table.
BAD: Final[Sequence[tuple[str, Change]]] = (
    ("water", {"受理编号": None}),
    ("water", {"申请时间": None}),
    ("water", {"区划": "聊北区"}),
    ("water", {"区划": "茌平县"}),
    ("water", {"专营单位": "城南自来水厂"}),
    ("water", {"专营单位": "冠县供水专营单位"}),
    ("water", {"服务类型": "供气"}),
    ("water", {"服务类型": "供电"}),
    ("water", {"用户类别": "大客户"}),
    ("water", {"申请渠道": "传真"}),
    ("water", {"办理状态": "快了"}),
    ("water", {"用户编号": "13800000000"}),
    ("water", {"勘查设计开始": "2022-13-45 09:00"}),
    ("water", {"通水通气时间": datetime(2099, 1, 4, 9, 0, tzinfo=SHANGHAI)}),
    (
        "water",
        {
            "签订合同完成": datetime(2022, 3, 1, 9, 5, tzinfo=SHANGHAI),
            "签订合同开始": datetime(2022, 3, 2, 9, 5, tzinfo=SHANGHAI),
        },
    ),
    ("water", {"勘查设计开始": datetime(2022, 2, 25, 9, 0, tzinfo=SHANGHAI)}),
    ("water", {"外线长度(设计)": "约40米"}),
    ("water", {"外线长度(设计)": Decimal("-40")}),
    ("water", {"外线长度(设计)": Decimal("40.05")}),
    ("water", {"时限类别": "无外线"}),
    ("water", {"暂停原因及起止": "忙不过来 2022-03-01 10:00~2022-03-02 10:00"}),
    ("water", {"暂停原因及起止": "应急停工 3月1日至3月2日"}),
    ("water", {"暂停原因及起止": "应急停工 2022-03-02 10:00~2022-03-01 10:00"}),
    ("water", {"暂停原因及起止": "非告知承诺审批 2022-03-01 15:00~2022-03-02 10:00"}),
    ("twice", {}),
    ("water", {"验收开通开始": None}),
    ("water", {"约定日期": date(2022, 3, 20)}),
    ("gas", {"验收开通开始": datetime(2022, 3, 3, 9, 30, tzinfo=SHANGHAI)}),
    ("water", {"外线长度(设计)": Decimal(0), "时限类别": None}),
    ("water", {"是否特殊情况": "是"}),
    ("water", {"办理状态": "不予受理"}),
    ("water", {"办理状态": "办理中"}),
    ("hall", {**_NOTHING_YET, "受理时间": datetime(2022, 3, 4, 9, 0, tzinfo=SHANGHAI), "办理状态": "已受理"}),
    ("water", {"用户确认时间": datetime(2022, 3, 8, 9, 0, tzinfo=SHANGHAI)}),
)


def model(supply: Service, channel: str, number: int) -> LedgerRow:
    """A plain good row: fifty metres or less, from Tuesday to Friday of the first week of March."""

    def at(day: int, hour: int, minute: int = 0) -> datetime:
        return datetime(2022, 3, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)

    letter = supply.value[0]
    online = channel != "HALL"
    return LedgerRow(
        number=f"{letter}-371502-20220301-{number:04d}",
        district="371502",
        utility=f"{letter}-371502",
        supply=supply,
        customer_ref=f"C-{number:06d}",
        category=CustomerCategory.ENT,
        channel=channel,
        site_division="371502008001",
        submitted_at=at(1, 9),
        state=CaseState.CLOSED,
        declared_dm=380,
        designed_dm=400,
        accepted_at=at(1, 9) if online else at(1, 9, 30),
        acceptance=Acceptance.AUTOMATIC if online else Acceptance.MANUAL,
        stages={
            Stage.SURVEY_DESIGN: Interval(Stage.SURVEY_DESIGN, at(1, 10), at(1, 16)),
            Stage.CONTRACT: Interval(Stage.CONTRACT, at(1, 16), at(1, 17)),
            Stage.PERMIT: Interval(Stage.PERMIT, at(1, 16), at(2, 10)),
            Stage.EXTERNAL_WORKS: Interval(Stage.EXTERNAL_WORKS, at(2, 10), at(3, 16)),
        },
        turn_on_at=at(4, 9),
        meter_live_at=at(4, 10),
        confirmed_at=at(4, 11),
    )


def write_bad_rows(path: Path) -> None:
    """Write the file of bad rows: each follows a good one of its kind, whose cells but a few it has."""
    of = city()
    kinds = {
        "water": (Service.WATER, "ISHANDONG"),
        "gas": (Service.GAS, "ISHANDONG"),
        "hall": (Service.WATER, "HALL"),
    }
    with path.open("wb") as file:
        writer = LedgerWriter(LEDGER, file, Signature("东昌府区", FILLED_ON, "示例"))
        for number, kind in enumerate(kinds, start=1):
            writer.write_cells({"序号": number, **shown(of, model(*kinds[kind], number))})
        for number, (kind, change) in enumerate(BAD, start=len(kinds) + 1):
            plain = model(*kinds.get(kind, kinds["water"]), 1 if kind == "twice" else number)
            writer.write_cells({"序号": number, **shown(of, plain), **change})
        writer.close()


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description="make the example ledgers")
    parser.add_argument("--dir", type=Path, default=Path("examples"))
    folder: Path = parser.parse_args().dir
    folder.mkdir(parents=True, exist_ok=True)
    write_year(folder / "ledger-2022.xlsx")
    write_bad_rows(folder / "ledger-bad-rows.xlsx")


if __name__ == "__main__":
    main()
