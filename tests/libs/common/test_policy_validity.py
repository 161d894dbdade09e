"""Which version of a policy is in force on a day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.policy import NotInForceError, PolicyVersion, validity_faults
from libs.common.problems import is_chinese
from tests.libs.common.database.samples import NOW
from tests.libs.common.policy_samples import of, versions


def test_the_version_in_force_on_a_day() -> None:
    found = versions(
        of("1", date(2022, 1, 1)), of("2", date(2023, 1, 1)), of("3", date(2023, 3, 1), date(2023, 3, 31))
    )
    expected = {
        date(2022, 1, 1): "1",
        date(2022, 12, 31): "1",
        date(2023, 1, 1): "2",
        date(2023, 3, 1): "3",
        date(2023, 3, 31): "3",
        date(2023, 4, 1): "2",
    }
    assert {day: found.version_at(day).version for day in expected} == expected
    with pytest.raises(NotInForceError, match="2021-12-31") as refused:
        found.at(date(2021, 12, 31))
    assert (refused.value.code, is_chinese(refused.value.text)) == ("no-rules-then", True)
    assert found.version_at(date(2021, 12, 31), or_first=True).version == "1"
    assert found.at(date(1999, 1, 1), or_first=True) == found.named("1")


def test_the_first_version_serves_only_what_came_before_it() -> None:
    ended = versions(of("1", date(2022, 1, 1), date(2022, 12, 31)))
    with pytest.raises(NotInForceError):
        ended.at(date(2023, 1, 1), or_first=True)
    with pytest.raises(NotInForceError):
        versions().at(date(2023, 1, 1), or_first=True)


def test_a_retroactive_version_is_not_known_before_its_approval() -> None:
    later = NOW + timedelta(days=30)
    found = versions(
        of("1", date(2022, 1, 1)), of("2", date(2022, 2, 1), approved_at=later, retroactive=True)
    )
    assert found.version_at(date(2022, 3, 1)).version == "2"
    assert found.version_at(date(2022, 3, 1), known_at=NOW).version == "1"
    assert found.version_at(date(2022, 3, 1), known_at=later).version == "2"


DAYS = st.dates(date(2022, 1, 1), date(2022, 2, 10))
SPANS = st.tuples(DAYS, st.none() | DAYS)


@given(st.lists(SPANS, min_size=1, max_size=6))
def test_one_version_is_in_force_on_each_day_whatever_is_asked_for(
    spans: list[tuple[date, date | None]],
) -> None:
    """What is taken one after the other never leaves a day to two versions, but a bounded one before an open one."""
    kept: list[PolicyVersion] = []
    for number, (first, last) in enumerate(spans):
        wanted = of(str(number), first, last)
        if not validity_faults(wanted, kept):
            kept.append(wanted)
    for n in range(45):
        day = date(2022, 1, 1) + timedelta(days=n)
        covering = [each for each in kept if each.covers(day)]
        assert sum(each.valid_to is not None for each in covering) <= 1
        assert len({each.valid_from for each in covering}) == len(covering)
        if covering:
            bounded = [each for each in covering if each.valid_to is not None]
            expected = bounded[0] if bounded else max(covering, key=lambda each: each.valid_from)
            assert versions(*kept).version_at(day).version == expected.version
