"""The year's rows: cases as they go through their stages."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from libs.common.calendars.workdays import receipt_date
from libs.common.clock import SHANGHAI, local
from libs.common.places import Supply, Utility, load_places
from services.hookup.dev.ledger_example.city import (
    CASES,
    CLASSES,
    HEAT_FACTOR,
    HOURS,
    ONLINE,
    SLOW,
    SPANS,
    SUPPLIES,
    WEIGHTS,
    YEAR,
    City,
)
from services.hookup.dev.ledger_example.ending import cut_off, ended_otherwise, promised
from services.hookup.domain.reports.ledger_row import Acceptance, LedgerRow
from services.hookup.domain.values.codes import CustomerCategory
from services.hookup.domain.values.durations import working_minutes
from services.hookup.domain.values.lengths import LengthClass, classify
from services.hookup.domain.values.pauses import PauseReason, PauseSpan
from services.hookup.domain.values.stages import Interval, Stage
from services.hookup.domain.values.transitions import CaseState


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
    return cut_off(of, _walk(of, _length(of, row)))


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
    pace *= HEAT_FACTOR if row.supply is Supply.HEAT else 1.0
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
    if works and works.end and row.supply is not Supply.GAS and of.chance(1.5):
        # Unsafe, and therefore in the example: turning on while the works still run.
        middle = _middle(of, works)
        turn_on = middle if middle > max(surveyed, contracted) else turn_on
    live = of.work(turn_on, of.spread(HOURS[Stage.TURN_ON][kind] * pace))
    live = max(
        [
            live,
            *(stage.end for stage in stages.values() if stage.end),
            *(pause.end for pause in pauses if pause.end),
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
        pauses=tuple(sorted(pauses, key=lambda pause: pause.start)),
    )
    return ended_otherwise(of, promised(of, row, kind))


def hash_of(text: str) -> int:
    """A number from a text that is the same in every run."""
    return sum((index + 1) * ord(letter) for index, letter in enumerate(text))


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
                PauseReason.HEATING_SEASON if row.supply is Supply.HEAT else PauseReason.EMERGENCY_STOP
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
