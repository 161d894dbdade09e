"""What every command on a case has in common: who gives it, at which version, once, and what it answers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

import uuid_utils
from fastapi import APIRouter, Depends, Request, Response

from libs.common.auth.callers import Caller, PlaceKind
from libs.common.clock import Clock
from libs.common.database.engine import Database
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.auth import Authenticated
from libs.common.http.errors import of_rule
from libs.common.http.etags import Expected, expected_version
from libs.common.http.idempotency import Answer, Idempotent, idempotent
from services.hookup.domain.agent_verbs import Stead
from services.hookup.domain.case import Case
from services.hookup.domain.case_parts import Approver, Rules
from services.hookup.domain.entries import Claim, Grounds
from services.hookup.domain.late_entry_verbs import enter
from services.hookup.domain.material_verbs import check_evidence
from services.hookup.http import models
from services.hookup.http.entry_models import InStead, LateEntryGrounds
from services.hookup.http.views import case_view
from services.hookup.storage.rulebook import RuleBook
from services.hookup.usecases.change import Changed, Target, change

APPLICANT = ("clerk", "channel", "citizen", "agent")

Verb = Callable[[Case, Rules, datetime], None]
Use = Callable[[Target, UnitOfWork, RuleBook], Awaitable[Changed]]
Route = TypeVar("Route", bound=Callable[..., Awaitable[Response]])


@dataclass(frozen=True, slots=True)
class _Parts:
    database: Database
    clock: Clock
    rulebook: RuleBook


async def _parts(request: Request) -> _Parts:
    state = request.app.state
    # Before the command's transaction: one that held a connection and waited for another could starve the pool.
    await state.rulebook.refresh()
    return _Parts(state.database, state.clock, state.rulebook)


Parts = Annotated[_Parts, Depends(_parts)]


@dataclass(frozen=True, slots=True)
class Command:
    """One change of one case, to be made once for its idempotency key by a caller who saw its present version."""

    case_id: UUID
    once: Idempotent
    version: Expected
    caller: Caller
    parts: _Parts
    stead: Stead | None

    @property
    def approver(self) -> Approver:
        """The caller as who decides: one of the utility does not supervise it."""
        return Approver(self.caller.subject, self.caller.place.kind is not PlaceKind.UTILITY)

    async def __call__(self, verb: Verb, in_stead: InStead | None = None) -> Response:
        """Apply a verb and answer with the changed case; `in_stead` names the document that staff rest on."""

        async def doing(target: Target, work: UnitOfWork, rulebook: RuleBook) -> Changed:
            return await change(target, work, rulebook, lambda case, rules: verb(case, rules, work.now))

        document_ref = in_stead.document_ref if in_stead else None
        return await self.alone(doing, shared=True, document_ref=document_ref)

    async def enter(self, claim: Callable[[datetime], Claim], grounds: LateEntryGrounds | None) -> Response:
        """Enter an act that may have happened before now: at once, or to be approved."""
        entry_id, subject = str(uuid_utils.uuid7()), self.caller.subject
        given = Grounds(grounds.reason, grounds.evidence_ref) if grounds else None

        def verb(case: Case, rules: Rules, now: datetime) -> None:
            if given is not None:
                check_evidence(case, given.evidence_ref, "late_entry.evidence_ref")
            enter(case, claim(now), given, entry_id, now, subject, rules)

        return await self(verb)

    async def alone(self, use: Use, *, shared: bool = False, document_ref: str | None = None) -> Response:
        """Run a use case that reads more than the case, in a transaction of its own; answer with the case."""
        target = Target(str(self.case_id), self.caller, self.version, self.stead, document_ref)
        rulebook = self.parts.rulebook

        async def action(work: UnitOfWork) -> Answer:
            changed = await use(target, work, rulebook)
            case = changed.case
            if changed.refusal is not None:
                return Answer(problem=of_rule(changed.refusal), version=case.version)
            return Answer(case_view(case, rulebook.of(case), work.now, self.caller), version=case.version)

        return await self.once(self.caller, action, shared=shared)


class By:
    """The dependency of a command: one step in place of four, since every command pays for each."""

    def __init__(self, *roles: str, stead: Stead | None = None) -> None:
        self._authenticated = Authenticated(*roles)
        self._stead = stead
        self.guards = (self._authenticated, expected_version, idempotent)

    async def __call__(self, request: Request, case_id: UUID) -> Command:
        """Return the command of a request. Raises what its guards raise."""
        caller = await self._authenticated(request)
        version = await expected_version(request)
        once = await idempotent(request)
        return Command(case_id, once, version, caller, await _parts(request), self._stead)


ByApplicant = Annotated[Command, Depends(By(*APPLICANT, stead=Stead.DOCUMENT))]
# What harms nobody: that it was done in the user's stead is marked, and needs no document.
ByApplicantMarked = Annotated[Command, Depends(By(*APPLICANT, stead=Stead.MARK))]
# What nobody may do in a user's stead but the counter where the user stands.
ByUser = Annotated[Command, Depends(By("clerk", "channel", "citizen", stead=Stead.DOCUMENT))]
ByUserMarked = Annotated[Command, Depends(By("clerk", "channel", "citizen", stead=Stead.MARK))]
# What only the user can say: never the rated, nor who helps (好差评).
ByUserAlone = Annotated[Command, Depends(By("channel", "citizen", stead=Stead.DOCUMENT))]
# Who of them may sign is the commitment's to say: it is the utility's or the applicant's.
ByParty = Annotated[Command, Depends(By(*APPLICANT))]
ByClerk = Annotated[Command, Depends(By("clerk"))]
ByAgent = Annotated[Command, Depends(By("clerk", "agent"))]
ByApprover = Annotated[Command, Depends(By("approver"))]
# Of the utility, or of who supervises it: which of them the aggregate says.
ByDecider = Annotated[Command, Depends(By("approver", "supervisor"))]


def command(
    router: APIRouter,
    path: str,
    operation_id: str,
    summary: str,
    *,
    openapi_extra: dict[str, Any] | None = None,
) -> Callable[[Route], Route]:
    """Return the decorator of a command's route: POST to a path under the case, answered with the case."""
    return router.post(
        "/hookups/{case_id}/" + path,
        operation_id=operation_id,
        summary=summary,
        response_model=models.CaseView,
        openapi_extra=openapi_extra,
    )
