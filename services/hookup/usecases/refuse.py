"""Refuse a case (不予办理); the case that it is said to duplicate is looked up and checked."""

from libs.common.changes import Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.values.codes import RefusalCode
from services.hookup.storage import cases
from services.hookup.storage.cases import CASES
from services.hookup.storage.rulebook import RuleBook


async def refuse_case(
    target: Target, work: UnitOfWork, rulebook: RuleBook, *, code: RefusalCode, duplicate_of: str | None
) -> Changed[Case]:
    """Refuse for one of the allowed reasons. Raises as `Store.change`, and RuleError where it is no duplicate."""
    named = duplicate_of if code is RefusalCode.DUPLICATE else None
    changed = await CASES.change(
        work, target, rulebook, lambda case, _rules: case.refuse(code, work.now, named)
    )
    if named is not None and not await cases.is_twin(work, changed.aggregate, named, target.caller.scope):
        raise RuleError(
            "duplicate-unknown",
            "该编号不是同一用户在同一地块、同一服务更早申请的另一件，或该件已撤回、不予办理",
            "请核对另一件的受理编号；不构成重复的，请继续办理",
            "duplicate_of",
        )
    return changed
