"""A service of one aggregate, and a client that speaks to it in the same process."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Response, UploadFile
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import Column, Integer, MetaData, String, Table, func, insert, select, update

from libs.common.auth.callers import EVERYONE, Caller, Role, Scope, ScopeKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.auth.tokens import StaticKeys, TokenVerifier
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.database.tables import house
from libs.common.http.app import create_app
from libs.common.http.auth import public, require
from libs.common.http.buckets import SharedBuckets
from libs.common.http.etags import ExpectedVersion, set_etag, version_changed
from libs.common.http.health import Heartbeats
from libs.common.http.idempotency import Answer, Once
from libs.common.http.middleware import body_limit
from libs.common.policy_changes import PolicySet
from libs.common.problems import define

ISSUER = "http://127.0.0.1:9000"
metadata = MetaData()
meter = Table(
    "meter",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("place", String(40), nullable=False),
    Column("version", Integer, nullable=False),
)
Anyone = Annotated[Caller, require(*EVERYONE)]
TAKEN = define("meter-taken", 409, "表号已被占用")
BODY = {"id": "M-1", "place": "371502"}
KEY = {"Idempotency-Key": "key-1"}


class NewMeter(BaseModel):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"id": "M-1", "place": "371502"}]}
    )
    id: str = Field(pattern=r"^M-\d+$", max_length=10)
    place: str = Field(min_length=1)
    length: int = Field(default=0, ge=0)
    read_at: AwareDatetime | None = None


class Meter(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"id": "M-1", "version": 1}]})
    id: str
    version: int


def meter_routes() -> APIRouter:
    router = APIRouter(prefix="/v1/meters")

    @router.post("", operation_id="open_meter", summary="新装水表", status_code=201, response_model=Meter)
    async def open_meter(body: NewMeter, caller: Anyone, once: Once, source: str | None = None) -> Response:
        async def action(work: Any) -> Answer:
            if await work.connection.scalar(select(meter.c.id).where(meter.c.id == body.id)):
                raise TAKEN(f"{body.id} 已建档")
            await work.connection.execute(insert(meter), {"id": body.id, "place": body.place, "version": 1})
            return Answer(Meter(id=body.id, version=1), 201, version=1, location=f"/v1/meters/{body.id}")

        return await once(caller, action)

    @router.post(
        "/pages",
        operation_id="upload",
        summary="上传资料",
        response_model=Meter,
        openapi_extra=body_limit(3_000_000),
    )
    async def upload(file: UploadFile, caller: Anyone, once: Once) -> Response:
        async def action(_work: Any) -> Answer:
            return Answer(Meter(id=file.filename or "", version=len(await file.read())))

        return await once(caller, action)

    @router.get("/failing", operation_id="fail", summary="出错", dependencies=[Depends(public)])
    async def fail() -> None:
        raise RuntimeError("the password is swordfish")

    @router.get("/restricted", operation_id="restricted", summary="限定角色")
    async def restricted(caller: Annotated[Caller, require(Role.SUPERVISOR, Role.ADMINISTRATOR)]) -> Meter:
        return Meter(id=caller.subject, version=1)

    @router.get("/{meter_id}", operation_id="show_meter", summary="查看水表")
    async def show(meter_id: str, caller: Anyone, response: Response) -> Meter:
        set_etag(response, 1)
        return Meter(id=meter_id, version=1)

    @router.put("/{meter_id}", operation_id="change_meter", summary="更换水表")
    async def change(meter_id: str, body: NewMeter, expected: ExpectedVersion, caller: Anyone) -> Meter:
        return Meter(id=meter_id, version=expected.check(1) + 1)

    @router.post("/{meter_id}/seal", operation_id="seal_meter", summary="封表", response_model=Meter)
    async def seal(meter_id: str, expected: ExpectedVersion, caller: Anyone, once: Once) -> Response:
        async def action(work: Any) -> Answer:
            of_this = meter.c.id == meter_id
            seen = expected.check(await work.connection.scalar(select(meter.c.version).where(of_this)))
            changed = await work.connection.execute(
                update(meter).where(of_this, meter.c.version == seen).values(version=seen + 1)
            )
            if changed.rowcount == 0:
                raise version_changed()
            return Answer(Meter(id=meter_id, version=seen + 1), version=seen + 1)

        return await once(caller, action)

    return router


@dataclass
class Schema:
    error: Exception | None = None

    async def check(self, database: Database) -> None:
        async with database.reading() as connection:
            await connection.execute(select(1))
        if self.error:
            raise self.error


@dataclass
class Settings:
    issuer: str = ISSUER
    jwks_url: str = f"{ISSUER}/jwks"
    audience: str = "sqn"
    public_url: str = "https://meters.example"
    otel_endpoint: str | None = None
    docs: bool = False


@dataclass
class Service:
    database: Any
    clock: ManualClock
    routers: list[APIRouter] = field(default_factory=lambda: [meter_routes()])
    name: str = "meters"
    title: str = "水表"
    settings: Settings = field(default_factory=Settings)
    migrations: Schema = field(default_factory=Schema)
    beats: Heartbeats = field(default_factory=Heartbeats)
    state: dict[str, object] = field(default_factory=dict)
    policies: PolicySet | None = None
    shared_buckets: SharedBuckets | None = None
    audit: object = None


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2022, 9, 30, 2, 0, tzinfo=UTC))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    async with database.migrating() as connection:
        await connection.run_sync(house.create_all)
        await connection.run_sync(metadata.create_all)
    yield database
    await database.close()


@pytest.fixture
def issuer(tmp_path: Any, clock: ManualClock) -> LocalIssuer:
    return LocalIssuer(ISSUER, tmp_path / "issuer", clock, users={}, machines={}, redirect_uris=[])


@pytest.fixture
def service(clock: ManualClock) -> Service:
    return Service(database=None, clock=clock)


@pytest.fixture
def make_app(issuer: LocalIssuer, clock: ManualClock) -> Callable[[Service], FastAPI]:
    verifier = TokenVerifier(ISSUER, "sqn", StaticKeys(issuer.jwks()), clock)
    return lambda service: create_app(service, verifier)  # type: ignore[arg-type]  # a stand-in of the same shape


def caller_named(subject: str, *roles: str) -> Caller:
    return Caller(subject, frozenset(roles), Scope(ScopeKind.CITY))


@pytest.fixture
async def client(
    service: Service, make_app: Callable[[Service], FastAPI], issuer: LocalIssuer
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service without a database."""
    async with client_of(make_app(service), issuer) as client:
        yield client


@pytest.fixture
async def stored(
    service: Service, database: Database, make_app: Callable[[Service], FastAPI], issuer: LocalIssuer
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service with a database, on each engine."""
    service.database = database
    async with client_of(make_app(service), issuer) as client:
        yield client


def client_of(app: FastAPI, issuer: LocalIssuer, subject: str = "window-1") -> httpx.AsyncClient:
    token = issuer.issue(caller_named(subject, "window"))
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(
        transport=transport, base_url="http://service", headers={"Authorization": f"Bearer {token}"}
    )


async def count(database: Database, table: Any) -> int:
    async with database.reading() as connection:
        return await connection.scalar(select(func.count()).select_from(table)) or 0
