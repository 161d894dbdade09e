"""Plan a round of visits or calls: of the city, or of a district among its own customers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import uuid_utils
from sqlalchemy import insert

from libs.common.aggregate import Actor
from libs.common.auth.callers import Caller, ScopeKind
from libs.common.changes import Addition
from libs.common.clock import local
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.places import load_places
from libs.common.problems import INVALID, FieldError
from libs.common.rules import RuleError
from services.grievances.domain.rounds.questions import Question
from services.grievances.domain.rounds.round import Plan, Population, Round
from services.grievances.domain.rounds.values import RoundPurpose
from services.grievances.storage.grievances import next_number
from services.grievances.storage.rounds import ROUNDS
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.tables import ROUND_TABLES

CITY = "371500"


@dataclass(frozen=True, slots=True)
class NewRound:
    """A round to plan."""

    title: str
    purpose: RoundPurpose
    starts_on: date
    ends_on: date
    plan: Plan
    questions: Sequence[Question]


async def prepare_round(uow: UnitOfWork, rulebook: RuleBook, new: NewRound, caller: Caller) -> Round:
    """Plan a round. Raises RuleError, and `invalid` for a place that there is not."""
    district = caller.scope.code if caller.scope.kind is ScopeKind.DISTRICT else None
    population = _population(new.plan.population, district)
    number = await next_number(uow, f"HF-{district or CITY}-{local(uow.now):%Y%m%d}")
    item = Round(
        id=str(uuid_utils.uuid7()),
        number=number,
        title=new.title,
        purpose=new.purpose,
        district=district,
        starts_on=new.starts_on,
        ends_on=new.ends_on,
        plan=replace(new.plan, population=population),
        questions=list(new.questions),
        prepared_at=uow.now,
        prepared_by=caller.subject,
    )
    item.actor = Actor(uow.now, caller.subject, unit=caller.scope.unit)
    item.prepare(rulebook.today)
    await ROUNDS.add(uow, [Addition(item, rulebook.rules)])
    units = load_places().reporting_units
    seen_by = population.districts or [unit.code for unit in units]
    await uow.connection.execute(
        insert(ROUND_TABLES.campaign_district), [{"district": code, "round_id": item.id} for code in seen_by]
    )
    return item


def _population(population: Population, district: str | None) -> Population:
    """Return a population with the districts that it is in. Raises RuleError and `invalid`."""
    places = load_places()
    known = {unit.code for unit in places.reporting_units}
    errors = [
        FieldError(f"districts.{place}", "没有这个县（市、区）", "请从名录中选择", "one-of")
        for place, code in enumerate(population.districts)
        if code not in known
    ]
    of_utilities = set[str]()
    for place, code in enumerate(population.utilities):
        try:
            of_utilities.add(places.utility(code).district)
        except KeyError:
            field = f"utilities.{place}"
            errors.append(FieldError(field, "没有这个专营单位", "请从名录中选择", "one-of"))
    if errors:
        raise INVALID(errors=errors)
    wanted = set(population.districts) or of_utilities
    if district is not None:
        if not wanted | of_utilities <= {district}:
            raise RuleError(
                "district-not-yours", "只能调查本县（市、区）的用户", "请核对调查范围", "districts"
            )
        wanted = {district}
    if of_utilities and wanted.isdisjoint(of_utilities):
        rule = "所选专营单位不在所选县（市、区）"
        raise RuleError("population-empty", rule, "请核对调查范围", "utilities")
    return replace(population, districts=tuple(sorted(wanted)))
