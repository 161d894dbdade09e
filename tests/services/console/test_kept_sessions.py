"""Sessions in the console's database: an end is one for every replica, and they end by themselves."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from alembic.autogenerate import compare_metadata
from sqlalchemy import Column, MetaData, String, Table, exc, update
from starlette.responses import Response

from libs.common.auth.callers import Scope, ScopeKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.clock import ManualClock
from libs.common.database.migrations import SchemaError, comparing
from libs.pages.sessions import AUTOMATIC
from services.console.bootstrap import build
from services.console.oidc import ANSWER_SECONDS
from services.console.sessions import KeptSessions
from services.console.storage.tables import metadata
from services.console.storage.tables import session as table
from tests.services.console.replicas import OFFICIAL, Replicas, is_in, sign_in, sign_out
from tests.support.pages import settings

_version = Table("alembic_version", MetaData(), Column("version_num", String))
HALF_AN_HOUR = timedelta(minutes=30)


async def test_a_copied_cookie_is_dead_once_its_user_has_signed_out(replicas: Replicas) -> None:
    mine = await replicas.signed_in()
    copied = await replicas.copy(mine)
    assert await is_in(copied)
    await sign_out(mine)
    assert not await is_in(copied)
    (row,) = await replicas.rows()
    assert (row.reason, row.ended_at, row.content) == ("signed_out", replicas.clock.now(), None)


async def test_signing_out_leaves_the_users_other_sessions(replicas: Replicas) -> None:
    here, there = await replicas.signed_in(), await replicas.signed_in()
    await sign_out(here)
    assert await is_in(there)


async def test_signing_in_anew_ends_the_session_of_the_browser(replicas: Replicas) -> None:
    mine = await replicas.signed_in()
    copied = await replicas.copy(mine)
    await sign_in(mine, replicas.issuer)
    assert (await is_in(mine), await is_in(copied)) == (True, False)
    assert [row.reason for row in await replicas.rows()] == ["replaced", None]


async def test_a_session_ends_half_an_hour_after_its_user_has_done_anything(replicas: Replicas) -> None:
    browser = await replicas.signed_in()
    for _ in range(3):
        replicas.clock.advance(HALF_AN_HOUR - timedelta(seconds=1))
        assert await is_in(browser)
    replicas.clock.advance(HALF_AN_HOUR)
    assert not await is_in(browser)
    (row,) = await replicas.rows()
    assert (row.reason, row.content) == ("idle", None)


@pytest.mark.parametrize("header", [{AUTOMATIC: "yes"}, {"Accept": "text/event-stream"}])
async def test_what_a_page_fetches_by_itself_is_no_deed_of_its_user(
    replicas: Replicas, header: dict[str, str]
) -> None:
    browser = await replicas.signed_in()
    for _ in range(5):
        replicas.clock.advance(HALF_AN_HOUR / 6)
        assert await is_in(browser, header)
    replicas.clock.advance(HALF_AN_HOUR / 6)
    assert not await is_in(browser, header)


async def test_a_session_ends_after_eight_hours_whatever_its_user_does(replicas: Replicas) -> None:
    browser = await replicas.signed_in()
    for _ in range(8 * 3 - 1):
        replicas.clock.advance(timedelta(minutes=20))
        assert await is_in(browser)
    replicas.clock.advance(timedelta(minutes=20))
    assert not await is_in(browser)


async def test_the_record_ends_a_session_even_where_its_cookie_would_last(replicas: Replicas) -> None:
    browser = await replicas.signed_in()
    shorter = await replicas.copy(browser, session_hours=1)
    for _ in range(3):
        assert await is_in(shorter)
        replicas.clock.advance(timedelta(minutes=20))
    assert not await is_in(shorter)
    assert [row.reason for row in await replicas.rows()] == ["too_long"]


async def test_that_a_user_was_seen_is_written_once_a_minute(replicas: Replicas) -> None:
    browser = await replicas.signed_in()
    begun = replicas.clock.now()
    replicas.clock.advance(timedelta(seconds=59))
    await is_in(browser)
    assert [row.seen_at for row in await replicas.rows()] == [begun]
    replicas.clock.advance(timedelta(seconds=1))
    await is_in(browser)
    assert [row.seen_at for row in await replicas.rows()] == [replicas.clock.now()]


async def test_nothing_is_left_of_who_went_without_a_word(replicas: Replicas) -> None:
    await replicas.signed_in()
    replicas.clock.advance(HALF_AN_HOUR)
    await replicas.signed_in()
    assert [(row.reason, row.content is None) for row in await replicas.rows()] == [
        ("unused", True),
        (None, False),
    ]
    replicas.clock.advance(timedelta(days=200))
    await replicas.signed_in()
    assert [row.reason for row in await replicas.rows()] == ["unused", None]


async def test_a_session_that_was_put_in_place_of_another_is_none(replicas: Replicas) -> None:
    mine, other = await replicas.signed_in(), await replicas.signed_in()
    first, second = await replicas.rows()
    async with replicas.database.unit_of_work(replicas.clock.now()) as work:
        await work.connection.execute(
            update(table).where(table.c.id == first.id).values(content=second.content)
        )
    assert sorted([await is_in(mine), await is_in(other)]) == [False, True]


async def test_nobody_reads_the_tokens_in_the_table(replicas: Replicas) -> None:
    browser = await replicas.signed_in()
    await is_in(browser)
    token = browser.asked.headers["authorization"].removeprefix("Bearer ")
    (row,) = await replicas.rows()
    assert not {token, browser.client.cookies["sqn-session"]} & set(map(str, row))
    assert token not in row.content


async def test_a_role_that_was_given_shows_its_pages_within_a_minute(
    replicas: Replicas, issuer: LocalIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await replicas.signed_in()
    monkeypatch.setattr(issuer, "_users", {"city": replace(OFFICIAL, roles=frozenset({"window"}))})
    replicas.clock.advance(timedelta(seconds=59))
    assert "规则版本" in (await browser.get("/imports")).text
    replicas.clock.advance(timedelta(seconds=1))
    assert "规则版本" not in (await browser.get("/imports")).text


async def test_what_comes_together_to_all_replicas_renews_once(
    replicas: Replicas, issuer: LocalIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await replicas.signed_in()
    second = await replicas.copy(first)
    renew = issuer._renew
    renewed: list[Mapping[str, str]] = []

    def counted(form: Mapping[str, str]) -> Response:
        renewed.append(form)
        return renew(form)

    monkeypatch.setattr(issuer, "_renew", counted)
    for times in (1, 2):
        replicas.clock.advance(timedelta(seconds=60))
        assert all(await asyncio.gather(*(is_in(browser) for browser in (first, second) * 4)))
        assert len(renewed) == times


async def test_an_issuer_that_hangs_does_not_keep_others_from_reading(
    replicas: Replicas, issuer: LocalIssuer
) -> None:
    waiting = await replicas.signed_in()
    reading = await replicas.beside(waiting)
    replicas.clock.advance(timedelta(seconds=60))
    await sign_in(reading, issuer)
    asked, answers = asyncio.Event(), asyncio.Event()
    at_issuer = waiting.upstreams.issuer
    assert at_issuer is not None

    async def hang(request: httpx.Request) -> httpx.Response:
        assert request.extensions["timeout"]["read"] == ANSWER_SECONDS
        asked.set()
        await answers.wait()
        return await at_issuer.handle_async_request(request)

    waiting.upstreams.issuer = httpx.MockTransport(hang)
    due = [asyncio.create_task(is_in(waiting)) for _ in range(20)]
    await asked.wait()
    async with asyncio.timeout(10):
        assert await is_in(reading)
    answers.set()
    assert all(await asyncio.gather(*due))


@pytest.mark.parametrize("change", [{"subject": "u-other"}, {"scope": "371502"}])
async def test_a_renewal_for_somebody_else_ends_the_session(
    replicas: Replicas, issuer: LocalIssuer, monkeypatch: pytest.MonkeyPatch, change: dict[str, str]
) -> None:
    browser = await replicas.signed_in()
    scope = Scope(ScopeKind.DISTRICT, change["scope"]) if "scope" in change else OFFICIAL.scope
    other = replace(OFFICIAL, subject=change.get("subject", OFFICIAL.subject), scope=scope)
    monkeypatch.setattr(issuer, "_users", {"city": other})
    replicas.clock.advance(timedelta(seconds=59))
    assert await is_in(browser)
    replicas.clock.advance(timedelta(seconds=1))
    assert not await is_in(browser)
    assert [row.reason for row in await replicas.rows()] == ["refused"]


async def test_without_its_database_the_console_says_so(
    replicas: Replicas, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await replicas.signed_in()

    async def fails(*_: object) -> None:
        raise exc.TimeoutError("no connection")

    monkeypatch.setattr(KeptSessions, "current", fails)
    page = await browser.get("/imports")
    assert (page.status_code, "数据库暂时无法使用" in page.text) == (503, True)
    assert (await browser.get("/readyz")).json()["ready"] is True
    async with replicas.database.migrating() as connection:
        await connection.execute(update(_version).values(version_num="9999"))
    ready = await browser.get("/readyz")
    assert (ready.status_code, ready.json()["sessions"]) == (503, False)
    unknown = await browser.get("/nowhere")
    assert (unknown.status_code, "没有这个地址" in unknown.text) == (404, True)


async def test_the_migration_makes_the_table_that_the_code_declares(replicas: Replicas) -> None:
    async with replicas.database.reading() as connection:
        assert await connection.run_sync(lambda made: compare_metadata(comparing(made), metadata)) == []


async def test_a_console_does_not_start_on_a_server_that_nobody_has_migrated(
    postgres_url: str, clock: ManualClock
) -> None:
    app = build(settings(database_url=postgres_url), clock)
    with pytest.raises(SchemaError):
        async with app.router.lifespan_context(app):
            pass
