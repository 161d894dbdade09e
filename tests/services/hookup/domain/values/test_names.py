"""Every code that officials and citizens read has its name."""

from collections.abc import Mapping
from enum import StrEnum

import pytest

from libs.common.problems import is_chinese
from services.hookup.domain.values import names

# Those of codes; what events are called is not a closed list of the domain's.
TABLES = {
    name: table
    for name, table in vars(names).items()
    if isinstance(table, Mapping) and all(isinstance(code, StrEnum) for code in table)
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_code_has_a_chinese_name(table: Mapping[StrEnum, str]) -> None:
    (kind,) = {type(code) for code in table}
    assert table.keys() == set(kind)
    assert all(map(is_chinese, table.values()))
