"""Sizes follow the table of 2011: bounds are inclusive, and each metric of a row has to reach them."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.rules import RuleError
from services.registry.domain.categories import Category
from services.registry.domain.sizes import (
    FEN_PER_WAN,
    SIZE_NAMES,
    Metric,
    Size,
    SizeInputs,
    is_small_or_micro,
    size_of,
)
from tests.services.registry.samples import SIZES, VECTORS

E14 = VECTORS["E14"]
CODES = {industry.name: code for code, industry in SIZES.industries.items()}


def inputs_of(words: str) -> SizeInputs:
    """Read inputs as the vectors write them: 零售业 12 人 80 万."""
    name = words.partition(" ")[0]
    employees = re.search(r"([0-9]+) 人", words)
    assets = re.search(r"资产 ([0-9]+) 万", words)
    revenue = re.search(r"(?:营收|人) ([0-9]+) 万", words)
    return SizeInputs(
        CODES[name],
        int(employees[1]) if employees else None,
        int(revenue[1]) * FEN_PER_WAN if revenue else None,
        int(assets[1]) * FEN_PER_WAN if assets else None,
    )


@pytest.mark.parametrize("case", E14["input"])
def test_the_vectors_hold(case: str) -> None:
    assert SIZE_NAMES[size_of(inputs_of(E14["input"][case]), SIZES).size] == E14[case]


@pytest.mark.parametrize("case", [case for case in E14["input"] if " 人 " in E14["input"][case]])
def test_the_metric_that_decides_is_named(case: str) -> None:
    decided = {
        "retail_12emp_80wan": ("revenue",),
        "industry_280emp_1900wan": ("employees", "revenue"),
        "industry_320emp_1900wan": ("revenue",),
        "catering_10emp_100wan": ("employees", "revenue"),
        "wholesale_200_40000": ("employees", "revenue"),
        "property_100_500": ("employees", "revenue"),
    }
    assert size_of(inputs_of(E14["input"][case]), SIZES).decided_by == decided[case]


# As the table of 2011 has it: employees; revenue; assets, in 万元.
TABLE = """
农、林、牧、渔业 - 20000/500/50 -
工业 1000/300/20 40000/2000/300 -
建筑业 - 80000/6000/300 80000/5000/300
批发业 200/20/5 40000/5000/1000 -
零售业 300/50/10 20000/500/100 -
交通运输业 1000/300/20 30000/3000/200 -
仓储业 200/100/20 30000/1000/100 -
邮政业 1000/300/20 30000/2000/100 -
住宿业 300/100/10 10000/2000/100 -
餐饮业 300/100/10 10000/2000/100 -
信息传输业 2000/100/10 100000/1000/100 -
软件和信息技术服务业 300/100/10 10000/1000/50 -
房地产开发经营 - 200000/1000/100 10000/5000/2000
物业管理 1000/300/100 5000/1000/500 -
租赁和商务服务业 300/100/10 - 120000/8000/100
其他未列明行业 300/100/10 - -
"""


def test_the_table_that_ships_is_that_of_2011() -> None:
    written = []
    for industry in SIZES.industries.values():
        rows = [industry.bounds.get(metric) for metric in Metric]
        cells = [f"{row.large}/{row.medium}/{row.small}" if row else "-" for row in rows]
        written.append(" ".join([industry.name, *cells]))
    assert written == TABLE.split("\n")[1:-1]


INDUSTRIES = st.sampled_from(sorted(SIZES.industries))
AMOUNTS = st.integers(0, 300_000 * FEN_PER_WAN)
INPUTS = st.builds(SizeInputs, INDUSTRIES, st.integers(0, 3_000), AMOUNTS, AMOUNTS)


@given(INPUTS, st.sampled_from(["employees", "revenue_fen", "assets_fen"]), st.integers(0, 10**12))
def test_more_of_a_metric_makes_no_enterprise_smaller(inputs: SizeInputs, name: str, more: int) -> None:
    larger = replace(inputs, **{name: getattr(inputs, name) + more})
    assert size_of(larger, SIZES).size >= size_of(inputs, SIZES).size


@given(INPUTS)
def test_a_size_is_reached_by_all_and_the_next_one_missed_by_those_that_decide(inputs: SizeInputs) -> None:
    verdict = size_of(inputs, SIZES)
    values = {"employees": inputs.employees, "revenue": inputs.revenue_fen, "assets": inputs.assets_fen}
    missed = set()
    for metric, bounds in SIZES.industries[inputs.industry].bounds.items():
        unit = 1 if metric is Metric.EMPLOYEES else FEN_PER_WAN
        lower = [0, bounds.small * unit, bounds.medium * unit, bounds.large * unit]
        value = values[metric]
        assert value is not None
        assert value >= lower[verdict.size - 1]
        if verdict.size < Size.LARGE and value < lower[verdict.size]:
            missed.add(metric)
    assert verdict.size is Size.LARGE or set(verdict.decided_by) == missed


@pytest.mark.parametrize("code", SIZES.industries)
def test_bounds_are_inclusive_and_one_fen_less_is_below(code: str) -> None:
    bounds = SIZES.industries[code].bounds
    for size in (Size.LARGE, Size.MEDIUM, Size.SMALL):
        at = {metric: getattr(row, SIZE_FIELDS[size]) for metric, row in bounds.items()}
        inputs = SizeInputs(
            code,
            at.get(Metric.EMPLOYEES),
            at[Metric.REVENUE] * FEN_PER_WAN if Metric.REVENUE in at else None,
            at[Metric.ASSETS] * FEN_PER_WAN if Metric.ASSETS in at else None,
        )
        assert size_of(inputs, SIZES).size is size
        for name in ("employees", "revenue_fen", "assets_fen"):
            if (value := getattr(inputs, name)) is not None:
                below = size_of(replace(inputs, **{name: value - 1}), SIZES)
                assert below.size is Size(size - 1)
                assert len(below.decided_by) == 1


SIZE_FIELDS = {Size.LARGE: "large", Size.MEDIUM: "medium", Size.SMALL: "small"}


@pytest.mark.parametrize(
    ("inputs", "code", "field"),
    [
        (SizeInputs("RETAIL", 12), "size-input-missing", "revenue_fen"),
        (SizeInputs("RETAIL", None, 80), "size-input-missing", "employees"),
        (SizeInputs("CONSTRUCTION", 5, 80), "size-input-missing", "assets_fen"),
        (SizeInputs("OTHER", -1), "size-input-negative", "employees"),
        (SizeInputs("MINING", 9), "industry-unknown", "industry"),
    ],
)
def test_what_is_missing_is_named(inputs: SizeInputs, code: str, field: str) -> None:
    with pytest.raises(RuleError) as caught:
        size_of(inputs, SIZES)
    assert (caught.value.code, caught.value.field) == (code, field)


@pytest.mark.parametrize(
    ("category", "listed", "size", "answer"),
    [
        (Category.IND, None, None, True),
        (Category.ENT, True, Size.LARGE, True),
        (Category.ENT, None, Size.SMALL, True),
        (Category.ENT, False, Size.MICRO, True),
        (Category.ENT, False, Size.MEDIUM, False),
        (Category.ENT, False, None, None),
        (Category.ENT, None, None, None),
        (Category.RES, True, Size.MICRO, False),
        (Category.PUB, None, None, False),
    ],
)
def test_small_and_micro(
    category: Category, listed: bool | None, size: Size | None, answer: bool | None
) -> None:
    assert is_small_or_micro(category, listed, size) is answer
