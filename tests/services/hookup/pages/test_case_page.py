"""What a case's page says of it."""


def of_the_api(found: Case, now: datetime) -> Answer:
    """Answer with a case as the API itself shows it then."""
    shown = case_view(found, RULES, now, OFFICE).model_dump_json(by_alias=True)
    beside: dict[str, object] = {
        "calendar": {"days": []},
        "forecast": {"chance": None, "sample": 0, "level": None, "basis": "没有可比件", "method": "—"},
        "agents": {"agents": [], "version": 0},
        "fee-catalogue": {"items": []},
        "material-lists": [],
        "reference": ANSWERED.model_dump(),
    }

    def answer(request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        if name in beside:
            return httpx.Response(200, json=beside[name])
        return httpx.Response(200, content=shown)

    return answer


def words(text: str, name: str) -> str:
    """Return what a part of a page says, by the name of its heading or label, in one line."""
    part = re.search(rf'aria-label(?:ledby)?="{name}".*?</table>', text, re.DOTALL)
    assert part is not None, name
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", part[0])).split())


def turned_on_after_the_breach() -> Case:
    """A case without an external line, due on Thursday, 7 July, whose live meter is entered on Friday."""
    found = go_through(
        submitted_case(declared_dm=0),
        (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00"),
        (Stage.CONTRACT, "2022-07-05 10:00", "2022-07-06 10:00"),
        (Stage.TURN_ON, "2022-07-06 10:00", None),
    )
    entered, claimed = at("2022-07-08 09:00"), at("2022-07-07 16:30")
    found.actor = Actor(entered)
    found.catch_up(entered, RULES)
    enter(found, Claim(act=Act.METER_LIVE, claimed_at=claimed), GROUNDS, "e-1", entered, "u-clerk", RULES)
    return found


async def test_an_entry_that_waits_is_shown_with_what_it_says_and_why_the_case_is_late(
    browser: Browser
) -> None:
    browser.upstreams.answer = of_the_api(turned_on_after_the_breach(), at("2022-07-08 10:00"))
    browser.sign_in(kind="district", code="371502", roles=["supervisor"])
    text = (await browser.get(CASE)).text
    row = words(text, "h-late-entries")
    assert "登记通水通气通热 2022-07-07 16:30 2022-07-08 09:00，u-clerk" in row
    assert "此件已公布超时" in row
    assert "现场记录三日后才交回 scan-1 待审批 —" in row
    assert "超时原因</strong>：应于07月07日17:30前办结" in text
    assert re.findall(r'action="[^"]*/actions/([^"]+)"', text) == ["approve-late-entry", "decline-late-entry"]
    assert "审批补录 督导" in words(text, "h-work")


async def test_what_was_approved_stands_at_its_stage_and_the_verdict_says_so(
    signed_in: Browser
) -> None:
    found = turned_on_after_the_breach()
    approved, confirmed = at("2022-07-08 11:00"), at("2022-07-08 15:00")
    found.actor = Actor(approved, "u-371502")
    decide_late_entry(found, "e-1", approved, Approver("u-371502", supervises=True), RULES)
    found.actor = Actor(confirmed, "u-clerk", "C-1", in_stead=True, document_ref="SQ-7")
    found.confirm(confirmed, RULES)
    signed_in.upstreams.answer = of_the_api(found, at("2022-07-09 10:00"))
    text = (await signed_in.get(CASE)).text
    assert "已同意 2022-07-08 11:00，u-371502" in words(text, "h-late-entries")
    assert "审批补录 登记通水通气通热 2022-07-07 16:30，2022-07-08 11:00 由 u-clerk 录入" in words(
        text, "时间线数据表"
    )
    assert re.search(r'按时</span>\s*<span class="tag">补录后按时</span>', text)
    assert "曾公布超时，经审批补录后判定为按时" in text
    assert "办结 代录 2022-07-08 15:00 u-clerk SQ-7" in words(text, "h-in-stead")
    assert "超时原因" not in text


async def test_a_dispute_and_what_follows_it_are_shown(
    signed_in: Browser
) -> None:
    found = ready_case()
    found.actor = Actor(at("2022-07-08 10:00"), "u-clerk")
    found.report_meter_live(at("2022-07-08 10:00"), RULES)
    found.dispute_meter_live("阀门已开，户内没有水", at("2022-07-08 12:00"), "m-channel")
    signed_in.upstreams.answer = of_the_api(found, at("2022-07-08 13:00"))
    text = (await signed_in.get(CASE)).text
    assert "2022-07-08 12:00 m-channel 2022-07-08 10:00 阀门已开，户内没有水" in words(text, "h-disputes")


async def test_a_gap_that_runs_is_listed_and_in_the_sum_and_a_pause_in_a_stage_is_in_the_net_time(
    signed_in: Browser
) -> None:
    stages = [(Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00")]
    found = go_through(submitted_case(), *stages)
    pause = Pause("p-1", PauseReason.CROSSING, "E-1", at("2022-07-04 12:00"), "u-clerk")
    found.request_pause(pause, at("2022-07-04 12:00"), RULES)
    found.decide_pause("p-1", at("2022-07-04 12:00"), "u-head", RULES, approve=True)
    found.resume("p-1", at("2022-07-04 18:00"), RULES)
    signed_in.upstreams.answer = of_the_api(found, at("2022-07-11 09:00"))
    text = (await signed_in.get(CASE)).text
    assert "勘查设计 → 至今 2022-07-05 10:00 进行中 143.0" in words(text, "时间线数据表")
    assert "勘查设计至今，4个工作日" in text
    # 168 hours since Monday, 9:00, all but one and the running gap in the survey, six of them paused.
    sums = " ".join(re.sub(r"<[^>]+>", "", "".join(re.findall(r'<p class="sum">.*?</p>', text))).split())
    assert "总用时 168.0 = 环节 24.0 + 环节之外的暂停 0.0 + 空档与交接 144.0 小时，核对相符" in sums
    assert "6.0 小时后，净用时 162.0 小时" in sums


async def test_a_case_of_a_ledger_says_so_and_a_list_tells_what_was_on_time_by_late_entry(
    signed_in: Browser
) -> None:
    found = ready_case()
    found.source = Source.LEDGER
    signed_in.upstreams.answer = of_the_api(found, at("2022-07-08 13:00"))
    assert '<span class="tag">台账导入</span>' in (await signed_in.get(CASE)).text
    signed_in.upstreams.answer = lambda request: (
        of_lists(request)
        if request.url.path == "/v1/reference"
        else httpx.Response(200, json={"items": [ROW, {**ROW, "on_time_by_late_entry": True}], "next": None})
    )
    assert (await signed_in.get("/cases")).text.count("补录后按时") == 1


async def test_a_history_that_does_not_begin_at_the_beginning_says_so(
    signed_in: Browser
) -> None:
    event = {
        "seq": 7,
        "event": "meter_live",
        "name": "通水通气通热",
        "at": NOW.isoformat(),
        "particulars": {},
    }

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/events"):
            return httpx.Response(200, json={"items": [event], "next": None})
        return of_lists(request) if "reference" in request.url.path else httpx.Response(200, json=ROW)

    signed_in.upstreams.answer = answer
    path = "/cases/01920f0c-7a55-7c6e-b7f4-3d1f0a2f9d11/events"
    assert "第 7 条之前的记录已不保存" in (await signed_in.get(path)).text
    event["seq"] = 1
    assert "已不保存" not in (await signed_in.get(path)).text


async def test_a_history_says_when_who_and_for_whom(
    signed_in: Browser
) -> None:
    common = {"event": "case_closed", "name": "办结", "at": "2022-07-07T08:30:00Z", "particulars": {}}
    marked = {"recorded_at": "2022-07-08T01:00:00Z", "actor": "u-clerk", "entry": "APPROVED"}
    events = [
        {**common, **marked, "seq": 1, "on_behalf_of": "C-1", "in_stead": True},
        {**common, "seq": 2, "recorded_at": "2022-07-07T08:30:00Z", "entry": "IN_TIME"},
        {**common, "seq": 3},
    ]

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/events"):
            return httpx.Response(200, json={"items": events, "next": None})
        return of_lists(request) if "reference" in request.url.path else httpx.Response(200, json=ROW)

    signed_in.upstreams.answer = answer
    text = words((await signed_in.get(f"{CASE}/events")).text, "h-events")
    first, second, third = "2022-07-07 16:30", "2022-07-08 09:00", "办结"
    assert f"1 {first} {second} {third} 审批补录 代录 u-clerk C-1 —" in text
    # What the clock does has nobody; of what is older than actors nobody is known.
    assert f"2 {first} {first} {third} 系统 — —" in text
    assert f"3 {first} — {third} — — —" in text


async def test_a_material_is_passed_on_from_the_services_short_link(
    browser: Browser
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(200, json={"url": "/v1/files/abc", "expires_at": NOW.isoformat()})
        headers = {
            "content-type": "application/pdf",
            "content-disposition": "attachment",
            "set-cookie": "x=y",
        }
        return httpx.Response(200, content=b"%PDF", headers=headers)

    browser.upstreams.answer = answer
    browser.sign_in()
    response = await browser.get(f"{CASE}/materials/01920f0c-7a55-7c6e-b7f4-3d1f0a2f9d12")
    assert response.content == b"%PDF"
    assert response.headers["content-disposition"] == "attachment"
    assert "set-cookie" not in response.headers
    assert [each.url.path.rpartition("/")[2] for each in browser.upstreams.seen] == ["link", "abc"]
