"""The data of the first start on a laptop: a year of grievances, each through the rules of the domain.

Heat is complained of from 15 November on; one utility handles for the figures and not for the people; after a main
bursts many tell the same. `SQN_SEED_GRIEVANCES` says how many in all; 0 leaves them out.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final, cast

from rich.console import Console
from sqlalchemy import select

from libs.common.aggregate import Actor
from libs.common.changes import Addition
from libs.common.clock import SHANGHAI, local
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.places import Supply, Utility, load_places
from libs.common.service import Service
from libs.development.identity import identity
from libs.development.machines import CUSTOMER
from libs.development.office_hours import office_minutes_later
from services.grievances.dev.matters import GENERIC, MATTERS, NAMES, REPLIES, Matter, weights_on
from services.grievances.dev.survey_examples import surveys
from services.grievances.domain.cycle import Call
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.codes import CrossOffGround, Level, Measure, Outcome
from services.grievances.domain.values.kinds import ContactWay, GrievanceKind, ReporterKind, Source
from services.grievances.domain.values.states import ANSWERED, GrievanceState
from services.grievances.domain.verbs import calling, clearing, handling, screening, supervising
from services.grievances.storage.grievances import GRIEVANCES, save_parts
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.surveys import SURVEYS
from services.grievances.storage.tables import grievance
from services.grievances.storage.words import Words, store_words
from services.grievances.usecases.enter_survey import new_number

_COUNT: Final = 1_500
_AT_ONCE: Final = 100
# It records contacts that were none, answers all in the same words, and is called back as others are.
GAMED: Final = "W-371525"
BURST: Final = "FACILITY-MAIN"
_BURST_SHARE: Final = 40
_SOURCES: Final = (Source.HOTLINE, Source.HOTLINE, Source.ISHANDONG, Source.WECHAT, Source.HALL, Source.PHONE)


@dataclass(frozen=True, slots=True)
class _Told:
    item: Grievance
    words: Words


async def seed(service: Service, console: Console) -> None:
    """Add a year of grievances, once."""
    count = int(os.environ.get("SQN_SEED_GRIEVANCES", _COUNT))
    async with service.database.reading() as connection:
        there = await connection.scalar(select(grievance.c.id).limit(1))
    if there is not None or not count:
        return
    console.print(f"模拟一年的诉求 {count:,} 件 … a year of grievances")
    rulebook = cast("RuleBook", service.state["rulebook"])
    await rulebook.reload()
    now = service.clock.now()
    told = list(history(rulebook.rules, now, count))
    _give_one_to_the_citizen([entry.item for entry in told])
    for first in range(0, len(told), _AT_ONCE):
        async with service.database.unit_of_work(now) as uow:
            await _store(uow, rulebook, told[first : first + _AT_ONCE])
    async with service.database.unit_of_work(now) as uow:
        for item, at in surveys(now):
            item.number = await new_number(uow, at)
            await SURVEYS.add(uow, [Addition(item, rulebook.rules)])


def _give_one_to_the_citizen(items: Sequence[Grievance]) -> None:
    """Let the laptop's citizen be who told the last one that ended: it is to be rated from the first day on."""
    ended = [item for item in items if item.closed_at and item.reporter is ReporterKind.NAMED]
    if ended:
        max(ended, key=lambda item: item.closed_at or item.received_at).customer_id = CUSTOMER


async def _store(uow: UnitOfWork, rulebook: RuleBook, told: list[_Told]) -> None:
    rules = rulebook.rules
    for entry in told:
        save_parts(uow, entry.item)
    await GRIEVANCES.add(uow, [Addition(entry.item, rules) for entry in told])
    for entry in told:
        await store_words(uow, rulebook.sealer, entry.item.id, entry.words)


def history(rules: Rules, now: datetime, count: int, seed: int = 2022) -> Iterator[_Told]:
    """Yield a year of grievances until now, the same for the same seed; the last ones are still open."""
    dice = Random(seed)
    utilities = load_places().utilities()
    first = now - timedelta(days=365)
    burst_at = first + timedelta(days=200)
    for number in range(1, count + 1):
        if number % _BURST_SHARE == 0:
            at = burst_at + timedelta(minutes=dice.randrange(180))
            yield _of_burst(rules, dice, number, at, now)
            continue
        at = first + timedelta(seconds=dice.randrange(365 * 86_400))
        day = local(at).date()
        (matter,) = dice.choices(MATTERS, weights_on(day))
        at = _daytime(day, dice)
        if at >= now:
            at = now - timedelta(hours=1)
        here = [unit for unit in utilities if unit.service is matter.supply]
        weights = [5 if unit.district == "371502" else 1 for unit in here]
        (unit,) = dice.choices(here, weights)
        yield _played(rules, dice, _new(dice, number, matter, unit, at, rules), unit, at, now)


def _daytime(day: date, dice: Random) -> datetime:
    return datetime.combine(day, time(7), SHANGHAI) + timedelta(minutes=dice.randrange(14 * 60))


def _new(
    dice: Random, number: int, matter: Matter, unit: Utility, at: datetime, rules: Rules
) -> tuple[Grievance, Words]:
    source = dice.choice(_SOURCES)
    streets = load_places().streets_of(unit.district)
    street = dice.choice(streets)
    reporter = dice.choices(list(ReporterKind), (20, 2, 1))[0]
    item = Grievance(
        id=identity(f"seed/grievance/{number}"),
        number=f"SQ-{unit.district}-{local(at):%Y%m%d}-{number:04d}",
        kind=matter.kind,
        source=source,
        reporter=reporter,
        category="",
        category_version="",
        district=unit.district,
        received_at=at,
        site=street.site,
    )
    screening.classify(item, matter.kind, matter.category, matter.supply, rules)
    _act(item, at, "m-desk", f"district:{unit.district}")
    screening.receive(item, rules)
    known = reporter is not ReporterKind.ANONYMOUS
    return item, Words(
        dice.choice(matter.words),
        dice.choice(NAMES) if known else None,
        f"154{dice.randrange(10**8):08d}" if known else None,
        f"{street.name}{dice.randrange(1, 40)}号楼",
    )


def _of_burst(rules: Rules, dice: Random, number: int, at: datetime, now: datetime) -> _Told:
    """Return one of many that tell of the same burst main."""
    unit = load_places().utility("W-371502")
    words = ("建设路上水管爆了，水漫到人行道。", "小区全停水，听说主管道爆了。", "路边往外喷水，快来修。")
    matter = Matter(GrievanceKind.REPAIR, BURST, Supply.WATER, 0, 0, words)
    return _played(rules, dice, _new(dice, number, matter, unit, at, rules), unit, at, now)


def _act(item: Grievance, at: datetime, subject: str, unit: str) -> None:
    item.actor = Actor(at, subject, unit=unit)


def _played(
    rules: Rules,
    dice: Random,
    told: tuple[Grievance, Words],
    unit: Utility,
    at: datetime,
    now: datetime,
) -> _Told:
    """Let a grievance go its way until now."""
    item, words = told
    way = _Way(rules, dice, item, unit, now)
    way.run(at)
    return _Told(item, words)


class _Way:
    """The way of one grievance, step by step; what would be after now is not done yet."""

    def __init__(self, rules: Rules, dice: Random, item: Grievance, unit: Utility, now: datetime) -> None:
        self.rules, self.dice, self.item, self.unit, self.now = rules, dice, item, unit, now
        self.is_gamed = unit.code == GAMED

    def run(self, at: datetime) -> None:
        """Go on until the grievance has ended, or nothing more has happened by now."""
        at = self.later(at, 5, 90)
        if not self.until(at):
            return
        _act(self.item, at, "m-desk", f"district:{self.unit.district}")
        if self.item.kind is GrievanceKind.CONSULTATION and self.dice.random() < 0.6:
            screening.answer(self.item, "已按规定答复，办理渠道见服务指南。", None, at, self.rules)
            self.call_back(at)
            return
        screening.dispatch(self.item, self.unit.code, [], at, self.rules)
        while self.item.state is GrievanceState.DISPATCHED and self.handle(at):
            at = self.call_back(self.last)
        self._cross_off(at)

    def until(self, at: datetime) -> bool:
        """Let the clock run to an instant; False where that is after now."""
        self.last = min(at, self.now)
        self.item.actor = Actor(self.last)
        self.item.catch_up(self.last, self.rules)
        return at <= self.now

    def later(self, at: datetime, least: int, most: int) -> datetime:
        """Return an instant after so many office minutes."""
        return office_minutes_later(at, self.dice.randint(least, most))

    def handle(self, at: datetime) -> bool:
        """Let the unit work on it; False where it is not done by now."""
        item, staff = self.item, f"m-clerk-{self.unit.code}"
        scope = f"utility:{self.unit.code}"
        steps: Sequence[Callable[[datetime], None]] = (
            lambda when: handling.sign(item, when),
            lambda when: (
                handling.speak(item, when, ContactWay.PHONE, when, self.rules)
                if item.reporter is not ReporterKind.ANONYMOUS
                else None
            ),
            lambda when: handling.arrive(item, when, when, self.rules) if item.cycle.arrive_by else None,
            lambda when: handling.verify(
                item, "已到现场核实，情况属实。", when, reasonable=self.dice.random() > 0.05
            ),
            self._reply,
        )
        waits = ((2, 40), (5, 60), (0, 0), (10, 120), (30, 500))
        is_slow = self.dice.random() < 0.06
        for step, (least, most) in zip(steps, waits, strict=True):
            if most:
                at = self.later(at, least, most // 4 if self.is_gamed else most * (5 if is_slow else 1))
            elif self.item.cycle.arrive_by is not None and self.item.cycle.dispatched_at is not None:
                # Round the clock, by who is on duty.
                at = max(at, self.item.cycle.dispatched_at + timedelta(minutes=self.dice.randint(15, 70)))
            if not self.until(at):
                return False
            self._answer_above(at)
            _act(item, at, staff, scope)
            step(at)
        return True

    def _answer_above(self, at: datetime) -> None:
        """Let who is above answer what was brought before them, as a rule."""
        for level, subject, scope in (
            (Level.COUNTY, "m-county", f"district:{self.unit.district}"),
            (Level.CITY, "m-city", "city"),
        ):
            if self.item.cycle.open_escalation(level) is not None and self.dice.random() < 0.8:
                _act(self.item, at, subject, scope)
                supervising.answer_escalation(self.item, level, "已协调，按时办结。", at)

    def _cross_off(self, at: datetime) -> None:
        """Cross it off where a later call-back was good, as a rule."""
        item = self.item
        is_cleared = (
            item.ledger is not None and item.ledger.is_open and item.cycle.outcome is Outcome.SATISFIED
        )
        at = self.later(at, 100, 900)
        if is_cleared and self.dice.random() < 0.8 and self.until(at):
            _act(item, at, "m-county", f"district:{self.unit.district}")
            clearing.cross_off(item, CrossOffGround.SOLVED, Level.COUNTY, None, at, self.rules)

    def _reply(self, at: datetime) -> None:
        text = GENERIC if self.is_gamed else REPLIES.get(self.item.category, "已现场处理，问题已解决。")
        measure = Measure.EXPLAINED if self.is_gamed else Measure.REPAIRED
        handling.reply(self.item, text, [measure], at, self.rules)

    def call_back(self, at: datetime) -> datetime:
        """Let the district call back until it is closed or begins anew; return when that was."""
        item, number = self.item, 0
        while item.state in ANSWERED:
            at = self.later(at, 60, 700)
            if not self.until(at):
                return at
            number += 1
            _act(item, at, "m-caller", f"district:{self.unit.district}")
            self._confirm(at)
            calling.call_back(item, self._call(number, at), self.rules)
        return at

    def _confirm(self, at: datetime) -> None:
        found = self.item.cycle.verification
        if found is not None and not found.reasonable and found.confirmed is None:
            handling.confirm(self.item, at, agreed=self.dice.random() < 0.5)

    def _call(self, number: int, at: datetime) -> Call:
        key = identity(f"{self.item.id}/{self.item.cycle.number}/{number}")
        if self.dice.random() < 0.12:
            return Call(key, at, "m-caller", ContactWay.PHONE, False)
        good = self.dice.random() < (0.55 if self.is_gamed else 0.93)
        grade = self.dice.choices((3, 4, 5), (1, 5, 20))[0] if good else self.dice.choice((1, 2))
        contacted = not (self.is_gamed and self.dice.random() < 0.6)
        reason = None if good else "问题仍未解决"
        return Call(key, at, "m-caller", ContactWay.PHONE, True, contacted, good, grade, reason)
