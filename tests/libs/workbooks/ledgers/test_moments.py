"""A moment means the same in a cell, a text and as programs write it; what is none is told apart by why."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.workbooks.files.frames import Cell, Opened
from libs.workbooks.ledgers.moments import MomentFault, moment_cell, read_day, read_instant

EXCEL = Opened(counts_from_1904=False)
MACINTOSH = Opened(counts_from_1904=True)
UNKNOWN = Opened()
SHANGHAI = timezone(timedelta(hours=8))
AT = datetime(2022, 3, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cell", "instant"),
    [
        ("2022-03-01 09:00", AT),
        ("2022-03-01T09:00:00+08:00", AT),
        ("2022-03-01T01:00:00Z", AT),
        ("20220301 0900", AT),
        (44621.375, AT),
        (datetime(2022, 3, 1, 9, tzinfo=UTC), AT),
        ("2022-03-01 00:00", AT - timedelta(hours=9)),
        ("2022-03-01 09:00:00.250", AT + timedelta(milliseconds=250)),
        # No time of the day: never made up, whatever kind of cell it is.
        ("2022-03-01", MomentFault.DAY_ONLY),
        ("2022年3月1日", MomentFault.DAY_ONLY),
        (44621.0, MomentFault.DAY_ONLY),
        (44621, MomentFault.DAY_ONLY),
        (20220301.0, MomentFault.DAY_ONLY),
        # What stands for "no date" elsewhere.
        ("1970-01-01 08:00", MomentFault.PLACEHOLDER),
        ("1970-01-01T00:00:00Z", MomentFault.PLACEHOLDER),
        (25569.0, MomentFault.PLACEHOLDER),
        ("1900-01-00", MomentFault.PLACEHOLDER),
        ("1900-01-00 00:00:00", MomentFault.PLACEHOLDER),
        ("1900-01-01 00:00", MomentFault.PLACEHOLDER),
        ("1899-12-30 00:00", MomentFault.PLACEHOLDER),
        ("0000-00-00 00:00:00", MomentFault.PLACEHOLDER),
        ("0001-01-01 00:00:00", MomentFault.PLACEHOLDER),
        ("0001-01-01T00:00:00+14:00", MomentFault.PLACEHOLDER),
        ("9999-12-31 23:59:59", MomentFault.PLACEHOLDER),
        ("9999-12-31T23:59:59-14:00", MomentFault.PLACEHOLDER),
        (2_958_465.0, MomentFault.PLACEHOLDER),
        ("2099-12-31 00:00", MomentFault.PLACEHOLDER),
        ("2000-01-01 00:00", MomentFault.PLACEHOLDER),
        ("2000-01-01 09:00", datetime(2000, 1, 1, 1, tzinfo=UTC)),
        ("1999-03-01 09:00", MomentFault.NONE),
        ("2022-02-30 09:00", MomentFault.NONE),
        ("昨天", MomentFault.NONE),
        ("9" * 100_000, MomentFault.NONE),
        (12.5, MomentFault.NONE),
        (-1.0, MomentFault.NONE),
        (1e300, MomentFault.NONE),
        (True, MomentFault.NONE),
        (None, MomentFault.NONE),
    ],
)
def test_an_instant(cell: Cell, instant: object) -> None:
    assert read_instant(moment_cell(cell, EXCEL)) == instant


def test_a_count_of_days_goes_by_what_the_file_counts_from() -> None:
    assert read_instant(moment_cell(43159.375, MACINTOSH)) == AT
    assert read_instant(moment_cell(43159.0, MACINTOSH)) is MomentFault.DAY_ONLY
    assert read_instant(moment_cell(44621.375, UNKNOWN)) is MomentFault.NONE


@given(st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30)), st.integers(-14, 14))  # noqa: DTZ001 - wall time
def test_all_writings_of_an_instant_mean_it(wall: datetime, hours: int) -> None:
    wall = wall.replace(microsecond=wall.microsecond // 1000 * 1000)
    instant = wall.replace(tzinfo=SHANGHAI)
    zone = timezone(timedelta(hours=hours))
    serial = (wall - datetime(1899, 12, 30)) / timedelta(days=1)  # noqa: DTZ001 - wall time
    written: list[Cell] = [
        wall.isoformat(" ", "milliseconds"),
        wall.strftime("%Y/%m/%d %H:%M:%S.") + f"{wall.microsecond:06d}",
        instant.astimezone(zone).isoformat(),
        wall.replace(tzinfo=UTC),
        *([serial] if wall.time() != datetime.min.time() else []),
    ]
    assert {read_instant(moment_cell(each, EXCEL)) for each in written} == {instant}


@given(st.dates(date(2000, 1, 2), date(2099, 12, 30)))
def test_all_writings_of_a_day_mean_it_and_are_no_instant(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    number = f"{day:%Y%m%d}"
    written: list[Cell] = [
        day.isoformat(),
        number,
        int(number),
        f"{day.year}年{day.month}月{day.day}日",
        serial,
    ]
    assert {read_day(moment_cell(each, EXCEL)) for each in written} == {day}
    assert {read_instant(moment_cell(each, EXCEL)) for each in written} == {MomentFault.DAY_ONLY}
