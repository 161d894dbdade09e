"""The ledger over HTTP: out as a workbook, in as a job."""

import io
from typing import Any
from uuid import uuid4

import pytest
from openpyxl import load_workbook

from libs.common.auth.callers import Scope, ScopeKind
from libs.common.clock import local
from libs.workbooks.jobs.imports import Mode
from libs.workbooks.jobs.keeping import keeping_of
from services.hookup.http import ledger_routes
from services.hookup.storage.imports import LEDGERS
from services.hookup.storage.rulebook import RuleBook
from services.hookup.usecases.import_ledger import ledger_runner
from tests.services.hookup.ledger.books import book, models, some_rows
from tests.services.hookup.ledger.conftest import NOW
from tests.support.hookup import Answered, Client, Hookup

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def hand_in(
    client: Client, content: bytes, mode: str = "all", status: int = 202, key: str = ""
) -> Answered:
    response = await client.http.post(
        "/v1/imports",
        files={"file": ("台账.xlsx", content, XLSX)},
        data={"mode": mode},
        headers={"Idempotency-Key": key or str(uuid4())},
    )
    assert response.status_code == status, response.text
    return Answered(response)


async def work(hookup: Hookup) -> None:
    """Let the worker's loop do what there is to do."""
    service = hookup.service
    keeping = keeping_of(service.state)
    runner = ledger_runner(service.database, hookup.clock, RuleBook(service.database), keeping)

    async def waiting() -> bool:
        async with service.database.reading() as connection:
            return await LEDGERS.jobs.oldest_unfinished(connection) is not None

    while await waiting():
        await runner.step()


async def numbers(client: Client, **query: Any) -> list[str]:
    """The case numbers in the exported ledger, between its header and its total."""
    response = (await client.get("/ledger.xlsx", **query)).response
    assert response.headers["content-type"] == XLSX
    rows = list(load_workbook(io.BytesIO(response.content)).worksheets[0].iter_rows(values_only=True))
    return sorted(str(row[1]) for row in rows[3:-1])


async def test_a_file_goes_in_and_comes_out_again(hookup: Hookup) -> None:
    hookup.clock.instant = NOW
    clerk = hookup.client()
    content = book(models(3))
    handed = await hand_in(clerk, content)
    path = handed.response.headers["location"].removeprefix("/v1")
    before = (await clerk.get(path)).body
    assert (before["state"], before["rows"], before["checked"]) == ("checking", 3, 0)
    await work(hookup)
    after = (await clerk.get(path)).body
    assert (after["state"], after["loaded"], after["bad_rows"], after["warning_rows"]) == ("done", 3, [], [])
    assert (after["file_name"], after["finished_at"] is not None) == ("台账.xlsx", True)
    assert await numbers(clerk) == [row.number for row in models(3)]


async def test_files_are_sealed_and_one_that_the_release_before_stored_is_read(hookup: Hookup) -> None:
    hookup.clock.instant = NOW
    clerk, database = hookup.client(), hookup.service.database
    first, second = models(2)
    content = book([first])
    path = (await hand_in(clerk, content)).response.headers["location"].removeprefix("/v1")
    async with database.reading() as connection:
        stored = await LEDGERS.jobs.content_of(connection, path.rpartition("/")[2])
    assert content not in stored
    async with database.unit_of_work(NOW) as uow:
        former = await LEDGERS.jobs.add(
            uow,
            file_name="台账.xlsx",
            content=book([second]),
            rows=1,
            mode=Mode.ALL,
            asked_by="clerk-1",
            scope=Scope(ScopeKind.UTILITY, "W-371502"),
        )
    await work(hookup)
    for job in (path, f"/imports/{former}"):
        assert (await clerk.get(job)).body["loaded"] == 1


async def test_a_repeated_request_makes_one_job(hookup: Hookup) -> None:
    hookup.clock.instant = NOW
    clerk, key, content = hookup.client(), str(uuid4()), book(models(1))
    first = await hand_in(clerk, content, key=key)
    assert (await hand_in(clerk, content, key=key)).body == first.body
    assert len((await clerk.get("/imports")).body["items"]) == 1


async def test_the_report_names_bad_rows(hookup: Hookup, bad_rows: bytes) -> None:
    hookup.clock.instant = NOW
    clerk = hookup.client("supervisor")
    handed = await hand_in(clerk, bad_rows)
    await work(hookup)
    report = (await clerk.get(f"/imports/{handed.body['id']}")).body
    assert (report["state"], report["bad"]) == ("rejected", 34)
    assert report["bad_rows"][0] == {
        "row": 7,
        "column": "受理编号",
        "code": "missing",
        "reason": "受理编号未填写",
        "remedy": "请填写受理编号",
    }


async def test_what_is_no_ledger_is_refused_at_once(hookup: Hookup) -> None:
    clerk = hookup.client()
    assert (await hand_in(clerk, b"no", status=422)).code == "ledger-not-xlsx"
    assert (await hand_in(clerk, book(models(1)), mode="some", status=422)).code == "invalid"
    assert (await clerk.get("/imports")).body["items"] == []


async def test_a_body_beyond_the_limit_is_refused(hookup: Hookup, monkeypatch: pytest.MonkeyPatch) -> None:
    (route,) = [
        each for each in ledger_routes.router.routes if getattr(each, "operation_id", "") == "importLedger"
    ]
    monkeypatch.setitem(route.openapi_extra, "x-body-limit", 1_000)  # type: ignore[attr-defined]  # an APIRoute
    assert (await hand_in(hookup.client(), bytes(2_000_000), status=413)).code == "too-large"


async def test_only_those_with_the_role_read_in(hookup: Hookup) -> None:
    await hand_in(hookup.client("citizen"), book(models(1)), status=403)
    await hand_in(hookup.stranger(), book(models(1)), status=401)


async def test_a_job_is_seen_from_its_own_place_only(hookup: Hookup) -> None:
    hookup.clock.instant = NOW
    own = hookup.client("clerk", ScopeKind.UTILITY, "W-371502")
    other = hookup.client("clerk", ScopeKind.UTILITY, "W-371503", "clerk-2")
    handed = await hand_in(own, book(models(1)))
    path = f"/imports/{handed.body['id']}"
    assert (await other.get(path, 404)).code == "not-found"
    assert (await other.get("/imports")).body["items"] == []
    assert len((await own.get("/imports")).body["items"]) == 1
    assert (await hookup.client().get(path)).body["mode"] == "all"


async def test_jobs_are_listed_newest_first_in_pages(hookup: Hookup) -> None:
    hookup.clock.instant = NOW
    clerk = hookup.client()
    made = []
    for _ in range(3):
        made.append((await hand_in(clerk, book(models(1)))).body["id"])
        await work(hookup)
    first = (await clerk.get("/imports", limit=2)).body
    second = (await clerk.get("/imports", limit=2, cursor=first["next"])).body
    assert [each["id"] for each in (*first["items"], *second["items"])] == made[::-1]
    assert second["next"] is None


async def test_the_export_is_narrowed_by_filters_and_by_place(hookup: Hookup) -> None:
    hookup.clock.instant = NOW
    rows = some_rows(120, seed=3)
    city = hookup.client("supervisor")
    await hand_in(city, book(rows))
    await work(hookup)

    def of(condition: str, value: str) -> list[str]:
        return sorted(row.number for row in rows if getattr(row, condition) == value)

    def between(first: str, last: str) -> list[str]:
        return sorted(
            row.number for row in rows if first <= local(row.submitted_at).date().isoformat() <= last
        )

    assert await numbers(city) == sorted(row.number for row in rows)
    assert await numbers(city, supply="GAS") == of("supply", "GAS")
    assert await numbers(city, district="371502") == of("district", "371502")
    assert await numbers(city, utility="W-371502") == of("utility", "W-371502")
    assert await numbers(city, month="2022-02") == between("2022-02-01", "2022-02-28") != []
    assert await numbers(city, submitted_from="2022-03-10", submitted_to="2022-05-20") == between(
        "2022-03-10", "2022-05-20"
    )
    utility = hookup.client("clerk", ScopeKind.UTILITY, "W-371502")
    assert await numbers(utility) == of("utility", "W-371502")
    assert await numbers(utility, utility="G-371502") == []
    district = hookup.client("window", ScopeKind.DISTRICT, "371503")
    assert await numbers(district) == of("district", "371503")


async def test_a_month_and_days_exclude_each_other(hookup: Hookup) -> None:
    answer = await hookup.client().get("/ledger.xlsx", 422, month="2022-02", submitted_from="2022-01-01")
    assert answer.body["errors"][0]["code"] == "either-or"


@pytest.mark.parametrize("month", ["20２２-09", "2022-9", "2022-13", "٢٠٢٢-09"])
async def test_a_month_that_is_none_is_refused(hookup: Hookup, month: str) -> None:
    answer = await hookup.client().get("/ledger.xlsx", 422, month=month)
    assert [each["field"] for each in answer.body["errors"]] == ["query.month"]


@pytest.mark.parametrize(
    "spelled", ["w-371502-20220301-0001", "Ｗ-371502-２0220301-0001", "\u200bW-371502-20220301-0001 "]
)
async def test_a_number_is_found_in_any_spelling(hookup: Hookup, spelled: str) -> None:
    hookup.clock.instant = NOW
    clerk = hookup.client()
    await hand_in(clerk, book(models(2)))
    await work(hookup)
    assert await numbers(clerk, number=spelled) == ["W-371502-20220301-0001"]


async def test_the_ledger_is_narrowed_as_the_list_is(hookup: Hookup) -> None:
    clerk = hookup.client()
    plain, longer, unknown = [
        (await clerk.submit(declared_length_m=length)).body["number"] for length in ("42", "120", None)
    ]
    assert await numbers(clerk, length_class="L2_LE200") == [longer]
    assert await numbers(clerk, number=unknown) == [unknown]
    hookup.set_clock("2022-07-11 09:00")
    assert await numbers(clerk, due_today=True, month="2022-07") == [plain]
    hookup.set_clock("2022-07-12 09:00")
    # Without a length the shortest limit runs.
    assert await numbers(clerk, overdue=True, state="ACCEPTED") == [plain, unknown]
    assert await numbers(clerk, special=True) == []


async def test_the_export_says_who_filled_it_in(hookup: Hookup) -> None:
    utility = hookup.client("clerk", ScopeKind.UTILITY, "W-371502")
    content = (await utility.get("/ledger.xlsx")).response.content
    assert load_workbook(io.BytesIO(content)).worksheets[0]["B2"].value == "填报单位：东昌府区供水专营单位"


async def test_a_live_case_is_in_the_ledger(hookup: Hookup) -> None:
    clerk = hookup.client()
    submitted = await clerk.submit()
    assert await numbers(clerk) == [submitted.body["number"]]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({}, ""),
        ({"state": "CLOSED", "length_class": "L0_NONE"}, "（节选：按时限类别、办理状态选取）"),
        ({"month": "2022-07"}, "（节选：按申请日期选取）"),
    ],
    ids=["all", "picked", "a month"],
)
async def test_a_ledger_of_picked_cases_says_so_beside_its_title(
    hookup: Hookup, query: dict[str, Any], said: str
) -> None:
    content = (await hookup.client().get("/ledger.xlsx", **query)).response.content
    title = load_workbook(io.BytesIO(content)).worksheets[0]["A1"].value
    assert title == f"聊城市水气暖报装全流程台账{said}"
