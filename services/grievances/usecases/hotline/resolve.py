"""Say what a parked version of an order means: it is taken over, and its words are known from now on."""

from dataclasses import dataclass

import msgspec

from libs.common.changes import Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.rules import RuleError
from services.grievances.domain.hotline.content import OrderContent
from services.grievances.domain.hotline.order import HotlineOrder
from services.grievances.domain.hotline.values import HotlineStatus, OrderVerb, ParkReason, WordGroup
from services.grievances.domain.hotline.words import grade_word
from services.grievances.domain.values.kinds import GrievanceKind
from services.grievances.storage.hotline import ORDERS, contents_of, hold_number, learn, store_content
from services.grievances.storage.rulebook import RuleBook
from services.grievances.usecases.hotline.read_words import dictionary_of, read_codes
from services.grievances.usecases.hotline.take_order import take_over

_FIELDS = {
    ParkReason.KIND: ("kind", "诉求种类"),
    ParkReason.STATUS: ("status", "工单状态"),
    ParkReason.DISTRICT: ("district", "县（市、区）"),
    ParkReason.UNIT: ("unit", "加派单位"),
    ParkReason.GRADE: ("grade", "评价等级"),
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the words of an order mean, as the desk says; None where the word is known."""

    kind: GrievanceKind | None = None
    status: HotlineStatus | None = None
    district: str | None = None
    category: str | None = None
    unit: str | None = None
    grade: int | None = None


async def resolve(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, meaning: Meaning
) -> Changed[HotlineOrder]:
    """Take a parked version over by what its words mean. Raises RuleError; then it stays parked."""
    order = await ORDERS.load(uow, target.aggregate_id, scope=target.caller.scope, expected=target.version)
    order.check(OrderVerb.RESOLVE)
    newest, grievance_id = await hold_number(uow, order.system, order.number)
    order.check_newest(newest)
    if ParkReason.MESSAGE in order.reasons:
        raise RuleError(
            "not-our-message", "回传的消息不是本系统发出的，不能接收", "请与热线核对后选择不作处理", "state"
        )
    content = (await contents_of(uow.connection, rulebook.sealer, [order.id])).get(order.id)
    if content is None:
        raise RuleError("order-erased", "工单内容已删除，不能接收", "请选择不作处理", "state")
    await learn(uow, order.system, target.caller.subject, _codes(content, meaning))
    codes = read_codes(content, await dictionary_of(uow.connection, rulebook, order.system))
    if codes.unknown:
        name, title = _FIELDS[codes.unknown[0]]
        raise RuleError("meaning-missing", f"须选择{title}", f"请选择{title}后再提交", name)
    order.actor = ORDERS.actor_of(order, target, uow.now)
    order.district, order.grievance_id = codes.district, grievance_id
    taken = await take_over(uow, rulebook, order, content, codes, target.caller)
    order.take(taken, uow.now)
    ORDERS.save(uow, order, {}, rulebook.rules)
    await uow.flush()
    # What it says is the grievance's from now on, and is erased with it.
    await store_content(uow, rulebook.sealer, order.id, taken, msgspec.json.encode(content).decode())
    return Changed(order)


def _codes(content: OrderContent, meaning: Meaning) -> dict[tuple[WordGroup, str], str]:
    """Return what is learnt: each word that the order has, with the code that the desk gave."""
    call = content.call
    said = {
        (WordGroup.KIND, content.kind): meaning.kind,
        (WordGroup.STATUS, content.status): meaning.status,
        (WordGroup.DISTRICT, content.district): meaning.district,
        (WordGroup.CATEGORY, content.category): meaning.category,
        (WordGroup.UNIT, content.unit): meaning.unit,
    }
    learnt = {(group, word): str(code) for (group, word), code in said.items() if word and code}
    if call is not None and call.grade is not None and meaning.grade is not None:
        learnt[WordGroup.GRADE, grade_word(call.grade, call.steps)] = str(meaning.grade)
    return learnt
