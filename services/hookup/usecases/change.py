"""Change a case by one of the aggregate's verbs: load, decide, save with the version checked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from libs.common.auth.callers import Caller
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.etags import Expected
from libs.common.rules import RecordedRefusalError, RuleError
from services.hookup.domain.agent_verbs import Stead, actor_of
from services.hookup.domain.case import Case
from services.hookup.domain.case_parts import Rules
from services.hookup.storage.cases import CASES
from services.hookup.storage.rulebook import RuleBook


@dataclass(frozen=True, slots=True)
class Target:
    """The case to change, as its caller sees it: from where, at which versions, and who the caller is to it.

    `stead` says what staff need for what is the applicant's to do; `document_ref` is what they name.
    """

    case_id: str
    caller: Caller
    version: Expected
    stead: Stead | None = None
    document_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """The stored case, and the refusal where only that was stored."""

    case: Case
    refusal: RecordedRefusalError | None = None


async def change(
    target: Target, work: UnitOfWork, rulebook: RuleBook, verb: Callable[[Case, Rules], None]
) -> Changed:
    """Apply a verb and store the case, after what was due before it and no worker has come to yet.

    Raises RuleError and the problems `not-found`, `version-changed`.
    """
    caller = target.caller
    case = await CASES.load(work, target.case_id, place=caller.place, expected=target.version)

    def act(case: Case, rules: Rules) -> None:
        case.actor = actor_of(
            case, caller.subject, caller.roles, work.now, stead=target.stead, document_ref=target.document_ref
        )
        verb(case, rules)

    return Changed(case, CASES.apply(work, case, rulebook.of(case), act))


def happened_at(given: datetime | None, now: datetime) -> datetime:
    """Return when something happened: as the caller says, else now. Raises RuleError for the future."""
    if given is not None and given > now:
        raise RuleError("in-the-future", "时间不能晚于现在", "请核对时间", "at")
    return given or now
