"""Lists of cases: what is asked of the service, and how rows are added."""


def of_lists(request: httpx.Request) -> httpx.Response:
    """Answer as hookup: a page of fifty cases, and more of them."""
    if request.url.path == "/v1/reference":
        return httpx.Response(200, content=REFERENCE)
    return httpx.Response(200, json={"items": [ROW] * 50, "next": "on"})


async def test_a_citizen_begins_at_the_list_of_their_own_business(
    browser: Browser
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        is_reference = request.url.path == "/v1/reference"
        return httpx.Response(200, content=REFERENCE if is_reference else b'{"items": []}')

    browser.upstreams.answer = answer
    browser.sign_in("citizen", "C-000318", ("citizen",))
    page = (await browser.get("/cases?customer_ref=c-000318")).text
    assert re.findall(r'<a href="([^"]+)"[^>]*>我的办件</a>', page) == ["/cases"]
    for hidden in ("实时看板", "待办", "规则推演", "台账导入", "新建报装件"):
        assert hidden not in page
    asked = next(each for each in browser.upstreams.seen if each.url.path == "/v1/hookups")
    assert asked.url.params["customer_ref"] == "c-000318"


@pytest.mark.parametrize(
    ("kind", "code", "utilities", "supplies"),
    [
        ("utility", "G-371502", {"G-371502"}, {"GAS"}),
        ("district", "371502", {"W-371502", "G-371502", "H-371502"}, {"WATER", "GAS", "HEAT"}),
    ],
)
async def test_users_are_offered_only_what_is_theirs(
    browser: Browser,
    kind: str,
    code: str,
    utilities: set[str],
    supplies: set[str],
) -> None:
    browser.upstreams.answer = of_lists
    browser.sign_in(kind=kind, code=code)
    text = (await browser.get("/cases")).text
    offered = {name: options(text, name) for name in ("utility", "supply", "district")}
    assert offered == {"utility": utilities, "supply": supplies, "district": {"371502"}}


async def test_the_city_is_offered_everything(signed_in: Browser) -> None:
    signed_in.upstreams.answer = of_lists
    text = (await signed_in.get("/cases")).text
    places = load_places()
    assert options(text, "utility") == {each.code for each in places.utilities()}
    assert options(text, "district") == {each.code for each in places.reporting_units}


def options(text: str, name: str) -> set[str]:
    """Return the values that a page's choice offers."""
    choice = text[text.index(f'id="f-{name}"') :].partition("</select>")[0]
    return set(re.findall(r'<option value="([^"]+)"', choice))


async def test_rows_are_added_until_a_fresh_page_is_better(
    signed_in: Browser
) -> None:
    signed_in.upstreams.answer = of_lists
    text = (await signed_in.get("/cases?supply=GAS")).text
    asked = []
    while "hx-get" in text:
        found = re.search(r'hx-get="([^"]*)"', text)
        assert found is not None
        asked.append(html.unescape(found[1]))
        text = (await signed_in.fragment(asked[-1])).text
        assert text.count("<tr") == 51
    assert len(asked) == 9
    assert parse_qs(urlsplit(asked[-1]).query)["loaded"] == ["450"]
    assert "下一页" in text
    following = re.search(r'href="(/cases\?[^"]*)">下一页', text)
    assert following is not None
    assert html.unescape(following[1]) == "/cases?supply=GAS&order=newest&cursor=on"


async def test_running_cases_are_asked_for_as_the_form_says(
    signed_in: Browser
) -> None:
    said = {"chance": {"percent": "83"}, "sample": 112, "level": "CITY", "basis": "全市同类件112件"}
    nothing = {"chance": None, "sample": 2, "level": None, "basis": "可比的已办结件不足5件"}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/reference":
            return httpx.Response(200, content=REFERENCE)
        rows = [{**ROW, "overdue": False, "forecast": each} for each in (said, nothing)]
        return httpx.Response(200, json={"items": rows, "next": "on"})

    signed_in.upstreams.answer = answer
    text = (await signed_in.get("/forecast?supply=WATER&utility=&colour=blue")).text
    assert dict(signed_in.upstreams.seen[-1].url.params) == {"supply": "WATER", "limit": "50"}
    assert ("83%" in text, "112" in text, "可比的已办结件不足5件" in text) == (True, True, True)
    # Too few to say anything are not shown as a sample.
    assert re.search(r'<td class="n">2</td>', text) is None
    found = re.search(r'hx-get="([^"]*)"', text)
    assert found is not None
    more = html.unescape(found[1])
    assert parse_qs(urlsplit(more).query) == {"supply": ["WATER"], "cursor": ["on"], "loaded": ["2"]}
    fragment = (await signed_in.fragment(more)).text
    assert fragment.count("<tr") == 3


async def test_the_ledger_is_passed_on_with_the_filters_of_the_list(
    signed_in: Browser
) -> None:
    signed_in.upstreams.answer = lambda _request: httpx.Response(
        200, content=b"PK", headers={"content-disposition": "attachment", "set-cookie": "x=y"}
    )
    response = await signed_in.get("/ledger.xlsx?district=371502&overdue=true&number=&colour=blue")
    assert response.content == b"PK"
    assert response.headers["content-disposition"] == "attachment"
    assert "set-cookie" not in response.headers
    assert dict(signed_in.upstreams.seen[-1].url.params) == {"district": "371502", "overdue": "true"}


@pytest.mark.parametrize(
    ("roles", "asked"), [(["clerk"], "clerk"), (["approver"], "approver"), (["supervisor"], "supervisor")]
)
async def test_the_work_list_begins_with_the_users_own(
    browser: Browser, roles: list[str], asked: str
) -> None:
    browser.upstreams.answer = lambda _request: httpx.Response(200, json={"items": [], "next": None})
    browser.sign_in(roles=roles)
    assert "没有待办" in (await browser.get("/work")).text
    assert dict(browser.upstreams.seen[-1].url.params)["whose"] == asked
    assert (await browser.get("/work?whose=mayor")).status_code == 422
