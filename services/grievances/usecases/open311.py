"""Take a request of a channel in, that came by Open311 GeoReport v2, and what its reporter adds."""

from collections.abc import Mapping

import uuid_utils

from libs.common.auth.callers import Caller
from libs.common.changes import Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.etags import Expected
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.open311 import SAME_WITHIN
from services.grievances.domain.rules import Rules
from services.grievances.storage.grievances import GRIEVANCES
from services.grievances.storage.open311 import find_same, note_request
from services.grievances.storage.rulebook import RuleBook
from services.grievances.usecases.submit import NewGrievance, submit


async def take_request(
    uow: UnitOfWork,
    rulebook: RuleBook,
    form: Mapping[str, str],
    new: NewGrievance,
    caller: Caller,
    *,
    is_keyed: bool,
) -> Grievance:
    """Take a request in by the function of every door. Raises as `submit`.

    `form` is what the channel sent. Where it does not say by a key which requests are one (`is_keyed`), the same
    form within `SAME_WITHIN` is the same request, so that a client which tries again tells nothing twice.
    """
    channel, sealer = caller.scope.code, rulebook.sealer
    if not is_keyed:
        same = await find_same(uow, sealer, channel, form, uow.now - SAME_WITHIN)
        if same is not None:
            return await GRIEVANCES.load(uow, same, scope=caller.scope)
    item = await submit(uow, rulebook, new, caller)
    await note_request(uow, sealer, channel, form, item.id)
    return item


async def add_question(
    uow: UnitOfWork, rulebook: RuleBook, grievance_id: str, text: str, caller: Caller, *, is_keyed: bool
) -> str:
    """Ask what the reporter asks or adds, as a question that the unit answers; return its id. Raises RuleError.

    Without a key or an id of the channel's own the same text within `SAME_WITHIN` is the same question.
    """
    if not is_keyed:
        item = await GRIEVANCES.load(uow, grievance_id, scope=caller.scope)
        for question in item.questions:
            told = (question.text, question.asked_by)
            if told == (text, caller.subject) and question.asked_at >= uow.now - SAME_WITHIN:
                return question.id
    question_id = str(uuid_utils.uuid7())

    def ask(item: Grievance, rules: Rules) -> None:
        item.ask(question_id, text, uow.now, caller.subject, rules)

    await GRIEVANCES.change(uow, Target(grievance_id, caller, Expected(None)), rulebook, ask)
    return question_id
