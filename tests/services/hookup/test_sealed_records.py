"""What people write about a case stands in no column in the clear, and a record that was tampered with says so."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import String, Table, cast, inspect, make_url, select, update

from libs.common.database.tables import idempotency, timer
from libs.common.encryption.commands import add_keys_commands
from services.hookup.settings import Settings
from services.hookup.storage.tables import hookup_case
from tests.libs.common.encryption.samples import encoded
from tests.support.hookup import Client, Hookup
from tests.support.records import in_the_clear

SENTENCE = "柳园南路一号王老五家的水表倒转"
SURVEY = "stages/SURVEY_DESIGN/start"


async def written(hookup: Hookup) -> tuple[Client, str]:
    """Submit a case with a note; return the clerk and the path."""
    clerk = hookup.client()
    path = f"/hookups/{(await clerk.submit()).body['id']}"
    await clerk.command(path, "notes", {"text": SENTENCE})
    return clerk, path


async def note_of(clerk: Client, path: str) -> str:
    text: str = (await clerk.get(f"{path}/notes")).body["items"][0]["text"]
    return text


def bytes_of(url: str) -> Iterator[bytes]:
    file = make_url(url).database or ""
    for ending in ("", "-wal"):
        path = Path(file + ending)
        if path.exists():
            yield path.read_bytes()


async def texts_of(hookup: Hookup) -> list[str]:
    """Return every value of every table as text."""
    async with hookup.service.database.reading() as connection:
        tables = await connection.run_sync(lambda each: inspect(each).get_table_names())
        values: list[str] = []
        for name in tables:
            rows = await connection.exec_driver_sql(f"SELECT * FROM {name}")
            values += [
                value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
                for row in rows
                for value in row
            ]
        return values


async def rotate(hookup: Hookup) -> int:
    parser = argparse.ArgumentParser()
    add_keys_commands(parser.add_subparsers())
    chosen = parser.parse_args(["keys", "rotate"])
    code: int = await chosen.run(hookup.service, chosen)
    return code


def turn_keys(hookup: Hookup, key: str = f"w2:{encoded(2)}") -> None:
    """Put a new key before the former one, as the operator does before a restart."""
    settings = hookup.service.settings
    assert isinstance(settings, Settings)
    former = settings.wrapping_keys.get_secret_value()
    settings.wrapping_keys = SecretStr(f"{key},{former}")


async def records_of(hookup: Hookup, table: Table) -> list[str]:
    async with hookup.service.database.reading() as connection:
        return list(await connection.scalars(select(cast(table.c.record, String))))


async def test_nothing_of_a_note_is_in_the_bytes_of_the_database(hookup: Hookup) -> None:
    clerk, path = await written(hookup)
    assert await note_of(clerk, path) == SENTENCE
    part = SENTENCE[4:10]
    # A JSON may have its characters escaped.
    escaped = part.encode("unicode_escape").decode()
    for text in await texts_of(hookup):
        assert part not in text
        assert escaped not in text
    if hookup.service.database.is_sqlite:
        assert all(
            spelled.encode() not in content
            for content in bytes_of(hookup.service.settings.database_url)
            for spelled in (part, escaped)
        )
    # It would be found.
    async with hookup.service.database.unit_of_work(hookup.clock.now()) as work:
        await in_the_clear(work.connection, hookup_case)
    assert any(part in text or escaped in text for text in await texts_of(hookup))


async def test_a_repeated_request_gets_the_sealed_answer_until_its_key_has_left(hookup: Hookup) -> None:
    clerk, path = await written(hookup)
    body = {"text": f"再记：{SENTENCE}"}
    headers = {"Idempotency-Key": "note-1", "If-Match": (await clerk.get(path)).etag}

    async def send() -> Any:
        return await clerk.http.post(f"/v1{path}/notes", json=body, headers=headers)

    first = await send()
    assert first.status_code == 200
    again = await send()
    assert (again.status_code, again.content) == (200, first.content)
    number = first.json()["number"].encode()
    async with hookup.service.database.unit_of_work(hookup.clock.now()) as work:
        is_it = idempotency.c.key == "note-1"
        stored = (await work.connection.execute(select(idempotency).where(is_it))).one()
        assert (number in first.content, number in stored.body) == (True, False)
        kept = stored.headers
        assert kept["x-sqn-sealed"] == "laptop"
        gone = {**kept, "x-sqn-sealed": "w0"}
        await work.connection.execute(update(idempotency).where(is_it).values(headers=gone))
    refused = await send()
    assert (refused.status_code, refused.json()["code"]) == (409, "answer-not-kept")
    assert refused.headers["etag"] == first.headers["etag"]


async def test_a_case_of_the_release_before_is_read_and_sealed_when_it_is_saved(hookup: Hookup) -> None:
    clerk, path = await written(hookup)
    async with hookup.service.database.unit_of_work(hookup.clock.now()) as work:
        await in_the_clear(work.connection, hookup_case)
    assert [record[0] for record in await records_of(hookup, hookup_case)] == ["{"]
    assert await note_of(clerk, path) == SENTENCE
    await clerk.command(path, "notes", {"text": "又记"})
    assert [record[0] for record in await records_of(hookup, hookup_case)] == ['"']


async def test_a_record_that_was_moved_is_told_and_every_other_case_goes_on(hookup: Hookup) -> None:
    clerk, first = await written(hookup)
    _, second = await written(hookup)
    ids = [path.rpartition("/")[2] for path in (first, second)]
    c = hookup_case.c
    async with hookup.service.database.unit_of_work(hookup.clock.now()) as work:
        moved = select(c.record).where(c.id == ids[0]).scalar_subquery()
        await work.connection.execute(update(hookup_case).where(c.id == ids[1]).values(record=moved))
    assert (await clerk.get(second, 409)).code == "record-not-opened"
    etag = (await clerk.get(first)).etag
    assert (await clerk.post(f"{second}/{SURVEY}", {}, 409, version=etag)).code == "record-not-opened"
    assert await note_of(clerk, first) == SENTENCE
    await clerk.command(first, SURVEY, {})
    # Its timers wait and say why; those of the other fire.
    hookup.set_clock("2022-07-25 18:00")
    await hookup.fire_timers()
    async with hookup.service.database.reading() as connection:
        errors = select(timer.c.aggregate_id, timer.c.last_error).where(timer.c.last_error.is_not(None))
        assert set(map(tuple, await connection.execute(errors))) == {(ids[1], "Problem")}


async def test_the_operator_seals_what_stands_in_the_clear_and_turns_the_key(
    hookup: Hookup, capsys: pytest.CaptureFixture[str]
) -> None:
    clerk, path = await written(hookup)
    seen = await clerk.get(path)
    async with hookup.service.database.unit_of_work(hookup.clock.now()) as work:
        await in_the_clear(work.connection, hookup_case)
    capsys.readouterr()
    assert await rotate(hookup) == 0
    assert capsys.readouterr().out.splitlines()[0] == "hookup_case.record: 1 of 1"
    turn_keys(hookup)
    assert await rotate(hookup) == 0
    assert "hookup_case.record: 1 of 1" in capsys.readouterr().out
    assert [record[:6] for record in await records_of(hookup, hookup_case)] == ['"1.w2.']
    assert await rotate(hookup) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1
    # Nobody who saw the case before conflicts with that.
    async with hookup.service.database.reading() as connection:
        assert await connection.scalar(select(hookup_case.c.version)) == seen.body["version"]
    async with hookup.service.database.unit_of_work(hookup.clock.now()) as work:
        await work.connection.execute(update(hookup_case).values(record="1.w2.AAAA"))
    turn_keys(hookup, f"w3:{encoded(3)}")
    assert await rotate(hookup) == 1
    assert "1 records do not open" in capsys.readouterr().err
