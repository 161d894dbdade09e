"""Builders for tests of the hookup service: rules as they ship, cases, and a running service with its callers."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import asyncpg
import httpx
from fastapi import FastAPI
from sqlalchemy import event, select

import services.hookup
from libs.common.aggregate import Actor
from libs.common.auth.callers import Caller, Place, PlaceKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.auth.tokens import StaticKeys, TokenVerifier
from libs.common.calendar_seed import published_calendar
from libs.common.clock import ManualClock
from libs.common.database.tables import outbox, timer
from libs.common.http.quotas import QUOTAS
from libs.common.places import Service as Supply
from libs.common.policy import PolicyBook, read_policies
from libs.common.service import Service
from libs.common.settings import CommonSettings
from libs.common.timers import TimerRunner
from services.hookup import bootstrap
from services.hookup.domain.case import Case
from services.hookup.domain.values.codes import CustomerCategory
from services.hookup.domain.values.digging import NoPermit
from services.hookup.domain.values.lengths import LengthKind
from services.hookup.domain.values.permit_details import NoPermitReason
from services.hookup.domain.values.rules import CLOCK, LIMITS, MATERIALS, SERVICE, Rules
from services.hookup.domain.values.stages import Stage
from services.hookup.storage import permit_modes
from services.hookup.storage.material_lists import material_policy
from services.hookup.storage.permit_modes import mode_policy
from services.hookup.storage.policies import POLICIES, clock_policy, limit_policy, service_policy
from tests.services.hookup.domain.samples import at

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
MONDAY = "2022-07-04 09:00"
ISSUER = "http://127.0.0.1:9000"
A_LONG_TIME = 10**9
# Where those are who cannot be of the city.
HOMES = {
    "clerk": (PlaceKind.UTILITY, "W-371502"),
    "approver": (PlaceKind.UTILITY, "W-371502"),
    "agent": (PlaceKind.UTILITY, "W-371502"),
    "channel": (PlaceKind.CHANNEL, "ISHANDONG"),
    "citizen": (PlaceKind.CITIZEN, "C-1"),
    "authority": (PlaceKind.AUTHORITY, "GREENING-371502"),
}

Moment = str | datetime
Json = dict[str, Any]


def when(moment: Moment) -> datetime:
    """An instant; a text is Shanghai's wall clock."""
    return at(moment) if isinstance(moment, str) else moment


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
        else:
            case.start_stage(stage, instant)
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


@dataclass
class Answered:
    """An answer, checked for its status."""

    response: httpx.Response

    @property
    def body(self) -> Json:
        """The answer's document."""
        document: Json = self.response.json()
        return document

    @property
    def code(self) -> str:
        """The slug of the problem."""
        return str(self.body["code"])

    @property
    def etag(self) -> str:
        """The version, as If-Match wants it."""
        return self.response.headers["etag"]


class Client:
    """One caller of the API: a new key for every command, and the version that was last seen."""

    def __init__(self, app: FastAPI, token: str | None, channel: str = "HALL") -> None:
        self.channel = channel
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        # What breaks inside is the 500 that a caller would see, and the assertion on the status shows it.
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://hookup", headers=headers)

    async def get(
        self, path: str, status: int = 200, query: Mapping[str, Any] | None = None, **more: Any
    ) -> Answered:
        """Read a path under /v1."""
        response = await self.http.get(f"/v1{path}", params={**(query or {}), **more})
        assert response.status_code == status, response.text
        return Answered(response)

    async def post(
        self, path: str, body: Json | None = None, status: int = 200, *, key: str = "", version: str = ""
    ) -> Answered:
        """Post to a path under /v1, with a new idempotency key unless one is given."""
        headers = {"Idempotency-Key": key or str(uuid4())} | ({"If-Match": version} if version else {})
        response = await self.http.post(f"/v1{path}", json=body, headers=headers)
        assert response.status_code == status, response.text
        return Answered(response)

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

    async def put(self, path: str, body: Json, status: int = 200, *, version: str) -> Answered:
        """Put to a path under /v1 over the version that was seen."""
        response = await self.http.put(f"/v1{path}", json=body, headers={"If-Match": version})
        assert response.status_code == status, response.text
        return Answered(response)

    async def submit(self, status: int = 201, key: str = "", **fields: Any) -> Answered:
        """Submit an application for water in 371502, 42 m, complete, by the caller's own channel."""
        return await self.post(
            "/hookups", application(**{"channel": self.channel, **fields}), status, key=key
        )

    async def act(
        self, case_id: str, path: str, body: Json | None = None, status: int = 200, **more: str
    ) -> Answered:
        """Read a case and send it a command with the version that was read."""
        seen = await self.get(f"/hookups/{case_id}")
        return await self.post(f"/hookups/{case_id}/{path}", body, status, version=seen.etag, **more)

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


@dataclass
class Hookup:
    """The service as it runs, on a clock that the test moves."""

    service: Service
    clock: ManualClock
    app: FastAPI
    issuer: LocalIssuer
    clients: list[Client]

    def client(
        self, role: str = "clerk", place: PlaceKind | None = None, code: str = "", subject: str = ""
    ) -> Client:
        """A caller with a role (or several, with blanks between) and a place; a citizen's app is 爱山东.

        The place is where the role is at home unless it is given, the subject is the role.
        """
        if place is None:
            place, code = HOMES.get(role, (PlaceKind.CITY, ""))
        app = "ISHANDONG" if place is PlaceKind.CITIZEN else None
        caller = Caller(subject or f"{role}-1", frozenset(role.split()), Place(place, code), channel=app)
        own = code if place is PlaceKind.CHANNEL else app or "HALL"
        return self._keep(Client(self.app, self.issuer.issue(caller, A_LONG_TIME), own))

    def stranger(self) -> Client:
        """A caller without a token."""
        return self._keep(Client(self.app, None))

    def _keep(self, client: Client) -> Client:
        self.clients.append(client)
        return client

    def lift_quotas(self) -> None:
        """Let callers ask as much as a test of something else needs."""
        quotas = self.app.state.quotas
        quotas._versions, quotas._of = PolicyBook((QUOTAS,)).of(QUOTAS), {}

    async def app_get(self, path: str) -> httpx.Response:
        """Read an address outside of /v1, as a probe does."""
        return await self.stranger().http.get(path)

    def set_clock(self, moment: Moment) -> None:
        """Move the clock."""
        self.clock.instant = when(moment)

    def runner(self) -> TimerRunner:
        """A worker's timers, with the service's own handlers."""
        return TimerRunner(self.service.database, self.clock, self.service.timer_handlers)

    async def fire_timers(self) -> int:
        """Fire all that is due; return how many rows were claimed."""
        runner, fired = self.runner(), 0
        while count := await runner.step():
            fired += count
        return fired

    async def timers(self, case_id: str) -> Mapping[str, datetime]:
        """The timer rows of a case."""
        async with self.service.database.reading() as connection:
            rows = await connection.execute(select(timer).where(timer.c.aggregate_id == case_id))
            return {row.kind: row.due_at for row in rows}

    async def events(self, key: str) -> list[tuple[str, datetime]]:
        """What was published of a case, in order: the event's name and its time."""
        async with self.service.database.reading() as connection:
            rows = (
                await connection.execute(
                    select(outbox).where(outbox.c.key == key).order_by(outbox.c.aggregate_seq)
                )
            ).all()
        assert [row.aggregate_seq for row in rows] == list(range(1, len(rows) + 1))
        return [(row.type.split(".")[-2], row.created_at) for row in rows]

    @asynccontextmanager
    async def counting(self) -> AsyncIterator[list[str]]:
        """Collect the statements that are sent to the database, without those that open a transaction."""
        database, found = self.service.database, list[str]()

        def note(*of: Any) -> None:
            if not of[2].startswith("BEGIN"):
                found.append(of[2])

        fetch = asyncpg.Connection.fetchmany

        async def fetchmany(connection: Any, query: str, arguments: Any) -> Any:
            found.append(query)
            return await fetch(connection, query, arguments)

        engines = {database._reader.sync_engine, database._writer.sync_engine}
        for each in engines:
            event.listen(each, "before_cursor_execute", note)
        try:
            # What commands send together goes past SQLAlchemy.
            with patch.object(asyncpg.Connection, "fetchmany", fetchmany):
                yield found
        finally:
            for each in engines:
                event.remove(each, "before_cursor_execute", note)


@asynccontextmanager
async def running_hookup(database_url: str, folder: Path, now: Moment = MONDAY) -> AsyncIterator[Hookup]:
    """Run the service over a database, as it is."""
    clock = ManualClock(when(now))
    settings = CommonSettings(
        database_url=database_url,
        bus_url=f"sqlite:///{folder}/bus.db",
        issuer=ISSUER,
        jwks_url=f"{ISSUER}/jwks",
        objects_url=f"file://{folder}/objects",
    )
    service = bootstrap.build(settings, clock)
    issuer = LocalIssuer(ISSUER, folder / "issuer", clock, users={}, machines={}, redirect_uris=[])
    verifier = TokenVerifier(ISSUER, settings.audience, StaticKeys(issuer.jwks()), clock)
    hookup = Hookup(service, clock, service.app(verifier), issuer, [])
    try:
        yield hookup
    finally:
        for each in hookup.clients:
            await each.http.aclose()
        await service.close()
