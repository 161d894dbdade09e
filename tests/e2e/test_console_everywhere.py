"""Every page of the navigation, as each kind of user: accessible, no wider than its window, people by name."""

import re
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from services.hookup.dev.people import machine
from tests.e2e.acting import page_of
from tests.e2e.city import City, faults, fits
from tests.services.registry.samples import credit_code
from tests.support.waiting import until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

WIDTHS = (1280, 390)
PEOPLE = {
    "市局督导": "实时看板",
    "市局审核": "实时看板",
    "东昌府区主管部门": "实时看板",
    "东昌府区办事大厅": "待办",
    "东昌府区供水窗口": "待办",
    "东昌府区供水审批": "待办",
    "东昌府区供水帮办": "待办",
    "东昌府区市政审批": "审批事项",
    "示例用户": "我的办件",
}
# Pages that no menu leads to.
MORE = {
    "东昌府区供水窗口": ("/cases/new", "/search?q=供水", "/forecast/all", "/work?whose=applicant"),
    "东昌府区办事大厅": ("/joint-applications/new?district=371502", "/search?q=没有"),
}
# The names of tables that are wider than the place they have.
CUT = """[...document.querySelectorAll(".scroll")]
    .filter((region) => region.scrollWidth > region.clientWidth + 1)
    .map((region) => region.ariaLabel || region.getAttribute("aria-labelledby"))"""

# What is wider than a phone by its nature: a drawing of time.
WIDE_ON_PHONE = frozenset({"h-line"})
# The accounts of a laptop's people, machines and users: pages say who somebody is.
ACCOUNT = re.compile(r"(?<![\w-])[umc]-[A-Za-z0-9][\w-]*")
# Where accounts are entered.
OF_ACCOUNTS = frozenset({"/staff"})

# What a page is made of: who printed it when, and what a form sends along unseen, is not to be looked at.
MADE_OF = """() => {
    const main = document.querySelector("main").cloneNode(true);
    main.querySelectorAll(".printed").forEach((line) => line.remove());
    main.querySelectorAll("input[type=hidden]").forEach((input) => input.removeAttribute("value"));
    return main.outerHTML;
}"""


@pytest.fixture(scope="module")
def checked() -> set[str]:
    """Return what pages were made of that are checked: the same for somebody else has the same faults."""
    return set()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cases(city: City) -> Any:
    """Return a closed case; others run, and one is overdue."""
    closed = await city.whole_case()
    await city.submit("2022-10-18 09:00")
    city.at("2022-11-20 09:00")
    return closed


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def more(city: City, cases: Any) -> dict[str, list[str]]:
    """Return more pages by who looks at them: an overdue case, a joint application, rules that people changed."""
    late = await city.submit("2022-10-18 10:00")
    services = [{"supply": supply, "utility": f"{supply[0]}-371502"} for supply in ("WATER", "GAS")]
    application = {
        "district": "371502",
        "customer_ref": "C-000319",
        "customer_category": "ENT",
        "site_division": "371502001000",
        "channel": "HALL",
        "not_duplicate": True,
        "services": services,
    }
    joint = await city.post("window-371502", "/v1/joint-applications", application)
    city.at("2022-11-20 09:00")
    headers = {"Authorization": f"Bearer {city.laptop.issuer.issue(machine('administrator'))}"}
    version = "/v1/policies/hookup_limits/versions/2022-49"
    body = (await city.api.get(version, headers=headers)).json()["body"]
    new = {
        "version": "2023-1",
        "valid_from": "2023-01-01",
        "source_document": "聊城管字〔2023〕1号",
        "body": body,
    }
    draft = await city.post("administrator", "/v1/policies/hookup_limits/drafts", new)
    day = {"date": "2022-12-08", "is_workday": False, "kind": "local", "name": "市定休息"}
    notice = {"source_document": "聊政办发〔2022〕8号", "days": [day]}
    await city.post("administrator", "/v1/calendar-amendments", notice)
    of_case = [f"/cases/{one['id']}{part}" for one in (cases, late) for part in ("", "/events")]
    of_joint = f"/joint-applications/{joint['id']}"
    rules = ["/policies/hookup_limits/versions/2022-49", f"/policy-drafts/{draft['id']}"]
    staff = {name: [*of_case, of_joint] for name in PEOPLE if name not in ("东昌府区市政审批", "示例用户")}
    return {
        **staff,
        "市局审核": [*of_case, of_joint, *rules],
        "示例用户": of_case[:2],
    }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def records(city: City, cases: Any) -> list[str]:
    """Return the pages of a customer who is on record twice, of the pair, and of a request by a right."""
    registry, described = city.laptop.url("registry"), {"kind": "ORGANISATION", "name": "示例商贸有限公司"}
    # The one has a credit code, so that it stands in the list of sizes.
    for number, known in (("1", {}), ("2", {"identifier": credit_code(318)})):
        account = {
            "use": "COMMERCIAL",
            "price_class": "NON_RESIDENT",
            "number": f"318-{number}",
            "address": "聊城市东昌府区古楼街道东关街12号",
            "customer": {**described, **known, "landline": "0635-8220000"},
        }
        opened = await city.post("clerk-W-371502", f"{registry}/v1/accounts", account)
    customer = f"{registry}/v1/customers/{opened['customer_id']}"
    asked = {"kind": "COPY", "document_ref": "OBJ-318", "detail": "来信要求复制"}
    case = await city.post("window-371502", f"{customer}/rights-cases", asked)
    headers = {"Authorization": f"Bearer {city.laptop.issuer.issue(machine('window-371502'))}"}
    pairs: list[str] = []

    async def is_found() -> bool:
        answer = await city.api.get(f"{registry}/v1/duplicates", headers=headers)
        pairs[:] = [pair["id"] for pair in answer.json()["items"]]
        return bool(pairs)

    await until("the pair is found", is_found)
    return [
        f"/accounts/{opened['id']}",
        f"/customers/{opened['customer_id']}",
        f"/duplicates/{pairs[0]}",
        "/duplicates",
        f"/rights-cases/{case['id']}",
        "/rights-cases",
    ]


@pytest.mark.parametrize("name", PEOPLE)
async def test_every_page_of_a_user_is_accessible_fits_and_names_people(
    city: City,
    chromium: Browser,
    more: dict[str, list[str]],
    records: list[str],
    checked: set[str],
    name: str,
) -> None:
    wrong: list[str] = []
    async with page_of(city, chromium, name, begins_at=PEOPLE[name]) as page:
        paths = await _navigation(page)
        assert paths, await page.content()
        of_registry = records if name in ("东昌府区办事大厅", "东昌府区供水窗口") else []
        # What is around a page differs by its user: it is checked with the first of them in any case.
        wrong += [f"{paths[0]}: {fault}" for fault in await _faults(page, paths[0], set())]
        for path in (*paths[1:], *MORE.get(name, ()), *more.get(name, ()), *of_registry):
            wrong += [f"{path}: {fault}" for fault in await _faults(page, path, checked)]
    assert wrong == []


async def test_pages_are_light(city: City, chromium: Browser, cases: Any) -> None:
    async with page_of(city, chromium, "市局督导", begins_at="实时看板") as page:
        paths = await _navigation(page)
        network = await page.context.new_cdp_session(page)
        transferred: list[float] = []
        network.on("Network.loadingFinished", lambda event: transferred.append(event["encodedDataLength"]))
        await network.send("Network.enable")
        await network.send("Network.clearBrowserCache")
        too_heavy = {}
        # The board with an empty cache, then every page with what it has in common with the others in the cache.
        for path, most_bytes in (("/", 250_000), *((path, 60_000) for path in paths if path != "/")):
            transferred.clear()
            await page.goto(path, wait_until="load")
            assert transferred
            if (weight := sum(transferred)) >= most_bytes:
                too_heavy[path] = weight
    assert too_heavy == {}


async def _navigation(page: Page) -> list[str]:
    await page.goto("/search")
    links = await page.locator("nav[aria-label=主导航] a").all()
    return [await link.get_attribute("href") or "" for link in links]


async def _faults(page: Page, path: str, checked: set[str]) -> list[str]:
    answer = await page.goto(path)
    assert answer is not None
    found = [] if answer.status == 200 else [f"status {answer.status}"]
    if path not in OF_ACCOUNTS:
        found += [f"the account {account} is shown" for account in ACCOUNT.findall(await _said(page))]
    if (made_of := f"{path}\n{await page.evaluate(MADE_OF)}") in checked:
        return found
    checked.add(made_of)
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        await until(f"{path} fits into {width} pixels", partial(fits, page, width))
        found += [f"{width}: {fault}" for fault in await faults(page)]
        cut = set(await page.evaluate(CUT)) - (frozenset() if width == max(WIDTHS) else WIDE_ON_PHONE)
        found += [f"{width}: columns are cut in “{name}”" for name in cut]
    return found


async def _said(page: Page) -> str:
    """Return the text of a page, with what is folded away, and what its inputs hold."""
    return str(
        await page.evaluate("""() => [document.querySelector("main").textContent,
            ...[...document.querySelectorAll("main input:not([type=hidden]), main textarea")].map((one) => one.value)]
            .join("\\n")""")
    )
