"""Change a case by one of the aggregate's verbs: load, decide, save with the version checked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from libs.common.auth.callers import Place
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.rules import RuleError
from services.hookup.domain.case import Case, Rules
from services.hookup.storage import cases
from services.hookup.storage.rulebook import RuleBook


@dataclass(frozen=True, slots=True)
class Target:
    """The case to change, as its caller sees it: from where, and at which version."""

    case_id: str
    place: Place
    version: int


async def change(
    target: Target, work: UnitOfWork, rulebook: RuleBook, verb: Callable[[Case, Rules], None]
) -> Case:
    """Apply a verb and store the case, after what was due before it and no worker has come to yet.

    Raises RuleError and the problems `not-found`, `version-changed`.
    """
    case = await cases.load(work, target.case_id, place=target.place, expected_version=target.version)
    rules = rulebook.of(case)
    before = case.timers(rules)
    case.catch_up(work.now, rules)
    verb(case, rules)
    cases.save(work, case, before, rules)
    return case


def happened_at(given: datetime | None, now: datetime) -> datetime:
    """Return when something happened: as the caller says, else now. Raises RuleError for the future."""
    if given is not None and given > now:
        raise RuleError("in-the-future", "时间不能晚于现在", "请核对时间", "at")
    return given or now
