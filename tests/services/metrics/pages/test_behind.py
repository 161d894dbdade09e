"""The cases behind a figure."""


async def test_the_cases_behind_a_figure_are_asked_for_as_the_board_says(
    signed_in: Browser
) -> None:
    page: Json = {
        "items": [],
        "next": None,
        "name": "已超时",
        "figure": "overdue",
        "unit": "件",
        "totals": None,
    }
    reach = {"version": "1.1", "folded": 1, "latest_event_at": None}
    narrowed = {"district": {"code": "371502", "name": "东昌府区"}}
    signed_in.upstreams.answer = lambda _request: httpx.Response(
        200, json={**page, "reach": reach, "narrowed": narrowed}
    )
    text = (await signed_in.get("/figures/cases?code=overdue&district=371502&colour=blue")).text
    assert dict(signed_in.upstreams.seen[-1].url.params) == {"code": "overdue", "district": "371502"}
    assert "县（市、区）：东昌府区" in text
