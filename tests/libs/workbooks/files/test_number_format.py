"""What Excel shows of a stored number, by its format."""

from datetime import UTC, datetime

import pytest

from libs.workbooks.files.number_format import built_in, moment, number_format, shown

AT = datetime(2022, 3, 1, 9, 0, tzinfo=UTC)
MIDNIGHT = datetime(2022, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "number", "said"),
    [
        ("General", 44621.375, 44621.375),
        ("G/通用格式", 44621.0, 44621.0),
        ("0.00E+00", 44621.0, 44621.0),
        ('#,##0.0_ "米"', 44621.0, 44621.0),
        ("@", 44621.0, 44621.0),
        ("yyyy-mm-dd hh:mm", 44621.375, AT),
        ("yyyy-mm-dd hh:mm", 44621.0, MIDNIGHT),
        ("yyyy/m/d h:mm AM/PM", 44621.0, MIDNIGHT),
        ('[$-804]yyyy"年"m"月"d"日";@', 44621.0, "2022-03-01"),
        ("yyyy\\-mm\\-dd", 44621.0, "2022-03-01"),
        # What is stored is not made up, whatever of it is shown.
        ("yyyy-mm-dd", 44621.375, AT),
        ("m/d", 44621.0, "2022-03-01"),
        ("aaaa", 44621.0, "2022-03-01"),
        ("h:mm", 44621.0, MIDNIGHT),
        ("h:mm", 0.375, "09:00:00"),
        ("[h]:mm", 0.375, "09:00:00"),
        ("[Red]0.0", 44621.0, 44621.0),
        ("yyyy-mm-dd", 0.0, "1900-01-00"),
        ("yyyy-mm-dd", 1.0, "1900-01-01"),
        ("yyyy-mm-dd", 60.0, "1900-02-29"),
        ("yyyy-mm-dd", 61.0, "1900-03-01"),
        ("yyyy-mm-dd", 2_958_465.0, "9999-12-31"),
        # Excel shows no day for these.
        ("yyyy-mm-dd", 2_958_466.0, 2_958_466.0),
        ("yyyy-mm-dd", -1.0, -1.0),
        ("00000000", 318.0, "00000318"),
        ('"C-"000000', 318.0, "C-000318"),
        ("\\C\\-0", 318.0, "C-318"),
        ("0", 318.0, 318.0),
        ("00.0", 3.5, 3.5),
        ("000", 3.5, 3.5),
        ('0"米"', 30.0, 30.0),
    ],
)
def test_what_is_shown(code: str, number: float, said: object) -> None:
    assert shown(number, number_format(code), since_1904=False) == said


def test_days_are_counted_from_1904_where_it_is_said() -> None:
    assert shown(43159.375, number_format("yyyy-mm-dd hh:mm"), since_1904=True) == AT
    assert moment(0.0, since_1904=True) == "1904-01-01"
    assert moment(2_958_465.0, since_1904=True) == 2_958_465.0


@pytest.mark.parametrize(
    ("number", "has"), [(14, (True, False)), (22, (True, True)), (31, (True, False)), (45, (False, True))]
)
def test_built_in_formats(number: int, has: tuple[bool, bool]) -> None:
    found = built_in(number)
    assert found is not None
    assert (found.has_day, found.has_time) == has
    assert built_in(0) is built_in(49) is None


def test_a_moment_is_kept_to_the_millisecond() -> None:
    assert moment(44621.99999999999, since_1904=False) == "2022-03-02"
    assert moment(44621.375000011574, since_1904=False) == AT.replace(microsecond=1_000)
