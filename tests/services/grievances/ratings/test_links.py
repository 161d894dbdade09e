"""Links to rate by, on both engines: looked at as often as one likes, used once, of nobody else's use."""

import re

import httpx
from sqlalchemy import select

from services.grievances.storage.tables import rating, rating_link
from tests.services.grievances.ratings.arriving import (
    city,
    clerk,
    hall,
    invited,
    names,
    owner,
    payloads,
)
from tests.support.service import Client, Running


async def link_of(grievances: Running, path: str, subject: str = "u-hall") -> str:
    """Let the hall make a link; return the path of what it leads to."""
    made = (await hall(grievances, subject).post(f"{path}/link")).body
    token = made["path"].removeprefix("/r/")
    assert re.fullmatch("[A-Za-z0-9_-]{43}", token)
    return f"/rating-links/{token}"


def phone(grievances: Running, address: str = "198.51.100.7") -> Client:
    """Return somebody without a token, from an address."""
    client = Client(grievances.app, None)
    transport = httpx.ASGITransport(grievances.app, raise_app_exceptions=False, client=(address, 1))
    client.http = httpx.AsyncClient(
        transport=transport, base_url="http://service", headers={"User-Agent": "Phone"}
    )
    return grievances.keep(client)


async def rows(grievances: Running) -> list[object]:
    """Return all that is stored of ratings and links."""
    async with grievances.service.database.reading() as connection:
        return [
            dict(row)
            for table in (rating, rating_link)
            for row in (await connection.execute(select(table))).mappings()
        ]


async def test_looking_changes_nothing_and_the_person_rates_once(grievances: Running) -> None:
    path = await invited(grievances)
    link, stranger = await link_of(grievances, path), phone(grievances)
    before = await rows(grievances)
    # What messengers do with an address before the person sees it.
    assert (await stranger.http.head(f"/v1{link}")).status_code == 200
    for _ in range(3):
        shown = (await stranger.get(link)).body
        assert (shown["state"], shown["kind_name"], shown["served_on"]) == ("INVITED", "报停", "2022-07-04")
    assert await rows(grievances) == before
    assert (await stranger.post(link, {"grade": 2, "reason": "没有通知就停了"})).body["state"] == "RATED"
    assert (await stranger.post(link, {"grade": 5}, 409)).code == "rated-already"
    given = (await city(grievances).get(path)).body
    assert (given["grade"], given["channel_name"]) == (2, "短信链接")
    assert await names(grievances, path) == ["rating_invited", "rating_link_made", "rating_given"]
    last = (await payloads(grievances, path))[-1][1]
    assert (last["channel"], last["actor"]) == ("LINK", None)


async def test_a_repetition_of_the_persons_post_counts_once(grievances: Running) -> None:
    path = await invited(grievances)
    link, stranger = await link_of(grievances, path), phone(grievances)
    first = await stranger.post(link, {"grade": 5}, key="once")
    assert (await stranger.post(link, {"grade": 5}, key="once")).body == first.body
    assert (await names(grievances, path)).count("rating_given") == 1


async def test_a_token_proves_nothing_else_and_is_stored_nowhere(grievances: Running) -> None:
    path, other = await invited(grievances), await invited(grievances, 2)
    link, stranger = await link_of(grievances, path), phone(grievances)
    token = link.rpartition("/")[2]
    assert token not in str(await rows(grievances))
    assert token not in str(await payloads(grievances, path))
    await stranger.get(path, 401)
    await stranger.post(f"{other}/grade", {"grade": 5}, 401)
    wrong = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert (await stranger.get(f"/rating-links/{wrong}", 404)).code == "not-found"
    assert (await stranger.post(f"/rating-links/{wrong}", {"grade": 5}, 404)).code == "not-found"
    await stranger.get("/rating-links/x", 422)
    await stranger.post(link, {"grade": 5})
    assert (await city(grievances).get(other)).body["state"] == "INVITED"


async def test_a_link_ends_with_the_term(grievances: Running) -> None:
    path = await invited(grievances)
    link, stranger = await link_of(grievances, path), phone(grievances)
    grievances.set_clock("2022-07-12 00:00")
    assert (await stranger.get(link, 410)).code == "rating-link-expired"
    assert (await stranger.post(link, {"grade": 5}, 410)).code == "rating-link-expired"
    assert (await hall(grievances).post(f"{path}/link", None, 409)).code == "rating-too-late"


async def test_who_may_have_a_link_made_and_that_it_is_on_record(grievances: Running) -> None:
    path = await invited(grievances)
    for client in (clerk(grievances), owner(grievances)):
        assert (await client.post(f"{path}/link", None, 403)).code == "forbidden"
    await hall(grievances).post(f"{path}/link", key="same")
    await hall(grievances).post(f"{path}/link", key="same")
    # Each is another address, and none of their answers is kept.
    assert len([row for row in await rows(grievances) if "token" in str(row)]) == 2
    by = [data["actor"] for name, data in await payloads(grievances, path) if name == "rating_link_made"]
    assert by == ["u-hall", "u-hall"]


async def test_who_has_a_link_made_and_rates_by_it_is_seen(grievances: Running) -> None:
    path = await invited(grievances)
    desk = hall(grievances)
    desk.http.headers["User-Agent"] = "Counter"
    made = (await desk.post(f"{path}/link")).body["path"].removeprefix("/r/")
    # The same machine and browser, without a token.
    self_service = grievances.stranger()
    self_service.http.headers["User-Agent"] = "Counter"
    await self_service.post(f"/rating-links/{made}", {"grade": 5})
    grievances.set_clock("2022-07-04 11:00")
    await grievances.fire_timers()
    shown = (await city(grievances).get(path)).body
    assert (shown["is_suspect"], shown["signals"]) == (True, ["STAFF_NETWORK"])
