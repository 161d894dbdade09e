"""The search page: what is led to, and what lies outside of the user's scope."""

from libs.casework.http.search import SearchHit, SearchResults
from tests.support.pages import KEY, Browser

NUMBER = "W-371502-20220704-0001"
CASE = SearchHit(kind="case", id=KEY, title=NUMBER, about="供水")
PERMIT = SearchHit(kind="permit", id=KEY, title=NUMBER, about="挖掘道路")
OTHER = SearchHit(kind="utility", id="W-371503", title="茌平区供水专营单位", about="供水")


async def test_what_has_just_the_number_is_led_to(browser: Browser) -> None:
    browser.sign_in("utility", "W-371502", ("clerk",))
    browser.answering(SearchResults(items=[CASE, PERMIT]))
    answer = await browser.get(f"/search?q={NUMBER.lower()}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/cases/{KEY}")
    # A part of it may mean either.
    assert f'<a href="/permits/{KEY}">' in (await browser.get("/search?q=20220704")).text
    browser.answering(SearchResults(items=[PERMIT]))
    assert (await browser.get("/search?q=20220704")).headers["location"] == f"/permits/{KEY}"


async def test_what_lies_outside_of_the_scope_is_said_and_not_led_to(browser: Browser) -> None:
    browser.sign_in("utility", "W-371502", ("clerk",))
    browser.answering(SearchResults(items=[], outside=[OTHER]))
    answer = await browser.get("/search?q=茌平区供水专营单位")
    assert answer.status_code == 200
    assert '<th scope="row">茌平区供水专营单位</th>' in answer.text
    assert "不在您的范围" in answer.text
    browser.answering(SearchResults(items=[]))
    assert "完整的用户编号" in (await browser.get("/search?q=C-000999")).text
