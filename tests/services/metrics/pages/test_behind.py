"""The cases behind a figure."""

from services.metrics.http.models import Label, ListBehind, Reach
from tests.support.pages import Browser


async def test_the_cases_behind_a_figure_are_asked_for_as_the_board_says(signed_in: Browser) -> None:
    signed_in.answering(
        ListBehind(
            items=[],
            reach=Reach(version="1.1", generation=1, folded=1, latest_event_at=None, folded_at=None),
            name="已超时",
            figure="overdue",
            unit="件",
            narrowed={"district": Label(code="371502", name="东昌府区")},
            totals=None,
            quantile=None,
        )
    )
    text = (await signed_in.get("/figures/cases?code=overdue&district=371502&colour=blue")).text
    assert dict(signed_in.asked.url.params) == {"code": "overdue", "district": "371502"}
    assert "县（市、区）：东昌府区" in text
