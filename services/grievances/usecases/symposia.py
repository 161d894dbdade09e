"""Register a symposium, and make a grievance of what was found there."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import uuid_utils

from libs.common.aggregate import Actor
from libs.common.auth.callers import Caller, ScopeKind
from libs.common.changes import Addition, Changed, Target
from libs.common.clock import local
from libs.common.database.unit_of_work import UnitOfWork
from services.grievances.domain.grievance import Origin
from services.grievances.domain.symposia import Symposium
from services.grievances.domain.values.kinds import Source
from services.grievances.storage.grievances import next_number
from services.grievances.storage.rounds import SYMPOSIA
from services.grievances.storage.rulebook import RuleBook
from services.grievances.usecases.prepare_round import CITY
from services.grievances.usecases.submit import NewGrievance, submit

ORIGIN: Final = "SYMPOSIUM"
"""The system that a grievance names as its origin; its number is the symposium's id and the finding's number."""


@dataclass(frozen=True, slots=True)
class NewSymposium:
    """A symposium that was held."""

    title: str
    held_at: datetime
    place: str
    invited: int
    attended: int


async def register_symposium(
    uow: UnitOfWork, rulebook: RuleBook, new: NewSymposium, caller: Caller
) -> Symposium:
    """Register a symposium of the caller's unit. Raises RuleError."""
    district = caller.scope.code if caller.scope.kind is ScopeKind.DISTRICT else None
    item = Symposium(
        id=str(uuid_utils.uuid7()),
        number=await next_number(uow, f"ZT-{district or CITY}-{local(uow.now):%Y%m%d}"),
        title=new.title,
        district=district,
        held_at=new.held_at,
        place=new.place,
        invited=new.invited,
        attended=new.attended,
        registered_at=uow.now,
        registered_by=caller.subject,
    )
    item.actor = Actor(uow.now, caller.subject, unit=caller.scope.unit)
    item.register()
    await SYMPOSIA.add(uow, [Addition(item, rulebook.rules)])
    return item


async def submit_finding(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, number: int, told: NewGrievance
) -> Changed[Symposium]:
    """Make a grievance of a finding; each names the other. Raises as `submit`."""
    item = await SYMPOSIA.load(uow, target.aggregate_id, scope=target.caller.scope, expected=target.version)
    item.open_finding(number)
    origin = Origin(ORIGIN, f"{item.id}/{number}", 1)
    grievance = await submit(
        uow, rulebook, replace(told, source=Source.SYMPOSIUM, origin=origin), target.caller
    )
    return await SYMPOSIA.change(
        uow, target, rulebook, lambda item, _rules: item.submitted(number, grievance.id, uow.now)
    )
