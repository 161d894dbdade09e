"""Keep a print of each reply: what a unit says of many in the same words is told to who supervises."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.changes import Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.database.upsert import upsert
from libs.common.texts import plain
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.codes import Measure, Trigger
from services.grievances.domain.verbs.handling import reply
from services.grievances.storage.grievances import GRIEVANCES
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.tables import reply_print

_p = reply_print.c


def print_of(text: str, standard: str = "") -> str | None:
    """Return the print of a reply: of its letters and words, without digits, which differ by case.

    None of one that says nothing beside the `standard` answer that it begins with: that is the same by design.
    """
    letters, of_standard = _letters(text), _letters(standard)
    own = letters.removeprefix(of_standard)
    return None if of_standard and not own else hashlib.sha256(own.encode()).hexdigest()


def _letters(text: str) -> str:
    return "".join(character for character in plain(text) if character.isalpha())


async def note_print(
    target: Target,
    uow: UnitOfWork,
    rulebook: RuleBook,
    text: str,
    measures: Sequence[Measure],
    internal: str | None,
    answer_code: str | None,
) -> Changed[Grievance]:
    """Reply, and count the unit's replies in the same words."""
    policy = rulebook.rules.process
    standard = policy.answers.get(answer_code or "")
    key = print_of(text, standard.text if standard else "")
    since = uow.now - timedelta(days=policy.generic_days)
    item = await GRIEVANCES.load(uow, target.aggregate_id, scope=target.caller.scope)
    alike = 0 if key is None else 1 + await _count(uow.connection, item, key, since)

    def act(item: Grievance, rules: Rules) -> None:
        reply(item, text, list(measures), uow.now, rules, internal=internal, answer_code=answer_code)
        if alike >= policy.generic_replies:
            item.supervise(Trigger.GENERIC_REPLIES, uow.now)

    changed = await GRIEVANCES.change(uow, target, rulebook, act)
    if key is not None:
        row = {"utility": item.utility, "print": key, "replied_at": uow.now, "grievance_id": item.id}
        # Of one grievance that is answered twice the same, once.
        later = upsert(uow.dialect, reply_print).values(row)
        await uow.connection.execute(
            later.on_conflict_do_update(
                index_elements=["utility", "print", "grievance_id"], set_={"replied_at": uow.now}
            )
        )
    return changed


async def _count(connection: AsyncConnection, item: Grievance, key: str, since: datetime) -> int:
    statement = select(func.count()).where(
        _p.utility == item.utility, _p.print == key, _p.replied_at >= since, _p.grievance_id != item.id
    )
    return int(await connection.scalar(statement) or 0)
