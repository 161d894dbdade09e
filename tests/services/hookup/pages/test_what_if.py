"""Past cases judged by other rules, as the form says."""

import msgspec

from services.hookup.http.what_if_routes import Difference, Share, WhatIfReport
from tests.support.pages import CSRF, Browser, refusal


async def test_what_if_asks_what_the_form_says_and_nothing_else(signed_in: Browser) -> None:
    share = Share(numerator=0, denominator=0, percent=None)
    nothing = Difference(
        cases=0,
        on_time_before=0,
        on_time_then=0,
        became_on_time=0,
        became_late=0,
        rate_before=share,
        rate_then=share,
    )
    signed_in.answering(WhatIfReport(total=nothing, utilities=[], changed=[]))
    form = {
        "csrf": CSRF,
        "first_month": " 2022-01 ",
        "last_month": "2022-12",
        "judged": "",
        "excluded": ["CONTRACT", "EXTERNAL_WORKS"],
    }
    assert (await signed_in.post("/what-if", data=form, headers={})).status_code == 403
    response = await signed_in.post("/what-if", data=form)
    assert "这些月份没有可比较的件" in response.text
    (asked,) = signed_in.upstreams.commands
    assert asked.url.path == "/v1/policies/what-if"
    assert msgspec.json.decode(asked.content) == {
        "first_month": "2022-01",
        "last_month": "2022-12",
        "judged": None,
        "excluded_stages": ["CONTRACT", "EXTERNAL_WORKS"],
    }
    assert asked.headers["idempotency-key"]


async def test_a_refusal_that_names_no_field_is_a_page_of_its_own(signed_in: Browser) -> None:
    signed_in.answering(lambda _request: refusal(403, "forbidden", "无权办理此事项", "没有角色"))
    response = await signed_in.post("/what-if", data={"csrf": CSRF})
    assert (response.status_code, "没有角色" in response.text) == (403, True)


async def test_a_month_that_is_none_is_said_beside_its_input(signed_in: Browser) -> None:
    error = {"field": "first_month", "rule": "须符合格式", "remedy": "如 2022-09", "code": "pattern"}
    signed_in.answering(lambda _request: refusal(422, "invalid", errors=[error]))
    response = await signed_in.post("/what-if", data={"csrf": CSRF, "first_month": "九月"})
    assert response.status_code == 422
    assert '<p class="fault" id="e-first_month">须符合格式。如 2022-09</p>' in response.text
    # The same where a form asks by its address.
    response = await signed_in.get("/b-ready?first_month=九月")
    assert (response.status_code, 'id="e-first_month"' in response.text) == (422, True)
    assert 'value="九月"' in response.text
