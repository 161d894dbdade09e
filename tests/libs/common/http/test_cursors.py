import base64
import hashlib
import json
import random
from datetime import UTC, datetime, timedelta
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, insert, select

from libs.common.database.engine import Database
from libs.common.database.types import Identifier, Identity64, UtcDateTime
from libs.common.http.cursors import Keyset, Page
from libs.common.problems import Problem

case = Table(
    "case",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
)


@pytest.mark.parametrize("directions", list(product([False, True], repeat=3)))
async def test_pages_give_every_row_once_in_order(database: Database, directions: tuple[bool, ...]) -> None:
    chance = random.Random(7)
    start = datetime(2022, 9, 30, tzinfo=UTC)
    rows: list[dict[str, Any]] = [
        {
            "id": number,
            "kind": chance.choice("ab"),
            "opened_at": start + timedelta(microseconds=chance.randrange(4)),
        }
        for number in range(40)
    ]
    async with database.migrating() as connection:
        await connection.run_sync(case.create)
        await connection.execute(insert(case), rows)
    keyset = Keyset(tuple(zip((case.c.kind, case.c.opened_at, case.c.id), directions, strict=True)))
    expected = sorted(rows, key=lambda row: row["id"], reverse=directions[2])
    expected.sort(key=lambda row: row["opened_at"], reverse=directions[1])
    expected.sort(key=lambda row: row["kind"], reverse=directions[0])
    seen: list[int] = []
    cursor = None
    async with database.reading() as connection:
        while True:
            statement = keyset.page(select(case), limit=7, cursor=cursor, filters={"kind": None})
            page, cursor = keyset.split(
                (await connection.execute(statement)).all(), limit=7, filters={"kind": None}
            )
            seen += [row.id for row in page]
            if cursor is None:
                break
            assert len(page) == 7
    assert seen == [row["id"] for row in expected]


def cursor_for(filters: dict[str, Any]) -> str:
    row: Any = SimpleNamespace(_mapping={case.c.id: 1, case.c.kind: "a"})
    keyset = Keyset(((case.c.kind, True), (case.c.id, False)))
    _, cursor = keyset.split([row, row], limit=1, filters=filters)
    assert cursor is not None
    return cursor


def test_a_cursor_of_another_query_is_refused() -> None:
    keyset = Keyset(((case.c.kind, True), (case.c.id, False)))
    cursor = cursor_for({"district": "371502", "state": "open"})
    keyset.page(select(case), limit=1, cursor=cursor, filters={"state": "open", "district": "371502"})
    with pytest.raises(Problem, match="不能更换查询条件"):
        keyset.page(select(case), limit=1, cursor=cursor, filters={"state": "open", "district": "371525"})
    with pytest.raises(Problem, match="cursor-invalid"):
        Keyset(((case.c.id, False),)).page(
            select(case), limit=1, cursor=cursor, filters={"state": "open", "district": "371502"}
        )


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "%",
        "字",
        "abc",
        base64.urlsafe_b64encode(b'["x", [1]]').decode(),
        base64.urlsafe_b64encode(b"{}").decode(),
    ],
)
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Problem) as caught:
        Keyset(((case.c.kind, True),)).page(select(case), limit=1, cursor=cursor, filters={})
    assert caught.value.kind.status == 400


odd = Table(
    "odd",
    MetaData(),
    Column("small", Integer, nullable=False),
    Column("large", Identity64, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("id", Identifier, nullable=False),
    Column("name", String(10), nullable=False),
)
ID = "01838d6e-3f40-7a06-9f2b-5c0d6c1f7a11"


def taken(column: Column[Any], value: Any) -> bool:
    """Whether a forged cursor with this value is taken; if it is, a database can be asked with it."""
    print_ = hashlib.sha256(b"{}").hexdigest()[:16]
    cursor = base64.urlsafe_b64encode(json.dumps([print_, [value]]).encode()).rstrip(b"=").decode()
    try:
        statement = Keyset(((column, False),)).page(select(odd), limit=1, cursor=cursor, filters={})
    except Problem as problem:
        if (problem.kind.slug, problem.kind.status) == ("cursor-invalid", 400):
            return False
        raise
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        odd.create(connection)
        assert connection.execute(statement).all() == []
    engine.dispose()
    return True


@pytest.mark.parametrize(
    ("column", "good", "bad"),
    [
        ("small", [0, -(2**31), 2**31 - 1], [2**31, -(2**31) - 1, 2**63, 1.5, True, "1", None]),
        ("large", [0, -(2**63), 2**63 - 1], [2**63, -(2**63) - 1, 10**40, 1e400]),
        (
            "at",
            ["2022-07-04T01:00:00Z", "2022-07-04T09:00:00+08:00", "0001-01-01T00:00:00Z"],
            [
                "0001-01-01T00:00:00+14:00",
                "9999-12-31T23:59:59-14:00",
                "10000-01-01T00:00:00Z",
                "2022-07-04T01:00:00",
                1657245600,
            ],
        ),
        ("id", [ID, ID.upper()], ["", "x", "0" * 5_000, "\0", 7]),
        ("name", ["a", "用"], ["\0", "a\nb", "\ud800", 1]),
    ],
)
def test_a_forged_value_is_one_that_its_column_can_have(column: str, good: list[Any], bad: list[Any]) -> None:
    assert [value for value in good if not taken(odd.c[column], value)] == []
    assert [value for value in bad if taken(odd.c[column], value)] == []


def test_a_cursor_that_is_too_long_or_too_deep_is_refused() -> None:
    for raw in (b"[" * 1_400, b"x" * 100_000):
        cursor = base64.urlsafe_b64encode(raw).decode()
        with pytest.raises(Problem, match="cursor-invalid"):
            Keyset(((odd.c.small, False),)).page(select(odd), limit=1, cursor=cursor, filters={})


def test_a_page_is_items_and_next() -> None:
    assert Page[int](items=[1], next="x").model_dump() == {"items": [1], "next": "x"}
