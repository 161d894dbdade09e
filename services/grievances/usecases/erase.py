"""Erase what a customer told, whom the registry erases (PIPL §47); what was done about it stays.

The data keys of the words go at once. What stands in records, and the files, go by a timer of each grievance: so a
store that is away for a while, or a killed process, leaves nothing behind; to erase what is gone changes nothing.
"""

from collections.abc import Mapping
from typing import Final

from libs.common.database.unit_of_work import UnitOfWork
from libs.common.encryption.sealer import Sealer
from libs.common.objects.files import Files
from libs.common.timers import Handler, Timer, move_timer
from services.grievances.domain.erasure import erase
from services.grievances.storage.grievances import GRIEVANCES
from services.grievances.storage.rating_words import erase_reasons_of
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.words import erase_words_of

ERASURE: Final = "grievance_erasure"
"""The timer at which the record and the files of a grievance lose what its reporter said."""


async def erase_customer(uow: UnitOfWork, sealer: Sealer, customer_id: str) -> None:
    """Erase what a customer told, and the reasons of their ratings."""
    for grievance_id in await erase_words_of(uow, sealer, customer_id):
        move_timer(uow, grievance_id, ERASURE, uow.now)
    await erase_reasons_of(uow, sealer, customer_id)


def erasure_handlers(rulebook: RuleBook, files: Files) -> Mapping[str, Handler]:
    """Return the handler of the timer."""

    async def fire(timer: Timer, uow: UnitOfWork) -> None:
        await rulebook.refresh()
        item = await GRIEVANCES.load(uow, timer.aggregate_id)
        rules = rulebook.of(item)
        before = item.timers(rules)
        for key in erase(item, uow.now):
            await files.store.delete(key)
        GRIEVANCES.save(uow, item, before, rules)

    return {ERASURE: fire}
