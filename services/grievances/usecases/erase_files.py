"""Delete the files of who is erased (PIPL §47): photos and recordings that were told with, not a unit's evidence.

The objects are deleted by a timer of their own, so that a store that is away for a while, or a killed process, leaves
none behind; to delete what is gone changes nothing.
"""

from collections.abc import Mapping
from typing import Final

from libs.common.database.unit_of_work import UnitOfWork
from libs.common.objects.files import Files
from libs.common.timers import Handler, Timer, move_timer
from services.grievances.domain.files import erased
from services.grievances.storage.grievances import GRIEVANCES
from services.grievances.storage.rulebook import RuleBook

ERASE_FILES: Final = "grievance_file_erasure"
"""The timer at which the files of a grievance are deleted."""


def erase_files_of(uow: UnitOfWork, grievance_id: str) -> None:
    """Have the files that were told with deleted, at once."""
    move_timer(uow, grievance_id, ERASE_FILES, uow.now)


def erasure_handlers(rulebook: RuleBook, files: Files) -> Mapping[str, Handler]:
    """Return the handler of the timer."""

    async def erase(timer: Timer, uow: UnitOfWork) -> None:
        await rulebook.refresh()
        item = await GRIEVANCES.load(uow, timer.aggregate_id)
        rules = rulebook.of(item)
        before = item.timers(rules)
        item.files, keys = erased(item.files, uow.now)
        for key in keys:
            await files.store.delete(key)
        GRIEVANCES.save(uow, item, before, rules)

    return {ERASE_FILES: erase}
