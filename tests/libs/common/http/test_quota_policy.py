"""The policy of quotas: what holds, what ships, and what a request beyond it is answered."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute
from sqlalchemy import insert

from libs.common import discovery
from libs.common.auth.callers import EVERYONE, Caller
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.database.tables import policy_version
from libs.common.http.auth import require
from libs.common.http.quotas import POLICY, Quotas, quota_rules, too_many
from libs.common.laptop import KEYS
from libs.common.policy import read_policies
from libs.common.problems import is_chinese
from libs.common.service import Service as ComposedService
from tests.support.serving import served
from tests.support.waiting import until

from .conftest import Service, client_of
from .quota_samples import NOW, Ticks, ask, refusal, shipping, version


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


@pytest.mark.parametrize("found", discovery.stateful(), ids=lambda found: found.name)
async def test_what_ships_names_operations_that_are_there(
    found: discovery.DiscoveredService, tmp_path: Path
) -> None:
    service = found.compose(
        {
            "database_url": f"sqlite+aiosqlite:///{tmp_path}/none.db",
            "bus_url": f"sqlite:///{tmp_path}/bus.db",
            "issuer": "http://127.0.0.1:9000",
            "jwks_url": "http://127.0.0.1:9000/jwks",
            "anchors_url": f"file://{tmp_path}/anchors",
            **KEYS,
        }
    )
    assert isinstance(service, ComposedService)
    assert service.policies is not None
    there = {
        route.operation_id
        for router in service.routers
        for route in router.routes
        if isinstance(route, APIRoute)
    }
    shipped = [each for each in read_policies(service.policies.path) if each.policy == POLICY]
    assert shipped
    for rule in (rule for each in shipped for rule in quota_rules(each)):
        assert rule.operations <= there
        assert is_chinese(rule.name)
        assert too_many(rule.name, 5, 60, 90_061.0).detail.endswith("请在 1 天1 小时1 分钟1 秒后重试")
        # What counts for all processes needs the table that they share.
        assert service.shared_buckets is not None or not rule.shared
    await service.close()


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
