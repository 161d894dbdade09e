"""If-Match: what timers and the calendar change conflicts with no form; what a person did is told with a 412."""

import asyncio
from datetime import timedelta

from libs.common.aggregate import MOST_ACTS
from libs.common.auth.callers import ScopeKind
from libs.common.conflicts import MOST_TOLD
from services.hookup.storage.tables import hookup_case
from tests.services.hookup.permit_samples import GRANTED, ROAD, citizen, clerk_of, file, office, surveyed
from tests.services.hookup.test_api_calendar import amend, single
from tests.support.hookup import Answered, Client, Hookup
from tests.support.records import in_the_clear, records_in

SURVEY = "stages/SURVEY_DESIGN/start"
CLERK, USER = "clerk-W-371502", "C-1"


def of_form(answer: Answered) -> list[tuple[str, str, str | None]]:
    """Return what a 412 tells: event, time and by whom."""
    assert answer.code == "version-changed"
    return [(change["event"], change["at"], change.get("by")) for change in answer.body["changes"]]


async def texts(client: Client, case_id: str) -> list[str]:
    """Return the notes on a case."""
    notes = (await client.get(f"/hookups/{case_id}/notes")).body
    return [note["text"] for note in notes["items"]]


async def test_a_timer_alone_does_not_conflict(hookup: Hookup) -> None:
    clerk = clerk_of(hookup)
    case_id = (await clerk.submit()).body["id"]
    seen = await clerk.get(f"/hookups/{case_id}")
    hookup.set_clock("2022-07-11 18:00")
    await hookup.fire_timers()
    now = await clerk.get(f"/hookups/{case_id}")
    assert int(now.etag.strip('"')) > int(seen.etag.strip('"')) + 2
    # A version between the two was made by a timer.
    between = f'"{seen.body["version"] + 1}"'
    async with hookup.counting() as statements:
        started = await clerk.post(f"/hookups/{case_id}/{SURVEY}", {}, version=seen.etag)
    assert started.body["version"] == now.body["version"] + 1
    # It reads no more than a form over the present version does.
    together = hookup.service.settings.database_url.startswith("postgresql")
    assert len(statements) == (2 if together else 4)
    # That was an act: now the older versions conflict.
    for version in (seen.etag, between, now.etag):
        await clerk.post(f"/hookups/{case_id}/stages/CONTRACT/start", {}, 412, version=version)
    # A version that there never was is none that was seen.
    ahead = f'"{started.body["version"] + 1}"'
    refused = await clerk.post(f"/hookups/{case_id}/stages/CONTRACT/start", {}, 412, version=ahead)
    assert "changes" not in refused.body
    await clerk.post(f"/hookups/{case_id}/stages/CONTRACT/start", {}, version=f'"1", {started.etag}')


async def test_an_amended_calendar_does_not_conflict(hookup: Hookup) -> None:
    clerk = clerk_of(hookup)
    case_id = (await clerk.submit()).body["id"]
    seen = await clerk.get(f"/hookups/{case_id}")
    await amend(hookup, single(("2022-07-06", "local", False)))
    assert (await clerk.get(f"/hookups/{case_id}")).body["version"] > seen.body["version"]
    await clerk.post(f"/hookups/{case_id}/{SURVEY}", {}, version=seen.etag)


async def test_what_a_timer_ended_is_refused_by_its_rule(hookup: Hookup) -> None:
    clerk = clerk_of(hookup)
    case_id = (await clerk.submit(complete=False)).body["id"]
    seen = await clerk.get(f"/hookups/{case_id}")
    hookup.set_clock("2022-07-06 09:00")
    await hookup.fire_timers()
    # Accepted by law meanwhile.
    refused = await clerk.post(f"/hookups/{case_id}/acceptance", {}, 409, version=seen.etag)
    assert refused.code == "not-in-this-state"


async def test_a_conflict_tells_what_was_done_when_and_by_whom(hookup: Hookup) -> None:
    clerk, user = clerk_of(hookup), citizen(hookup)
    app = hookup.client("channel", ScopeKind.CHANNEL, "ISHANDONG")
    case_id = (await user.submit()).body["id"]
    seen = await clerk.get(f"/hookups/{case_id}")
    hookup.set_clock("2022-07-04 10:30")
    await clerk.post(f"/hookups/{case_id}/{SURVEY}", {}, version=seen.etag)
    hookup.set_clock("2022-07-05 11:00")
    await user.act(case_id, "urges")
    # Timers of the time after are in the history as well, and are not told.
    hookup.set_clock("2022-07-11 18:00")
    await hookup.fire_timers()
    events = [name for name, _ in await hookup.events(case_id)]
    assert events[-1] not in ("urged", "stage_started")
    urged, started = ("urged", "2022-07-05T11:00:00+08:00"), ("stage_started", "2022-07-04T10:30:00+08:00")
    answer = await clerk.post(f"/hookups/{case_id}/stages/CONTRACT/start", {}, 412, version=seen.etag)
    assert of_form(answer) == [(*urged, USER), (*started, CLERK)]
    assert answer.body["changes"][0]["name"] == "催办"
    # People are shown the text: by whom it was is told apart, as an account.
    assert answer.body["detail"] == "您读取之后，2022-07-05 11:00 已办理“催办”，请重新读取、核对后再提交"
    # The newest of the versions that were seen counts.
    after_start = f'"1", "{seen.body["version"] + 1}"'
    answer = await clerk.post(f"/hookups/{case_id}/stages/CONTRACT/start", {}, 412, version=after_start)
    assert of_form(answer) == [(*urged, USER)]
    # Users see no account of an official, nor one of anybody else.
    for client in (user, app):
        answer = await client.post(
            f"/hookups/{case_id}/questions", {"text": "北墙？"}, 412, version=seen.etag
        )
        assert of_form(answer) == [(*urged, None), (*started, None)]
        assert CLERK not in answer.response.text


async def test_of_many_acts_the_last_ones_are_told(hookup: Hookup) -> None:
    clerk, user = clerk_of(hookup), citizen(hookup)
    case_id = (await user.submit()).body["id"]
    first = await clerk.get(f"/hookups/{case_id}")
    for _ in range(MOST_ACTS):
        await user.act(case_id, "urges")
        urge = (await clerk.get(f"/hookups/{case_id}")).body["urges"][-1]["id"]
        await clerk.act(case_id, f"urges/{urge}/answer", {"answer": "已安排"})
    answer = await clerk.post(f"/hookups/{case_id}/{SURVEY}", {}, 412, version=first.etag)
    told = [event for event, _, _ in of_form(answer)]
    assert len(told) == min(MOST_ACTS, MOST_TOLD)
    assert told[:2] == ["urge_answered", "urged"]
    async with hookup.service.database.reading() as connection:
        (record,) = await records_in(connection, hookup_case)
    assert len(record["acts"]) == MOST_ACTS


async def test_a_case_of_a_release_that_kept_no_acts_is_as_strict_as_it_was(hookup: Hookup) -> None:
    clerk = clerk_of(hookup)
    case_id = (await clerk.submit()).body["id"]
    seen = await clerk.get(f"/hookups/{case_id}")
    async with hookup.service.database.unit_of_work(hookup.clock.now()) as work:
        await in_the_clear(work.connection, hookup_case, "acts")
    hookup.set_clock("2022-07-11 18:00")
    await hookup.fire_timers()
    refused = await clerk.post(f"/hookups/{case_id}/{SURVEY}", {}, 412, version=seen.etag)
    assert (refused.code, "changes" in refused.body) == ("version-changed", False)
    now = await clerk.get(f"/hookups/{case_id}")
    await clerk.post(f"/hookups/{case_id}/{SURVEY}", {}, version=now.etag)


async def test_notes_and_watching_conflict_with_nobody(hookup: Hookup) -> None:
    clerk = clerk_of(hookup)
    case_id = (await clerk.submit()).body["id"]
    seen = await clerk.get(f"/hookups/{case_id}")
    for text in ("甲写的", "乙写的"):
        await clerk.post(f"/hookups/{case_id}/notes", {"text": text}, version=seen.etag)
    for path in ("watch", "watch/removal"):
        await clerk.post(f"/hookups/{case_id}/{path}", version=seen.etag)
    # Nor does anybody's form conflict with them.
    await clerk.post(f"/hookups/{case_id}/{SURVEY}", {}, version=seen.etag)
    await clerk.post(f"/hookups/{case_id}/notes", {"text": "丙写的"}, version=seen.etag)
    assert await texts(clerk, case_id) == ["甲写的", "乙写的", "丙写的"]
    # What conflicts is told without them.
    refused = await clerk.post(f"/hookups/{case_id}/stages/CONTRACT/start", {}, 412, version=seen.etag)
    assert [event for event, _, _ in of_form(refused)] == ["stage_started"]


async def test_notes_at_once_are_all_written(hookup: Hookup) -> None:
    clerk = clerk_of(hookup)
    case_id = (await clerk.submit()).body["id"]
    seen = await clerk.get(f"/hookups/{case_id}")

    async def write(number: int) -> int:
        headers = {"Idempotency-Key": f"note-{number}", "If-Match": seen.etag}
        response = await clerk.http.post(
            f"/v1/hookups/{case_id}/notes", json={"text": f"备注{number}"}, headers=headers
        )
        return response.status_code

    assert await asyncio.gather(*(write(number) for number in range(4))) == [200] * 4
    assert sorted(await texts(clerk, case_id)) == [f"备注{number}" for number in range(4)]


async def test_of_two_forms_at_once_one_is_told_of_the_other(hookup: Hookup) -> None:
    clerk = clerk_of(hookup)
    case_id = (await clerk.submit()).body["id"]
    seen = await clerk.get(f"/hookups/{case_id}")

    async def start() -> int:
        response = await clerk.http.post(
            f"/v1/hookups/{case_id}/{SURVEY}",
            json={},
            headers={"Idempotency-Key": str(next(keys)), "If-Match": seen.etag},
        )
        if response.status_code == 412:
            assert [change["event"] for change in response.json()["changes"]] == ["stage_started"]
        return response.status_code

    keys = iter(range(4))
    assert sorted(await asyncio.gather(*(start() for _ in range(4)))) == [200, 412, 412, 412]


async def test_an_authoritys_item_conflicts_with_acts_alone(hookup: Hookup) -> None:
    clerk, municipal = clerk_of(hookup), office(hookup, "MUNICIPAL")
    case_id = await surveyed(clerk)
    items = [each["id"] for each in (await file(clerk, case_id, ROAD)).body["permits"]]
    path = f"/permits/{items[0]}"
    seen = await municipal.get(path)
    # Its time runs out: by a timer.
    hookup.clock.advance(timedelta(days=30))
    await hookup.fire_timers()
    now = await municipal.get(path)
    assert now.etag != seen.etag
    await municipal.post(f"{path}/decision", GRANTED, version=seen.etag)
    for version in (seen.etag, now.etag):
        refused = await municipal.post(f"{path}/decision", GRANTED, 412, version=version)
        # The history of the case is not the authority's to see.
        assert (refused.code, "changes" in refused.body) == ("version-changed", False)
