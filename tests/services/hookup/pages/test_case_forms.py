"""Commands given to a case on its page: sent once, on the version seen, and shown again with what is wrong."""


def at_a_case(refusal: httpx.Response | None = None) -> Answer:
    """Answer as hookup does for one case, on which a length may be set; commands are refused as said."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return refusal or httpx.Response(200, json={**ROW, "version": 8})
        if request.url.path == "/v1/reference":
            return httpx.Response(200, content=REFERENCE)
        if request.url.path == "/v1/calendar":
            return httpx.Response(200, json={"days": []})
        return httpx.Response(200, json={**ROW, "version": 9, "allowed": ["change_length"]})

    return answer


async def act(browser: Browser, code: str = "change-length", **changes: str) -> httpx.Response:
    return await browser.post(f"{CASE}/actions/{code}", data=FORM | changes, headers={"Origin": PAGE})


async def test_an_action_is_one_command_on_the_version_that_was_seen(
    browser: Browser
) -> None:
    browser.upstreams.answer = at_a_case()
    browser.sign_in(roles=["clerk"])
    response = await act(browser, length_m="12.5")
    assert (response.status_code, response.headers["location"]) == (303, f"{CASE}?done=change-length")
    (sent,) = [each for each in browser.upstreams.seen if each.method == "POST"]
    assert sent.url.path == f"/v1/hookups/{ROW['id']}/lengths"
    assert (sent.headers["if-match"], sent.headers["idempotency-key"]) == ('"7"', FORM["key"])
    assert msgspec.json.decode(sent.content) == {"kind": "DESIGNED", "length_m": "12.5"}
    assert "已办理：登记外线长度" in (await browser.get(f"{CASE}?done=change-length")).text
    assert "已办理" not in (await browser.get(f"{CASE}?done=made-up")).text


async def test_a_probable_duplicate_is_told_beside_what_lets_it_through(
    browser: Browser
) -> None:
    error = {
        "field": "not_duplicate",
        "rule": "已有未办结的同类申请 W-371502-20220704-0001",
        "remedy": "请核对",
    }
    refusal = {"title": "不符合办理规则", "detail": "", "code": "probable-duplicate", "errors": [error]}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, content=REFERENCE)
        confirmed = msgspec.json.decode(request.content)["not_duplicate"]
        return httpx.Response(201, json=ROW) if confirmed else httpx.Response(409, json=refusal)

    browser.upstreams.answer = answer
    browser.sign_in(roles=["clerk"])
    form = {"csrf": "token", "key": FORM["key"], "utility": "W-371502", "customer_ref": "C-000318"}
    shown = await browser.post("/cases/new", data=form, headers={"Origin": PAGE})
    assert shown.status_code == 409
    assert "W-371502-20220704-0001。请核对" in shown.text
    assert re.search(r'name="not_duplicate"[^>]*aria-invalid="true"', shown.text)
    made = await browser.post("/cases/new", data=form | {"not_duplicate": "true"}, headers={"Origin": PAGE})
    assert (made.status_code, made.headers["location"]) == (303, f"/cases/{ROW['id']}")


async def test_a_command_that_comes_too_often_keeps_what_was_typed(
    browser: Browser
) -> None:
    problem = {
        "title": "请求过于频繁",
        "detail": "“办理”每 1 分钟至多 20 次，请在 3 秒后重试",
        "code": "too-many-requests",
    }
    browser.upstreams.answer = at_a_case(httpx.Response(429, json=problem, headers={"Retry-After": "3"}))
    browser.sign_in(roles=["clerk"])
    response = await act(browser, length_m="12.5")
    assert response.status_code == 429
    assert "请在 3 秒后重试" in response.text
    assert 'value="12.5"' in response.text


async def test_a_refusal_keeps_what_was_typed_and_asks_with_a_new_key(
    browser: Browser
) -> None:
    error = {"field": "length_m", "rule": "长度<b>不对", "remedy": "请改正", "code": "rule"}
    refusal = {"title": "填写内容不符合要求", "detail": "", "code": "invalid", "errors": [error]}
    browser.upstreams.answer = at_a_case(httpx.Response(422, json=refusal))
    browser.sign_in(roles=["clerk"])
    response = await act(browser)
    assert response.status_code == 422
    assert '<p class="fault" id="e-change-length-length_m">长度&lt;b&gt;不对。请改正</p>' in response.text
    assert re.search(
        r'value="x" id="change-length-length_m"[^>]*aria-invalid="true" autofocus', response.text
    )
    assert '<option value="DESIGNED" selected>' in response.text
    assert 'name="version" value="9"' in response.text
    assert FORM["key"] not in response.text


async def test_another_version_is_explained(
    browser: Browser
) -> None:
    refusal = {"title": "内容已被他人修改", "detail": "请重新读取后再提交", "code": "version-changed"}
    browser.upstreams.answer = at_a_case(httpx.Response(412, json=refusal))
    browser.sign_in(roles=["clerk"])
    response = await act(browser)
    assert response.status_code == 412
    assert "已被他人修改" in response.text
    assert f'<a href="{CASE}">重新载入</a>' in response.text


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"csrf": "guessed"}, 403),
        ({"key": "1"}, 422),
        ({"version": '7", "8'}, 422),
        ({"version": "７"}, 422),
        ({"code": "made-up"}, 404),
    ],
)
async def test_a_form_that_is_not_ours_sends_nothing(
    browser: Browser, changes: dict[str, str], status: int
) -> None:
    browser.upstreams.answer = at_a_case()
    browser.sign_in(roles=["clerk"])
    assert (await act(browser, **changes)).status_code == status
    assert [each for each in browser.upstreams.seen if each.method == "POST"] == []


async def test_what_cannot_be_mended_is_a_page_of_its_own(
    browser: Browser
) -> None:
    refusal = {"title": "无权办理此事项", "detail": "没有角色", "code": "forbidden"}
    browser.upstreams.answer = at_a_case(httpx.Response(403, json=refusal))
    browser.sign_in(roles=["clerk"])
    response = await act(browser)
    assert (response.status_code, "没有角色" in response.text) == (403, True)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("meter-live", {"field": "late_entry", "code": "late-entry-needs-approval"}),
        ("approve-late-entry", {"field": "entry_id", "code": "supervisor-needed"}),
    ],
)
async def test_that_somebody_else_has_to_approve_stands_beside_the_field(
    browser: Browser, code: str, error: dict[str, str]
) -> None:
    told = {**error, "rule": "须经他人审批", "remedy": "请由督导人员审批"}
    refusal = httpx.Response(409, json={"title": "不符合办理规则", "code": error["code"], "errors": [told]})
    shown = of_the_api(turned_on_after_the_breach(), at("2022-07-08 10:00"))
    browser.upstreams.answer = lambda request: refusal if request.method == "POST" else shown(request)
    browser.sign_in(roles=["clerk", "approver"])
    response = await act(browser, code, entry_id="e-1", **{"late_entry.reason": "现场记录"})
    assert response.status_code == 409
    fault = re.search(
        rf'<p class="fault" id="e-({code}-[^"]+)">须经他人审批。请由督导人员审批</p>', response.text
    )
    assert fault is not None
    assert fault[1] == f"{code}-{error['field']}" + ("-reason" if code == "meter-live" else "")
    assert f'aria-describedby="e-{fault[1]}' in response.text
    assert code != "meter-live" or ">现场记录</textarea>" in response.text
