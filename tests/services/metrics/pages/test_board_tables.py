"""The tables of the board: each column sorts, by an address that can be kept, and each table is a file."""

import csv
import io
import re
from html import unescape

import pytest

from services.metrics.http.models import Board, Duration, Figures, Minutes
from services.metrics.pages import parts
from services.metrics.pages.board_tables import tables
from services.metrics.sources.hookup import HOOKUP
from tests.services.metrics.pages.boards import board, rate
from tests.support.pages import Browser, of_model


def took(p50: float) -> Duration:
    minutes = Minutes(sum=60, min=60, max=60, p50=p50, p90=2 * p50, p99=2 * p50)
    return Duration(count=3, elapsed=minutes, working=None)


DISTRICTS = [({"district": code}, {"open": count}) for code, count in (("1", 2), ("2", 9), ("3", 2))]
FULL = board(
    live=[({}, {"open": 13})],
    live_by_district=DISTRICTS,
    ended_by_district=[
        ({"district": "1"}, {"closed": 4, "cases.limit": rate(1, 3)}),
        ({"district": "2"}, {"closed": 5, "cases.limit": rate(9, 10)}),
    ],
    live_by_utility=[({"utility": "W-371502"}, {"open": 1}), ({"utility": "H-371502"}, {"open": 2})],
    live_by_stage_and_age=[({"stage": "PERMIT", "age": "0-3"}, {"open": 1})],
    on_time_by_utility=[({"utility": "W-371502"}, {"cases.limit": rate(1, 3)})],
    satisfaction_by_utility=[({"utility": code}, {}) for code in ("W-371502", "G-371502")],
    satisfaction_by_district=[({"district": "371502"}, {})],
    stages=[
        ({"stage": stage, "supply": supply}, {"stages": took(p50)})
        for stage, supply, p50 in (
            ("PERMIT", "WATER", 60.0),
            ("ACCEPT", "GAS", 90.0),
            ("ACCEPT", "WATER", 30.0),
        )
    ],
    ended_by_month=[({"month": "2022-10"}, {"closed": 9, "overlap_saved_minutes": 90})],
    ended_by_utility=[({"utility": "W-371502"}, {"closed": 9, "cases.special": rate(1, 9)})],
)


@pytest.fixture
def on_board(signed_in: Browser) -> Browser:
    before = Figures(reach=FULL.reach, now=FULL.now, items=[])
    signed_in.answering(
        lambda request: of_model(before if request.url.path.startswith("/v1/figures/") else FULL)
    )
    return signed_in


def ids(page: str, letter: str) -> list[str]:
    """Return the ids of the rows of a table, in their order."""
    return re.findall(rf'<tr id="{letter}-([^"]+)"', page)


def read(answer: Board) -> parts.Board:
    return parts.Board.model_validate_json(answer.model_dump_json())


async def test_every_column_of_every_table_sorts_and_leads_to_its_file(on_board: Browser) -> None:
    page = unescape((await on_board.get("/?period=year")).text)
    listed = list(tables(read(FULL), {"period": "year"}, "本年"))
    assert len(listed) == 18
    for table in listed:
        assert f'href="/figures/tables/{table.code}.csv?period=year"' in page, table.code
        assert len({column.order for column in table.columns}) == len(table.columns)
        for column in table.columns:
            link = f'href="/?period=year&sort-{table.code}={column.order}#t-{table.code}"'
            assert link in page, (table.code, column.title)
            assert table.sorted_by(str(column.order))
            assert len(table.sorted_by(f"-{column.order}")) == len(table.rows)
    # What is not declared here would be a table of another kind.
    assert page.count("<table") == len(listed)


async def test_a_table_is_sorted_by_its_values_and_those_without_come_last(on_board: Browser) -> None:
    for order, expected in {
        "": ["1", "2", "3"],
        "open": ["1", "3", "2"],
        "-open": ["2", "1", "3"],
        "cases.limit": ["1", "2", "3"],
        "-cases.limit": ["2", "1", "3"],
        "unknown": ["1", "2", "3"],
    }.items():
        page = (await on_board.get("/", params={"sort-districts": order})).text
        assert ids(page, "d") == expected, order
    assert dict(on_board.asked.url.params) == {}


async def test_the_orders_of_several_tables_are_kept_by_all_that_leads_to_the_board(
    on_board: Browser,
) -> None:
    asked = "period=year&sort-districts=-open&sort-months=closed"
    page = unescape((await on_board.get(f"/?{asked}")).text)
    assert f'hx-get="/?{asked}"' in page
    assert '<input type="hidden" name="sort-districts" value="-open">' in page
    assert 'href="/?period=year&sort-months=closed&sort-districts=open#t-districts"' in page
    assert 'href="/?period=year&sort-districts=-open&sort-months=-closed#t-months"' in page
    assert page.count('aria-sort="descending"') == page.count('aria-sort="ascending"') == 1
    assert 'href="/figures/tables/districts.csv?period=year&sort-districts=-open"' in page


async def test_the_file_of_a_table_is_the_table_as_it_is_sorted(on_board: Browser) -> None:
    answer = await on_board.get("/figures/tables/districts.csv?period=year&sort-districts=-open")
    assert [dict(asked.url.params) for asked in on_board.upstreams.seen] == [{"period": "year"}]
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0] == ["县（市、区）", "在办", "今日应结", "超时", "暂停", "空档", "办结", "按时率"]
    assert [(row[0], row[1], row[6], row[7]) for row in rows[1:]] == [
        ("某2", "9", "5", "90.00%"),
        ("某1", "2", "4", "33.33%"),
        ("某3", "2", "0", "—"),
    ]
    assert "filename*=UTF-8''%E5%88%86" in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/figures/tables/taxes.csv", 404),
        ("/figures/tables/districts.csv?period=own&month_from=2022-13&month_to=x", 422),
    ],
)
async def test_what_is_no_table_or_no_period_is_no_file(on_board: Browser, path: str, status: int) -> None:
    assert (await on_board.get(path)).status_code == status


async def test_each_figure_leads_to_its_cases_or_to_what_it_means(on_board: Browser) -> None:
    page = unescape((await on_board.get("/?period=year")).text)
    assert '<a href="/figures/cases?code=open&district=2">9</a>' in page
    assert '<a href="/figures/cases?code=closed&district=2&period=year">5</a>' in page
    assert (
        '<a href="/figures/cases?code=stages&quantile=elapsed_p50&period=year&stage=ACCEPT&supply=GAS">1.5</a>'
        in page
    )
    meant = {figure.code for figure in HOOKUP.figures if not figure.explained_by}
    meant |= {f"{duration.code}.elapsed" for duration in HOOKUP.durations}
    for code in re.findall(r'href="/definitions#([^"]+)"', page):
        assert code in meant, code


async def test_hours_have_a_row_for_each_stage_of_a_service_in_the_order_of_the_work(
    on_board: Browser,
) -> None:
    page = (await on_board.get("/")).text
    assert ids(page, "s") == ["ACCEPT-WATER", "ACCEPT-GAS", "PERMIT-WATER"]
    assert '<tr id="s-ACCEPT-GAS" data-stage="ACCEPT" data-supply="GAS">' in page
    page = (await on_board.get("/?sort-durations=-elapsed_p90")).text
    assert ids(page, "s") == ["ACCEPT-GAS", "PERMIT-WATER", "ACCEPT-WATER"]
