"""Commands: each a plain function, declared once with its route, its roles and whom it is given for.

    @HOOKUPS.verb(router, Verb.ACCEPT, "acceptance", "acceptHookup", "受理", *CLERK, offer=Offer("受理与环节"))
    def accept(case: Case, at: Given) -> None:
        "Accept; the clock starts."
        case.accept(at.now, at.rules)

The edge between states comes first. From the declaration come the route, its headers, one transaction (load, catch
up, check, change, save), the events, and the answer: the aggregate as the caller may see it. What the verb takes
beside the aggregate and `Given` is what path and body say; FastAPI reads and documents it.
"""

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, Generic, TypeVar, get_origin
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from libs.common.aggregate import Stead
from libs.common.auth.callers import Caller, Role
from libs.common.changes import Changed
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.actions import Actions, Due, Offer, actions_on, withheld_by
from libs.common.http.auth import Authenticated
from libs.common.http.command import A, B, Command, Given, R, wants_minimal
from libs.common.http.command_parameters import PREFER, body_of, more_parameters, parameters_of, split
from libs.common.http.command_route import CommandRoute
from libs.common.http.etags import expected_version
from libs.common.http.form_fields import Form
from libs.common.http.idempotency import idempotent
from libs.common.store import Store

V = TypeVar("V", bound=Callable[..., Any])


class By:
    """One dependency for authentication, If-Match and Idempotency-Key, to save overhead per request.

    `edge` is the transition between states that the command takes. `stead` says what staff need for what is the
    applicant's to do; None where it is not the applicant's. `offer` says when it is offered; its form is known with
    its route.
    """

    def __init__(
        self,
        commands: "Commands[Any, Any, Any]",
        edge: StrEnum,
        *roles: Role,
        offer: Offer,
        stead: Stead | None = None,
    ) -> None:
        self._commands = commands
        for_others = commands.standing is not None
        self._authenticated = Authenticated(*roles, of=commands.store.scopes, for_others=for_others)
        self.edge = edge
        self.roles = self._authenticated.roles
        self.stead = stead
        self.offer = offer
        self.form: Form | None = None
        commands.declared.append(self)
        self.guards = (self._authenticated, expected_version, idempotent)
        parameter = inspect.Parameter
        request = parameter("request", parameter.POSITIONAL_OR_KEYWORD, annotation=Request)
        thing = parameter(commands.id_name, parameter.KEYWORD_ONLY, annotation=UUID)
        self.__signature__ = inspect.Signature([request, thing])

    async def __call__(self, request: Request, **path: UUID) -> Command[Any, Any, Any]:
        """Return the command of a request. Raises what its guards raise."""
        caller = await self._authenticated(request)
        version = await expected_version(request)
        once = await idempotent(request)
        rulebook = request.app.state.rulebook
        # Before the command's transaction: one that held a connection and waited for another could starve the pool.
        await rulebook.refresh()
        aggregate_id = path[self._commands.id_name]
        is_minimal = wants_minimal(request.headers.getlist("prefer"))
        return Command(self._commands, aggregate_id, once, version, caller, rulebook, self.stead, is_minimal)


@dataclass(frozen=True, eq=False)
class Commands(Generic[A, R, B]):
    """The commands on one type of aggregate: `path` is where one of them is, with its id in braces.

    `declared` lists who gives which. `standing` returns as whom a caller gives a command on an aggregate that the
    caller's own scope does not see: the same caller, unless another authorised it.
    """

    store: Store[A, R]
    path: str
    view: Callable[[A, R, datetime, Caller], BaseModel]
    model: type[BaseModel]
    declared: list[By] = field(default_factory=list)
    standing: Callable[[UnitOfWork, Caller, str], Awaitable[Caller]] | None = None

    @property
    def id_name(self) -> str:
        """The name of the aggregate's id in the path."""
        (name,) = re.findall(r"{(\w+)}", self.path)
        return str(name)

    def verb(
        self,
        router: APIRouter,
        edge: StrEnum,
        path: str,
        operation_id: str,
        summary: str,
        *roles: Role,
        offer: Offer,
        stead: Stead | None = None,
        conflicts: bool = True,
    ) -> Callable[[V], V]:
        """Declare a function `(aggregate, what path and body say…, Given)` as a command for these roles.
        A body's `document_ref` is what staff rest on where the command has a `stead`; a verb without a body, which
        needs a document, has one for that alone. What only adds something, such as a note, `conflicts` with nobody.
        """

        def declare(verb: V) -> V:
            own = {each.name: each for each in parameters_of(verb)}
            given = next((name for name, each in own.items() if get_origin(each.annotation) is Given), None)

            async def run(command: Command[A, R, B], values: dict[str, Any]) -> Response:
                document_ref, taken = split(values, own, stead)

                def act(aggregate: A, at: Given[R, B]) -> None:
                    verb(aggregate, **taken, **({given: at} if given else {}))

                return await command(act, document_ref=document_ref, conflicts=conflicts)

            by = By(self, edge, *roles, offer=offer, stead=stead)
            self.route(router, path, operation_id, summary, by, verb, run, more=more_parameters(own, stead))
            return verb

        return declare

    def use_case(
        self,
        router: APIRouter,
        edge: StrEnum,
        path: str,
        operation_id: str,
        summary: str,
        *roles: Role,
        offer: Offer,
        stead: Stead | None = None,
    ) -> Callable[[V], V]:
        """Declare a coroutine function `(target, uow, rulebook, what path and body say…)`, which returns `Changed`.

        For what reads or changes more than the one aggregate, in a transaction of its own; `stead` is as in `verb`.
        """

        def declare(use: V) -> V:
            own = {each.name for each in parameters_of(use)}

            async def run(command: Command[A, R, B], values: dict[str, Any]) -> Response:
                document_ref, taken = split(values, own, stead)

                async def doing(uow: UnitOfWork) -> Changed[A]:
                    target = command.target(document_ref)
                    changed: Changed[A] = await use(target, uow, command.rulebook, **taken)
                    return changed

                return await command.answered(doing)

            by = By(self, edge, *roles, offer=offer, stead=stead)
            more = more_parameters(own, stead)
            self.route(router, path, operation_id, summary, by, use, run, skipped=3, more=more)
            return use

        return declare

    def route(
        self,
        router: APIRouter,
        path: str,
        operation_id: str,
        summary: str,
        by: By,
        function: Callable[..., Any],
        run: Callable[[Command[A, R, B], dict[str, Any]], Awaitable[Response]],
        *,
        skipped: int = 1,
        more: Sequence[inspect.Parameter] = (),
    ) -> None:
        """Add the route of a command: what `function` takes beyond its first parameters is read from the request.

        `run` gets it by name, with what `more` declares.
        """

        async def endpoint(command: Command[A, R, B], **values: Any) -> Response:
            return await run(command, values)

        parameter = inspect.Parameter
        taken = [
            each for each in parameters_of(function)[skipped:] if get_origin(each.annotation) is not Given
        ]
        by_dependency = Annotated[Command, Depends(by)]
        endpoint.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # of the function that is declared
            [
                *(each.replace(kind=parameter.KEYWORD_ONLY) for each in (*taken, *more)),
                parameter("command", parameter.KEYWORD_ONLY, annotation=by_dependency),
            ]
        )
        endpoint.__name__, endpoint.__doc__ = function.__name__, function.__doc__
        by.form = self._form(router, path, operation_id, summary, body=body_of([*taken, *more]))
        router.add_api_route(
            endpoint=endpoint,
            methods=["POST"],
            route_class_override=CommandRoute,
            **self._options(by.form, path),
        )

    def post(
        self,
        router: APIRouter,
        by: By,
        path: str,
        operation_id: str,
        summary: str,
        *,
        body: type[BaseModel] | None = None,
        takes_file: bool = False,
        openapi_extra: dict[str, Any] | None = None,
    ) -> Callable[[V], V]:
        """Return the decorator of a command's route as FastAPI has it, for what does more than call a verb."""
        by.form = self._form(router, path, operation_id, summary, body, takes_file=takes_file)
        return router.post(**self._options(by.form, path, openapi_extra or {}))

    def _form(
        self,
        router: APIRouter,
        path: str,
        operation_id: str,
        summary: str,
        body: type[BaseModel] | None,
        takes_file: bool = False,
    ) -> Form:
        return Form(operation_id, summary, f"{router.prefix}{self.path}/{path}", body, takes_file)

    def _options(self, form: Form, path: str, openapi_extra: Mapping[str, Any] = {}) -> dict[str, Any]:
        return {
            "path": f"{self.path}/{path}",
            "operation_id": form.operation_id,
            "summary": form.title,
            "response_model": self.model,
            "responses": {204: {"description": "Changed; asked for by `Prefer: return=minimal`"}},
            "openapi_extra": {**openapi_extra, "parameters": [PREFER]},
        }

    def actions(
        self,
        aggregate: A,
        caller: Caller,
        now: datetime,
        rulebook: B,
        withheld: Mapping[Any, str] = MappingProxyType({}),
        waiting: Mapping[str, Due] = MappingProxyType({}),
        explain: bool = False,
    ) -> Actions:
        """Return the commands that a caller may give now, of those that take an edge of the present state.

        `withheld` says why of edges that more than state and roles withholds; `explain` adds what cannot be done.
        """
        base = {self.id_name: aggregate.id}
        given = Given(caller, now, aggregate.judged_by(rulebook.of(aggregate)), rulebook)
        actions = Actions(version=aggregate.version, items=[], withheld=[])
        for by in self.declared:
            if by.form is None or by.roles.isdisjoint(caller.roles):
                continue
            why = withheld.get(by.edge) or aggregate.why_not(by.edge)
            offered = [] if why else list(actions_on(by.form, by.offer, aggregate, given, base, waiting))
            actions.items.extend(offered)
            if explain and not offered:
                actions.withheld.append(withheld_by(by.form, by.offer, aggregate, given, why))
        return actions
