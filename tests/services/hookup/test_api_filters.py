"""Filters of the list of cases: parts of numbers, days, totals, and what each scope sees of them."""

from datetime import timedelta
from typing import Any

import pytest

from libs.common.auth.callers import ScopeKind
from libs.common.http import cursors
from tests.services.hookup.copies import copy_cases, plan_of, sending
from tests.services.hookup.test_api_orders import GAS
from tests.support.hookup import Client, Hookup


async def numbers(client: Client, **query: object) -> list[str]:
    return sorted(case["number"] for case in (await client.get("/hookups", query=query)).body["items"])


async def test_a_number_is_found_by_a_part_of_it(hookup: Hookup) -> None:
    window, reader = hookup.client("window"), hookup.client("supervisor")
    first = (await window.submit()).body["number"]
    gas = (await window.submit(**GAS)).body["number"]
    hookup.clock.advance(timedelta(days=1))
    later = (await window.submit()).body["number"]
    assert (first, gas, later) == (
        "W-371502-20220704-0001",
        "G-371503-20220704-0001",
        "W-371502-20220705-0001",
    )
    for text, expected in (
        ("W-371502-20220704-0001", [first]),
        ("20220704", [gas, first]),
        ("0705-0001", [later]),
        ("w-3715", [first, later]),
        # Full-width digits and dashes, as an input method leaves them.
        ("２０２２０７０５", [later]),
        ("３１５０３－２０２２０７０４", []),
        ("371503－2022", [gas]),
        ("  0001 ", [gas, first, later]),
        # What a pattern means to the database is a letter here.
        ("%%%", []),
        ("___", []),
        ("2022%0001", []),
        ("0704_0001", []),
        ("\\\\\\", []),
        ("0704-0001/", []),
        ("北关街", []),
        # Too short to be a part: meant whole.
        ("01", []),
        ("W", []),
    ):
        assert await numbers(reader, number=text) == expected, text
    clerk = hookup.client("clerk", ScopeKind.UTILITY, "W-371502")
    assert await numbers(clerk, number="20220704") == [first]


async def test_a_whole_number_and_a_rare_part_are_found_by_an_index(hookup: Hookup) -> None:
    database, reader = hookup.service.database, hookup.client("supervisor")
    whole = (await hookup.client().submit()).body["number"]
    await copy_cases(hookup, 20_000)
    for text, indexes in (
        (whole, ("number_key", "sqlite_autoindex")),
        ("COPY-10777", ("number_parts", "COVERING INDEX", "USING INDEX")),
    ):
        with sending(database) as sent:
            assert (await reader.get("/hookups", number=text)).body["items"]
        plan = await plan_of(database, *sent[0])
        assert any(index in plan for index in indexes), plan


@pytest.mark.parametrize("name", ["submitted", "due", "finished"])
async def test_days_are_those_of_shanghai_with_both_ends(hookup: Hookup, name: str) -> None:
    clerk, times = hookup.client(), dict[str, str]()
    # Midnight in Shanghai is 16:00 UTC of the day before.
    for moment in ("2022-07-05 00:00:00", "2022-07-06 23:59:59", "2022-07-07 00:00:00"):
        hookup.set_clock(moment)
        case = (await clerk.submit(declared_length_m="42" if moment < "2022-07-06" else "120")).body
        if name == "finished":
            await clerk.act(case["id"], "withdrawal", {"document_ref": "OBJ-1"})
        times[case["number"]] = moment[:10]
    if name == "due":
        for case in (await clerk.get("/hookups")).body["items"]:
            times[case["number"]] = case["due_at"][:10]
    every = set(times.values())
    for first in every:
        for last in {day for day in every if day >= first}:
            expected = sorted(number for number, day in times.items() if first <= day <= last)
            assert await numbers(clerk, **{f"{name}_from": first, f"{name}_to": last}) == expected
        assert await numbers(clerk, **{f"{name}_from": first}) == sorted(
            number for number, day in times.items() if day >= first
        )
        assert await numbers(clerk, **{f"{name}_to": first}) == sorted(
            number for number, day in times.items() if day <= first
        )
    assert await numbers(clerk, **{f"{name}_from": "2023-01-01"}) == []
    # A case without the time is in no range of it.
    endless = (await clerk.submit(declared_length_m="200.1")).body["number"]
    found = await numbers(clerk, **{f"{name}_from": "2000-01-01", f"{name}_to": "2099-12-31"})
    assert (endless in found) is (name == "submitted")


@pytest.mark.parametrize("path", ["/hookups", "/ledger.xlsx", "/forecasts"])
async def test_days_that_are_none_or_in_reverse_are_refused(hookup: Hookup, path: str) -> None:
    clerk = hookup.client()
    for query, field, code in (
        ({"due_from": "2022-02-29"}, "query.due_from", "type"),
        ({"due_to": "20220228"}, "query.due_to", "rule"),
        ({"finished_from": "2022-07-05", "finished_to": "2022-07-04"}, "query.finished_to", "reversed"),
    ):
        (error,) = (await clerk.get(path, 422, query=query)).body["errors"]
        assert (error["field"], error["code"]) == (field, code)
        assert error["remedy"]
    both: dict[str, Any] = {
        f"{name}_{end}": "2022-07-04" for name in ("submitted", "due") for end in ("from", "to")
    }
    response = await clerk.http.get(f"/v1{path}", params=both)
    assert response.status_code == 200


async def test_the_total_is_exact_up_to_its_bound(hookup: Hookup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cursors, "MOST_COUNTED", 5)
    clerk, window = hookup.client(), hookup.client("window")
    await window.submit(**GAS)
    for number in range(7):
        page = (await clerk.get("/hookups", limit=2)).body
        assert (page["total"], page["more_than_total"]) == (min(number, 5), number > 5)
        await clerk.submit()
    for query, total in (({"number": "0003"}, 1), ({"number": "none"}, 0), ({"supply": "GAS"}, 0)):
        page = (await clerk.get("/hookups", query=query)).body
        assert (page["total"], page["more_than_total"]) == (total, False)
    # It is told once, with the first page.
    page = (await clerk.get("/hookups", limit=2)).body
    following = (await clerk.get("/hookups", limit=2, cursor=page["next"])).body
    assert (following["total"], following["more_than_total"]) == (None, False)
    # A running case's list counts running cases.
    await clerk.submit(complete=False)
    assert (await clerk.get("/hookups", order="due", number="0008")).body["total"] == 0
    assert (await clerk.get("/hookups", order="due_at", number="0008")).body["total"] == 1


async def test_counting_reads_no_more_than_its_bound(hookup: Hookup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cursors, "MOST_COUNTED", 100)
    await hookup.client().submit()
    await copy_cases(hookup, 5_000)
    reader = hookup.client("supervisor")
    with sending(hookup.service.database) as sent:
        page = (await reader.get("/hookups", limit=2)).body
    assert (page["total"], page["more_than_total"], len(sent)) == (100, True, 2)
    assert "LIMIT" in sent[1][0]


async def test_each_scope_finds_and_counts_its_own(hookup: Hookup) -> None:
    window = hookup.client("window")
    own = (await window.submit(customer_ref="C-1")).body["number"]
    await window.submit(customer_ref="C-2", **GAS)
    for client, expected in (
        (hookup.client("citizen", ScopeKind.CITIZEN, "C-1", subject="C-1"), [own]),
        (hookup.client("supervisor", ScopeKind.DISTRICT, "371502"), [own]),
        (hookup.client("clerk", ScopeKind.UTILITY, "W-371502"), [own]),
        (hookup.client("clerk", ScopeKind.UTILITY, "H-371502"), []),
    ):
        page = (await client.get("/hookups", number="20220704", order="-number")).body
        assert ([case["number"] for case in page["items"]], page["total"]) == (expected, len(expected))
    # Authorities see permit items, never cases.
    authority = hookup.client("authority", ScopeKind.AUTHORITY, "371502-LANDSCAPE")
    await authority.get("/hookups", 403)
