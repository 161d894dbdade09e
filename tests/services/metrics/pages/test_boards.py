"""The boards of sources beside hookup's: each panel a table that sorts and is a file, each figure explained."""

import csv
import io
import re
from html import unescape
from typing import Any

import httpx
import pytest

from services.metrics import declare
from services.metrics.declare import Source
from services.metrics.http import models
from services.metrics.http.models import Label, Rate
from services.metrics.pages import parts
from services.metrics.pages.boards import BOARDS
from services.metrics.pages.source_tables import dimension_titles, source_tables
from services.metrics.pages.tables import FigureColumn, FigureTable
from services.metrics.sources import SOURCES
from services.metrics.sources.hookup import HOOKUP
from tests.services.metrics.pages.boards import board
from tests.support.pages import NOW, Browser, of_model

REACH = models.Reach(version="1.2", generation=1, folded=2, latest_event_at=NOW, folded_at=NOW, lag=0)


def definition(code: str, name: str, denominator: str | None = None) -> models.Definition:
    return models.Definition(
        code=code,
        name=name,
        unit="户",
        numerator=f"{name}的含义",
        denominator=denominator,
        exclusions="无",
        clause="二（二）1",
    )


def of_utility(code: str, name: str, **figures: models.Value) -> models.Row:
    return models.Row(group={"utility": Label(code=code, name=name)}, figures=figures)


def accuracy(right: int) -> Rate:
    return Rate(numerator=right, denominator=100, percent=f"{right}.00")


def answers(request: httpx.Request) -> httpx.Response:
    if request.url.path == "/v1/definitions/registry":
        meant = [definition("accounts", "用户底数"), definition("accuracy", "清册准确率", "清册核查行数")]
        return of_model(models.Definitions(items=meant, judged_under=[]))
    assert request.url.path == "/v1/board/registry"
    panels = {
        "ledger": [models.Row(group={}, figures={"accounts": 60_000})],
        "accuracy_by_utility": [
            of_utility("G-1", "乙单位", accuracy=accuracy(97)),
            of_utility("W-1", "甲单位"),
            of_utility("H-1", "丙单位", accuracy=accuracy(8)),
        ],
        "acts": [],
    }
    return of_model(models.Board(reach=REACH, now=NOW, panels=panels))


@pytest.fixture
def on_board(signed_in: Browser) -> Browser:
    signed_in.answering(answers)
    return signed_in


def cells(page: str, panel: str) -> list[list[str]]:
    """Return what stands in the rows of a panel's table."""
    rows = re.findall(rf'<tr id="r-{panel}[^"]*">(.*?)</tr>', page, re.DOTALL)
    return [re.findall(r"<t[hd][^>]*>\s*(.*?)\s*</t[hd]>", row, re.DOTALL) for row in rows]


async def test_each_panel_is_a_table_whose_figures_are_named_and_explained(on_board: Browser) -> None:
    page = (await on_board.get("/boards/registry")).text
    titles = re.findall(r'<h2 id="h-[a-z_]+">(.+?)</h2>', page)
    accounts = SOURCES["registry"].by_code["accounts"].name
    assert titles == [f"合计：{accounts}", "分专营单位：清册准确率", "指标口径"]
    assert cells(page, "ledger") == [["合计", "60,000"]]
    assert cells(page, "accuracy_by_utility") == [["乙单位", "97.00%"], ["甲单位", "—"], ["丙单位", "8.00%"]]
    for code, name in (("accounts", accounts), ("accuracy", "清册准确率")):
        assert f'<a class="about" href="#{code}" aria-label="{name}的口径">' in page
        assert f'<tr id="{code}">' in page
    assert '<a href="/boards/registry"' in page.partition("主导航")[2]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("", ["乙单位", "甲单位", "丙单位"]),
        ("utility", ["乙单位", "丙单位", "甲单位"]),
        ("accuracy", ["丙单位", "乙单位", "甲单位"]),
        ("-accuracy", ["乙单位", "丙单位", "甲单位"]),
        ("unknown", ["乙单位", "甲单位", "丙单位"]),
    ],
)
async def test_a_table_and_its_file_are_sorted_by_the_address(
    on_board: Browser, order: str, expected: list[str]
) -> None:
    asked = {"sort-accuracy_by_utility": order, "sort-ledger": "-accounts"}
    page = unescape((await on_board.get("/boards/registry", params=asked)).text)
    assert [row[0] for row in cells(page, "accuracy_by_utility")] == expected
    # Another table's order is kept by what sorts this one.
    assert 'href="/boards/registry?sort-ledger=-accounts&sort-accuracy_by_utility=' in page
    [file] = re.findall(r'href="(/boards/registry/tables/accuracy_by_utility\.csv[^"]*)"', page)
    on_board.upstreams.seen.clear()
    answer = await on_board.get(file)
    assert [request.url.path for request in on_board.upstreams.seen] == ["/v1/board/registry"]
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0] == ["专营单位", "清册准确率"]
    assert [row[0] for row in rows[1:]] == expected


def beside(request: httpx.Request) -> httpx.Response:
    *_, what, source = request.url.path.split("/")
    if what == "definitions":
        return of_model(models.Definitions(items=[definition(f"{source}-code", source)], judged_under=[]))
    panels = {
        "grievance_ratings": ("ratings_by_utility", {"rated": 12}),
        "grievance_surveys": ("surveys_by_month", {"surveys": 3}),
    }
    panel, figures = panels[source]
    row = of_utility("W-1", "甲单位", **figures)
    return of_model(models.Board(reach=REACH, now=NOW, panels={panel: [row]}))


async def test_a_board_beside_another_stands_on_its_page_apart(signed_in: Browser) -> None:
    signed_in.answering(beside)
    page = (await signed_in.get("/boards/grievance_ratings")).text
    own, _, other = page.partition('<h2 id="h-source-grievance_surveys">第三方测评</h2>')
    assert "互不合并" in other
    assert (cells(own, "ratings_by_utility"), cells(other, "surveys_by_month")) == (
        [["甲单位", "12"]],
        [["甲单位", "3"]],
    )
    assert all(f'<tr id="{source}-code">' in page for source in ("grievance_ratings", "grievance_surveys"))
    file = await signed_in.get("/boards/grievance_ratings/tables/surveys_by_month.csv")
    assert list(csv.reader(io.StringIO(file.text.removeprefix("\ufeff"))))[1] == ["甲单位", "3"]


async def test_every_column_of_every_table_is_led_to_by_its_head(on_board: Browser) -> None:
    page = unescape((await on_board.get("/boards/registry")).text)
    for panel, orders in {
        "ledger": ["whole", "accounts"],
        "accuracy_by_utility": ["utility", "accuracy"],
    }.items():
        for order in orders:
            assert f'href="/boards/registry?sort-{panel}={order}#t-{panel}"' in page, order


@pytest.mark.parametrize(
    "path", ["/boards/hookup", "/boards/hookup/tables/districts.csv", "/boards/registry/tables/taxes.csv"]
)
async def test_what_is_no_board_or_no_table_has_no_page(on_board: Browser, path: str) -> None:
    assert (await on_board.get(path)).status_code in (404, 422)


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.code)
def test_the_board_of_every_source_can_be_a_page_without_an_edit_of_pages(source: Source) -> None:
    assert (source.code in BOARDS) == (source is not HOOKUP and bool(source.board))
    titles = {**dimension_titles(source), **({"reason": "原因"} if source is HOOKUP else {})}
    assert {dim for panel in source.board for dim in panel.by} <= titles.keys()
    for panel in source.board:
        columns = [*(panel.by or ("whole",)), *panel.codes]
        assert len(set(columns)) == len(columns), panel.name


def column(source: Source, code: str, groups: Any) -> tuple[FigureTable, FigureColumn]:
    """Return a figure's column in the first panel that has it; its rows are of each group and value."""
    panel = next(panel for panel in source.board if code in panel.codes)
    rows: Any = [(dict.fromkeys(panel.by, group), {code: value}) for group, value in groups]
    answer = parts.Board.model_validate_json(board(**{panel.name: rows}).model_dump_json())
    table = next(table for table in source_tables(source, answer) if table.code == panel.name)
    return table, next(column for column in table.columns if column.name == code)


def test_a_dimension_of_a_later_release_is_shown_by_its_code() -> None:
    later = {"tier": Label(code="1", name="一级")}
    rows = [models.Row(group=later, figures={"accounts": 5, "of_later": 1})]
    answer = models.Board(reach=REACH, now=NOW, panels={"accounts_by_tier": rows})
    [table] = source_tables(SOURCES["registry"], parts.Board.model_validate_json(answer.model_dump_json()))
    assert [column.title for column in table.columns] == [
        "tier",
        SOURCES["registry"].by_code["accounts"].name,
    ]
    assert [column.text(table.rows[0]) for column in table.columns] == ["一级", "5"]


def test_durations_are_medians_in_hours_sorted_by_their_values() -> None:
    """By hookup's declaration, which has figures of every kind."""
    duration = next(figure for figure in HOOKUP.figures if isinstance(figure, declare.Duration))

    def took(p50: float) -> models.Duration:
        elapsed = models.Minutes(sum=9, min=9, max=9, p50=p50, p90=9, p99=9)
        return models.Duration(count=1, elapsed=elapsed, working=None)

    none = models.Duration(count=0, elapsed=None, working=None)
    table, median = column(HOOKUP, duration.code, [("A", took(600)), ("B", none), ("C", took(90))])
    assert median.about == f"#{duration.elapsed.code}"
    assert [median.text(row) for row in table.rows] == ["10.0", "—", "1.5"]
    assert [median.text(row) for row in table.sorted_by(duration.code)] == ["1.5", "10.0", "—"]


def test_a_mean_is_shown_as_it_is_told() -> None:
    mean = next(figure for figure in HOOKUP.figures if isinstance(figure, declare.Mean))
    table, means = column(HOOKUP, mean.code, [("A", models.Mean(total=5, count=2, mean="2.50"))])
    assert [means.text(row) for row in table.rows] == ["2.50"]
    nothing = models.Mean(total=0, count=0, mean=None)
    table, means = column(HOOKUP, mean.code, [("A", nothing)])
    assert [means.text(row) for row in table.rows] == ["—"]


async def test_a_board_follows_the_figures_and_keeps_its_orders(on_board: Browser) -> None:
    page = (await on_board.get("/boards/registry?sort-accuracy_by_utility=-accuracy")).text
    assert 'hx-get="/boards/registry?sort-accuracy_by_utility=-accuracy"' in page
    assert "/static/metrics/board." in page
    part = (await on_board.fragment("/boards/registry?sort-accuracy_by_utility=-accuracy")).text
    assert "<html" not in part
    assert "指标口径" not in part
    assert cells(part, "accuracy_by_utility") == cells(page, "accuracy_by_utility") != []
