from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request
from pydantic import BaseModel

from libs.common.auth.callers import EVERYONE, Caller
from libs.common.http.auth import require
from libs.common.http.contract import ContractError
from libs.common.http.etags import ExpectedVersion
from libs.common.http.middleware import MEBIBYTE, body_limit
from libs.common.telemetry import REGISTRY, current_traceparent

from .conftest import ISSUER, Service

MakeApp = Callable[[Service], FastAPI]


class Bare(BaseModel):
    id: str


async def nothing() -> None:
    return None


async def bare() -> Bare:
    return Bare(id="1")


async def changing(caller: Annotated[Caller, require(*EVERYONE)], expected: ExpectedVersion) -> None:
    return None


@pytest.mark.parametrize(
    ("route", "fault"),
    [
        ({"operation_id": None}, "has no operation_id"),
        ({"summary": "List"}, "has no Chinese summary"),
        ({"summary": None}, "has no Chinese summary"),
        ({"methods": ["POST"]}, "does not take Once"),
        ({"methods": ["PUT"]}, "does not take ExpectedVersion"),
        ({"methods": ["DELETE"]}, "does not take ExpectedVersion"),
        ({"endpoint": bare}, "has no example"),
        ({}, "says neither who may call it"),
    ],
)
def test_an_operation_that_breaks_a_rule_of_the_house_does_not_start(
    service: Service, make_app: MakeApp, route: dict[str, Any], fault: str
) -> None:
    router = APIRouter()
    whole = {"endpoint": nothing, "methods": ["GET"], "operation_id": "one", "summary": "列表"}
    router.add_api_route("/v1/things", **{**whole, **route})
    service.routers.append(router)
    with pytest.raises(ContractError, match=fault):
        make_app(service)


@pytest.mark.filterwarnings("ignore:Duplicate Operation ID")
def test_an_operation_id_is_used_once(service: Service, make_app: MakeApp) -> None:
    router = APIRouter()
    router.add_api_route("/v1/things", nothing, operation_id="show_meter", summary="列表")
    service.routers.append(router)
    with pytest.raises(ContractError, match="operation_id show_meter is used 2 times"):
        make_app(service)


def test_an_operation_that_keeps_the_rules_starts(service: Service, make_app: MakeApp) -> None:
    router = APIRouter()
    router.add_api_route("/v1/things", changing, methods=["DELETE"], operation_id="one", summary="删除")
    router.add_api_route("/page", bare, methods=["POST"], include_in_schema=False)
    service.routers.append(router)
    assert "/v1/things" in make_app(service).openapi()["paths"]


def test_the_document_shows_problems_tokens_and_headers(service: Service, make_app: MakeApp) -> None:
    document = make_app(service).openapi()
    opening = document["paths"]["/v1/meters"]["post"]
    assert opening["security"] == [{"bearer": []}, {"oidc": []}]
    assert [each["name"] for each in opening["parameters"]] == ["source", "Idempotency-Key"]
    assert opening["responses"]["default"] == {"$ref": "#/components/responses/Problem"}
    problem = document["components"]["responses"]["Problem"]
    assert "application/problem+json" in problem["content"]
    assert set(problem["headers"]) == {"Retry-After", "WWW-Authenticate"}
    assert set(opening["responses"]) == {"201", "default"}
    assert "security" not in document["paths"]["/v1/meters/failing"]["get"]
    changing = document["paths"]["/v1/meters/{meter_id}"]["put"]
    assert [each["name"] for each in changing["parameters"]] == ["meter_id", "If-Match"]
    assert changing["responses"]["200"]["headers"] == {"ETag": {"$ref": "#/components/headers/ETag"}}
    assert document["components"]["headers"]["ETag"]["required"]
    assert document["servers"] == [{"url": "https://meters.example", "description": "本服务"}]
    schemes = document["components"]["securitySchemes"]
    assert schemes["oidc"]["openIdConnectUrl"] == f"{ISSUER}/.well-known/openid-configuration"
    assert "Problem" in document["components"]["schemas"]
    [form] = [each for name, each in document["components"]["schemas"].items() if name.startswith("Body_")]
    assert form["properties"]["file"]["format"] == "binary"
    assert "HTTPValidationError" not in document["components"]["schemas"]
    assert set(document["paths"]).isdisjoint({"/livez", "/readyz", "/metrics"})


async def test_a_body_over_the_limit_is_refused_unread(client: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    headers = {"Content-Type": "application/json", "If-Match": '"1"', "Content-Length": str(MEBIBYTE + 1)}
    answer = await client.put("/v1/meters/M-1", content=chunks(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_body_of_unknown_length_is_refused_when_it_has_grown_too_large(
    client: httpx.AsyncClient,
) -> None:
    taken = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal taken
        for _ in range(100):
            taken += 1
            yield b" " * 100_000

    headers = {"Content-Type": "application/json", "If-Match": '"1"'}
    answer = await client.put("/v1/meters/M-1", content=chunks(), headers=headers)
    assert answer.status_code == 413
    assert taken < 100


async def test_a_route_may_accept_more_but_not_anything(stored: httpx.AsyncClient) -> None:
    async def upload(size: int) -> int:
        answer = await stored.post(
            "/v1/meters/pages", files={"file": ("a.pdf", b"x" * size)}, headers={"Idempotency-Key": str(size)}
        )
        return answer.status_code

    assert await upload(2_000_000) == 200
    assert await upload(3_000_001) == 413


async def test_a_route_may_accept_less(service: Service, make_app: MakeApp) -> None:
    router = APIRouter()

    @router.post("/short", include_in_schema=False, openapi_extra=body_limit(10))
    async def short(request: Request) -> int:
        return len(await request.body())

    service.routers.append(router)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(make_app(service)), base_url="http://s"
    ) as client:
        assert (await client.post("/short", content=b"x" * 10)).text == "10"
        assert (await client.post("/short", content=b"x" * 11)).status_code == 413


async def test_a_request_continues_the_trace_of_its_caller(service: Service, make_app: MakeApp) -> None:
    router = APIRouter()

    @router.get("/trace", include_in_schema=False)
    async def trace() -> str | None:
        return current_traceparent()

    service.routers.append(router)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(make_app(service)), base_url="http://s"
    ) as client:
        given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
        continued = (await client.get("/trace", headers={"traceparent": given})).json()
        assert continued[:36] == given[:36]
        assert continued[36:52] != given[36:52]
        assert continued[-2:] == "00"
        for wrong in (
            given.replace("0af76519", "0AF76519"),
            "00-" + "0" * 32 + given[35:],
            "ff" + given[2:],
            "x",
        ):
            made = (await client.get("/trace", headers={"traceparent": wrong})).json()
            assert made.startswith("00-")
            assert made[3:35] not in wrong


async def test_time_is_counted_by_the_template_of_the_route(client: httpx.AsyncClient) -> None:
    def count(route: str, status: str) -> float:
        labels = {"service": "meters", "method": "GET", "route": route, "status": status}
        return REGISTRY.get_sample_value("sqn_http_request_seconds_count", labels) or 0.0

    before = count("/v1/meters/{meter_id}", "200"), count("unmatched", "404")
    await client.get("/v1/meters/M-1")
    await client.get("/v1/meters/M-2")
    await client.get("/unknown/M-3")
    assert count("/v1/meters/{meter_id}", "200") == before[0] + 2
    assert count("unmatched", "404") == before[1] + 1


async def test_the_access_log_has_template_and_subject(
    client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    await client.get("/v1/meters/M-771")
    await client.get("/livez")
    out = capsys.readouterr().out
    assert "/v1/meters/{meter_id}" in out
    assert "window-1" in out
    assert "M-771" not in out
    assert "livez" not in out


@pytest.mark.parametrize("docs", [False, True])
async def test_the_page_to_try_an_api_on_is_there_where_it_is_wanted_only(
    service: Service, make_app: MakeApp, docs: bool
) -> None:
    service.settings = replace(service.settings, docs=docs)
    transport = httpx.ASGITransport(app=make_app(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://s") as client:
        assert (await client.get("/docs")).status_code == (200 if docs else 404)
