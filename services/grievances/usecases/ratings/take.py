"""Invite ratings of services that ended, and take the grades that other services tell of. By events alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import select

from libs.common.changes import Addition
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.places import Supply
from services.grievances.domain.ratings.amendment import expiry_of
from services.grievances.domain.ratings.parts import Grade
from services.grievances.domain.ratings.rating import Rating
from services.grievances.domain.ratings.values import Ending, RatedService, RatingChannel
from services.grievances.domain.rules import Rules
from services.grievances.storage.ratings import RATINGS
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.tables import rating

_r = rating.c
_NAMESPACE: Final = uuid5(NAMESPACE_URL, "urn:sqn:ratings")


@dataclass(frozen=True, slots=True)
class Ended:
    """That a service ended. `owner` is its customer, `handler` who did the work, where the service tells them."""

    service: RatedService
    thing_id: str
    thing_number: str
    cycle: int
    ending: Ending
    kind: str
    district: str
    utility: str | None
    supply: Supply | None
    at: datetime
    owner: str | None = None
    handler: str | None = None
    contacted: bool | None = None
    is_confidential: bool = False

    @property
    def rating_id(self) -> str:
        """The id of its rating: one service, one rating, however often the event comes."""
        return str(uuid5(_NAMESPACE, f"{self.service}/{self.thing_id}/{self.cycle}"))


@dataclass(frozen=True, slots=True)
class Rated:
    """That the person graded a service where it was asked for."""

    service: RatedService
    thing_id: str
    grade: int
    at: datetime
    by: str | None
    channel: RatingChannel
    in_stead: bool = False


async def invite(uow: UnitOfWork, rulebook: RuleBook, ended: Sequence[Ended]) -> None:
    """Invite a rating of each service that ended, unless it was invited already."""
    if not ended:
        return
    by_id = {service.rating_id: service for service in ended}
    known = await uow.connection.scalars(select(_r.id).where(_r.id.in_(list(by_id))))
    there = set(known)
    rules = rulebook.rules
    new = [_invited(by_id[key], key, rules) for key in by_id if key not in there]
    await RATINGS.add(uow, [Addition(item, rules) for item in new])


async def take_grade(uow: UnitOfWork, rulebook: RuleBook, rated: Rated) -> None:
    """Take a grade that another service tells of: it is of the last ending before it.

    One service has one rating: a second grade changes the first within its time, and counts for nothing after it.
    """
    statement = (
        select(_r.id)
        .where(_r.service == rated.service, _r.thing_id == rated.thing_id, _r.served_at <= rated.at)
        .order_by(_r.cycle.desc())
        .limit(1)
    )
    # What was invited in this transaction is in the database by then.
    rating_id = await uow.connection.scalar(statement)
    if rating_id is None:
        return
    item = await RATINGS.load(uow, rating_id)
    grade = Grade(rated.grade, rated.at, rated.by, rated.channel, rated.in_stead)
    if item.last is None and rated.at > item.expires_at:
        return
    if item.last is not None and not item.may_change(rated.at, rulebook.rules):
        return

    def act(item: Rating, rules: Rules) -> None:
        if item.last is None:
            item.give(grade, rules)
        elif grade.grade != item.grade:
            item.change(grade, rules)

    RATINGS.apply(uow, item, rulebook.rules, act)


def _invited(ended: Ended, rating_id: str, rules: Rules) -> Rating:
    item = Rating(
        id=rating_id,
        service=ended.service,
        thing_id=ended.thing_id,
        thing_number=ended.thing_number,
        cycle=ended.cycle,
        ending=ended.ending,
        kind=ended.kind,
        district=ended.district,
        served_at=ended.at,
        utility=ended.utility,
        supply=ended.supply,
        owner=ended.owner and ended.owner.upper(),
        handler=ended.handler,
        contacted=ended.contacted,
        is_confidential=ended.is_confidential,
        expires_at=expiry_of(ended.at, rules),
        policy_version=rules.ratings.version,
        good_from=rules.ratings.good_from,
    )
    item.invite()
    return item
