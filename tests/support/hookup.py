"""Builders for tests of the hookup service: rules as they ship, cases, and a running service with its callers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from fastapi import FastAPI

import services.hookup
from libs.common.aggregate import Actor
from libs.common.auth.callers import ScopeKind
from libs.common.calendars.seed import published_calendar
from libs.common.places import Supply as Supply
from libs.common.policy import read_policies
from services.hookup import bootstrap
from services.hookup.domain.case import Case
from services.hookup.domain.values.codes import CustomerCategory
from services.hookup.domain.values.digging import NoPermit
from services.hookup.domain.values.lengths import LengthKind
from services.hookup.domain.values.permit_details import NoPermitReason
from services.hookup.domain.values.rules import CLOCK, LIMITS, MATERIALS, SERVICE, Rules
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import CaseState, Verb
from services.hookup.storage import permit_modes
from services.hookup.storage.limit_policies import clock_policy, limit_policy, service_policy
from services.hookup.storage.material_lists import material_policy
from services.hookup.storage.permit_modes import mode_policy
from services.hookup.storage.policies import POLICIES
from tests.support import service
from tests.support.service import (
    A_LONG_TIME,
    ISSUER,
    MONDAY,
    Answered,
    Json,
    Moment,
    Running,
    running_as,
    when,
)

__all__ = [
    "A_LONG_TIME",
    "HOME",
    "ISSUER",
    "RULES",
    "SHIPPED",
    "Answered",
    "Client",
    "Hookup",
    "Json",
    "Moment",
    "application",
    "begin_works",
    "designed",
    "go_through",
    "may_end",
    "new_case",
    "read_in",
    "ready_case",
    "running_hookup",
    "submitted_case",
    "when",
]

HOME = Path(services.hookup.__path__[0])
SHIPPED = {each.policy: each for each in read_policies(POLICIES.path)}
RULES = Rules(
    limit_policy(SHIPPED[LIMITS]),
    published_calendar(),
    service_policy(SHIPPED[SERVICE]),
    clock_policy(SHIPPED[CLOCK]),
    materials=material_policy(SHIPPED[MATERIALS]),
    permits=mode_policy(SHIPPED[permit_modes.POLICY]),
)


def new_case(submitted: Moment = MONDAY, supply: Supply = Supply.WATER) -> Case:
    """A case that was not submitted yet."""
    return Case(
        id=str(uuid4()),
        number=f"{supply[0]}-371502-20220704-0001",
        supply=supply,
        district="371502",
        utility=f"{supply[0]}-371502",
        channel="ISHANDONG",
        customer_ref="C-1",
        customer_category=CustomerCategory.ENT,
        site_division="371502008000",
        submitted_at=when(submitted),
    )


def submitted_case(
    submitted: Moment = MONDAY,
    *,
    supply: Supply = Supply.WATER,
    declared_dm: int | None = 420,
    complete: bool = True,
    rules: Rules = RULES,
) -> Case:
    """A case as it is after its submission; a complete one is accepted."""
    case = new_case(submitted, supply)
    case.submit(declared_dm=declared_dm, complete=complete, rules=rules)
    return case


def go_through(case: Case, *stages: tuple[Stage, Moment, Moment | None], rules: Rules = RULES) -> Case:
    """Start and, where an end is given, complete stages in the order of their times."""
    moves: list[tuple[datetime, int, Stage]] = []
    for place, (stage, start, end) in enumerate(stages):
        moves.append((when(start), 2 * place, stage))
        if end is not None:
            moves.append((when(end), 2 * place + 1, stage))
    for instant, number, stage in sorted(moves):
        if number % 2:
            if stage in (Stage.PERMIT, Stage.EXTERNAL_WORKS) and rules.agents is None:
                may_end(case, instant)
            case.complete_stage(stage, instant, rules)
        elif stage is Stage.EXTERNAL_WORKS:
            begin_works(case, instant)
        else:
            case.start_stage(stage, instant)
    return case


def begin_works(case: Case, moment: Moment) -> Case:
    """Begin the works whatever else is on record, as a ledger may tell and a case from before the rule does."""
    actor, case.actor = case.actor, Actor(when(moment), "reader", read_in=True)
    case.check_stage_start(Stage.EXTERNAL_WORKS, when(moment))
    case.actor = actor
    if case.state is CaseState.ACCEPTED:
        case.move(Verb.START_STAGE, CaseState.IN_PROGRESS)
    case.open_stage(Stage.EXTERNAL_WORKS, when(moment))
    return case


def may_end(case: Case, moment: Moment = MONDAY) -> Case:
    """Have on record what works rest on: a dig where permits were filed, else a duct that is there."""
    if case.permits:
        case.excavation_at = case.excavation_at or when(moment)
    elif case.no_permit is None:
        case.no_permit = NoPermit(NoPermitReason.EXISTING_DUCT, "doc", when(moment), "clerk-1")
    return case


def read_in(case: Case, moment: Moment = MONDAY) -> Case:
    """Let what follows be read in from a ledger, which tells of no permit items."""
    case.actor = Actor(when(moment), "reader", read_in=True)
    return case


def ready_case(**options: Any) -> Case:
    """A case of 42 m whose acceptance (TURN_ON) runs since 8 July, 09:00."""
    return go_through(
        submitted_case(**options),
        (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00"),
        (Stage.CONTRACT, "2022-07-05 10:00", "2022-07-06 10:00"),
        (Stage.EXTERNAL_WORKS, "2022-07-06 10:00", "2022-07-08 09:00"),
        (Stage.TURN_ON, "2022-07-08 09:00", None),
    )


def designed(case: Case, length_dm: int, moment: Moment, rules: Rules = RULES) -> None:
    """Set the designed length."""
    case.change_length(LengthKind.DESIGNED, length_dm, when(moment), "clerk-1", rules)


class Client(service.Client):
    """One caller of the hookup API; `channel` is the way by which its applications come."""

    def __init__(self, app: FastAPI, token: str | None, channel: str = "HALL") -> None:
        super().__init__(app, token)
        self.channel = channel

    async def upload(
        self,
        case_id: str,
        kind: str,
        content: bytes,
        status: int = 200,
        *,
        name: str = "scan",
        key: str = "",
        version: str = "",
    ) -> Answered:
        """Hand in a file for a material of a case."""
        version = version or (await self.get(f"/hookups/{case_id}")).etag
        at = f"/hookups/{case_id}/materials"
        return await self.attach(at, kind, content, status, name=name, key=key, version=version)

    async def attach(
        self,
        path: str,
        kind: str,
        content: bytes,
        status: int = 200,
        *,
        name: str = "scan",
        key: str = "",
        version: str,
    ) -> Answered:
        """Post a file of a kind to a path under /v1, over the version that was seen."""
        response = await self.http.post(
            f"/v1{path}/{kind}",
            files={"file": (name, content)},
            headers={"Idempotency-Key": key or str(uuid4()), "If-Match": version},
        )
        assert response.status_code == status, response.text
        return Answered(response)

    async def evidence(self, case_id: str) -> str:
        """Upload a file that pauses, special cases and late entries can name; return its id."""
        at, seen = f"/v1/hookups/{case_id}/evidence", await self.get(f"/hookups/{case_id}")
        response = await self.http.post(
            at,
            files={"file": ("scan", b"%PDF-1.7 what it shows")},
            headers={"Idempotency-Key": str(uuid4()), "If-Match": seen.etag},
        )
        assert response.status_code == 200, response.text
        return str(response.json()["materials"][-1]["id"])

    async def submit(self, status: int = 201, key: str = "", **fields: Any) -> Answered:
        """Submit an application for water in 371502, 42 m, complete, by the caller's own channel."""
        return await self.post(
            "/hookups", application(**{"channel": self.channel, **fields}), status, key=key
        )

    async def act(
        self, case_id: str, path: str, body: Json | None = None, status: int = 200, **more: str
    ) -> Answered:
        """Read a case and send it a command with the version that was read."""
        return await self.command(f"/hookups/{case_id}", path, body, status, **more)

    async def stage(self, case_id: str, stage: Stage, move: str, moment: Moment | None = None) -> Json:
        """Start or complete (`completion`) a stage; return the case."""
        body = {} if moment is None else {"at": when(moment).isoformat()}
        return (await self.act(case_id, f"stages/{stage}/{move}", body)).body


def application(**fields: Any) -> Json:
    """The body of a submission."""
    return {
        "supply": "WATER",
        "district": "371502",
        "utility": "W-371502",
        "channel": "HALL",
        "customer_ref": "C-1",
        "customer_category": "ENT",
        "site_division": "371502008000",
        "declared_length_m": "42.0",
        "complete": True,
        # Most tests apply for the same again and again.
        "not_duplicate": True,
        **fields,
    }


def joint_application(**fields: Any) -> Json:
    """The body of a submission for water and gas at once."""
    left_out = {"supply", "utility", "declared_length_m"}
    body = {name: value for name, value in application(**fields).items() if name not in left_out}
    services = [{"supply": "WATER", "utility": "W-371502"}, {"supply": "GAS", "utility": "G-371502"}]
    return {**body, "services": services}


@dataclass
class Hookup(Running):
    """The service as it runs, on a clock that the test moves."""

    def client(
        self, role: str = "clerk", scope: ScopeKind | None = None, code: str = "", subject: str = ""
    ) -> Client:
        """Return a client for a caller, as `caller` says; it applies by its own channel."""
        caller = self.caller(role, scope, code, subject)
        own = caller.scope.code if caller.scope.kind is ScopeKind.CHANNEL else caller.channel or "HALL"
        return self.keep(Client(self.app, self.token(caller), own))

    def stranger(self) -> Client:
        """A caller without a token."""
        return self.keep(Client(self.app, None))


@asynccontextmanager
async def running_hookup(database_url: str, folder: Path, now: Moment = MONDAY) -> AsyncIterator[Hookup]:
    """Run the service over a database, as it is."""
    async with running_as(Hookup, bootstrap.build, database_url, folder, now) as hookup:
        yield hookup
