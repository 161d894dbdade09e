"""Do what a due timer of a case stands for."""

from collections.abc import Mapping

from libs.common.database.unit_of_work import UnitOfWork
from libs.common.timers import Handler, Timer
from services.hookup.domain.timer_kinds import TimerKind
from services.hookup.storage import cases
from services.hookup.storage.rulebook import RuleBook


def timer_handlers(rulebook: RuleBook) -> Mapping[str, Handler]:
    """Return the handler of every kind of timer."""

    async def fire(timer: Timer, work: UnitOfWork) -> None:
        await rulebook.refresh()
        case = await cases.load(work, timer.aggregate_id)
        rules = rulebook.of(case)
        kind = TimerKind(timer.kind)
        before = case.timers(rules)
        # What happens by the clock happens when it was due, however late the worker comes.
        case.fire(kind, timer.due_at, rules)
        if not case.happened:
            return
        # The runner deletes this timer's row itself and must find it as it was.
        before.pop(kind, None)
        cases.save(work, case, before, case.judged_by(rules))

    return dict.fromkeys(TimerKind, fire)
