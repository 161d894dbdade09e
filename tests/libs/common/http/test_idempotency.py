import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Response
from pydantic import BaseModel
from sqlalchemy import func, insert, select

from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.database.engine import Database
from libs.common.database.tables import idempotency
from libs.common.http.idempotency import Action, Answer, Idempotent, purge
from libs.common.http.quotas import Quotas
from libs.common.problems import Problem
from libs.common.rules import RuleError

from .conftest import TAKEN, Service, caller_named, client_of, meter
from .test_quotas import Ticks, version

BODY = {"id": "M-1", "place": "371502"}
KEY = {"Idempotency-Key": "key-1"}


async def count(database: Database, table: Any) -> int:
    async with database.reading() as connection:
        return await connection.scalar(select(func.count()).select_from(table)) or 0


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


class Long(BaseModel):
    text: str


def long_answer(size: int) -> Action:
    async def action(_work: Any) -> Answer:
        return Answer(Long(text="件" * (size // 3)), status=201, version=7, location="/v1/long")

    return action


async def kept_bytes(database: Database) -> int:
    async with database.reading() as connection:
        return await connection.scalar(select(func.sum(func.length(idempotency.c.body)))) or 0


async def test_a_long_answer_is_kept_packed_and_given_again_as_it_was(
    service: Service, database: Database
) -> None:
    once = Idempotent(database, service.clock, "act", "key", "hash")
    first, second = [await once(caller_named("u"), long_answer(550_000)) for _ in range(2)]
    assert (first.status_code, first.body) == (second.status_code, second.body)
    assert dict(first.headers) == dict(second.headers)
    assert await kept_bytes(database) < len(first.body) / 20


async def test_of_an_answer_that_is_too_large_only_that_it_was_given_is_kept(
    service: Service, database: Database
) -> None:
    noise = "".join(chr(0x4E00 + number * 7_919 % 20_000) for number in range(400_000))
    done = 0

    async def action(_work: Any) -> Answer:
        nonlocal done
        done += 1
        return Answer(Long(text=noise), status=201, version=7, location="/v1/long")

    once = Idempotent(database, service.clock, "act", "key", "hash")
    assert (await once(caller_named("u"), action)).status_code == 201
    with pytest.raises(Problem) as raised:
        await once(caller_named("u"), action)
    document = raised.value
    assert (document.kind.slug, document.kind.status) == ("answer-not-kept", 409)
    assert document.headers == {"etag": '"7"', "location": "/v1/long"}
    # It was begun again, and taken back: the effect is there once.
    assert (done, await count(database, idempotency), await kept_bytes(database)) == (2, 1, 0)


async def test_what_is_kept_for_one_caller_is_bounded(service: Service, database: Database) -> None:
    rule = {"name": "留存", "kept_bytes": 3_000, "seconds": 86_400}
    quotas = Quotas(None, service.clock, [version(rule)], Ticks())

    async def send(caller: Caller, number: int) -> Response:
        once = Idempotent(
            database,
            service.clock,
            "act",
            f"key-{number}",
            "hash",
            lambda of, size: quotas.may_keep(of, "act", size),
        )
        return await once(caller, long_answer(900))

    for number in range(50):
        assert (await send(caller_named("u"), number)).status_code == 201
    assert await kept_bytes(database) <= 3_000
    assert (await send(caller_named("u"), 0)).status_code == 201
    with pytest.raises(Problem, match="answer-not-kept"):
        await send(caller_named("u"), 49)
    before = await kept_bytes(database)
    assert (await send(caller_named("other"), 0)).status_code == 201
    assert await kept_bytes(database) > before


async def test_an_answer_that_changed_nothing_is_not_kept(service: Service, database: Database) -> None:
    async def action(_work: Any) -> Answer:
        return Answer(Long(text="preview"), changes=False)

    for _ in range(2):
        answer = await Idempotent(database, service.clock, "act", "key", "hash")(caller_named("u"), action)
        assert b"preview" in answer.body
    assert await count(database, idempotency) == 0


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


async def test_old_answers_are_purged_in_bounded_steps(service: Service, database: Database) -> None:
    start = service.clock.now()
    for number in range(5):

        async def action(_work: Any) -> Answer:
            return Answer()

        await Idempotent(database, service.clock, "act", str(number), "hash")(None, action)
        service.clock.advance(timedelta(hours=1))
    purged = []
    for _ in range(3):
        async with database.unit_of_work(service.clock.now()) as work:
            purged.append(await purge(work, start + timedelta(hours=3), most=2))
    assert purged == [2, 1, 0]
    async with database.reading() as connection:
        left = (
            await connection.scalars(select(idempotency.c.created_at).order_by(idempotency.c.created_at))
        ).all()
    assert left == [start + timedelta(hours=hours) for hours in (3, 4)]


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "Multipart/Form-Data; boundary=x"])
async def test_a_form_that_the_route_has_read_is_not_read_again(stored: httpx.AsyncClient, kind: str) -> None:
    headers = KEY | {"Content-Type": kind}
    answer = await stored.post("/v1/meters/pages", content=b"file=abc", headers=headers)
    assert answer.status_code in (400, 422)
