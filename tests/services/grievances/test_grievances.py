"""Grievances over HTTP on both engines: the whole way of one, and what each may do."""

import pytest

from libs.casework.storage import updates
from tests.services.grievances.people import clerk, desk, district, replied, work_on
from tests.support.service import Running


async def test_a_grievance_is_followed_to_the_end(grievances: Running) -> None:
    path = await replied(grievances)
    shown = (await clerk(grievances).get(path)).body
    assert shown["state"] == "REPLIED"
    assert shown["words"] == "小区昨天起停水，请打我电话 ******，详见 （链接已略去）"
    assert (shown["name"], shown["phone"]) == ("李**", "138******00")
    good = {"reached": True, "contacted": True, "solved": True, "grade": 4}
    refused = await clerk(grievances).command(path, "call", good, 403)
    assert refused.code == "forbidden"
    closed = (await desk(grievances).command(path, "call", good)).body
    assert (closed["state"], closed["outcome_name"]) == ("CLOSED", "回访满意")
    names = [name for name, _ in await grievances.events(path.rpartition("/")[2])]
    assert names == [
        "grievance_received",
        "grievance_dispatched",
        "grievance_signed",
        "reporter_contacted",
        "grievance_verified",
        "grievance_replied",
        "call_back_made",
        "grievance_closed",
    ]


async def test_what_is_unsatisfied_is_done_anew_and_in_the_ledger_until_it_is_crossed_off(
    grievances: Running,
) -> None:
    path = await replied(grievances)
    bad = {"reached": True, "contacted": True, "solved": False, "grade": 1, "reason": "仍然没有水"}
    again = (await desk(grievances).command(path, "call", bad)).body
    assert (again["state"], again["cycle"], again["cycle_name"]) == ("DISPATCHED", 2, "重办")
    assert again["in_ledger"] is True
    above = district(grievances)
    early = await above.command(path, "cross-off", {"ground": "SOLVED"}, 409)
    assert early.code == "not-called-back"
    await work_on(clerk(grievances), path)
    good = {"reached": True, "contacted": True, "solved": True, "grade": 3}
    assert (await desk(grievances).command(path, "call", good)).body["state"] == "CLOSED"
    crossed = (await above.command(path, "cross-off", {"ground": "SOLVED"})).body
    assert crossed["in_ledger"] is False


async def test_every_loop_of_the_worker_does_its_work(
    grievances: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(updates, "HOUSEKEEPING_SECONDS", 0)
    await replied(grievances)
    for loop in grievances.service.extra_loops:
        await loop.step()
