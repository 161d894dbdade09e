"""Past cases judged by other rules, as the form says."""


async def test_what_if_asks_what_the_form_says_and_nothing_else(
    signed_in: Browser
) -> None:
    rate = {"percent": None}
    none = {
        "cases": 0, "on_time_before": 0, "on_time_then": 0, "became_on_time": 0, "became_late": 0,
        "rate_before": rate, "rate_then": rate,
    }  # fmt: skip

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/reference":
            return httpx.Response(200, content=REFERENCE)
        return httpx.Response(200, json={"total": none, "utilities": [], "changed": []})

    signed_in.upstreams.answer = answer
    form = {
        "csrf": "token",
        "first_month": " 2022-01 ",
        "last_month": "2022-12",
        "judged": "",
        "excluded": ["CONTRACT", "EXTERNAL_WORKS"],
    }
    assert (await signed_in.post("/what-if", data=form)).status_code == 403
    response = await signed_in.post("/what-if", data=form, headers={"Origin": PAGE})
    assert "这些月份没有可比较的件" in response.text
    asked = next(each for each in signed_in.upstreams.seen if each.url.path == "/v1/policies/what-if")
    assert msgspec.json.decode(asked.content) == {
        "first_month": "2022-01",
        "last_month": "2022-12",
        "judged": None,
        "excluded_stages": ["CONTRACT", "EXTERNAL_WORKS"],
    }
    assert asked.headers["idempotency-key"]


async def test_a_refusal_that_names_no_field_is_a_page_of_its_own(
    signed_in: Browser
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/reference":
            return httpx.Response(200, content=REFERENCE)
        return httpx.Response(
            403, json={"title": "无权办理此事项", "detail": "没有角色", "code": "forbidden"}
        )

    signed_in.upstreams.answer = answer
    response = await signed_in.post("/what-if", data={"csrf": "token"}, headers={"Origin": PAGE})
    assert (response.status_code, "没有角色" in response.text) == (403, True)
