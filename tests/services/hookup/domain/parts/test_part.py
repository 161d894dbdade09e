"""What a case asks of its parts: each kind of timer has one owner, and a part that is added is asked too."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields

from libs.common.aggregate import Actor
from services.hookup.domain.case import Case
from services.hookup.domain.parts.part import Part
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.violations import Violation
from tests.services.hookup.domain.samples import at
from tests.support.hookup import read_in, submitted_case
from tests.support.service import MONDAY


def test_each_kind_of_timer_belongs_to_one_part_which_knows_what_to_do() -> None:
    case = submitted_case()
    parts = case.parts_with("kinds")
    assert Counter(kind for part in parts for kind in part.kinds) == Counter(TimerKind)
    assert parts == case.parts_with("waits_for") == case.parts_with("on_timer")


@dataclass
class Noted(Part):
    def infringements(self) -> Iterator[Violation]:
        yield Violation.UNDECLARED_RISK


@dataclass
class Larger(Case, Noted):
    pass


def test_a_part_that_is_added_is_asked_with_the_others() -> None:
    case = submitted_case()
    larger = Larger(**{item.name: getattr(case, item.name) for item in fields(case)})
    assert larger.violations() == [*case.violations(), Violation.UNDECLARED_RISK]


def test_what_is_read_in_is_recorded_when_it_happened_and_what_is_entered_when_it_is() -> None:
    case, happened, entered = submitted_case(), at("2022-07-04 10:00"), at("2022-07-05 10:00")
    assert case.recorded_at(happened) == happened
    case.actor = Actor(entered, "clerk-1")
    assert case.recorded_at(happened) == entered
    assert read_in(case, MONDAY).recorded_at(happened) == happened
