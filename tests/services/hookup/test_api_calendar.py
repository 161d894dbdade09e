"""The calendar's notices over HTTP, and what an amendment does to open and to closed cases."""

import io
from datetime import date, timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from libs.common.auth.callers import ScopeKind
from libs.common.calendars import days as calendar_module
from libs.common.calendars.seed import published_days
from libs.common.policy_changes import KNOWN_EVERYWHERE
from services.hookup.domain.reports.forecast import Level
from services.hookup.storage.past_cases import Cohort, PastCases
from services.hookup.storage.rulebook import RuleBook
from services.hookup.storage.tables import hookup_case
from tests.services.hookup.domain.samples import at
from tests.services.hookup.past import closed_case, put
from tests.services.hookup.policy_samples import administrators
from tests.services.hookup.test_api_rules import assert_tells
from tests.support.hookup import Hookup, Json, running_hookup

# As the notice of a year is written: what is off, and which weekends are worked for it.
NOTICE_2027 = {
    "元旦": ("2027-01-01", "2027-01-03", ()),
    "春节": ("2027-02-05", "2027-02-11", ("2027-02-14", "2027-02-20")),
    "清明节": ("2027-04-03", "2027-04-05", ()),
    "劳动节": ("2027-05-01", "2027-05-05", ("2027-04-25", "2027-05-08")),
    "端午节": ("2027-06-09", "2027-06-11", ("2027-06-12",)),
    "国庆节": ("2027-10-01", "2027-10-07", ("2027-10-09",)),
}


def notice(year: int | None = 2027) -> Json:
    """The body of the notice."""
    days: list[Json] = []
    for name, (first, last, worked) in NOTICE_2027.items():
        start, end = date.fromisoformat(first), date.fromisoformat(last)
        for n in range((end - start).days + 1):
            off = {"date": str(start + timedelta(days=n)), "is_workday": False, "kind": "holiday"}
            days.append({**off, "name": name})
        days += [{"date": day, "is_workday": True, "kind": "make_up", "name": name} for day in worked]
    body: Json = {"source_document": "国办发明电〔2026〕8号", "days": days}
    return body if year is None else {**body, "year": year}


def single(*days: tuple[str, str, bool]) -> Json:
    """Single days: date, kind, whether it is worked."""
    return {
        "source_document": "聊政办发〔2022〕8号",
        "days": [{"date": day, "kind": kind, "is_workday": worked, "name": ""} for day, kind, worked in days],
    }


async def amend(hookup: Hookup, body: Json) -> None:
    """Amend the calendar and let the walk go through the open cases."""
    asker, approver = administrators(hookup)
    asked = await asker.post("/calendar-amendments", body, 201)
    await approver.post(f"/calendar-amendments/{asked.body['id']}/approval")
    hookup.clock.advance(KNOWN_EVERYWHERE)
    await hookup.fire_timers()


async def provisional(hookup: Hookup, first: str, last: str) -> list[int]:
    body = (await hookup.client().get("/calendar", query={"from": first, "to": last})).body
    return list(body["provisional_years"])


# -- notices


async def test_a_notice_as_it_is_written_settles_its_year_and_no_other(hookup: Hookup) -> None:
    clerk = hookup.client()
    hookup.set_clock("2026-12-30 09:00")
    case = (await clerk.submit()).body
    assert case["due"]["provisional"] is True
    assert await provisional(hookup, "2026-12-01", "2027-12-31") == [2027]
    # The same days one by one settle nothing: they may be all, or they may not.
    await amend(hookup, notice(None))
    assert await provisional(hookup, "2026-12-01", "2027-12-31") == [2027]
    assert (await clerk.get(f"/hookups/{case['id']}")).body["due"]["provisional"] is True
    await amend(hookup, notice())
    assert await provisional(hookup, "2026-12-01", "2027-12-31") == []
    assert await provisional(hookup, "2027-12-01", "2028-01-31") == [2028]
    settled = (await clerk.get(f"/hookups/{case['id']}")).body["due"]
    assert (settled["provisional"], settled["calendar_roll"]) == (False, "2027-01-04T09:30:00Z")
    days = (await clerk.get("/calendar", query={"from": "2027-02-12", "to": "2027-02-15"})).body["days"]
    assert [(each["is_workday"], each["kind"]) for each in days] == [
        (True, "workday"),
        (False, "weekend"),
        (True, "make_up"),
        (True, "workday"),
    ]
    # Statutory days that the notice does not name are still off, and say what they are.
    (moon,) = (await clerk.get("/calendar", query={"from": "2027-09-15", "to": "2027-09-15"})).body["days"]
    assert (moon["is_workday"], moon["kind"]) == (False, "holiday")


@pytest.mark.parametrize(
    ("days", "year", "faults"),
    [
        (
            [("2027-03-01", "holiday", True), ("2027-03-01", "workday", False)],
            None,
            {
                ("days[0].is_workday", "day-contradicts"),
                ("days[1].date", "date-twice"),
                ("days[1].is_workday", "day-contradicts"),
            },
        ),
        ([("2027-03-06", "workday", True)], None, {("days[0].kind", "weekend-worked")}),
        ([("2027-03-06", "local", True)], 2027, {("days[0].kind", "weekend-worked")}),
        ([("2026-12-31", "local", False)], 2027, {("days[0].date", "date-outside-year")}),
        ([("2027-03-01", "make_up", True)], 2027, {("days[0].kind", "day-contradicts")}),
    ],
)
async def test_a_notice_that_contradicts_itself_is_refused_by_field(
    hookup: Hookup, days: list[tuple[str, str, bool]], year: int | None, faults: set[tuple[str, str]]
) -> None:
    asker, _ = administrators(hookup)
    refused = await asker.post("/calendar-amendments", {**single(*days), "year": year}, 422)
    assert_tells(refused.body, 422)
    assert {(each["field"], each["code"]) for each in refused.body["errors"]} == faults
    assert (await asker.get("/calendar-amendments")).body["items"] == []


async def test_amendments_are_listed_and_may_be_taken_back(hookup: Hookup) -> None:
    asker, approver = administrators(hookup)
    first = (await asker.post("/calendar-amendments", single(("2022-07-11", "local", False)), 201)).body["id"]
    hookup.set_clock("2022-07-04 10:00")
    second = (await asker.post("/calendar-amendments", notice(), 201)).body["id"]
    shown = (await approver.get("/calendar-amendments")).body["items"]
    assert [(each["id"], each["year"], len(each["days"])) for each in shown] == [
        (second, 2027, 34),
        (first, None, 1),
    ]
    assert (shown[0]["asked_by"], shown[0]["approved_by"]) == ("administrator-1", None)
    await approver.post(f"/calendar-amendments/{second}/withdrawal")
    assert (await approver.post(f"/calendar-amendments/{second}/approval", None, 409)).code == (
        "amendment-withdrawn"
    )
    await approver.post(f"/calendar-amendments/{first}/approval")
    assert (await asker.post(f"/calendar-amendments/{first}/withdrawal", None, 409)).code == (
        "amendment-approved"
    )
    shown = (await approver.get("/calendar-amendments")).body["items"]
    assert [(each["approved_by"], each["withdrawn_by"]) for each in shown] == [
        (None, "administrator-2"),
        ("administrator-2", None),
    ]
    assert await provisional(hookup, "2027-01-01", "2027-01-02") == [2027]
    for other in (
        hookup.client(),
        hookup.client("administrator", ScopeKind.DISTRICT, "371502"),
        hookup.client("supervisor"),
    ):
        await other.get("/calendar-amendments", 403)
        await other.post(f"/calendar-amendments/{first}/withdrawal", None, 403)


async def test_a_year_that_a_release_brings_is_announced_and_moves_what_is_open(
    migrated_url: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next package of holidays knows 2027: as a notice would, it settles the year of cases that run."""
    async with running_hookup(migrated_url, tmp_path, "2026-12-30 09:00") as hookup:
        case = (await hookup.client().submit()).body
        assert case["due"]["provisional"] is True
        first = date(2027, 1, 1)
        known = published_days()
        of_2022 = [row for day, row in known.items() if day.year == 2022]
        grown = known | {
            first + timedelta(days=n): type(row)(first + timedelta(days=n), n > 5, row.kind)
            for n, row in enumerate(of_2022)
        }
        monkeypatch.setattr(calendar_module, "published_days", lambda: grown)
        await hookup.service.migrate()
        assert [name for name, _ in await hookup.events("calendar")] == ["calendar_updated"]
        hookup.clock.advance(KNOWN_EVERYWHERE)
        await hookup.fire_timers()
        settled = (await hookup.client().get(f"/hookups/{case['id']}")).body
        assert settled["due"]["provisional"] is False
        assert settled["due_at"] == "2027-01-07T09:30:00Z"
        await hookup.service.migrate()
        assert len(await hookup.events("calendar")) == 1


# -- open cases


async def test_every_stored_day_of_an_open_case_moves_with_the_calendar(hookup: Hookup) -> None:
    clerk, citizen = hookup.client(), hookup.client("citizen", ScopeKind.CITIZEN, "C-1")
    hookup.set_clock("2022-10-15 10:00")

    async def applied() -> tuple[Json, Json]:
        accepted = (await clerk.submit()).body["id"]
        await citizen.act(accepted, "urges")
        asked = (await clerk.submit(complete=False)).body["id"]
        await clerk.act(asked, "corrections", {"materials": ["PREMISES_PROOF"]})
        return await shown(accepted), await shown(asked)

    async def shown(case_id: str) -> Json:
        case = (await clerk.get(f"/hookups/{case_id}")).body
        return {name: case[name] for name in ("receipt_date", "due", "urges", "work")} | {"id": case_id}

    def dates(case: Json) -> list[Any]:
        due = case["due"]
        return [
            case["receipt_date"],
            due and [due[name] for name in ("judged_at", "working", "calendar_roll", "calendar_strict")],
            [each["answer_by"] for each in case["urges"]],
            sorted((each["kind"], each["due_at"] or "") for each in case["work"]),
        ]

    early = await applied()
    rest = single(("2022-10-17", "local", False), ("2022-10-20", "local", False))
    await amend(hookup, rest)
    hookup.set_clock("2022-10-15 10:00")
    late = await applied()
    for before, after in zip(early, late, strict=True):
        assert dates(before) != dates(after)
        moved = await shown(before["id"])
        assert dates(moved) == dates(after)
        # And what stands beside the case: its places on the lists, its timers.
        assert await places(hookup, before["id"]) == await places(hookup, after["id"])
        assert await hookup.timers(before["id"]) == await hookup.timers(after["id"])
    told = [name for name, _ in await hookup.events(early[0]["id"])]
    assert told[-2:] == ["deadlines_moved", "due_recomputed"]


async def places(hookup: Hookup, case_id: str) -> list[Any]:
    async with hookup.service.database.reading() as connection:
        row = (await connection.execute(select(hookup_case).where(hookup_case.c.id == case_id))).one()
    return [getattr(row, name) for name in row._mapping if name.endswith("_due_at")]


async def test_a_case_that_nothing_happened_to_still_stands_in_its_new_place(hookup: Hookup) -> None:
    """Its deemed acceptance is no field of it, only a place on the clerk's list and a timer."""
    clerk = hookup.client()
    case = (await clerk.submit(complete=False)).body
    before = await places(hookup, case["id"])
    assert at("2022-07-05 17:30") in before
    await amend(hookup, single(("2022-07-05", "local", False)))
    after = (await clerk.get(f"/hookups/{case['id']}")).body
    assert after["version"] == case["version"]
    assert at("2022-07-06 17:30") in await places(hookup, case["id"])
    assert await hookup.timers(case["id"]) == {"deemed_acceptance": at("2022-07-06 17:30")}


# -- closed cases


async def test_a_closed_case_keeps_its_figures_wherever_they_are_shown(hookup: Hookup) -> None:
    """Received on Monday 9 May and late on the 18th: rest days since then would make it on time."""
    await put(hookup, closed_case("2022-05-09 09:00", works_days=7))
    city = hookup.client("supervisor")
    rest = single(*((f"2022-05-{day}", "local", False) for day in (13, 16, 17)))

    async def seen() -> list[Any]:
        (row,) = (await city.get("/hookups")).body["items"]
        view = (await city.get(f"/hookups/{row['id']}")).body
        content = (await city.get("/ledger.xlsx")).response.content
        sheet = load_workbook(io.BytesIO(content)).worksheets[0]
        ledger = [cell.value for cell in sheet[4]]
        rulebook = RuleBook(hookup.service.database)
        await rulebook.reload()
        past = PastCases(hookup.service.database)
        like = Cohort(Level.CITY, "", row["supply"], row["length_class"])
        return [row, view, ledger, await past.tracks(like, rulebook.at(at("2022-07-01 09:00").date()))]

    before = await seen()
    assert before[0]["on_time"] is False
    assert before[1]["gaps"]
    await amend(hookup, rest)
    after = await seen()
    # The view says as of when it is, nothing else has changed.
    assert after[1].pop("as_of") != before[1].pop("as_of")
    assert after == before


async def test_what_if_nothing_is_changed_nothing_changes_after_an_amendment_either(hookup: Hookup) -> None:
    """By the amended calendar the last one would have been due on the 19th, and on time."""
    cases = [closed_case("2022-05-09 09:00", works_days=days) for days in (1, 4, 7)]
    await put(hookup, *cases)
    months = {"first_month": "2022-05", "last_month": "2022-05"}
    city = hookup.client("supervisor")
    before = (await city.post("/policies/what-if", months)).body
    assert before["total"]["on_time_before"] == 2
    await amend(hookup, single(*((f"2022-05-{day}", "local", False) for day in (14, 16, 17, 18))))
    for same in ({}, {"policy_version": "2022-49"}, {"judged": "calendar_roll"}):
        told = (await city.post("/policies/what-if", {**months, **same})).body
        assert told == before, same
        assert (told["changed"], told["total"]["became_on_time"]) == ([], 0)
    # And a change is counted from what each was judged to be.
    strict = (await city.post("/policies/what-if", {**months, "limit_days": {"WATER": {"L1_LE50": 1}}})).body
    assert (strict["total"]["on_time_before"], strict["total"]["became_on_time"]) == (2, 0)
    assert strict["total"]["became_late"] == 2
