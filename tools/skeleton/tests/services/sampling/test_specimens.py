"""Specimens over HTTP on both engines: commands, lists, who sees and does what, and the events."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from services.sampling.bootstrap import build

from libs.common.auth.callers import ScopeKind
from tests.support.authorisation import Cells, Objects
from tests.support.page_forms import visiting
from tests.support.service import Running, running


@pytest.fixture
async def specimens(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """Run the service on each engine in turn; its clock stands on a Monday, 09:00."""
    async with running(build, database_url, tmp_path) as service:
        await service.service.migrate()
        yield service


async def opened(specimens: Running, utility: str = "W-371502") -> str:
    """Open a specimen of a utility; return its path."""
    clerk = specimens.client("clerk", ScopeKind.UTILITY, utility)
    return f"/specimens/{(await clerk.post('/specimens', status=201)).body['id']}"


async def test_a_specimen_is_opened_and_finished(specimens: Running) -> None:
    clerk = specimens.client()
    path = await opened(specimens)
    (action,) = (await clerk.get(f"{path}/actions")).body["items"]
    assert (action["operation_id"], action["title"]) == ("finishSpecimen", "办结事项")
    specimens.set_clock("2022-07-05 10:00")
    finished = (await clerk.command(path, "result", {"result": "DONE"})).body
    assert (finished["state"], finished["finished_at"]) == ("FINISHED", "2022-07-05T02:00:00Z")
    assert (await clerk.get(f"{path}/actions")).body["items"] == []
    again = await clerk.command(path, "result", {"result": "DONE"}, 409)
    assert again.code == "not-in-this-state"
    events = await specimens.events(path.rpartition("/")[2])
    assert [name for name, _ in events] == ["specimen_opened", "specimen_finished"]


async def test_until_when_it_is_to_be_finished_the_calendar_of_the_city_says(specimens: Running) -> None:
    shown = (await specimens.client().get(await opened(specimens))).body
    # Five working days from a Monday, at the close of business; what amends the calendar is followed.
    assert shown["finish_by"] == "2022-07-11T09:30:00Z"
    assert [subscription.name for subscription in specimens.service.subscriptions] == ["calendar"]


async def test_a_list_has_pages_and_each_sees_its_own(specimens: Running) -> None:
    specimen_paths = [await opened(specimens) for _ in range(3)]
    other = await opened(specimens, "W-371503")
    clerk, city = specimens.client(), specimens.client("supervisor")
    await clerk.command(specimen_paths[0], "result", {"result": "DECLINED"})
    first = (await clerk.get("/specimens", limit=2)).body
    rest = (await clerk.get("/specimens", limit=2, cursor=first["next"])).body
    assert {item["id"] for item in first["items"] + rest["items"]} == {
        p.rpartition("/")[2] for p in specimen_paths
    }
    assert rest["next"] is None
    assert len((await city.get("/specimens", state="OPEN")).body["items"]) == 3
    await clerk.get(other, 404)


async def test_its_pages_open_one_and_finish_it(specimens: Running) -> None:
    clerk = specimens.caller()
    token = specimens.token(clerk)
    async with visiting("sampling", specimens.app, clerk, token, specimens.clock) as visitor:
        opening = (await visitor.forms("/specimens/new"))["登记事项"]
        path, page = await visitor.send(opening)
        assert "已办理：登记事项" in page
        finishing = (await visitor.forms(path))["办结事项"]
        same, page = await visitor.send(finishing, result="DONE")
        assert (same, "已办理：办结事项" in page) == (path, True)
        assert "办结事项" not in await visitor.forms(path)
        assert path in await visitor.open("/specimens?state=FINISHED")
        assert "没有符合条件的事项" in await visitor.open("/specimens?state=OPEN")
        assert "不能办结" in await visitor.open(f"{path}/withheld")
        history = await visitor.open(f"{path}/events")
        assert "本人" in history
        assert "办理结果 已办理" in history


async def test_every_cell_of_the_authorisations_is_answered_as_the_table_says(specimens: Running) -> None:
    own, sibling = [
        Objects({"specimen_id": path.rpartition("/")[2]}, [path.rpartition("/")[2]])
        for path in (await opened(specimens), await opened(specimens, "W-371503"))
    ]
    faults = await Cells(specimens.app, specimens.issuer, own, sibling).faults()
    assert not faults, "\n".join(faults)
