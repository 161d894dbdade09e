"""A request that is sent again gets the answer of the first, and takes effect once."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import insert, select

from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.database.engine import Database
from libs.common.database.tables import idempotency
from libs.common.http.idempotency import Action, Answer, Idempotent
from libs.common.problems import Problem
from libs.common.rules import RuleError

from .conftest import BODY, KEY, TAKEN, Service, caller_named, client_of, count, meter


async def test_a_repeated_post_gets_the_same_answer_and_takes_effect_once(
    stored: httpx.AsyncClient, database: Database
) -> None:
    first = await stored.post("/v1/meters", json=BODY, headers=KEY)
    second = await stored.post("/v1/meters", json=BODY, headers=KEY)
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert first.headers == second.headers
    assert (first.headers["etag"], first.headers["location"]) == ('"1"', "/v1/meters/M-1")
    assert await count(database, meter) == 1


async def test_a_repeated_change_is_answered_although_its_version_is_gone(
    stored: httpx.AsyncClient, database: Database
) -> None:
    await stored.post("/v1/meters", json=BODY, headers=KEY)
    headers = {"Idempotency-Key": "key-2", "If-Match": '"1"'}
    first = await stored.post("/v1/meters/M-1/seal", headers=headers)
    second = await stored.post("/v1/meters/M-1/seal", headers=headers)
    assert first.status_code == second.status_code == 200
    assert first.content == second.content
    other = await stored.post("/v1/meters/M-1/seal", headers={**headers, "Idempotency-Key": "key-3"})
    assert other.status_code == 412


@pytest.mark.parametrize(
    ("path", "body"),
    [("/v1/meters", {**BODY, "id": "M-2"}), ("/v1/meters?source=app", BODY)],
)
async def test_a_key_serves_one_request_of_an_operation(
    stored: httpx.AsyncClient, database: Database, path: str, body: Any
) -> None:
    await stored.post("/v1/meters", json=BODY, headers=KEY)
    answer = await stored.post(path, json=body, headers={**KEY, "If-Match": '"1"'})
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")
    async with database.reading() as connection:
        assert (await connection.execute(select(meter.c.id, meter.c.version))).all() == [("M-1", 1)]


async def test_keys_of_different_callers_do_not_meet(
    service: Service,
    database: Database,
    make_app: Callable[[Service], FastAPI],
    issuer: LocalIssuer,
    stored: httpx.AsyncClient,
) -> None:
    await stored.post("/v1/meters", json=BODY, headers=KEY)
    async with client_of(make_app(service), issuer, "window-2") as other:
        answer = await other.post("/v1/meters", json={**BODY, "id": "M-2"}, headers=KEY)
        assert answer.status_code == 201
        assert (
            await other.post("/v1/meters", json=BODY, headers={"Idempotency-Key": "2"})
        ).status_code == 409


async def test_a_key_of_another_operation_is_another_key(
    stored: httpx.AsyncClient, database: Database
) -> None:
    opened = await stored.post("/v1/meters", json=BODY, headers=KEY)
    sealed = [await stored.post("/v1/meters/M-1/seal", headers=KEY | {"If-Match": '"1"'}) for _ in range(2)]
    assert opened.json() == {"id": "M-1", "version": 1}
    assert [each.json() for each in sealed] == [{"id": "M-1", "version": 2}] * 2
    assert await count(database, idempotency) == 2


async def test_a_key_used_at_another_address_of_its_operation_is_refused(stored: httpx.AsyncClient) -> None:
    for meter_id in ("M-1", "M-2"):
        await stored.post("/v1/meters", json=BODY | {"id": meter_id}, headers={"Idempotency-Key": meter_id})
    headers = KEY | {"If-Match": '"1"'}
    assert (await stored.post("/v1/meters/M-1/seal", headers=headers)).status_code == 200
    other = await stored.post("/v1/meters/M-2/seal", headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert "M-1" not in other.text
    assert (await stored.post("/v1/meters/M-2/seal", headers=headers | {"Idempotency-Key": "2"})).is_success


async def test_one_subject_at_two_places_has_two_keys(service: Service, database: Database) -> None:
    """Who works for two utilities gets at one of them nothing of what was answered at the other."""
    places = [
        Scope(ScopeKind.UTILITY, "W-371502"),
        Scope(ScopeKind.UTILITY, "W-371503"),
        Scope(ScopeKind.CITY),
    ]
    callers = [Caller("u-1", frozenset({"clerk"}), place) for place in places]

    def answering(version: int) -> Action:
        async def action(_work: Any) -> Answer:
            return Answer(version=version)

        return action

    for _ in range(2):
        answers = [
            await Idempotent(database, service.clock, "act", "key", "hash")(caller, answering(number))
            for number, caller in enumerate(callers, start=1)
        ]
    # The second time the first answers again, each at its place.
    assert [each.headers["etag"] for each in answers] == ['"1"', '"2"', '"3"']
    assert await count(database, idempotency) == 3


async def test_a_failed_command_keeps_nothing_and_may_be_repeated(
    stored: httpx.AsyncClient, database: Database
) -> None:
    now = datetime(2022, 9, 30, tzinfo=UTC)
    async with database.unit_of_work(now) as work:
        await work.connection.execute(insert(meter), {"id": "M-1", "place": "x", "version": 1})
    assert (await stored.post("/v1/meters", json=BODY, headers=KEY)).json()["code"] == "meter-taken"
    assert await count(database, idempotency) == 0
    async with database.unit_of_work(now) as work:
        await work.connection.execute(meter.delete())
    assert (await stored.post("/v1/meters", json=BODY, headers=KEY)).status_code == 201


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 400, "idempotency-key-missing"),
        ({"Idempotency-Key": ""}, 422, "idempotency-key-invalid"),
        ({"Idempotency-Key": "a b"}, 422, "idempotency-key-invalid"),
        ({"Idempotency-Key": "a" * 129}, 422, "idempotency-key-invalid"),
        ({"Idempotency-Key": "bill-13800138000"}, 422, "idempotency-key-invalid"),
        ({"Idempotency-Key": "371502-19900101-1234"}, 422, "idempotency-key-invalid"),
    ],
)
async def test_a_post_without_a_usable_key_is_refused(
    client: httpx.AsyncClient, headers: dict[str, str], status: int, code: str
) -> None:
    answer = await client.post("/v1/meters", json=BODY, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_repetition_that_breaks_a_rule_now_is_answered_as_at_first(
    service: Service, database: Database
) -> None:
    done = False

    async def action(_work: Any) -> Answer:
        nonlocal done
        if done:
            raise RuleError("already-done", "已办结", "无需再办")
        done = True
        return Answer(version=4)

    for _ in range(2):
        answer = await Idempotent(database, service.clock, "act", "key", "hash")(None, action)
        assert answer.headers["etag"] == '"4"'
    with pytest.raises(RuleError):
        await Idempotent(database, service.clock, "act", "other", "hash")(None, action)


async def test_of_concurrent_twins_one_acts_and_both_get_its_answer(
    service: Service, database: Database
) -> None:
    acting = 0
    both_started = asyncio.Event()

    async def action(work: Any) -> Answer:
        nonlocal acting
        acting += 1
        mine = acting
        # On PostgreSQL both are inside before either ends; SQLite lets the second in when the first is done.
        if mine == 2 or database.is_sqlite:
            both_started.set()
        await asyncio.wait_for(both_started.wait(), 10)
        await work.connection.execute(insert(meter), {"id": f"M-{mine}", "place": "x", "version": mine})
        return Answer(version=mine, status=201)

    def run() -> Any:
        return Idempotent(database, service.clock, "act", "key", "hash")(caller_named("twin"), action)

    first, second = await asyncio.wait_for(asyncio.gather(run(), run()), 30)
    assert first.headers["etag"] == second.headers["etag"]
    assert acting == 2
    assert await count(database, meter) == 1


async def test_when_one_twin_fails_the_other_acts(service: Service, database: Database) -> None:
    inside = asyncio.Event()
    go_on = asyncio.Event()

    async def failing(work: Any) -> Answer:
        await work.connection.execute(insert(meter), {"id": "M-1", "place": "x", "version": 1})
        inside.set()
        await go_on.wait()
        raise TAKEN("no")

    async def succeeding(work: Any) -> Answer:
        await work.connection.execute(insert(meter), {"id": "M-1", "place": "x", "version": 2})
        return Answer(version=2)

    first = asyncio.create_task(Idempotent(database, service.clock, "act", "key", "h")(None, failing))
    await inside.wait()
    second = asyncio.create_task(Idempotent(database, service.clock, "act", "key", "h")(None, succeeding))
    go_on.set()
    failed: Any
    acted: Any
    failed, acted = await asyncio.wait_for(asyncio.gather(first, second, return_exceptions=True), 20)
    assert acted.headers["etag"] == '"2"'
    # The first may find the answer of its twin, which is then its own; it must not have changed anything.
    assert isinstance(failed, Problem) or failed.headers["etag"] == '"2"'
    async with database.reading() as connection:
        assert (await connection.scalars(select(meter.c.version))).all() == [2]


async def test_the_same_form_sent_anew_is_the_same_request(stored: httpx.AsyncClient) -> None:
    async def upload(content: bytes) -> httpx.Response:
        # Each call makes a boundary of its own.
        return await stored.post("/v1/meters/pages", files={"file": ("a.pdf", content)}, headers=KEY)

    first = await upload(b"abc")
    assert first.json() == {"id": "a.pdf", "version": 3}
    assert (await upload(b"abc")).content == first.content
    assert (await upload(b"abd")).json()["code"] == "idempotency-key-reused"


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "Multipart/Form-Data; boundary=x"])
async def test_a_form_that_the_route_has_read_is_not_read_again(stored: httpx.AsyncClient, kind: str) -> None:
    headers = KEY | {"Content-Type": kind}
    answer = await stored.post("/v1/meters/pages", content=b"file=abc", headers=headers)
    assert answer.status_code in (400, 422)
