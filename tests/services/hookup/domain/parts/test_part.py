"""What a case asks of its parts: each kind of timer has one owner, and a part that is added is asked too."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields

from services.hookup.domain.case import Case
from services.hookup.domain.parts.part import Part
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.violations import Violation
from tests.support.hookup import submitted_case


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
