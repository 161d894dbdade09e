"""External surveys over HTTP, on both engines: who enters, who sees, and that a correction keeps the former."""

import asyncio
from typing import Any

from libs.common.auth.callers import Caller, Role, Scope, ScopeKind
from libs.common.rules import RuleError
from services.grievances.http.survey_models import EnterSurvey
from services.grievances.storage.rulebook import RuleBook
from services.grievances.usecases.enter_survey import enter_survey
from tests.services.grievances.people import city, clerk, district, payloads, utility
from tests.services.grievances.test_pages import at_unit
from tests.support.service import Running

RESULT: dict[str, Any] = {
    "surveyor": "省统计局社情民意调查中心",
    "first_day": "2022-04-01",
    "last_day": "2022-06-30",
    "sample": 400,
    "satisfied": 398,
    "score": "99.5",
    "document_ref": "CP-2022-1",
}


async def test_a_result_is_entered_corrected_and_seen_by_whom_it_names(grievances: Running) -> None:
    who = city(grievances)
    made = await who.post("/surveys", RESULT | {"utility": "W-371502"}, 201)
    path = f"/surveys/{made.body['id']}"
    assert (made.body["district"], made.body["supply"]) == ("371502", "WATER")
    assert (made.body["score"], made.body["meets"]) == ("99.5", True)
    again = await who.post("/surveys", RESULT | {"utility": "W-371502"}, 409)
    assert again.code == "survey-known"
    whole = await who.post("/surveys", RESULT, 201)
    assert (whole.body["place_name"], whole.body["number"]) == ("聊城市", "CP-371500-20220704-0002")
    for other, code, status in (
        (clerk(grievances), "forbidden", 403),
        (district(grievances), "city-enters", 409),
    ):
        assert (await other.post("/surveys", RESULT | {"document_ref": "CP-2"}, status)).code == code
    for wrong in ({"score": "100.01"}, {"score": 99.5}, {"sample": 0}, {"satisfied": -1}, {"last_day": 1}):
        await who.post("/surveys", RESULT | {"document_ref": "CP-3"} | wrong, 422)
    changed = RESULT | {"utility": "W-371502", "satisfied": 397, "reason": "文件第二次印发"}
    shown = await who.command(path, "correction", changed)
    assert (shown.body["meets"], shown.body["corrections"]) == (False, 1)
    await who.command(path, "correction", changed, 409)
    seen = (await clerk(grievances).get(path)).body
    assert [(version["satisfied"], version["reason"]) for version in seen["versions"]] == [
        (397, "文件第二次印发"),
        (398, None),
    ]
    assert [item["id"] for item in (await district(grievances).get("/surveys")).body["items"]] == [seen["id"]]
    assert len((await who.get("/surveys")).body["items"]) == 2
    assert (await utility(grievances, "W-371503").get(path, 404)).code == "not-found"
    told = await payloads(grievances, path)
    assert [(event["event"], event["result_version"], event["satisfied"]) for event in told] == [
        ("survey_entered", 1, 398),
        ("survey_corrected", 2, 397),
    ]
    assert all("surveyor" not in event and event["score"] == 9_950 for event in told)
    async with at_unit(grievances) as unit:
        assert "登记测评结果" not in await unit.open("/surveys")
        page = await unit.open(path)
        assert "文件第二次印发" in page
        assert "未达到99.5%" in page


async def test_one_result_of_a_document_stands_once(grievances: Running) -> None:
    who = city(grievances)
    other = RESULT | {"document_ref": "CP-2022-2"}
    await who.post("/surveys", RESULT, 201)
    second = (await who.post("/surveys", other, 201)).body
    path = f"/surveys/{second['id']}"
    refused = await who.command(path, "correction", RESULT | {"reason": "文号有误"}, 409)
    assert refused.code == "survey-known"
    seen = (await who.get(path)).body
    assert (seen["document_ref"], seen["version"]) == ("CP-2022-2", second["version"])
    # Its own document is no other's.
    await who.command(path, "correction", other | {"satisfied": 399, "reason": "文件第二次印发"})


async def test_of_two_that_enter_the_same_at_once_one_is_refused(grievances: Running) -> None:
    service, rulebook = grievances.service, grievances.service.state["rulebook"]
    assert isinstance(rulebook, RuleBook)
    await rulebook.reload()
    result = EnterSurvey.model_validate(RESULT).result()
    caller = Caller("city-1", frozenset({Role.SUPERVISOR}), Scope(ScopeKind.CITY))

    async def enter() -> str:
        async with service.database.unit_of_work(grievances.clock.now()) as uow:
            await enter_survey(uow, rulebook, result, caller)
            # The other one begins before this one is committed.
            await asyncio.sleep(0.2)
        return "entered"

    outcomes = await asyncio.gather(enter(), enter(), return_exceptions=True)
    assert sorted(map(str, outcomes))[0] == "entered"
    (refusal,) = (outcome for outcome in outcomes if isinstance(outcome, RuleError))
    assert refusal.code == "survey-known"
