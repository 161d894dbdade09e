"""A supervised utility that wants better figures: what it tries, and what comes of it."""

from typing import Any

from libs.common.auth.callers import ScopeKind
from tests.services.grievances.people import (
    BAD,
    GOOD,
    HELPER,
    NO_WATER,
    citizen,
    city,
    clerk,
    desk,
    district,
    payloads,
    replied,
    send,
    told,
    told_by,
    utility,
)
from tests.support.service import Running

RETURN = {"reason": "OTHER_UTILITY", "note": "属邻区供水范围"}
REPLY: dict[str, Any] = {"measures": ["EXPLAINED"], "text": "已解释。"}


async def sent(grievances: Running, **other: Any) -> str:
    """Tell a grievance at the hall and send it; return its path."""
    path = await told(grievances, category="SUPPLY-PRESSURE", **other)
    await send(grievances, path)
    return path


async def last(grievances: Running, path: str, event: str) -> dict[str, Any]:
    """Return the last event of a name."""
    return [row for row in await payloads(grievances, path) if row["event"] == event][-1]


async def test_returns_win_no_time(grievances: Running) -> None:
    path = await sent(grievances)
    due = (await desk(grievances).get(path)).body["reply_by"]
    unit = clerk(grievances)
    await unit.command(path, "signature")
    await unit.command(path, "return", RETURN)
    grievances.set_clock("2022-07-06 09:00")
    refused = await desk(grievances).command(path, "return-decision", {"granted": False})
    assert (refused.body["state"], refused.body["reply_by"]) == ("SIGNED", due)
    # What passed meanwhile is on record, and a second return is none.
    await grievances.fire_timers()
    assert await last(grievances, path, "contact_overdue")
    assert (await unit.command(path, "return", RETURN, 409)).code == "returned-already"


async def test_a_return_cannot_go_round_in_circles(grievances: Running) -> None:
    path = await sent(grievances)
    due = (await desk(grievances).get(path)).body["reply_by"]
    for unit in ("W-371502", HELPER):
        if unit == HELPER:
            await send(grievances, path, utility=HELPER)
        await utility(grievances, unit).command(path, "return", RETURN)
        await desk(grievances).command(path, "return-decision", {"granted": True})
    await send(grievances, path)
    again = await clerk(grievances).command(path, "return", RETURN, 409)
    assert again.code == "returned-already"
    assert (await desk(grievances).get(path)).body["reply_by"] == due


async def test_a_contact_that_never_was_is_denied_by_the_person(grievances: Running) -> None:
    path = await replied(grievances)
    await desk(grievances).command(path, "call", BAD | {"contacted": False})
    first = (await district(grievances).get(path)).body["cycles"][0]
    assert first["contact"]["denied"] is True
    assert (await last(grievances, path, "call_back_made"))["contacted"] is False


async def test_staff_do_not_speak_for_the_person_in_the_app_or_by_a_link(grievances: Running) -> None:
    path = await sent(grievances)
    await clerk(grievances).command(path, "signature")
    for way in ("APP", "LINK"):
        for who, verb, body in (
            (clerk(grievances), "contact", {}),
            (desk(grievances), "call", GOOD),
        ):
            refused = (await who.command(path, verb, body | {"way": way}, 422)).body["errors"]
            assert [(error["field"], error["code"]) for error in refused] == [("way", "not-allowed")]
            assert refused[0]["remedy"]


async def test_an_earlier_time_that_is_claimed_makes_nothing_punctual(grievances: Running) -> None:
    path = await sent(grievances)
    unit = clerk(grievances)
    await unit.command(path, "signature")
    grievances.set_clock("2022-07-05 11:00")
    early = {"way": "PHONE", "at": "2022-07-04T10:00:00+08:00"}
    before = {"way": "PHONE", "at": "2022-07-03T10:00:00+08:00"}
    assert (await unit.command(path, "contact", before, 409)).code == "before-dispatch"
    await unit.command(path, "contact", early)
    contact = (await unit.get(path)).body["cycles"][0]["contact"]
    assert (contact["entry"], contact["on_time"]) == ("IN_TIME", False)
    told = await last(grievances, path, "reporter_contacted")
    assert (told["counts_at"], told["on_time"]) == ("2022-07-05T03:00:00Z", False)


async def test_unreasonable_is_nobody_s_opinion_of_oneself(grievances: Running) -> None:
    path = await sent(grievances)
    unit = clerk(grievances)
    await unit.command(path, "signature")
    await unit.command(path, "contact", {"way": "PHONE"})
    await unit.command(path, "verification", {"finding": "用户无理", "reasonable": False})
    await unit.command(path, "finding-confirmation", {"agreed": True}, 403)
    await unit.command(path, "reply", REPLY)
    assert (await last(grievances, path, "grievance_replied"))["reasonable"] is True
    # Unconfirmed it is reasonable: done anew and in the ledger.
    again = (await desk(grievances).command(path, "call", BAD)).body
    assert (again["state"], again["in_ledger"]) == ("DISPATCHED", True)


async def test_no_unit_terminates_what_it_does_not_like(grievances: Running) -> None:
    path = await sent(grievances)
    unit = clerk(grievances)
    await unit.command(path, "signature")
    for reason in ("NOT_OURS", "CONCLUDED"):
        asked = {"reason": reason, "note": "不属职责"}
        assert (await unit.command(path, "termination", asked, 409)).code == "reason-not-listed"
    await unit.command(path, "termination", {"reason": "UNCOOPERATIVE", "note": "拒不配合"})
    await unit.command(path, "termination-decision", {"granted": True}, 403)
    early = await district(grievances).command(path, "termination-decision", {"granted": True}, 409)
    assert early.code == "city-decides"
    # The clock runs on.
    grievances.set_clock("2022-07-12 09:00")
    refused = await city(grievances).command(path, "termination-decision", {"granted": False})
    assert (refused.body["state"], refused.body["overdue"]) == ("SIGNED", True)


async def test_no_longer_time_after_it_is_up_and_none_that_one_grants_oneself(grievances: Running) -> None:
    path = await sent(grievances)
    unit = clerk(grievances)
    await unit.command(path, "signature")
    asked = {"workdays": 5, "reason": "须采购", "told_at": "2022-07-04T09:00:00+08:00"}
    grievances.set_clock("2022-07-11 17:31")
    assert (await unit.command(path, "extension", asked, 409)).code == "extension-too-late"
    offered = {item["operation_id"] for item in (await unit.get(f"{path}/actions")).body["items"]}
    assert "askExtension" not in offered
    other = await sent(grievances)
    await unit.command(other, "signature")
    await unit.command(other, "extension", asked | {"told_at": "2022-07-11T17:31:00+08:00"})
    await unit.command(other, "extension-decision", {"granted": True}, 403)


async def test_no_unit_says_that_it_is_a_softer_kind(grievances: Running) -> None:
    path = await sent(grievances)
    softer = {"kind": "SUGGESTION", "category": "OTHER"}
    await clerk(grievances).command(path, "classification", softer, 403)
    # Not even the desk once it is sent; before, what it was is on record.
    assert (await desk(grievances).command(path, "classification", softer, 409)).code == "not-in-this-state"
    other = await told(grievances)
    await desk(grievances).command(other, "classification", softer)
    moved = await last(grievances, other, "grievance_classified")
    assert (moved["kind_before"], moved["category_before"]) == ("COMPLAINT", "SUPPLY-NONE")


async def test_a_reply_comes_after_the_contact_and_does_not_stand_for_being_on_the_spot(
    grievances: Running,
) -> None:
    path = await told(grievances)
    await send(grievances, path)
    unit = clerk(grievances)
    await unit.command(path, "signature")
    await unit.command(path, "verification", {"finding": "已核实", "reasonable": True})
    assert (await unit.command(path, "reply", REPLY, 409)).code == "not-contacted"
    await unit.command(path, "contact", {"way": "PHONE"})
    await unit.command(path, "reply", REPLY)
    grievances.set_clock("2022-07-04 11:01")
    await grievances.fire_timers()
    assert await last(grievances, path, "arrival_overdue")


async def test_nobody_of_the_unit_calls_back_closes_or_answers_for_the_person(grievances: Running) -> None:
    path = await replied(grievances)
    friend = grievances.client("clerk", subject="u-friend")
    approver = grievances.client("approver")
    for who in (clerk(grievances), friend, approver):
        await who.command(path, "call", GOOD, 403)
        await who.command(path, "own-call", {"contacted": True, "solved": True, "grade": 5}, 403)
        await who.command(path, "rating", {"score": 5}, 403)
        await who.command(path, "withdrawal", None, 403)
        await who.command(path, "reopening", {"reason": "重新办理"}, 403)
    grievances.set_clock("2022-08-31 09:00")
    await grievances.fire_timers()
    assert (await desk(grievances).get(path)).body["state"] == "REPLIED"
    # Whoever worked on it and sits at the desk now calls nobody.
    moved = grievances.client("window", ScopeKind.DISTRICT, "371502", subject="u-clerk")
    assert (await moved.command(path, "call", GOOD, 409)).code == "caller-is-handler"


async def test_an_escalation_is_answered_by_another_and_the_city_has_nobody_above(
    grievances: Running,
) -> None:
    path = await sent(grievances)
    await clerk(grievances).command(path, "signature")
    await clerk(grievances).command(path, "escalation", {"need": "需协调开挖"})
    await clerk(grievances).command(path, "escalation-answer", {"answer": "已协调"}, 403)
    assert (
        await city(grievances).command(path, "escalation", {"need": "需协调"}, 409)
    ).code == "nobody-above"
    await district(grievances).command(path, "escalation", {"need": "需市局协调"})
    again = await district(grievances).command(path, "escalation", {"need": "再次上报"}, 409)
    assert again.code == "escalated-already"
    await district(grievances).command(path, "escalation-answer", {"answer": "正在协调"})
    mine = await district(grievances).command(path, "escalation-answer", {"answer": "已协调"}, 409)
    assert mine.code == "no-escalation"
    await city(grievances).command(path, "escalation-answer", {"answer": "已协调"})


async def test_withdrawing_for_a_citizen_takes_a_document_and_is_marked(grievances: Running) -> None:
    path = await sent(grievances)
    window = desk(grievances)
    assert (await window.command(path, "withdrawal", None, 409)).code == "stead-document-missing"
    grievances.set_clock("2022-07-12 09:00")
    done = (await window.command(path, "withdrawal", {"document_ref": "REC-2022-000318"})).body
    assert done["state"] == "WITHDRAWN"
    gone = await last(grievances, path, "grievance_withdrawn")
    # Withdrawn after it was overdue is counted apart.
    assert (gone["in_stead"], gone["overdue"]) == (True, True)
    assert (await district(grievances).get(path)).body["document_ref"] == "REC-2022-000318"
    own = await told_by(grievances)
    assert (await citizen(grievances).command(own, "withdrawal")).body["state"] == "WITHDRAWN"
    assert (await last(grievances, own, "grievance_withdrawn"))["in_stead"] is False


async def test_what_a_unit_takes_down_itself_is_seen_to_be_so_and_goes_the_same_way(
    grievances: Running,
) -> None:
    made = (await clerk(grievances).post("/grievances", NO_WATER, 201)).body
    path = f"/grievances/{made['id']}"
    assert made["source"] == "PHONE"
    # It cannot send it to itself, nor see it before the desk sends it.
    await clerk(grievances).get(path, 404)
    await clerk(grievances).post(f"{path}/dispatch", {"utility": "W-371502"}, 403, version='"1"')
    assert (await payloads(grievances, path))[0]["actor_unit"] == "utility:W-371502"
    answer = await clerk(grievances).post("/grievances", NO_WATER | {"source": "HOTLINE"}, 409)
    assert answer.code == "source-not-yours"


async def test_the_ledger_is_left_by_the_rules_alone(grievances: Running) -> None:
    path = await replied(grievances)
    await desk(grievances).command(path, "call", BAD)
    impossible = {"ground": "IMPOSSIBLE", "explanation": "管网改造前压力不足，已解释"}
    await clerk(grievances).command(path, "cross-off", impossible, 403)
    above = district(grievances)
    assert (await above.command(path, "cross-off", {"ground": "SOLVED"}, 409)).code == "not-called-back"
    await above.command(path, "cross-off", impossible)
    assert (await above.command(path, "cross-off", impossible, 409)).code == "approved-already"
    colleague = grievances.client("supervisor", ScopeKind.DISTRICT, "371502", subject="u-district-2")
    assert (await colleague.command(path, "cross-off", impossible, 409)).code == "approved-already"
    assert (await above.get(path)).body["in_ledger"] is True
    done = (await city(grievances).command(path, "cross-off", {"ground": "IMPOSSIBLE"})).body
    assert done["in_ledger"] is False


async def test_replies_that_say_nothing_are_told_to_who_supervises(grievances: Running) -> None:
    grievances.lift_quotas()
    for number in range(5):
        path = await sent(grievances)
        unit = clerk(grievances)
        await unit.command(path, "signature")
        await unit.command(path, "contact", {"way": "PHONE"})
        await unit.command(path, "verification", {"finding": "已核实", "reasonable": True})
        # A code of a standard answer does not make it one.
        await unit.command(
            path, "reply", REPLY | {"text": f"已于{number}日处理。", "answer_code": "HEAT-SEASON"}
        )
    assert "GENERIC_REPLIES" in [row.get("trigger") for row in await payloads(grievances, path)]
