"""The live path over HTTP: each command as the role it belongs to, and the worked examples once more."""

from datetime import timedelta

import pytest

from libs.common.auth.callers import ScopeKind
from services.hookup.domain.values.stages import Stage
from tests.services.hookup.domain.samples import VECTORS, at
from tests.support.hookup import Hookup, Json, Moment, when


def instant(text: str | None) -> object:
    """An instant of a document."""
    return None if text is None else at(text)


async def test_a_case_from_application_to_running_water(hookup: Hookup) -> None:
    citizen = hookup.client("citizen", ScopeKind.CITIZEN, "C-1")
    clerk = hookup.client("clerk", ScopeKind.UTILITY, "W-371502")
    approver = hookup.client("approver", ScopeKind.UTILITY, "W-371502")
    made = await citizen.submit(complete=False, declared_length_m=None)
    case_id = made.body["id"]
    assert made.response.headers["location"] == f"/v1/hookups/{case_id}"
    assert (made.body["number"], made.body["state"]) == ("W-371502-20220704-0001", "SUBMITTED")
    assert (made.body["length_class"], made.body["due"]) == ("UNKNOWN", None)

    hookup.set_clock("2022-07-04 10:00")
    asked = await clerk.act(case_id, "corrections", {"materials": ["PREMISES_PROOF"]})
    assert (asked.body["state"], asked.body["correction_items"]) == ("CORRECTION", ["用地或房产证明"])
    assert (await citizen.act(case_id, "corrections/answer")).body["state"] == "SUBMITTED"
    await clerk.stage(case_id, Stage.SURVEY_DESIGN, "start")
    accepted = await clerk.act(case_id, "acceptance")
    assert (accepted.body["state"], accepted.body["receipt_date"]) == ("IN_PROGRESS", "2022-07-04")
    assert accepted.body["due"]["policy_version"] == "2022-49"

    length = await clerk.act(case_id, "lengths", {"kind": "DESIGNED", "length_m": "200.1"})
    assert (length.body["length_class"], length.body["length_m"]) == ("L3_GT200", "200.1")
    assert length.body["due_at"] is None
    agreed = await clerk.act(
        case_id, "agreed-date", {"agreed_date": "2022-08-01", "document_ref": "HT-2022-7"}
    )
    assert instant(agreed.body["due_at"]) == at("2022-08-01 17:30")

    hookup.set_clock("2022-07-05 10:00")
    await clerk.stage(case_id, Stage.SURVEY_DESIGN, "completion", "2022-07-05 09:30")
    green = {"items": [{"kind": "GREEN_LAND", "mode": "APPROVAL"}]}
    (item,) = (await clerk.act(case_id, "permits", green)).body["permits"]
    hookup.set_clock("2022-07-05 11:00")
    evidence = await clerk.evidence(case_id)
    paused = await clerk.act(case_id, "pauses", {"reason": "PERMIT_ORDINARY", "evidence_ref": evidence})
    (pause,) = paused.body["pauses"]
    assert (pause["state"], instant(pause["starts_at"])) == ("REQUESTED", at("2022-07-05 10:00"))
    approved = await approver.act(case_id, f"pauses/{pause['id']}/approval")
    assert (approved.body["state"], approved.body["paused"]) == ("PAUSED", True)
    second = await clerk.act(case_id, "pauses", {"reason": "CROSSING", "evidence_ref": evidence})
    declined = await approver.act(case_id, f"pauses/{second.body['pauses'][1]['id']}/refusal")
    assert [each["state"] for each in declined.body["pauses"]] == ["APPROVED", "DECLINED"]

    await clerk.act(case_id, "special-case", {"reason": "CROSSING", "evidence_ref": evidence})
    special = await approver.act(case_id, "special-case/approval")
    assert special.body["special_case"]["approved_by"] == "approver-1"
    hookup.set_clock("2022-07-08 10:00")
    office = hookup.client("authority", ScopeKind.AUTHORITY, "GREENING-371502")
    await office.post(
        f"/permits/{item['id']}/decision", {"decision": "GRANTED", "document_ref": "XK-1"}, version='"1"'
    )
    resumed = await clerk.get(f"/hookups/{case_id}")
    assert (resumed.body["state"], resumed.body["pauses"][0]["days"]) == ("IN_PROGRESS", 3)
    await clerk.stage(case_id, Stage.CONTRACT, "start", "2022-07-06 11:00")
    await clerk.stage(case_id, Stage.CONTRACT, "completion", "2022-07-07 11:00")
    await clerk.stage(case_id, Stage.EXTERNAL_WORKS, "start")
    await clerk.act(case_id, "excavation", {"sites": ["GREEN_LAND"]})
    hookup.set_clock("2022-07-20 10:00")
    await clerk.stage(case_id, Stage.EXTERNAL_WORKS, "completion")
    await clerk.act(case_id, "lengths", {"kind": "AS_BUILT", "length_m": "199.9"})
    await clerk.stage(case_id, Stage.TURN_ON, "start")
    live = await clerk.act(case_id, "meter-live", {})
    assert live.body["state"] == "TURNED_ON"
    hookup.set_clock("2022-07-20 15:00")
    closed = (await citizen.act(case_id, "confirmation")).body
    assert (closed["state"], closed["on_time"], closed["special"]) == ("CLOSED", True, True)
    sheet = closed["time_sheet"]
    assert sheet["elapsed"] == sheet["stages"] + sheet["pauses"] + sheet["gaps"] == 16 * 1440 + 60
    assert [each["stage"] for each in closed["stages"]] == [
        "ACCEPT",
        "SURVEY_DESIGN",
        "PERMIT",
        "CONTRACT",
        "EXTERNAL_WORKS",
        "TURN_ON",
    ]
    assert (await citizen.get(f"/hookups/{case_id}")).body == closed
    assert [name for name, _ in await hookup.events(case_id)][-2:] == ["stage_completed", "case_closed"]
    assert not await hookup.timers(case_id)


async def test_withdrawal_and_refusal(hookup: Hookup) -> None:
    channel = hookup.client("channel", ScopeKind.CHANNEL, "ISHANDONG")
    clerk = hookup.client()
    first, second, third = [(await channel.submit()).body["id"] for _ in range(3)]
    assert (await channel.act(first, "withdrawal")).body["state"] == "WITHDRAWN"
    refused = await clerk.act(second, "refusal", {"code": "ARREARS_OF_APPLICANT"})
    assert (refused.body["state"], refused.body["refusal_code"]) == ("TERMINATED", "ARREARS_OF_APPLICANT")
    await clerk.act(third, "refusal", {"code": "NO_MONEY"}, status=422)


@pytest.mark.parametrize("days", [89, 91])
async def test_an_application_after_one_that_came_to_nothing_says_after_which(
    hookup: Hookup, days: int
) -> None:
    channel, clerk = hookup.client("channel", ScopeKind.CHANNEL, "ISHANDONG"), hookup.client()
    withdrawn, refused = [(await channel.submit()).body for _ in range(2)]
    assert withdrawn["begun_anew_after"] is None
    await channel.act(withdrawn["id"], "withdrawal")
    hookup.set_clock("2022-07-04 10:00")
    await clerk.act(refused["id"], "refusal", {"code": "SAFETY_NOT_MET"})
    hookup.clock.advance(timedelta(days=days))
    again = (await channel.submit()).body
    assert again["begun_anew_after"] == (refused["number"] if days < 90 else None)
    told = (await clerk.get(f"/hookups/{again['id']}/events")).body["items"][0]["particulars"]
    assert told["begun_anew_after"] == again["begun_anew_after"]
    # The same place told by one of the street's villages.
    village = (await channel.submit(site_division="371502008201")).body
    assert village["begun_anew_after"] == again["begun_anew_after"]
    others: tuple[Json, Json] = {"customer_ref": "C-9"}, {"site_division": "371502002000"}
    for other in others:
        assert (await channel.submit(**other)).body["begun_anew_after"] is None


async def test_live_again_after_a_dispute_rests_on_a_file_that_is_younger_than_it(hookup: Hookup) -> None:
    clerk = hookup.client()
    citizen = hookup.client("citizen", ScopeKind.CITIZEN, "C-1", subject="C-1")
    case_id = await turned_on(hookup)
    old = await clerk.evidence(case_id)
    hookup.clock.advance(timedelta(hours=1))
    await citizen.act(case_id, "dispute", {"reason": "没有水"})
    for body, code in (
        ({}, "evidence-after-dispute"),
        ({"evidence_ref": old}, "evidence-too-old"),
        ({"evidence_ref": "照片"}, "evidence-not-on-file"),
    ):
        refused = await clerk.act(case_id, "meter-live", body, status=409)
        assert (refused.code, refused.body["errors"][0]["field"]) == (code, "evidence_ref")
    evidence = await clerk.evidence(case_id)
    live = (await clerk.act(case_id, "meter-live", {"evidence_ref": evidence})).body
    assert (live["state"], live["disputes"][0]["evidence_ref"]) == ("TURNED_ON", evidence)


async def test_a_duplicate_is_one_of_a_case_that_stands(hookup: Hookup) -> None:
    channel, clerk = hookup.client("channel", ScopeKind.CHANNEL, "ISHANDONG"), hookup.client()
    withdrawn, first, second = [(await channel.submit()).body for _ in range(3)]
    elsewhere = (await channel.submit(site_division="371502002000")).body
    another = (await channel.submit(customer_ref="C-9")).body
    # Who wants a new clock for a late case applies once more: it is the later one that is the duplicate.
    hookup.set_clock("2022-07-04 09:01")
    later = (await channel.submit()).body
    await channel.act(withdrawn["id"], "withdrawal")
    for number in (
        None,
        later["number"],
        withdrawn["number"],
        elsewhere["number"],
        another["number"],
        second["number"],
        "W-1",
    ):
        body = {"code": "DUPLICATE"} | ({} if number is None else {"duplicate_of": number})
        refused = await clerk.act(second["id"], "refusal", body, status=409)
        code = "duplicate-not-named" if number is None else "duplicate-unknown"
        assert (refused.code, refused.body["errors"][0]["field"]) == (code, "duplicate_of")
    assert (await clerk.get(f"/hookups/{second['id']}")).body["state"] == second["state"]
    body = {"code": "DUPLICATE", "duplicate_of": first["number"]}
    assert (await clerk.act(second["id"], "refusal", body)).body["state"] == "TERMINATED"
    told = (await clerk.get(f"/hookups/{second['id']}/events")).body["items"][-1]
    assert (told["event"], told["particulars"]["duplicate_of"]) == ("case_refused", first["number"])


@pytest.mark.parametrize(("vector", "submitted"), [("E01", "2022-09-30 16:40"), ("E01c", "2022-09-30 17:45")])
async def test_due_times_in_all_three_readings(hookup: Hookup, vector: str, submitted: str) -> None:
    hookup.set_clock(submitted)
    case = (await hookup.client().submit()).body
    for reading in ("working", "calendar_roll", "calendar_strict"):
        kind, _, receipt, due = VECTORS[vector][reading]
        assert (case["length_class"], case["receipt_date"]) == (kind, receipt)
        assert instant(case["due"][reading]) == at(due)


async def test_a_pause_moves_the_due_times(hookup: Hookup) -> None:
    expected, clerk, approver = VECTORS["E03"], hookup.client(), hookup.client("approver")

    def dues(case: Json) -> tuple[object, object]:
        return instant(case["due"]["working"]), instant(case["due"]["calendar_roll"])

    hookup.set_clock("2022-08-01 09:20")
    case = (await clerk.submit(declared_length_m="120.0")).body
    assert dues(case) == (at(expected["no_pause_working"]), at(expected["no_pause_calendar_roll"]))
    hookup.set_clock("2022-08-03 10:00")
    body = {"reason": "USER_SITE_NOT_READY", "evidence_ref": await clerk.evidence(case["id"])}
    pause_id = (await clerk.act(case["id"], "pauses", body)).body["pauses"][0]["id"]
    await approver.act(case["id"], f"pauses/{pause_id}/approval")
    hookup.set_clock("2022-08-08 09:00")
    resumed = (await clerk.act(case["id"], f"pauses/{pause_id}/end", {})).body
    assert dues(resumed) == (at(expected["with_pause_working"]), at(expected["with_pause_calendar_roll"]))
    assert resumed["pauses"][0]["days"] == len(expected["excluded"])


@pytest.mark.parametrize(
    ("moment", "status", "code"),
    [("2022-07-09 14:00:00", 200, ""), ("2022-07-09 14:00:01", 409, "not-in-this-state")],
)
async def test_the_user_has_24_hours(hookup: Hookup, moment: Moment, status: int, code: str) -> None:
    clerk, citizen = hookup.client(), hookup.client("citizen", ScopeKind.CITIZEN, "C-1")
    case_id = await turned_on(hookup)
    hookup.set_clock(moment)
    answer = await citizen.act(case_id, "confirmation", status=status)
    if code:
        # Nobody has fired the timer yet, and still the day is over.
        assert answer.code == code
        await hookup.fire_timers()
    case = (await clerk.get(f"/hookups/{case_id}")).body
    assert (case["state"], case["confirmed_by_user"]) == ("CLOSED", status == 200)
    assert instant(case["finished_at"]) == at("2022-07-08 14:00")
    assert case["confirmed_at"] is None if code else instant(case["confirmed_at"]) == when(moment)


async def turned_on(hookup: Hookup) -> str:
    """A case without a line whose water runs since 8 July, 14:00."""
    clerk = hookup.client()
    hookup.set_clock("2022-07-08 09:00")
    case_id: str = (await clerk.submit(declared_length_m="0")).body["id"]
    hookup.set_clock("2022-07-08 14:00")
    for stage, start in ((Stage.SURVEY_DESIGN, "10:00"), (Stage.CONTRACT, "11:00"), (Stage.TURN_ON, "13:30")):
        await clerk.stage(case_id, stage, "start", f"2022-07-08 {start}")
        if stage is not Stage.TURN_ON:
            await clerk.stage(case_id, stage, "completion", "2022-07-08 13:00")
    await clerk.act(case_id, "meter-live", {})
    return case_id


async def test_reference_and_calendar(hookup: Hookup) -> None:
    clerk = hookup.client()
    reference = (await clerk.get("/reference")).body
    assert {"code": "SURVEY_DESIGN", "name": "勘查设计"} in reference["stages"]
    calendar = (await clerk.get("/calendar", query={"from": "2022-10-07", "to": "2022-10-10"})).body
    assert [(each["is_workday"], each["kind"]) for each in calendar["days"]] == [
        (False, "holiday"),
        (True, "make_up"),
        (True, "make_up"),
        (True, "workday"),
    ]
    assumed = (await clerk.get("/calendar", query={"from": "2028-01-01", "to": "2028-01-03"})).body["days"]
    assert [(each["is_workday"], each["kind"]) for each in assumed] == [
        (False, "holiday"),
        (False, "weekend"),
        (True, "workday"),
    ]
    refused = await clerk.get("/calendar", 409, query={"from": "2022-10-07", "to": "2022-10-06"})
    assert refused.code == "range-invalid"
    for first, last in (("1999-12-31", "2000-01-02"), ("2099-12-30", "2100-01-01")):
        assert (await clerk.get("/calendar", 422, query={"from": first, "to": last})).code == "invalid"
