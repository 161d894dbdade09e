"""Applications at the counter: what there is to choose, and what the page adds to what was entered."""

import html
import re

import msgspec
import pytest

from tests.services.hookup.domain.samples import at
from tests.services.hookup.pages.api import OfCase
from tests.support.hookup import submitted_case
from tests.support.pages import CSRF, KEY, Browser

APPLICATION = {
    "csrf": CSRF,
    "key": KEY,
    "channel": "HALL",
    "customer_ref": "C-000318",
    "customer_category": "ENT",
    "site_division": "北城街道",
}


@pytest.fixture
def hall(browser: Browser) -> Browser:
    """Return a browser of a hall of a district."""
    browser.answering(OfCase(submitted_case(), at("2022-07-04 11:00")))
    browser.sign_in("district", "371502", ("window",))
    return browser


def options(text: str, name: str) -> dict[str, str]:
    """Return what an input offers: the names by their values."""
    control = re.search(
        rf'<(select|input)[^>]* name="{re.escape(name)}".*?</(?:select|datalist)>', text, re.DOTALL
    )
    assert control is not None, name
    return {
        value: html.unescape(label or value)
        for value, label in re.findall(r'<option value="([^"]+)"[^>]*>([^<]*)', control[0])
    }


@pytest.mark.parametrize("path", ["/cases/new", "/joint-applications/new"])
async def test_a_counter_chooses_among_its_own_ways_to_apply(hall: Browser, path: str) -> None:
    text = (await hall.get(path)).text
    assert options(text, "channel") == {"HALL": "办事大厅", "PHONE": "电话"}
    assert '<option value="HALL" selected>' in text
    # The rest is the counter's to say, that everything is there too.
    assert " checked" not in text


async def test_an_application_is_in_parts_that_hold_every_field(hall: Browser) -> None:
    for path, titles in (
        ("/cases/new", ["受理", "用户", "地点", "核对"]),
        ("/joint-applications/new", ["受理", "用户", "地点", "服务", "核对"]),
    ):
        text = (await hall.get(path)).text
        assert re.findall(r'<details class="part" open data-step><summary>([^<]*)', text) == titles
        behind = text.rpartition("</details>")[2]
        assert not re.search(r'<(input|select|textarea)(?! type="hidden")', behind)


async def test_streets_are_those_of_the_divisions_that_are_served(hall: Browser) -> None:
    streets = options((await hall.get("/cases/new")).text, "site_division")
    assert "北城街道" in streets
    assert len(streets) == 24
    hall.sign_in("city", "", ("window",))
    streets = options((await hall.get("/cases/new")).text, "site_division")
    # The zones are filed under 东昌府区, and each street is offered once.
    assert "北城街道（东昌府区）" in streets
    assert len(streets) == 136


async def test_a_street_is_sent_by_its_code_and_a_village_as_it_was_typed(hall: Browser) -> None:
    for entered, sent in (("北城街道", "371502008000"), ("371502008201", "371502008201")):
        await hall.post("/cases/new", data=APPLICATION | {"utility": "G-371502", "site_division": entered})
        body = msgspec.json.decode(hall.upstreams.commands[-1].content)
        assert (body["site_division"], body["supply"], body["district"]) == (sent, "GAS", "371502")


async def test_the_services_of_a_joint_application_are_ticked(hall: Browser) -> None:
    text = (await hall.get("/joint-applications/new")).text
    assert re.findall(r'type="checkbox" name="(services\.[^"]+)"', text) == [
        "services.W-371502",
        "services.G-371502",
        "services.H-371502",
    ]
    ticked = {
        "services.W-371502": "true",
        "services.W-371502.declared_length_m": "120",
        "services.G-371502": "true",
    }
    await hall.post("/joint-applications/new", data=APPLICATION | ticked)
    (sent,) = hall.upstreams.commands
    body = msgspec.json.decode(sent.content)
    assert body["district"] == "371502"
    assert body["services"] == [
        {"utility": "W-371502", "supply": "WATER", "declared_length_m": "120"},
        {"utility": "G-371502", "supply": "GAS"},
    ]


async def test_who_serves_several_districts_chooses_one_first(hall: Browser) -> None:
    hall.sign_in("city", "", ("window",))
    assert "services." not in (await hall.get("/joint-applications/new")).text
    text = (await hall.get("/joint-applications/new?district=371522")).text
    assert 'name="services.W-371522"' in text
    assert "services.W-371502" not in text
    assert "services." not in (await hall.get("/joint-applications/new?district=370100")).text


async def test_a_utility_submits_no_joint_application(browser: Browser) -> None:
    browser.sign_in("utility", "W-371502", ("clerk",))
    assert (await browser.get("/joint-applications/new")).status_code == 403
    assert (await browser.post("/joint-applications/new", data=APPLICATION)).status_code == 403
    assert browser.upstreams.seen == []
