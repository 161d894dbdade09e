"""Tell the hotline what became of its orders: each message once or again, those of one grievance in their order."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import and_, exists, update

from libs.common.auth.callers import Scope, ScopeKind
from libs.common.clock import Clock
from libs.common.database.engine import Database
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.places import load_places
from libs.common.rules import RuleError
from services.grievances.domain.cycle import Cycle
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.hotline.values import MessageKind, MessageState
from services.grievances.domain.values.codes import CLOSE_NAMES, MEASURE_NAMES, OUTCOME_NAMES
from services.grievances.storage.grievances import GRIEVANCES
from services.grievances.storage.tables import HOTLINE
from services.grievances.usecases.hotline.gateway import OutMessage
from services.grievances.usecases.outbox.gateways import Gateway
from services.grievances.usecases.outbox.sending import Sender

_CITY: Final = Scope(ScopeKind.CITY)
_m = HOTLINE.message.c
_earlier = HOTLINE.message.alias("earlier")
# One that the hotline did not accept holds up none: what came after it is said all the same.
_is_first = ~exists().where(
    and_(
        _earlier.c.grievance_id == _m.grievance_id,
        _earlier.c.id < _m.id,
        _earlier.c.state == MessageState.WAITING,
    )
)


def hotline_sender(database: Database, clock: Clock, gateway: Gateway[OutMessage]) -> Sender:
    """Return what sends the messages to the hotline."""

    async def send(row: Mapping[Any, Any]) -> None:
        item = await GRIEVANCES.find(database, row["grievance_id"], _CITY)
        await gateway.send(message_of(item, row))

    return Sender("hotline", database, clock, HOTLINE.message, send, _is_first)


def message_of(item: Grievance, row: Mapping[Any, Any]) -> OutMessage:
    """Return what the hotline is told of a grievance; of its texts those alone that the person is told."""
    kind = MessageKind(row["kind"])
    cycle = next(cycle for cycle in item.cycles if cycle.number == row["cycle"])
    unit = cycle.utility and load_places().utility(cycle.utility).name
    told = OutMessage(row["id"], row["number"], row["order_version"], kind, row["happened_at"], unit)
    match kind:
        case MessageKind.REPLIED if cycle.reply is not None:
            measures = tuple(MEASURE_NAMES[measure] for measure in cycle.reply.measures)
            return replace(told, reply=cycle.reply.text, measures=measures)
        case MessageKind.BEYOND_DUTY | MessageKind.RETURNED | MessageKind.TERMINATED:
            reason = item.close_reason and CLOSE_NAMES[item.close_reason]
            return replace(told, reason=reason, explanation=item.close_note)
        case MessageKind.EXTENDED:
            return replace(told, reply_by=cycle.reply_by)
        case MessageKind.CLOSED:
            return _closed(told, cycle)
        case _:
            return told


def _closed(told: OutMessage, cycle: Cycle) -> OutMessage:
    call = cycle.effective_call
    outcome = cycle.outcome and OUTCOME_NAMES[cycle.outcome]
    if call is None:
        return replace(told, outcome=outcome)
    return replace(told, outcome=outcome, solved=call.solved, grade=call.grade, grade_word=call.grade_word)


async def send_again(uow: UnitOfWork, message_id: str) -> None:
    """Let a message that the hotline did not accept be sent again. Raises RuleError for any other."""
    statement = (
        update(HOTLINE.message)
        .where(_m.id == message_id, _m.state == MessageState.REFUSED)
        .values(state=MessageState.WAITING, due_at=uow.now, attempts=0)
        .returning(_m.id)
    )
    if await uow.connection.scalar(statement) is None:
        raise RuleError("message-not-refused", "热线没有拒收此消息，或已重新发送", "请刷新后核对", "state")
