"""Quotas: exact in one process, by policy, with memory that no subject makes grow."""

import asyncio
import tracemalloc
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from libs.common.auth.callers import EVERYONE, Caller, Scope, ScopeKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.database.tables import policy_version
from libs.common.http.auth import require
from libs.common.http.quotas import POLICY, QUOTAS, Buckets, Quotas, quota_rules, too_many
from libs.common.policy import PolicyVersion, read_policies
from libs.common.policy_changes import PolicySet
from libs.common.problems import Problem, is_chinese
from libs.common.settings import CommonSettings
from services.hookup.bootstrap import build as build_hookup
from services.metrics.bootstrap import build as build_metrics
from services.metrics.settings import Settings
from tests.support.serving import served
from tests.support.waiting import until

from .conftest import Service, client_of

NOW = datetime(2022, 9, 30, 2, 0, tzinfo=UTC)
CITIZEN = Caller("u-citizen", frozenset({"citizen"}), Scope(ScopeKind.CITIZEN, "C-1"))
CLERK = Caller("u-clerk", frozenset({"clerk"}), Scope(ScopeKind.UTILITY, "W-371502"))
SHIPPED = ("services/hookup/policies.yaml", "services/metrics/policies.yaml")
ROOT = Path(__file__).resolve().parents[4]


class Ticks:
    """Time that the test moves."""

    def __init__(self) -> None:
        self.at = 1_000.0

    def __call__(self) -> float:
        return self.at


def version(*rules: dict[str, Any], name: str = "1", begins: date = date(2022, 1, 1)) -> PolicyVersion:
    return PolicyVersion(
        policy=POLICY,
        version=name,
        valid_from=begins,
        source_document="-",
        approved_by="-",
        approved_at=NOW,
        body={"rules": list(rules)},
    )


async def _never(*_: object) -> bool:
    return False


def shipping(folder: Path, rule: dict[str, Any]) -> PolicySet:
    """The policies of a service that ships one version, with one rule of quotas."""
    path = folder / "policies.yaml"
    path.write_text(f"[{version(rule).model_dump_json()}]")
    return PolicySet(path, (QUOTAS,), judged_by=_never, judged_since=_never)


def quotas(*rules: dict[str, Any], ticks: Ticks | None = None) -> Quotas:
    return Quotas(None, ManualClock(NOW), [version(*rules)] if rules else [], ticks or Ticks())


async def ask(of: Quotas, caller: Caller = CITIZEN, operation: str = "ask", method: str = "POST") -> None:
    if release := of.admit(caller, operation, method):
        release()


async def refusal(
    of: Quotas, caller: Caller = CITIZEN, operation: str = "ask", method: str = "POST"
) -> Problem:
    with pytest.raises(Problem) as raised:
        await ask(of, caller, operation, method)
    return raised.value


async def test_a_bucket_is_exact_and_refills_evenly() -> None:
    ticks = Ticks()
    of = quotas({"name": "咨询", "requests": 3, "seconds": 60}, ticks=ticks)
    for _ in range(3):
        await ask(of)
    refused = await refusal(of)
    assert (refused.kind.slug, refused.kind.status) == ("too-many-requests", 429)
    assert refused.headers["Retry-After"] == "20"
    assert refused.detail == "“咨询”每 1 分钟至多 3 次，请在 20 秒后重试"
    ticks.at += 19.5
    assert (await refusal(of)).headers["Retry-After"] == "1"
    ticks.at += 0.5
    await ask(of)
    await refusal(of)
    # Of a day without requests no more is saved up than the bucket holds.
    ticks.at += 86_400
    for _ in range(3):
        await ask(of)
    await refusal(of)


async def test_what_is_refused_is_not_counted() -> None:
    ticks = Ticks()
    of = quotas(
        {"name": "short", "requests": 1, "seconds": 1},
        {"name": "long", "requests": 3, "seconds": 86_400},
        ticks=ticks,
    )
    for _ in range(3):
        await ask(of)
        for _ in range(50):
            await refusal(of)
        ticks.at += 1
    assert "long" in (await refusal(of)).detail


async def test_rules_are_for_whom_and_for_what_they_say() -> None:
    of = quotas(
        {"name": "a", "places": ["citizen"], "operations": ["ask", "urge"], "requests": 2, "seconds": 60},
        {"name": "b", "method": "read", "requests": 1, "seconds": 60},
    )
    await ask(of, operation="ask")
    await ask(of, operation="urge")
    await refusal(of, operation="ask")
    await ask(of, operation="answer")
    for _ in range(5):
        await ask(of, CLERK)
    await ask(of, method="GET", operation="list")
    await refusal(of, method="HEAD", operation="show")
    await ask(of, CLERK, method="GET", operation="list")


async def test_requests_at_once() -> None:
    of = quotas({"name": "导出", "operations": ["export"], "at_once": 2})
    first, second = [of.admit(CLERK, "export", "GET") for _ in range(2)]
    assert first is not None
    assert second is not None
    refused = await refusal(of, CLERK, "export", "GET")
    assert (refused.kind.slug, refused.kind.status) == ("too-many-at-once", 429)
    assert int(refused.headers["Retry-After"]) > 0
    await ask(of, CLERK, "list", "GET")
    await ask(of, CITIZEN, "export", "GET")
    first()
    await ask(of, CLERK, "export", "GET")
    second()
    assert not of._running


async def test_no_subject_makes_memory_grow() -> None:
    of = quotas(*({"name": str(n), "requests": 10**6, "seconds": 60} for n in range(5)), ticks=Ticks())
    await ask(of)
    tracemalloc.start()
    try:
        for number in range(20_000):
            await ask(of, operation="ask" if number % 2 else "urge")
        assert tracemalloc.get_traced_memory()[0] < 50_000
    finally:
        tracemalloc.stop()
    assert len(of._buckets) == 5


def test_the_crowd_is_bounded_and_full_buckets_are_forgotten() -> None:
    ticks = Ticks()
    buckets = Buckets(capacity=100)
    for number in range(1_000):
        buckets.take(ticks(), ("rule", f"u-{number}"), 1, 60)
    assert len(buckets) == 100
    ticks.at += 60
    buckets.take(ticks(), ("rule", "u-new"), 1, 60)
    assert len(buckets) == 1


@given(
    st.integers(1, 20),
    st.integers(1, 100),
    st.lists(st.floats(0, 50, allow_nan=False), max_size=60),
)
def test_in_any_time_no_more_is_admitted_than_the_bucket_and_its_refill(
    size: int, seconds: int, pauses: list[float]
) -> None:
    ticks = Ticks()
    buckets = Buckets()
    admitted: list[float] = []
    for pause in pauses:
        ticks.at += pause
        if not buckets.wait(ticks(), ("rule", "u"), size, seconds):
            buckets.take(ticks(), ("rule", "u"), size, seconds)
            admitted.append(ticks.at)
    for first, begun in enumerate(admitted):
        for last in range(first, len(admitted)):
            earned = size + (admitted[last] - begun) * size / seconds
            assert last - first + 1 <= earned + 1e-6


async def test_the_policy_says_what_holds(database: Database) -> None:
    clock, ticks = ManualClock(NOW), Ticks()
    of = Quotas(database, clock, [version({"name": "shipped", "requests": 1, "seconds": 60})], ticks)
    await ask(of)
    assert "shipped" in (await refusal(of)).detail
    tomorrow = (NOW + timedelta(days=1)).date()
    versions = [
        version({"name": "stored", "requests": 2, "seconds": 60}),
        version({"name": "later", "requests": 1, "seconds": 60}, name="2", begins=tomorrow),
        version(
            {"name": "wrong", "requests": 0, "seconds": 60}, name="3", begins=tomorrow + timedelta(days=1)
        ),
    ]
    # Past what refuses the last of them.
    async with database.unit_of_work(NOW) as work:
        await work.connection.execute(insert(policy_version), [each.model_dump() for each in versions])
    await of.reload()
    await ask(of)
    await ask(of)
    assert "stored" in (await refusal(of)).detail
    clock.advance(timedelta(days=1))
    # The day is looked at once a second.
    ticks.at += 1
    await ask(of)
    assert "later" in (await refusal(of)).detail
    # One that cannot be read puts only itself out of force.
    clock.advance(timedelta(days=1))
    ticks.at += 1
    assert "later" in (await refusal(of)).detail


async def test_without_a_database_what_was_read_holds(database: Database) -> None:
    of = Quotas(
        database, ManualClock(NOW), [version({"name": "shipped", "requests": 1, "seconds": 60})], Ticks()
    )
    await database.close()
    await of.reload()
    await ask(of)
    await refusal(of)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"name": "a"}, "admits everything"),
        ({"name": "a", "requests": 1}, "with seconds"),
        ({"name": "a", "seconds": 1, "at_once": 1}, "with seconds"),
        ({"name": "a", "requests": 1, "kept_bytes": 1, "seconds": 1}, "with seconds"),
        ({"name": "a", "requests": 0, "seconds": 1}, "below 1"),
        ({"name": "a", "at_once": 0}, "below 1"),
        ({"name": "a", "requests": 1, "seconds": 1, "method": "any"}, "any"),
        ({"name": "a", "requests": 1, "seconds": 1, "places": ["moon"]}, "moon"),
        ({"name": "a", "requests": 1, "seconds": 1, "unknown": 1}, "unknown"),
    ],
)
def test_a_rule_that_says_nothing_or_too_much_is_refused(rule: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        quota_rules(version(rule))


def test_two_rules_have_two_names() -> None:
    with pytest.raises(ValueError, match="one name"):
        quota_rules(version(*[{"name": "a", "at_once": 1}] * 2))


@pytest.mark.parametrize("path", SHIPPED)
def test_what_ships_names_operations_that_are_there(path: str, tmp_path: Path) -> None:
    values: dict[str, Any] = {
        "database_url": f"sqlite+aiosqlite:///{tmp_path}/none.db",
        "bus_url": f"sqlite:///{tmp_path}/bus.db",
        "issuer": "http://127.0.0.1:9000",
        "jwks_url": "http://127.0.0.1:9000/jwks",
    }
    service = (
        build_hookup(CommonSettings(**values)) if "hookup" in path else build_metrics(Settings(**values))
    )
    there = {
        route.operation_id
        for router in service.routers
        for route in router.routes
        if isinstance(route, APIRoute)
    }
    (shipped,) = [each for each in read_policies(ROOT / path) if each.policy == POLICY]
    for rule in quota_rules(shipped):
        assert rule.operations <= there
        assert is_chinese(rule.name)
        assert too_many(rule.name, 5, 60, 90_061.0).detail.endswith("请在 1 天1 小时1 分钟1 秒后重试")


async def test_a_request_beyond_the_quota_is_answered_before_its_body(
    service: Service,
    make_app: Callable[[Service], FastAPI],
    issuer: LocalIssuer,
    tmp_path: Path,
) -> None:
    service.policies = shipping(tmp_path, {"name": "查询", "requests": 2, "seconds": 60})
    app = make_app(service)

    async def chunks() -> Any:
        raise AssertionError("the body was read")
        yield b""

    async with client_of(app, issuer) as client:
        for _ in range(2):
            assert (await client.get("/v1/meters/M-1")).status_code == 200
        answer = await client.put("/v1/meters/M-1", content=chunks(), headers={"If-Match": '"1"'})
        assert (answer.status_code, answer.json()["code"]) == (429, "too-many-requests")
        assert int(answer.headers["retry-after"]) > 0
        # Probes have no subject and no quota.
        assert (await client.get("/livez")).status_code == 200
    async with client_of(app, issuer, "window-2") as other:
        assert (await other.get("/v1/meters/M-1")).status_code == 200


async def test_at_once_lasts_until_the_answer_is_sent_or_its_reader_has_left(
    service: Service, make_app: Callable[[Service], FastAPI], issuer: LocalIssuer, tmp_path: Path
) -> None:
    service.policies = shipping(tmp_path, {"name": "导出", "operations": ["send"], "at_once": 1})
    router = APIRouter()

    @router.get("/v1/endless", operation_id="send", summary="发送", response_class=StreamingResponse)
    async def send(_caller: Annotated[Caller, require(*EVERYONE)]) -> StreamingResponse:
        async def pieces() -> Any:
            while True:
                yield b"x"
                await asyncio.sleep(0.01)

        return StreamingResponse(pieces())

    service.routers.append(router)
    app = make_app(service)
    async with served(app) as server, client_of(app, issuer) as bare:
        base = f"http://127.0.0.1:{server.port}"
        async with httpx.AsyncClient(base_url=base, headers=bare.headers) as client:
            async with client.stream("GET", "/v1/endless") as first:
                assert first.status_code == 200
                assert (await client.get("/v1/endless")).json()["code"] == "too-many-at-once"

            async def free() -> bool:
                return not app.state.quotas._running

            await until("the reader has left", free)
