"""Link a grievance with one that says the same."""

from sqlalchemy import select

from libs.common.changes import Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.problems import Problem
from libs.common.rules import RuleError
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.rules import Rules
from services.grievances.domain.verbs.screening import link
from services.grievances.storage.grievances import GRIEVANCES
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.tables import grievance


async def link_with(target: Target, uow: UnitOfWork, rulebook: RuleBook, first_id: str) -> Changed[Grievance]:
    """Note that it says again what another one says, which the caller sees. Raises RuleError, `not-found`."""
    await GRIEVANCES.load(uow, target.aggregate_id, scope=target.caller.scope)
    try:
        first = await GRIEVANCES.load(uow, first_id, scope=target.caller.scope)
    except Problem as problem:
        raise RuleError(
            "first-unknown", "没有这件诉求，或不在您的管辖范围内", "请核对后重新选择", "first_id"
        ) from problem
    repeating = select(grievance.c.id).where(grievance.c.repeats == target.aggregate_id).limit(1)
    is_first = await uow.connection.scalar(repeating) is not None

    def act(item: Grievance, _rules: Rules) -> None:
        link(item, first, uow.now, is_first=is_first)

    return await GRIEVANCES.change(uow, target, rulebook, act)
