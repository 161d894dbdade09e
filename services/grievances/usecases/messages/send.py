"""Send the messages that carry links: the number and the link are opened for the one that is being sent."""

from collections.abc import Mapping
from typing import Any, Final

from libs.common.auth.callers import Scope, ScopeKind
from libs.common.clock import Clock
from libs.common.database.engine import Database
from libs.common.database.unit_of_work import UnitOfWork
from services.grievances.domain.messages import Template, Unsent
from services.grievances.domain.ratings.values import RatingState
from services.grievances.domain.verbs import linking
from services.grievances.storage.grievances import GRIEVANCES
from services.grievances.storage.ratings import RATINGS
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.tables import LINK, link_message
from services.grievances.storage.words import words_of
from services.grievances.usecases.messages.gateway import OutMessage
from services.grievances.usecases.outbox.gateways import Gateway
from services.grievances.usecases.outbox.sending import NotAcceptedError, Sender

Row = Mapping[Any, Any]
MOST_ATTEMPTS: Final = 20
"""Some twelve hours; then the desk calls."""
_CITY: Final = Scope(ScopeKind.CITY)


def message_sender(
    database: Database, clock: Clock, rulebook: RuleBook, gateway: Gateway[OutMessage], site: str
) -> Sender:
    """Return what sends the messages; their links begin with the address of the console, `site`."""

    async def send(row: Row) -> None:
        if row["expires_at"] <= clock.now():
            raise NotAcceptedError(Unsent.EXPIRED)
        if not await _is_of_use(database, row):
            raise NotAcceptedError(Unsent.OVER)
        subject = row["subject"]
        async with database.reading() as connection:
            (opened,) = await rulebook.sealer.opened(connection, LINK, [row])
            told = (await words_of(connection, rulebook.sealer, [subject])).get(subject)
        if told is None or told.phone is None or opened["link"] is None:
            raise NotAcceptedError(Unsent.ERASED)
        await gateway.send(
            OutMessage(
                row["id"],
                told.phone,
                Template(row["template"]),
                row["number"],
                f"{site.rstrip('/')}{opened['link']}",
                row["expires_at"],
            )
        )

    async def arrived(uow: UnitOfWork, row: Row) -> None:
        if row["template"] == Template.CALL_BACK:
            await rulebook.refresh()
            item = await GRIEVANCES.load(uow, row["subject"])
            GRIEVANCES.apply(
                uow,
                item,
                rulebook.rules,
                lambda item, _rules: linking.note_sent(item, row["cycle"], row["made_at"], uow.now),
            )

    return Sender(
        "messages",
        database,
        clock,
        link_message,
        send,
        most_attempts=MOST_ATTEMPTS,
        arrived=arrived,
        dropped=[column.name for column in LINK],
    )


async def _is_of_use(database: Database, row: Row) -> bool:
    """Tell whether what a message asks for can still be given."""
    if row["template"] == Template.CALL_BACK:
        item = await GRIEVANCES.find(database, row["subject"], _CITY)
        return linking.awaits_answer(item, row["cycle"])
    return (await RATINGS.find(database, row["rating_id"], _CITY)).state is RatingState.INVITED
