"""Months of reports."""

import pytest

from libs.common.rules import RuleError
from services.hookup.domain.values.months import Months
from tests.services.hookup.domain.samples import at


def test_months_begin_and_end_in_shanghai() -> None:
    assert Months.of("2022-09", "2022-09") == Months(at("2022-09-01 00:00"), at("2022-10-01 00:00"))
    assert Months.of("2021-02", "2023-01") == Months(at("2021-02-01 00:00"), at("2023-02-01 00:00"))


@pytest.mark.parametrize("asked", [("2022-09", "2022-08"), ("2021-01", "2023-01"), ("2022-12", "2021-12")])
def test_the_wrong_order_and_too_many_months_are_refused(asked: tuple[str, str]) -> None:
    with pytest.raises(RuleError) as refused:
        Months.of(*asked)
    assert (refused.value.code, refused.value.field) == ("range-invalid", "last_month")
