"""Give or change a grade: by the person in the app, by the hall in its stead, or by a link; the reason is sealed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import uuid_utils
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.aggregate import Actor
from libs.common.auth.callers import Caller, Role
from libs.common.changes import Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.encryption.sealer import Sealer
from libs.common.problems import NOT_FOUND, define
from services.grievances.domain.ratings.parts import Grade, Sender
from services.grievances.domain.ratings.rating import Rating
from services.grievances.domain.ratings.values import RatingChannel
from services.grievances.domain.rules import Rules
from services.grievances.storage.links import link_of, new_token
from services.grievances.storage.rating_words import store_words
from services.grievances.storage.ratings import RATINGS
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.senders import Origin
from services.grievances.storage.tables import rating_link

RATING_LINK_EXPIRED: Final = define("rating-link-expired", 410, "评价链接已过期")
RATING_PATH: Final = "/r"
"""Where the console shows the page of a link."""


@dataclass(frozen=True, slots=True)
class Given:
    """A grade as it comes in, and from where."""

    grade: int
    reason: str | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class MadeLink:
    """The token of a link, which is kept nowhere, and until when it holds."""

    token: str
    expires_at: datetime


async def give_grade(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, given: Given, *, change: bool = False
) -> Changed[Rating]:
    """Give the one grade of a service for a caller, or change it. Raises RuleError and as `Store.change`."""
    item = await RATINGS.load(uow, target.aggregate_id, scope=target.caller.scope)
    is_citizen = Role.CITIZEN in target.caller.roles
    channel = RatingChannel.APP if is_citizen else RatingChannel.HALL
    sender = given.origin.sender(rulebook, item.utility)
    grade = await _grade(uow, rulebook, item, given, sender, channel, target.caller)

    def act(item: Rating, rules: Rules) -> None:
        if change:
            item.change(grade, rules)
        else:
            item.give(grade, rules)

    return await RATINGS.change(uow, target, rulebook, act)


async def make_link(
    uow: UnitOfWork, rulebook: RuleBook, rating_id: str, caller: Caller, origin: Origin
) -> MadeLink:
    """Make a link by which the person rates without a sign-in. Raises RuleError, `not-found`."""
    item = await RATINGS.load(uow, rating_id, scope=caller.scope)

    def act(item: Rating, _rules: Rules) -> None:
        # It conflicts with nobody's form.
        item.actor = Actor(uow.now, caller.subject, unit=caller.scope.unit, conflicts=False)
        item.note_link(caller.subject, uow.now)

    RATINGS.apply(uow, item, rulebook.rules, act)
    return await open_link(uow, rulebook.sealer, item, origin.devices(rulebook.sealer)[0])


async def open_link(uow: UnitOfWork, sealer: Sealer, item: Rating, device: str) -> MadeLink:
    """Open a link to rate by; `device` is the keyed hash of who had it made, empty where it sends itself."""
    token, hashed = new_token(sealer, rating_link)
    row = {
        "token": hashed,
        "rating_id": item.id,
        "made_at": uow.now,
        "device": device,
        "expires_at": item.expires_at,
    }
    await uow.connection.execute(insert(rating_link), row)
    return MadeLink(token, item.expires_at)


async def linked(connection: AsyncConnection, sealer: Sealer, token: str, now: datetime) -> tuple[str, str]:
    """Return the rating of a link and the device that had it made; nothing is written and nothing used up.

    Raises `not-found` and `rating-link-expired`.
    """
    row = await link_of(connection, sealer, rating_link, token)
    if row is None:
        raise NOT_FOUND("评价链接无效，请核对短信中的地址")
    if row.expires_at < now:
        raise RATING_LINK_EXPIRED("评价期已结束；如有新的问题，请提出诉求")
    return row.rating_id, row.device


async def give_by_link(uow: UnitOfWork, rulebook: RuleBook, token: str, given: Given) -> Rating:
    """Give the one grade of a service by its link. Raises RuleError, `not-found` and `rating-link-expired`."""
    rating_id, made_by = await linked(uow.connection, rulebook.sealer, token, uow.now)
    item = await RATINGS.load(uow, rating_id)
    # Whoever had the link made and then follows it is no person who was served.
    is_makers = made_by in given.origin.devices(rulebook.sealer)
    sender = given.origin.sender(rulebook, item.utility, of_staff=is_makers)
    grade = await _grade(uow, rulebook, item, given, sender, RatingChannel.LINK, None)
    RATINGS.apply(uow, item, rulebook.rules, lambda item, rules: item.give(grade, rules))
    return item


async def _grade(
    uow: UnitOfWork,
    rulebook: RuleBook,
    item: Rating,
    given: Given,
    sender: Sender,
    channel: RatingChannel,
    caller: Caller | None,
) -> Grade:
    words = None
    if given.reason:
        words = str(uuid_utils.uuid7())
        is_first = all(grade.words is None for grade in item.grades)
        await store_words(uow, rulebook.sealer, words, item.id, given.reason, is_first=is_first)
    return Grade(
        given.grade,
        uow.now,
        None if caller is None else caller.subject,
        channel,
        channel is RatingChannel.HALL,
        sender,
        words,
    )
