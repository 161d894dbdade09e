"""A user cannot fill the disk or take every connection with forms that never end."""

import asyncio
from collections.abc import AsyncIterator

import httpx

from services.console.http.forms import MOST_AT_ONCE
from tests.support.pages import PAGE, Browser

MULTIPART = {"Origin": PAGE, "Content-Type": "multipart/form-data; boundary=b"}


async def test_so_many_forms_of_one_user_are_taken_in_at_a_time(signed_in: Browser) -> None:
    ended, reading = asyncio.Event(), asyncio.Semaphore(0)

    async def endless() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="key"\r\n\r\n'
        reading.release()
        await ended.wait()
        yield b"1\r\n--b--\r\n"

    async def begin() -> httpx.Response:
        return await signed_in.client.post("/imports", content=endless(), headers=MULTIPART)

    running = [asyncio.create_task(begin()) for _ in range(MOST_AT_ONCE)]
    for _ in running:
        await reading.acquire()
    refused = await signed_in.post("/imports", data={"csrf": "x"})
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
    assert "同时提交的表单过多" in refused.text
    ended.set()
    assert {answer.status_code for answer in await asyncio.gather(*running)} == {403}
    # Each that ends makes room, whatever became of it.
    assert (await signed_in.post("/imports", data={"csrf": "x"})).status_code == 403


async def test_a_form_of_another_site_does_not_sign_out(browser: Browser) -> None:
    without = await browser.client.post("/updates", headers={"Origin": "https://evil.example"})
    assert without.status_code == 303
    assert "set-cookie" not in without.headers


async def test_an_address_with_a_slash_leads_to_no_host_of_the_callers_choice(signed_in: Browser) -> None:
    answer = await signed_in.client.get("/cases/", headers={"Host": "evil.example"})
    assert "evil.example" not in answer.headers.get("location", "")
    assert answer.status_code == 404
