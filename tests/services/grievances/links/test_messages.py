"""Messages with links: what goes out by itself, once, with nothing sensitive left anywhere."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from libs.common.auth.callers import ScopeKind
from services.grievances.domain.messages import Template
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.tables import WORDS, link_message
from services.grievances.usecases.messages.gateway import OutMessage
from services.grievances.usecases.messages.send import MOST_ATTEMPTS
from services.grievances.usecases.outbox.gateways import HttpGateway, gateway_at
from services.grievances.usecases.outbox.posting import JsonPost
from services.grievances.usecases.outbox.sending import HELD, UnavailableError, wait_after
from tests.services.grievances.hotline.test_messages import serving
from tests.services.grievances.links.sent import BAD, GOOD, Phones, stored, worker
from tests.services.grievances.people import city, desk, replied
from tests.services.grievances.ratings.arriving import own_events_arrive
from tests.services.grievances.ratings.test_links import phone
from tests.services.grievances.test_words import all_rows
from tests.support.service import Running, when

WHEN = when("2022-07-04 09:00")


@pytest.fixture
def sending(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the policy say that links go out by themselves."""
    original = RuleBook.policy

    def with_links(self: RuleBook, kind: Any, *day: Any) -> Any:
        policy = original(self, kind, *day)
        if kind.name != "grievance_process":
            return policy
        return replace(policy, sends_call_links=True, sends_rating_links=True)

    monkeypatch.setattr(RuleBook, "policy", with_links)


@pytest.mark.usefixtures("sending")
@pytest.mark.parametrize("reporter", ["NAMED", "CONFIDENTIAL"])
async def test_a_reply_is_followed_by_a_link_and_the_end_by_another(
    grievances: Running, capsys: pytest.CaptureFixture[str], reporter: str
) -> None:
    phones = Phones()
    await replied(grievances, reporter=reporter)
    for _ in range(2):
        await own_events_arrive(grievances, "links")
    sender = worker(grievances, phones)
    before = await all_rows(grievances)
    await sender.step()
    ((message,), (link,)) = phones.got.values(), phones.links
    assert (message.phone, message.template) == ("13800138000", Template.CALL_BACK)
    assert message.link.startswith("https://sqn.example/c/")
    # The words had a link of their own: none of it, and no word, is in what goes out.
    assert set(message.body()["parameters"]) == {"number", "link"}
    await phone(grievances).post(link, GOOD)
    await own_events_arrive(grievances, "rated_grievances")
    await own_events_arrive(grievances, "links")
    await sender.step()
    _, rating = phones.links
    assert (await phone(grievances).get(rating)).body["state"] == "INVITED"
    kept = before + await all_rows(grievances) + str(capsys.readouterr())
    for secret in ("13800138000", link.rpartition("/")[2], rating.rpartition("/")[2]):
        assert secret not in kept
    assert [(row["state"], row["link"]) for row in await stored(grievances)] == [("SENT", None)] * 2


async def test_nothing_goes_out_by_itself_where_the_policy_does_not_say_so(grievances: Running) -> None:
    await replied(grievances)
    await own_events_arrive(grievances, "links")
    assert await stored(grievances) == []


class _KilledError(BaseException):
    """Ends a worker between the message and its note."""


async def test_a_killed_sender_sends_once_and_what_fails_is_tried_again(grievances: Running) -> None:
    path = await replied(grievances)
    await desk(grievances).command(path, "call-link")
    phones = Phones([_KilledError(), UnavailableError("HTTP 503")])
    sender = worker(grievances, phones)
    with pytest.raises(_KilledError):
        await sender.step()
    assert await sender.step() == 0
    for wait in (HELD, wait_after(2)):
        grievances.clock.advance(wait)
        await sender.step()
    # Tried three times, always as the same message.
    assert (phones.tried, len(phones.got)) == (3, 1)
    (row,) = await stored(grievances)
    assert (row["state"], row["attempts"], row["error"]) == ("SENT", 3, None)
    assert (await phone(grievances).post(phones.links[0], BAD)).body["state"] == "ANSWERED"


async def test_what_cannot_be_sent_is_given_up_and_shown_to_the_desk(grievances: Running) -> None:
    path = await replied(grievances)
    await desk(grievances).command(path, "call-link")
    sender = worker(grievances, Phones([UnavailableError("HTTP 503")] * 2))
    assert await sender.step() == 1
    async with grievances.service.database.unit_of_work(grievances.clock.now()) as uow:
        await uow.connection.execute(update(link_message).values(attempts=MOST_ATTEMPTS - 1))
    for tried in (1, 0):
        grievances.clock.advance(wait_after(MOST_ATTEMPTS))
        assert await sender.step() == tried
    (shown,) = (await desk(grievances).get("/link-messages", state="REFUSED")).body["items"]
    assert (shown["state_name"], shown["error_name"], shown["next_at"]) == ("未送达", "HTTP 503", None)
    assert "link" not in shown
    elsewhere = grievances.client("window", ScopeKind.DISTRICT, "371503")
    assert (await elsewhere.get("/link-messages")).body["items"] == []
    # It never went out, and so is no attempt.
    grievances.clock.advance(timedelta(days=5))
    await grievances.fire_timers()
    assert (await city(grievances).get(path)).body["cycles"][0]["calls"] == []


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("why", ["EXPIRED", "OVER", "REPLACED", "ERASED"])
async def test_what_is_of_no_use_any_more_is_not_sent(grievances: Running, why: str) -> None:
    path, phones = await replied(grievances), Phones()
    await desk(grievances).command(path, "call-link")
    if why == "EXPIRED":
        grievances.clock.advance(timedelta(hours=48))
    elif why == "OVER":
        await desk(grievances).command(path, "call", {"reached": True, **GOOD})
    elif why == "REPLACED":
        await desk(grievances).command(path, "call-link")
    else:
        rulebook = grievances.service.state["rulebook"]
        assert isinstance(rulebook, RuleBook)
        async with grievances.service.database.unit_of_work(grievances.clock.now()) as uow:
            await rulebook.sealer.erase(uow, path.rpartition("/")[2], WORDS)
    await worker(grievances, phones).step()
    first, *newer = await stored(grievances)
    assert (first["state"], first["error"], first["link"]) == ("REFUSED", why, None)
    assert len(phones.got) == len(newer) == (1 if why == "REPLACED" else 0)


async def test_the_provider_is_asked_by_json() -> None:
    message = OutMessage("m-1", "13800138000", Template.RATING, "SQ-1", "https://sqn.example/r/x", WHEN)
    async with serving() as provider:
        await HttpGateway(JsonPost(provider.url, "token-1", httpx.AsyncClient(), 5.0)).send(message)
    ((headers, body),) = provider.got
    assert (headers["idempotency-key"], headers["authorization"]) == ("m-1", "Bearer token-1")
    assert body == {
        "message_id": "m-1",
        "phone": "13800138000",
        "template": "RATING",
        "parameters": {"number": "SQ-1", "link": "https://sqn.example/r/x"},
        "expires_at": "2022-07-04T01:00:00+00:00",
    }
    assert gateway_at(None, None, 5.0) is None
