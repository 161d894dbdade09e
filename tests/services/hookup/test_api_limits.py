"""What one account can make the service do: applications, questions, urges, exports, and what is kept of them."""

import asyncio
import threading
from collections import Counter
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from libs.common.auth.callers import ScopeKind
from libs.common.database.tables import idempotency, outbox
from libs.common.http.middleware import MEBIBYTE
from libs.workbooks.ledgers.writer import LedgerWriter
from services.hookup.storage.tables import hookup_case
from tests.support.hookup import Client, Hookup
from tests.support.records import records_in

CITIZEN = ScopeKind.CITIZEN, "C-1"
UTILITY = ScopeKind.UTILITY, "W-371502"


def citizen(hookup: Hookup) -> Client:
    return hookup.client("citizen", *CITIZEN)


async def bytes_kept(hookup: Hookup) -> tuple[int, int]:
    """The bytes of the answers that are kept, and those of the cases."""
    async with hookup.service.database.reading() as connection:
        answers = await connection.scalar(select(func.sum(func.length(idempotency.c.body))))
        return answers or 0, len(str(await records_in(connection, hookup_case)))


# -- a second application


async def test_a_probable_duplicate_is_shown_first_and_goes_through_when_it_is_none(hookup: Hookup) -> None:
    user = citizen(hookup)
    first = await user.submit(not_duplicate=False)
    refused = await user.submit(409, not_duplicate=False)
    assert refused.code == "probable-duplicate"
    [error] = refused.body["errors"]
    assert error["field"] == "not_duplicate"
    assert first.body["number"] in error["rule"]
    # What was refused took no number.
    second = await user.submit(not_duplicate=True)
    assert [each.body["number"][-4:] for each in (first, second)] == ["0001", "0002"]
    # The staff see from which it was declared to be separate, and who applies does not.
    clerk = hookup.client()
    assert (await clerk.get(f"/hookups/{second.body['id']}")).body["apart_from"] == first.body["number"]
    assert (await clerk.get(f"/hookups/{first.body['id']}")).body["apart_from"] is None
    assert second.body["apart_from"] is None
    for reader, told in ((clerk, True), (user, False)):
        submitted = (await reader.get(f"/hookups/{second.body['id']}/events")).body["items"][0]
        assert ("apart_from" in submitted["particulars"]) is told
    # The newest is named.
    assert second.body["number"] in (await user.submit(409, not_duplicate=False)).body["detail"]


@pytest.mark.parametrize(
    ("other", "status"),
    [
        ({}, 409),
        ({"declared_length_m": "199"}, 409),
        ({"customer_category": "RES"}, 409),
        ({"channel": "PHONE"}, 409),
        # A village of the same street.
        ({"site_division": "371502008201"}, 409),
        ({"customer_ref": "C-2"}, 201),
        ({"site_division": "371502003000"}, 201),
        ({"supply": "GAS", "utility": "G-371502"}, 201),
    ],
)
async def test_what_makes_a_duplicate(hookup: Hookup, other: dict[str, Any], status: int) -> None:
    hall = hookup.client("window", ScopeKind.DISTRICT, "371502")
    await hall.submit(not_duplicate=False)
    await hall.submit(status, not_duplicate=False, **other)


async def test_after_the_first_has_ended_there_is_no_duplicate(hookup: Hookup) -> None:
    clerk = hookup.client()
    first = await clerk.submit(not_duplicate=False)
    await clerk.act(first.body["id"], "withdrawal", {"document_ref": "WD-1"})
    await clerk.submit(not_duplicate=False)


async def test_a_repetition_is_no_duplicate(hookup: Hookup) -> None:
    user = citizen(hookup)
    first, again = [await user.submit(key="k", not_duplicate=False) for _ in range(2)]
    assert first.response.content == again.response.content


async def test_of_two_at_once_one_is_a_duplicate(hookup: Hookup) -> None:
    user = citizen(hookup)

    async def submit() -> int:
        answer = await user.http.post(
            "/v1/hookups",
            json={**APPLICATION, "customer_ref": "C-1"},
            headers={"Idempotency-Key": str(uuid4())},
        )
        return answer.status_code

    assert Counter(await asyncio.gather(*(submit() for _ in range(5)))) == {201: 1, 409: 4}


APPLICATION = {
    "supply": "WATER",
    "district": "371502",
    "utility": "W-371502",
    "channel": "ISHANDONG",
    "customer_category": "ENT",
    "site_division": "371502008000",
    "declared_length_m": "42.0",
}


async def test_a_channel_is_not_told_the_number_of_another_ones_case(hookup: Hookup) -> None:
    first = await hookup.client("channel", ScopeKind.CHANNEL, "WECHAT").submit(channel="WECHAT")
    other = hookup.client("channel", ScopeKind.CHANNEL, "ISHANDONG", subject="other")
    refused = await other.submit(409, not_duplicate=False)
    assert refused.code == "probable-duplicate"
    assert first.body["number"] not in refused.response.text


async def test_a_joint_application_is_asked_for_each_of_its_services(hookup: Hookup) -> None:
    hall = hookup.client("window", ScopeKind.DISTRICT, "371502")
    await hall.submit(supply="GAS", utility="G-371502", not_duplicate=False)
    body = {
        "district": "371502",
        "channel": "HALL",
        "customer_ref": "C-1",
        "customer_category": "ENT",
        "site_division": "371502008000",
        "services": [{"supply": "WATER", "utility": "W-371502"}, {"supply": "GAS", "utility": "G-371502"}],
    }
    assert (await hall.post("/joint-applications", body, 409)).code == "probable-duplicate"
    await hall.post("/joint-applications", body | {"not_duplicate": True}, 201)


async def test_fifty_identical_applications_of_one_citizen_make_one_case(hookup: Hookup) -> None:
    user = citizen(hookup)
    answers = Counter[int]()
    for _ in range(50):
        answer = await user.http.post(
            "/v1/hookups",
            json={**APPLICATION, "customer_ref": "C-1"},
            headers={"Idempotency-Key": str(uuid4())},
        )
        answers[answer.status_code] += 1
        if answer.status_code == 429:
            assert int(answer.headers["retry-after"]) > 0
    assert (answers[201], answers[409], answers[429]) == (1, 9, 40)


# -- questions and urges


async def test_three_hundred_questions_of_one_citizen_cost_little(hookup: Hookup) -> None:
    user = citizen(hookup)
    case_id = (await user.submit()).body["id"]
    answers_before, case_before = await bytes_kept(hookup)
    statuses = Counter[str]()
    seen = (await user.get(f"/hookups/{case_id}")).etag
    for _ in range(300):
        answer = await user.http.post(
            f"/v1/hookups/{case_id}/questions",
            json={"text": "问" * 500},
            headers={"Idempotency-Key": str(uuid4()), "If-Match": seen},
        )
        seen = answer.headers.get("etag", seen)
        statuses[answer.json().get("code", "taken")] += 1
    assert statuses["taken"] == 5
    assert statuses["questions-unanswered"] + statuses["too-many-requests"] == 295
    answers, case = await bytes_kept(hookup)
    # Five texts of 1,500 bytes, and five answers with what was asked before.
    assert case - case_before < 5 * 3_000
    assert answers - answers_before < 5 * 16_384


async def test_one_case_takes_only_so_many_questions_and_urges(hookup: Hookup) -> None:
    hookup.lift_quotas()
    user, clerk = citizen(hookup), hookup.client("clerk", *UTILITY)
    case_id = (await user.submit()).body["id"]
    for number in range(50):
        asked = (await user.act(case_id, "questions", {"text": f"问题 {number}"})).body["questions"][-1]
        await clerk.act(case_id, f"questions/{asked['id']}/answer", {"answer": "可以"})
        urged = (await user.act(case_id, "urges")).body["urges"][-1]
        await clerk.act(case_id, f"urges/{urged['id']}/answer", {"answer": "已安排"})
    assert (await user.act(case_id, "questions", {"text": "再问"}, 409)).code == "questions-too-many"
    assert (await user.act(case_id, "urges", None, 409)).code == "urges-too-many"
    async with hookup.service.database.reading() as connection:
        events = await connection.scalar(select(func.count()).where(outbox.c.key == case_id))
    assert events is not None
    assert events < 250


async def test_reads_of_one_citizen_are_bounded_and_others_are_served(hookup: Hookup) -> None:
    user, clerk = citizen(hookup), hookup.client("clerk", *UTILITY)
    statuses = Counter[int]()
    for _ in range(300):
        statuses[(await user.http.get("/v1/reference")).status_code] += 1
    assert statuses[200] < 200
    assert statuses[429] > 100
    await clerk.get("/reference")


# -- bodies


async def test_a_body_of_mebibytes_is_no_json(hookup: Hookup) -> None:
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    answer = await hookup.client().http.post("/v1/imports", content=b"[" * (2 * MEBIBYTE), headers=headers)
    assert answer.status_code == 413


# -- exports


async def test_exports_run_one_at_a_time_for_each_and_two_for_all(
    hookup: Hookup, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hookup.client().submit()
    writing = most = 0
    lock = threading.Lock()
    write = LedgerWriter.write

    def counted(writer: LedgerWriter, *args: Any) -> None:
        nonlocal writing, most
        with lock:
            writing += 1
            most = max(most, writing)
        # Each waits for another: it is seen whether two write at once, and whether a third does.
        with suppress(threading.BrokenBarrierError):
            pairs.wait(10)
        write(writer, *args)
        with lock:
            writing -= 1

    pairs = threading.Barrier(2)
    monkeypatch.setattr(LedgerWriter, "write", counted)
    clients = [hookup.client("clerk", subject=f"clerk-{number}") for number in range(6)]
    answers = await asyncio.gather(*(each.http.get("/v1/ledger.xlsx") for each in clients for _ in range(3)))
    assert Counter(each.status_code for each in answers) == {200: 6, 429: 12}
    assert {each.json()["code"] for each in answers if each.status_code == 429} == {"too-many-at-once"}
    assert all(int(each.headers["retry-after"]) > 0 for each in answers if each.status_code == 429)
    assert most == 2
    pairs.abort()
    # Whoever has got theirs may have another.
    assert (await clients[0].http.get("/v1/ledger.xlsx")).status_code == 200
    assert not hookup.app.state.quotas._running


async def test_when_the_line_is_full_an_export_comes_back_later(hookup: Hookup) -> None:
    exports = hookup.app.state.exports
    exports._most_waiting = 0
    async with exports.turn(), exports.turn():
        refused = await hookup.client().http.get("/v1/ledger.xlsx")
    assert (refused.status_code, refused.json()["code"]) == (429, "exports-busy")
    assert int(refused.headers["retry-after"]) > 0
    assert (await hookup.client().http.get("/v1/ledger.xlsx")).status_code == 200
