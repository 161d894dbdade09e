"""The search by words over HTTP and on its page: who finds what, what is refused, and what is kept of it."""

import pytest

from tests.services.grievances.people import citizen, clerk, desk, entries, send, told, utility
from tests.services.grievances.search.samples import index
from tests.services.grievances.test_pages import at_desk
from tests.support.service import Client, Running

PATH = "/grievance-word-search"


async def ids(client: Client, **body: object) -> list[str]:
    """Return the paths of what a caller finds, and check that the answer is whole."""
    found = (await client.post(PATH, body)).body
    assert (found["complete"], found["next"], found["hint"]) == (True, None, None)
    return [f"/grievances/{item['id']}" for item in found["items"]]


async def test_who_sees_a_grievance_finds_it_and_nobody_else(grievances: Running) -> None:
    named = await told(grievances, words="槐树下停水，电话 13800138000")
    hidden = await told(grievances, words="槐树下停水", reporter="CONFIDENTIAL", kind="REPORT")
    for _ in range(2):
        assert await ids(desk(grievances), words="槐树 停水") == [hidden, named]
        assert await ids(desk(grievances), words="槐树", kind="COMPLAINT") == [named]
        assert await ids(desk(grievances), words="槐树", open=False) == []
        assert await ids(clerk(grievances), words="槐树") == []
        # What is masked is not found, neither are names.
        assert await ids(desk(grievances), words="13800138000") == []
        assert await ids(desk(grievances), words="李女士") == []
        await index(grievances)
    for path in (named, hidden):
        await send(grievances, path)
    shown = (await clerk(grievances).post(PATH, {"words": "槐树"})).body["items"]
    assert [item["customer_id"] for item in shown] == [None, None]
    assert shown[1]["excerpt"] == {"before": "", "match": "槐树", "after": "下停水，电话 ******"}
    assert await ids(utility(grievances, "G-371502"), words="槐树") == []
    await citizen(grievances).post(PATH, {"words": "槐树"}, 403)


async def test_pages_go_on_and_only_with_the_same_words(grievances: Running) -> None:
    paths = [await told(grievances, words=f"停水第{number}天") for number in "一二三"]
    await index(grievances)
    first = (await desk(grievances).post(PATH, {"words": "停水", "limit": 2})).body
    assert (first["complete"], len(first["items"])) == (True, 2)
    body = {"words": "停水", "limit": 2, "cursor": first["next"]}
    assert await ids(desk(grievances), **body) == [paths[0]]
    for other in ({"words": "停气"}, {"kind": "HELP"}, {"cursor": "x"}):
        refused = await desk(grievances).post(PATH, body | other, 400)
        assert refused.code == "cursor-invalid"


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
async def test_what_was_found_is_on_record_and_what_was_looked_for_is_nowhere(
    grievances: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    path = await told(grievances, words="槐树下停水")
    await desk(grievances).post(PATH, {"words": "槐树"})
    await desk(grievances).post(PATH, {"words": "钱某某"})
    refused = await desk(grievances).post(PATH, {"words": "停水 钱"}, 422)
    assert refused.body["errors"] == [
        {
            "field": "words",
            "rule": "每个词至少两个字",
            "remedy": "请把词填得长一些；多个词之间用空格分开",
            "code": "word-too-short",
        }
    ]
    await desk(grievances).post(PATH, {"words": "水"}, 422)
    await desk(grievances).post(PATH, {"words": "水" * 21}, 422)
    rows = [entry for entry in await entries(grievances) if entry["action"] == "SEARCH"]
    assert [(row["subject"], row["fields"]) for row in rows] == [
        (path.rpartition("/")[2], ["words"]),
        (None, ["words"]),
    ]
    assert "钱某某" not in str(rows)
    out = capsys.readouterr()
    logged = out.out + out.err
    assert "/v1/grievance-word-search" in logged
    assert [text for text in ("槐树", "钱某某") if text in logged] == []


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
async def test_the_list_and_the_page_find_by_words(grievances: Running) -> None:
    path = await told(grievances, words="槐树下 WiFi 停水")
    other = await told(grievances, words="槐树下停气", kind="HELP")
    async with at_desk(grievances) as visitor:
        form = (await visitor.forms("/grievances?kind=HELP"))["按内容查找"]
        address, page = await visitor.send(form, words="槐树")
        assert "槐" not in address
        assert other in page
        assert path not in page
        form = (await visitor.forms("/grievance-words"))["查找"]
        _, page = await visitor.send(form, words="wifi")
        assert "找到 1 件" in page
        assert "<mark>WiFi</mark>" in page
        assert 'value="wifi"' in page
        assert "请把词填得长一些" in await visitor.refused(form, words="水 槐树")
