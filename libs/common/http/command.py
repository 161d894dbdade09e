"""One command as it is run: what its verb is given, one transaction around it, and the answer."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar
from uuid import UUID

import uuid_utils
from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from libs.common.aggregate import Aggregate, Stead
from libs.common.auth.callers import Caller
from libs.common.changes import Changed, Rulebook, Target
from libs.common.clock import Clock
from libs.common.database.engine import Database
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.errors import of_rule
from libs.common.http.etags import Expected
from libs.common.http.fields import DocumentReference
from libs.common.http.idempotency import Answer, Idempotent
from libs.common.http.labels import Label
from libs.common.problems import NOT_FOUND, Problem

if TYPE_CHECKING:
    from libs.common.http.commands import Commands

MINIMAL = "return=minimal"
A = TypeVar("A", bound=Aggregate[Any, Any])
R = TypeVar("R")
B = TypeVar("B", bound=Rulebook[Any, Any])


class InStead(BaseModel):
    """What staff rest on when they act in the user's stead (代录)."""

    model_config = ConfigDict(extra="forbid")

    document_ref: Annotated[
        DocumentReference | None,
        Label("用户签字文件编号", hint="代用户办理的须填写，记为代录；帮办人员已获用户授权的可不填"),
    ] = Field(
        default=None,
        description="The document that the user signed; staff of the counter need it, the user does not",
    )


@dataclass(frozen=True, slots=True)
class Given(Generic[R, B]):
    """What a verb is given beside its aggregate: who calls, when, and the rules that the aggregate is judged by."""

    caller: Caller
    now: datetime
    rules: R
    rulebook: B

    @property
    def subject(self) -> str:
        """The account that calls."""
        return self.caller.subject

    @staticmethod
    def new_id() -> str:
        """Return the id of something new."""
        return str(uuid_utils.uuid7())


@dataclass(frozen=True, slots=True)
class Parts(Generic[B]):
    """What routes that read depend on: the parts of their service that every service has."""

    database: Database
    clock: Clock
    rulebook: B


async def parts(request: Request) -> Parts[Any]:
    """Return the parts of the request's service, its rules as they are now; a dependency."""
    state = request.app.state
    await state.rulebook.refresh()
    return Parts(state.database, state.clock, state.rulebook)


@dataclass(frozen=True, slots=True)
class Command(Generic[A, R, B]):
    """One change of one aggregate, to be made once for its key by a caller who saw its present version."""

    commands: "Commands[A, R, B]"
    aggregate_id: UUID
    once: Idempotent
    version: Expected
    caller: Caller
    rulebook: B
    stead: Stead | None
    # Whether the caller wants no representation of what was changed (RFC 7240).
    is_minimal: bool = False

    async def __call__(
        self,
        verb: Callable[[A, Given[R, B]], None],
        *,
        document_ref: str | None = None,
        conflicts: bool = True,
    ) -> Response:
        """Apply a verb and answer with the changed aggregate.

        `document_ref` is what staff in a user's stead name; a verb that only adds something conflicts with nobody.
        """
        target = replace(self.target(document_ref), conflicts=conflicts)

        async def doing(uow: UnitOfWork, target: Target = target) -> Changed[A]:
            def act(aggregate: A, rules: R) -> None:
                verb(aggregate, Given(target.caller, uow.now, rules, self.rulebook))

            try:
                changed = await self.commands.store.change(uow, target, self.rulebook, act)
            except Problem as problem:
                standing = self.commands.standing
                if standing is None or problem.kind is not NOT_FOUND or target.caller is not self.caller:
                    raise
                caller = await standing(uow, self.caller, target.aggregate_id)
                if caller is self.caller:
                    raise
                return await doing(uow, replace(target, caller=caller))
            return replace(changed, caller=target.caller)

        return await self.answered(doing, shared=True)

    def target(self, document_ref: str | None = None) -> Target:
        """Return what is to be changed, as its caller sees it."""
        return Target(str(self.aggregate_id), self.caller, self.version, self.stead, document_ref)

    async def answered(
        self, doing: Callable[[UnitOfWork], Awaitable[Changed[A]]], *, shared: bool = False
    ) -> Response:
        """Run a change in one transaction, which other commands may share, and answer with the aggregate."""

        async def action(uow: UnitOfWork) -> Answer:
            changed = await doing(uow)
            aggregate = changed.aggregate
            if changed.refusal is not None:
                return Answer(problem=of_rule(changed.refusal), version=aggregate.version)
            if self.is_minimal:
                return Answer(status=204, version=aggregate.version, applied_preference=MINIMAL)
            caller = changed.caller or self.caller
            view = self.commands.view(aggregate, self.rulebook.of(aggregate), uow.now, caller)
            return Answer(view, version=aggregate.version)

        return await self.once(self.caller, action, shared=shared)


def wants_minimal(preferences: Iterable[str]) -> bool:
    """Tell whether `Prefer` headers ask for `return=minimal`; of several the first counts (RFC 7240 §2)."""
    said = (part.partition(";")[0].strip().lower() for value in preferences for part in value.split(","))
    returns = (
        part.partition("=")[2].strip(' "') for part in said if part.partition("=")[0].strip() == "return"
    )
    return next(returns, "") == "minimal"
