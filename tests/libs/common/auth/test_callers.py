import pytest
from sqlalchemy import Column, MetaData, String, Table, create_engine, delete, insert, select, update

from libs.common.auth.callers import Scope, ScopeColumns, ScopeKind, narrow

work = Table(
    "work",
    MetaData(),
    *(Column(name, String(20)) for name in ("id", "utility", "district", "channel", "owner")),
)
ALL = ScopeColumns(work.c.utility, work.c.district, work.c.channel, work.c.owner)
ROWS: list[dict[str, str | None]] = [
    {"id": "1", "utility": "W-1", "district": "371502", "channel": "hall", "owner": "c1"},
    {"id": "2", "utility": "G-1", "district": "371502", "channel": "app", "owner": "c2"},
    {"id": "3", "utility": "W-1", "district": "371525", "channel": "app", "owner": None},
]


def seen(scope: Scope, columns: ScopeColumns) -> list[str]:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        work.create(connection)
        connection.execute(insert(work), ROWS)
        rows = list(connection.scalars(narrow(select(work.c.id).order_by(work.c.id), scope, columns)))
        # The same rows, and no others, can be changed.
        touched = connection.execute(narrow(update(work).values(channel="x"), scope, columns)).rowcount
        assert touched == len(rows)
        assert connection.execute(narrow(delete(work), scope, ScopeColumns())).rowcount == (
            len(ROWS) if scope.kind is ScopeKind.CITY else 0
        )
    engine.dispose()
    return rows


@pytest.mark.parametrize(
    ("scope", "ids"),
    [
        (Scope(ScopeKind.CITY), ["1", "2", "3"]),
        (Scope(ScopeKind.UTILITY, "W-1"), ["1", "3"]),
        (Scope(ScopeKind.DISTRICT, "371502"), ["1", "2"]),
        (Scope(ScopeKind.CHANNEL, "app"), ["2", "3"]),
        (Scope(ScopeKind.CITIZEN, "c2"), ["2"]),
        (Scope(ScopeKind.CITIZEN, "W-1"), []),
    ],
)
def test_each_place_sees_its_own(scope: Scope, ids: list[str]) -> None:
    assert seen(scope, ALL) == ids


@pytest.mark.parametrize("kind", [kind for kind in ScopeKind if kind is not ScopeKind.CITY])
def test_a_place_without_a_column_sees_nothing(kind: ScopeKind) -> None:
    assert seen(Scope(kind, "W-1"), ScopeColumns()) == []


@pytest.mark.parametrize(
    ("kind", "code"), [(ScopeKind.CITY, "371500"), (ScopeKind.UTILITY, ""), (ScopeKind.CITIZEN, "")]
)
def test_a_place_is_whole(kind: ScopeKind, code: str) -> None:
    with pytest.raises(ValueError, match="a place of kind"):
        Scope(kind, code)
