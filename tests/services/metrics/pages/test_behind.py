"""The cases behind a figure."""

from datetime import UTC, datetime

from services.metrics.http.models import Behind, Label, ListBehind, Rate, Reach, Totals
from tests.support.pages import KEY, Browser, of_model, refusal

EVENT = datetime(2023, 1, 2, 1, 0, tzinfo=UTC)


async def test_the_cases_behind_a_figure_are_asked_for_as_the_board_says(signed_in: Browser) -> None:
    signed_in.answering(
        ListBehind(
            items=[],
            reach=Reach(version="1.1", generation=1, folded=1, latest_event_at=EVENT, folded_at=None, lag=2),
            now=datetime(2023, 1, 3, 2, 30, tzinfo=UTC),
            name="已超时",
            figure="overdue",
            unit="件",
            narrowed={"district": Label(code="371502", name="东昌府区")},
            totals=Totals(
                subjects=4,
                number=None,
                part=Rate(numerator=3, denominator=4, percent="75.00"),
                part_name="上限之内的办结件",
            ),
            quantile=None,
        )
    )
    text = (await signed_in.get("/figures/cases?code=overdue&district=371502&colour=blue")).text
    assert dict(signed_in.asked.url.params) == {"code": "overdue", "district": "371502"}
    assert "县（市、区）：东昌府区" in text
    assert "其中上限之内的办结件 <b>3</b> 件" in text
    assert '数据截至 <time datetime="2023-01-03T02:30:00+00:00">2023-01-03 10:30</time>' in text
    assert "最近事件 2023-01-02 09:00" in text
    assert "另有 2 个事件尚未汇总" in text
    assert '<a href="/figures/cases?code=overdue&amp;district=371502&amp;order=number">编号</a>' in text
    assert 'href="/figures/cases.csv?code=overdue&amp;district=371502"' in text


def listed(number: int, following: str | None) -> ListBehind:
    case = Behind(
        id=KEY,
        number=f"W-{number}",
        dims={name: Label(code="x", name=f"某{name}") for name in ("district", "utility", "length_class")},
        facts={
            "state": "CLOSED",
            "special": False,
            "open_stages": [{"code": "PERMIT", "name": "审批"}],
            "due_at": None,
            "on_time": True,
            "overlap_saved_minutes": 90,
            "ended_at": EVENT,
            "by_late_entry": number == 2,
            "from_ledger": False,
            "left_overdue": False,
            "score": None,
        },
        adds=1,
        in_part=None,
        by=None,
        round=None,
        elapsed_minutes=60 * number,
        working_minutes=30 * number,
        position=None,
        at_quantile=False,
    )
    return ListBehind(
        items=[case],
        next=following,
        reach=Reach(version="1.1", generation=1, folded=1, latest_event_at=EVENT, folded_at=None),
        now=EVENT,
        name="办结",
        figure="closed",
        unit="件",
        narrowed={},
        totals=None,
        quantile=None,
    )


async def test_all_cases_behind_a_figure_are_a_file_as_they_are_sorted(signed_in: Browser) -> None:
    signed_in.answering(
        lambda request: of_model(listed(2, None) if "cursor" in request.url.params else listed(1, "on"))
    )
    answer = await signed_in.get("/figures/cases.csv?code=closed&period=month&order=-working&quantile=x")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    heading, *rows = answer.text.removeprefix("\ufeff").splitlines()
    assert heading.endswith("结束,工作用时（小时）,压茬节约（小时）")
    assert rows == [
        "W-1,某district,某utility,某length_class,已办结,审批,—,按时,2023-01-02 09:00,0.5,1.5",
        "W-2,某district,某utility,某length_class,已办结,审批,—,按时（补录后）,2023-01-02 09:00,1.0,1.5",
    ]
    assert dict(signed_in.asked.url.params) == {
        "code": "closed",
        "period": "month",
        "order": "-working",
        "limit": "200",
        "cursor": "on",
    }
    text = (await signed_in.get("/figures/cases?code=closed&order=-elapsed")).text
    assert 'aria-sort="descending"' in text
    # What follows is in the same order.
    assert "order=-elapsed&amp;cursor=on" in text


async def test_a_fault_of_the_first_page_is_a_page_and_no_file(signed_in: Browser) -> None:
    signed_in.answering(lambda _request: refusal(422, "invalid"))
    answer = await signed_in.get("/figures/cases.csv?code=nothing")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "text/html; charset=utf-8")
