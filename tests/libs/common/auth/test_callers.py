import pytest
from sqlalchemy import Column, MetaData, String, Table, create_engine, delete, insert, select, update

from libs.common.auth.callers import Place, PlaceColumns, PlaceKind, narrow

work = Table(
    "work",
    MetaData(),
    *(Column(name, String(20)) for name in ("id", "utility", "district", "channel", "owner")),
)
ALL = PlaceColumns(work.c.utility, work.c.district, work.c.channel, work.c.owner)
ROWS: list[dict[str, str | None]] = [
    {"id": "1", "utility": "W-1", "district": "371502", "channel": "hall", "owner": "c1"},
    {"id": "2", "utility": "G-1", "district": "371502", "channel": "app", "owner": "c2"},
    {"id": "3", "utility": "W-1", "district": "371525", "channel": "app", "owner": None},
]


def seen(place: Place, columns: PlaceColumns) -> list[str]:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        work.create(connection)
        connection.execute(insert(work), ROWS)
        rows = list(connection.scalars(narrow(select(work.c.id).order_by(work.c.id), place, columns)))
        # The same rows, and no others, can be changed.
        touched = connection.execute(narrow(update(work).values(channel="x"), place, columns)).rowcount
        assert touched == len(rows)
        assert connection.execute(narrow(delete(work), place, PlaceColumns())).rowcount == (
            len(ROWS) if place.kind is PlaceKind.CITY else 0
        )
    engine.dispose()
    return rows


@pytest.mark.parametrize(
    ("place", "ids"),
    [
        (Place(PlaceKind.CITY), ["1", "2", "3"]),
        (Place(PlaceKind.UTILITY, "W-1"), ["1", "3"]),
        (Place(PlaceKind.DISTRICT, "371502"), ["1", "2"]),
        (Place(PlaceKind.CHANNEL, "app"), ["2", "3"]),
        (Place(PlaceKind.CITIZEN, "c2"), ["2"]),
        (Place(PlaceKind.CITIZEN, "W-1"), []),
    ],
)
def test_each_place_sees_its_own(place: Place, ids: list[str]) -> None:
    assert seen(place, ALL) == ids


@pytest.mark.parametrize("kind", [kind for kind in PlaceKind if kind is not PlaceKind.CITY])
def test_a_place_without_a_column_sees_nothing(kind: PlaceKind) -> None:
    assert seen(Place(kind, "W-1"), PlaceColumns()) == []


@pytest.mark.parametrize(
    ("kind", "code"), [(PlaceKind.CITY, "371500"), (PlaceKind.UTILITY, ""), (PlaceKind.CITIZEN, "")]
)
def test_a_place_is_whole(kind: PlaceKind, code: str) -> None:
    with pytest.raises(ValueError, match="a place of kind"):
        Place(kind, code)
