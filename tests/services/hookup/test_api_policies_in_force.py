"""By which version of a policy a case is judged over HTTP, and what a new version does not change."""

from typing import Any

import pytest

from libs.common import refreshing
from libs.common.auth.callers import ScopeKind
from libs.common.database.tables import policy_version
from services.hookup.domain.values.rules import CLOCK, LIMITS, MATERIALS, SERVICE
from services.hookup.domain.values.stages import Stage
from services.hookup.storage.policies import KINDS
from services.hookup.storage.rulebook import RuleBook
from tests.services.hookup.domain.samples import at
from tests.services.hookup.past import closed_case, put
from tests.services.hookup.policy_samples import (
    DRAFTS,
    SOURCE,
    administrators,
    body_of,
    bring_into_force,
    closing_at,
    draft,
    rulebook_of,
)
from tests.services.hookup.test_api_rules import assert_tells
from tests.support.hookup import Hookup

# -- before the first version


async def test_before_the_first_version_a_request_is_refused_in_words(hookup: Hookup) -> None:
    hookup.set_clock("2021-12-31 09:00")
    clerk, drafter = hookup.client(), administrators(hookup)[0]
    for refused in (
        await clerk.submit(409),
        await clerk.get("/fee-catalogue", 409),
        await clerk.get("/material-lists", 409, supply="WATER", channel="HALL"),
    ):
        assert refused.code == "no-rules-then"
        assert_tells(refused.body, 409)
    assert len((await drafter.get("/policies")).body["items"]) == len(KINDS)
    hookup.set_clock("2022-01-01 09:00")
    await clerk.submit()


async def test_the_first_version_serves_what_came_before_it_where_a_ledger_is_read_in(hookup: Hookup) -> None:
    rulebook = await rulebook_of(hookup)
    rules = rulebook.at(at("2021-12-01 09:00").date(), or_first=True)
    assert rules.versions == {LIMITS: "2022-49", SERVICE: "2022-49", CLOCK: "2022-1", MATERIALS: "2022-1"}
    old = closed_case("2021-12-06 09:00")
    assert (old.versions, str(old.receipt)) == (rules.versions, "2021-12-06")
    assert rulebook.of(old).policy.version == "2022-49"


# -- business hours


@pytest.mark.parametrize(
    ("close", "submitted", "receipt", "due_at"),
    [
        ("17:00", "2022-08-01 17:00", "2022-08-01", "2022-08-08T09:00:00Z"),
        ("17:00", "2022-08-01 17:01", "2022-08-02", "2022-08-08T09:00:00Z"),
        ("18:00", "2022-08-01 17:31", "2022-08-01", "2022-08-08T10:00:00Z"),
        ("18:00", "2022-08-01 18:00", "2022-08-01", "2022-08-08T10:00:00Z"),
        ("18:00", "2022-08-01 18:01", "2022-08-02", "2022-08-08T10:00:00Z"),
    ],
)
async def test_business_hours_of_the_policy_decide_receipt_and_close(
    hookup: Hookup, close: str, submitted: str, receipt: str, due_at: str
) -> None:
    await bring_into_force(hookup, closing_at(close), "2022-08-01")
    clerk = hookup.client()
    hookup.set_clock(submitted)
    made = (await clerk.submit()).body
    assert (made["receipt_date"], made["due_at"]) == (receipt, due_at)


async def test_business_hours_decide_every_close_and_every_working_minute(hookup: Hookup) -> None:
    await bring_into_force(hookup, closing_at("18:00"), "2022-08-01")
    clerk, citizen = hookup.client(), hookup.client("citizen", ScopeKind.CITIZEN, "C-1")
    hookup.set_clock("2022-08-01 09:00")
    made = (await clerk.submit(complete=False)).body["id"]
    # A working day to accept in, and its close.
    assert await hookup.timers(made) == {"deemed_acceptance": at("2022-08-02 18:00")}
    await clerk.act(made, "corrections", {"materials": ["PREMISES_PROOF"]})
    work = (await clerk.get("/work-list", whose="applicant")).body["items"]
    assert [each["work_due_at"] for each in work] == ["2022-08-08T10:00:00Z"]
    await clerk.act(made, "corrections/answer", {"document_ref": "D-1"})
    await clerk.act(made, "acceptance")
    await clerk.stage(made, Stage.SURVEY_DESIGN, "start", "2022-08-01 09:00")
    hookup.set_clock("2022-08-02 17:59")
    case = await clerk.stage(made, Stage.SURVEY_DESIGN, "completion", "2022-08-02 17:59")
    minutes = {each["stage"]: each["working_minutes"] for each in case["stages"]}
    # Eight hours a day, a minute short: by hours that end at 17:30 it would be 450 + 420.
    assert minutes["SURVEY_DESIGN"] == 2 * 480 - 30 - 1
    assert (await hookup.timers(made))["gap"] == at("2022-08-03 18:00")
    urged = (await citizen.act(made, "urges")).body
    assert urged["urges"][0]["answer_by"] == "2022-08-03T10:00:00Z"


async def test_each_day_is_closed_by_the_hours_in_force_that_day(hookup: Hookup) -> None:
    """The hour of the last day before a change is still the old one; then the new one rules."""
    await bring_into_force(hookup, closing_at("17:00"), "2022-08-02", version="early")
    clerk = hookup.client()
    hookup.set_clock("2022-08-01 17:20")
    last = (await clerk.submit()).body
    assert (last["receipt_date"], last["due"]["policy_version"]) == ("2022-08-01", "2022-49")
    assert last["due_at"].endswith("09:30:00Z")
    hookup.set_clock("2022-08-02 17:20")
    first = (await clerk.submit()).body
    assert (first["receipt_date"], first["due"]["policy_version"]) == ("2022-08-03", "early")
    assert first["due_at"].endswith("09:00:00Z")


# -- by which version a case is judged


async def test_a_case_is_judged_by_the_version_of_its_receipt_date_and_keeps_it(hookup: Hookup) -> None:
    days: dict[str, Any] = {"limit_days.WATER.L1_LE50": 9}
    await bring_into_force(hookup, body_of(**days), "2022-07-06", version="next")
    await bring_into_force(hookup, body_of(SERVICE, urge_workdays=3), "2022-07-06", SERVICE, version="next")
    clerk, citizen = hookup.client(), hookup.client("citizen", ScopeKind.CITIZEN, "C-1")
    hookup.set_clock("2022-07-05 17:31")
    # Submitted under the old version, after closing: received on the first day of the new one.
    case = (await clerk.submit()).body
    assert (case["receipt_date"], case["due"]["policy_version"]) == ("2022-07-06", "next")
    assert case["due_at"] == "2022-07-15T09:30:00Z"
    assert [(each["policy"], each["version"]) for each in case["judged_by"]] == [
        (LIMITS, "next"),
        (SERVICE, "next"),
        (CLOCK, "2022-1"),
        (MATERIALS, "2022-1"),
    ]
    assert case["judged_by"][0]["source_document"] == SOURCE
    # The timers are those of the version that judges.
    assert (await hookup.timers(case["id"]))["overdue"] > at("2022-07-15 17:30")
    hookup.set_clock("2022-07-06 09:00")
    urged = (await citizen.act(case["id"], "urges")).body
    assert urged["urges"][0]["answer_by"] == "2022-07-11T09:30:00Z"


async def test_between_submission_and_acceptance_the_versions_of_the_submission_hold(hookup: Hookup) -> None:
    await bring_into_force(
        hookup, body_of(correction_workdays=5, **{"limit_days.WATER.L1_LE50": 9}), "2022-07-05"
    )
    clerk = hookup.client()
    case_id = (await clerk.submit(complete=False)).body["id"]
    hookup.set_clock("2022-07-05 09:00")
    waits = (await clerk.get(f"/hookups/{case_id}")).body
    assert (waits["due"], waits["judged_by"][0]["version"]) == (None, "2022-49")
    # One working day to answer in, not five: on the second morning it is deemed accepted, from the submission on.
    assert await hookup.timers(case_id) == {"deemed_acceptance": at("2022-07-05 17:30")}
    hookup.set_clock("2022-07-06 09:00")
    await hookup.fire_timers()
    deemed = (await clerk.get(f"/hookups/{case_id}")).body
    assert (deemed["receipt_date"], deemed["due"]["policy_version"]) == ("2022-07-04", "2022-49")
    # One that is accepted under the new version is judged by it, whenever it was submitted.
    hookup.set_clock("2022-07-04 10:00")
    other = (await clerk.submit(complete=False)).body["id"]
    hookup.set_clock("2022-07-05 10:00")
    accepted = (await clerk.act(other, "acceptance")).body
    assert (accepted["receipt_date"], accepted["due_at"]) == ("2022-07-05", "2022-07-14T09:30:00Z")


async def test_no_later_version_changes_what_is_accepted_and_a_retroactive_one_neither(
    hookup: Hookup,
) -> None:
    clerk, citizen = hookup.client(), hookup.client("citizen", ScopeKind.CITIZEN, "C-1")
    accepted = (await clerk.submit()).body
    waiting = (await clerk.submit(complete=False)).body["id"]
    hookup.set_clock("2022-07-05 10:00")
    await bring_into_force(
        hookup, body_of(**{"limit_days.WATER.L1_LE50": 1}), "2022-07-01", version="back", retroactive=True
    )
    await bring_into_force(
        hookup, body_of(SERVICE, urge_workdays=9), "2022-07-01", SERVICE, version="back", retroactive=True
    )
    after = (await clerk.get(f"/hookups/{accepted['id']}")).body
    assert (after["due"], after["judged_by"]) == (accepted["due"], accepted["judged_by"])
    changed = (await clerk.act(accepted["id"], "lengths", {"kind": "DESIGNED", "length_m": "43.0"})).body
    assert changed["due"] == accepted["due"]
    urged = (await citizen.act(accepted["id"], "urges")).body
    assert urged["urges"][0]["answer_by"] == "2022-07-06T09:30:00Z"
    # What is accepted from now on is judged by it, whenever it was submitted.
    judged = (await clerk.act(waiting, "acceptance")).body
    assert {each["policy"]: each["version"] for each in judged["judged_by"]} == {
        LIMITS: "back",
        SERVICE: "back",
        CLOCK: "2022-1",
        MATERIALS: "2022-1",
    }


async def test_a_case_from_before_versions_were_kept_is_judged_as_it_was(hookup: Hookup) -> None:
    """Its record names the limits alone; a retroactive version of the others came afterwards."""
    clerk = hookup.client()
    old = closed_case("2022-06-06 09:00")
    old.versions = {}
    await put(hookup, old)
    hookup.set_clock("2022-07-05 10:00")
    await bring_into_force(
        hookup, body_of(SERVICE, urge_workdays=9), "2022-06-01", SERVICE, version="back", retroactive=True
    )
    shown = (await clerk.get(f"/hookups/{old.id}")).body
    assert [each["version"] for each in shown["judged_by"]] == ["2022-49", "2022-49", "2022-1", "2022-1"]
    # And the limits by which it was judged cannot be replaced.
    async with hookup.service.database.unit_of_work(hookup.clock.now()) as work:
        await work.connection.execute(
            policy_version.update().where(policy_version.c.policy == LIMITS).values(body={})
        )
    drafter, _ = administrators(hookup)
    refused = await drafter.post(DRAFTS, draft(body_of(), "2022-08-01", "2022-49"), 422)
    assert [each["code"] for each in refused.body["errors"]] == ["version-taken"]


async def test_other_processes_see_a_new_version_within_half_a_minute(
    hookup: Hookup, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = 1000.0
    monkeypatch.setattr(refreshing, "monotonic", lambda: clock)
    other = RuleBook(hookup.service.database)
    await other.refresh()
    await bring_into_force(hookup, body_of(), "2022-07-04", version="new")
    day = at("2022-07-04 09:00").date()
    assert hookup.app.state.rulebook is not other
    await other.refresh()
    assert other.at(day).policy.version == "2022-49"
    clock += 30.0
    await other.refresh()
    assert other.at(day).policy.version == "new"
    # The process that approved knows it with the next request.
    assert (await hookup.client().submit()).body["due"]["policy_version"] == "new"
