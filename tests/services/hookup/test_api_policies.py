"""Policies over HTTP: versions, drafts and their approval; what a new version does to cases and what not."""

from typing import Any

import pytest
from sqlalchemy import insert, select

from libs.common.auth.callers import ScopeKind
from libs.common.database.tables import outbox, policy_version
from libs.common.problems import is_chinese
from services.hookup.domain.values.rules import CLOCK, LIMITS, MATERIALS, SERVICE
from services.hookup.domain.values.stages import Stage
from services.hookup.storage.policies import KINDS
from services.hookup.storage.rulebook import RuleBook
from tests.services.hookup.domain.samples import at
from tests.services.hookup.past import closed_case, put
from tests.services.hookup.policy_samples import (
    SOURCE,
    administrators,
    body_of,
    bring_into_force,
    closing_at,
    draft,
)
from tests.services.hookup.test_api_rules import NOBODY, assert_tells
from tests.support.hookup import SHIPPED, Hookup, Json

DRAFTS = f"/policies/{LIMITS}/drafts"


async def rulebook_of(hookup: Hookup) -> RuleBook:
    """The rules as another process reads them."""
    rulebook = RuleBook(hookup.service.database)
    await rulebook.reload()
    return rulebook


# -- two persons


async def test_one_drafts_and_another_approves(hookup: Hookup) -> None:
    drafter, approver = administrators(hookup)
    wanted = draft(body_of(**{"limit_days.WATER.L0_NONE": 2}), "2022-08-01", "2022-99")
    made = await drafter.post(DRAFTS, wanted, 201)
    path = f"/policy-drafts/{made.body['id']}"
    shown = (await approver.get(path)).body
    assert (shown["compared_with"], shown["faults"]) == ("2022-49", [])
    assert shown["differences"] == [
        {
            "path": "limit_days.WATER.L0_NONE",
            "label": "时限（天） · 供水 · 无外线",
            "before": 3,
            "after": 2,
            "choices": None,
        }
    ]
    (limits,) = [each for each in (await approver.get("/policies")).body["items"] if each["policy"] == LIMITS]
    assert [each["version"] for each in limits["versions"]] == ["2022-49"]
    assert [(each["version"], each["drafted_by"]) for each in limits["drafts"]] == [
        ("2022-99", "administrator-1")
    ]
    refused = await drafter.post(f"{path}/approval", None, 409)
    assert refused.code == "approver-is-asker"
    assert_tells(refused.body, 409)
    hookup.set_clock("2022-07-04 10:00")
    assert (await approver.post(f"{path}/approval")).body["version"] == "2022-99"

    (limits,) = [each for each in (await approver.get("/policies")).body["items"] if each["policy"] == LIMITS]
    assert limits["drafts"] == []
    old, new = limits["versions"]
    assert (old["in_force"], new["in_force"]) == (True, False)
    assert (new["drafted_by"], new["approved_by"]) == ("administrator-1", "administrator-2")
    assert (new["drafted_at"], new["approved_at"]) == ("2022-07-04T01:00:00Z", "2022-07-04T02:00:00Z")
    assert (old["drafted_by"], old["approved_by"]) == (None, "聊城市城市管理局")
    view = (await approver.get(f"/policies/{LIMITS}/versions/2022-99")).body
    assert (view["source_document"], view["body"]) == (SOURCE, wanted["body"])
    assert view["differences"] == shown["differences"]
    for verb in ("approval", "withdrawal"):
        assert (await approver.post(f"{path}/{verb}", None, 409)).code == "draft-decided"


async def test_an_approval_is_published_without_names(hookup: Hookup) -> None:
    first = await bring_into_force(hookup, body_of(confirmation_hours=48), "2022-08-01")
    second = await bring_into_force(
        hookup, body_of(confirmation_hours=36), "2022-09-01", valid_to="2022-09-30"
    )
    async with hookup.service.database.reading() as connection:
        rows = (
            await connection.execute(
                select(outbox).where(outbox.c.key == f"policy-{LIMITS}").order_by(outbox.c.aggregate_seq)
            )
        ).all()
    assert [row.aggregate_seq for row in rows] == [1, 2]
    assert {row.type for row in rows} == {"cn.liaocheng.sqn.hookup.policy_approved.v1"}
    told = [row.payload.decode() for row in rows]
    assert not any("administrator" in each for each in told)
    assert f'"policy_version":"{first}","valid_from":"2022-08-01","valid_to":null' in told[0]
    assert f'"policy_version":"{second}","valid_from":"2022-09-01","valid_to":"2022-09-30"' in told[1]
    assert SOURCE in told[0]


async def test_a_draft_may_be_taken_back(hookup: Hookup) -> None:
    drafter, approver = administrators(hookup)
    made = await drafter.post(DRAFTS, draft(body_of(), "2022-08-01"), 201)
    path = f"/policy-drafts/{made.body['id']}"
    assert (await approver.post(f"{path}/withdrawal")).body["id"] == made.body["id"]
    assert (await approver.post(f"{path}/approval", None, 409)).code == "draft-decided"
    shown = (await drafter.get(path)).body
    assert (shown["withdrawn_by"], shown["approved_by"]) == ("administrator-2", None)
    items = (await drafter.get("/policies")).body["items"]
    assert not any(each["drafts"] for each in items)
    for verb in ("approval", "withdrawal"):
        assert (await approver.post(f"/policy-drafts/{NOBODY}/{verb}", None, 404)).code == "not-found"
    await approver.get(f"/policy-drafts/{NOBODY}", 404)


async def test_the_city_administrators_draft_and_officials_read(hookup: Hookup) -> None:
    drafter, _ = administrators(hookup)
    wanted = draft(body_of(), "2022-08-01")
    draft_id = (await drafter.post(DRAFTS, wanted, 201)).body["id"]
    supervisor = hookup.client("supervisor")
    clerk = hookup.client("clerk", ScopeKind.UTILITY, "W-371502")
    for other in (supervisor, clerk):
        await other.post(DRAFTS, wanted, 403)
        await other.get(f"/policy-drafts/{draft_id}", 403)
        for verb in ("approval", "withdrawal"):
            await other.post(f"/policy-drafts/{draft_id}/{verb}", None, 403)
        assert len((await other.get("/policies")).body["items"]) == len(KINDS)
    assert not any(each["drafts"] for each in (await clerk.get("/policies")).body["items"])
    assert (await clerk.get(f"/policies/{LIMITS}/versions/2022-49")).body["body"] == SHIPPED[LIMITS].body
    for path in (f"/policies/{LIMITS}/versions/2022-50", "/policies/taxes/versions/1"):
        await clerk.get(path, 404)
    await drafter.post("/policies/taxes/drafts", wanted, 404)
    await hookup.client("citizen", ScopeKind.CITIZEN, "C-1").get("/policies", 403)
    await hookup.stranger().get("/policies", 401)


# -- what is refused


SPOILT: list[tuple[str, str, Json, str, str]] = [
    (LIMITS, "judged", {"judged": "workingdays"}, "body.judged", "not-allowed"),
    (LIMITS, "planned", {"planned_days": {}}, "body.planned_days.HEAT", "missing"),
    (LIMITS, "empty", {"limit_days": {}}, "body.limit_days.WATER", "missing"),
    (LIMITS, "heat", {"limit_days.HEAT": {"L0_NONE": 3}}, "body.limit_days.HEAT", "unknown-field"),
    (LIMITS, "far", {"limit_days.GAS.L3_GT200": 30}, "body.limit_days.GAS.L3_GT200", "unknown-field"),
    (LIMITS, "zero", {"limit_days.WATER.L1_LE50": 0}, "body.limit_days.WATER.L1_LE50", "too-small"),
    (LIMITS, "negative", {"handover_workdays": -1}, "body.handover_workdays", "too-small"),
    (LIMITS, "text", {"confirmation_hours": "24"}, "body.confirmation_hours", "type"),
    (LIMITS, "unknown", {"confirm_hours": 24}, "body.confirm_hours", "unknown-field"),
    (LIMITS, "classes", {"medium_max_dm": 500}, "body.medium_max_dm", "rule"),
    (
        LIMITS,
        "overlap",
        {"business_hours": [["08:30:00", "13:30:00"], ["13:00:00", "17:30:00"]]},
        "body.business_hours",
        "rule",
    ),
    (
        LIMITS,
        "order",
        {"business_hours": [["13:30:00", "17:30:00"], ["08:30:00", "12:00:00"]]},
        "body.business_hours",
        "rule",
    ),
    (LIMITS, "backwards", {"business_hours": [["17:30:00", "08:30:00"]]}, "body.business_hours[0]", "rule"),
    (LIMITS, "seconds", {"business_hours": [["08:30:00", "17:30:30"]]}, "body.business_hours[0][1]", "rule"),
    (LIMITS, "closed", {"business_hours": []}, "body.business_hours", "too-few"),
    (SERVICE, "half", {"reminder_percent": 100}, "body.reminder_percent", "too-large"),
    (SERVICE, "no terms", {"commitment_terms": ""}, "body.commitment_terms", "too-short"),
    (SERVICE, "float", {"permit_workdays": 5.0}, "body.permit_workdays", "type"),
    (MATERIALS, "no lists", {"lists": []}, "body.lists", "too-few"),
    ("fee_catalogue", "rate", {"max_profit_rate": "1/0"}, "body", "rule"),
    ("fee_catalogue", "nothing", {"items": []}, "body", "rule"),
]


@pytest.mark.parametrize(
    ("policy", "of", "changes", "field", "code"), SPOILT, ids=[each[1] for each in SPOILT]
)
async def test_a_body_that_its_model_does_not_read_is_refused_by_field(
    hookup: Hookup, policy: str, of: str, changes: Json, field: str, code: str
) -> None:
    drafter, _ = administrators(hookup)
    wanted = draft(body_of(policy, **changes), "2022-08-01")
    refused = await drafter.post(f"/policies/{policy}/drafts", wanted, 422)
    assert_tells(refused.body, 422)
    assert (field, code) in [(each["field"], each["code"]) for each in refused.body["errors"]], of
    assert not any(each["drafts"] for each in (await drafter.get("/policies")).body["items"])


async def test_every_fault_is_told_at_once(hookup: Hookup) -> None:
    drafter, _ = administrators(hookup)
    await bring_into_force(hookup, body_of(), "2022-08-01", version="a")
    body = body_of(judged="workingdays", handover_workdays=0)
    refused = await drafter.post(DRAFTS, draft(body, "2022-08-01", "a"), 422)
    assert {each["field"] for each in refused.body["errors"]} == {
        "version",
        "body.judged",
        "body.handover_workdays",
    }


async def test_no_draft_makes_two_versions_in_force_on_a_day(hookup: Hookup) -> None:
    drafter, _ = administrators(hookup)
    await bring_into_force(
        hookup, body_of(confirmation_hours=48), "2022-09-01", version="trial", valid_to="2022-09-30"
    )
    for valid_from, valid_to in (
        ("2022-09-01", None),
        ("2022-09-30", None),
        ("2022-08-15", "2022-09-01"),
        ("2022-09-10", "2022-09-12"),
    ):
        refused = await drafter.post(DRAFTS, draft(body_of(), valid_from, valid_to=valid_to), 422)
        assert [(each["field"], each["code"]) for each in refused.body["errors"]] == [
            ("valid_from", "validity-overlaps")
        ]
    await drafter.post(DRAFTS, draft(body_of(), "2022-10-01"), 201)


async def test_a_beginning_in_the_past_needs_that_nothing_was_judged_since(hookup: Hookup) -> None:
    drafter, _ = administrators(hookup)
    clerk = hookup.client()
    # Nothing at all so far.
    await drafter.post(DRAFTS, draft(body_of(), "2022-03-01"), 201)
    await clerk.submit()
    hookup.set_clock("2022-07-06 09:00")
    # Received on the 4th: what is in force since the 5th has judged nothing yet.
    await drafter.post(DRAFTS, draft(body_of(), "2022-07-05"), 201)
    for day in ("2022-07-04", "2022-03-01"):
        refused = await drafter.post(DRAFTS, draft(body_of(), day), 422)
        assert [(each["field"], each["code"]) for each in refused.body["errors"]] == [
            ("valid_from", "begins-in-the-past")
        ]
        await drafter.post(DRAFTS, draft(body_of(), day, retroactive=True), 201)
    # Today counts as the past from the first case of the day on.
    await drafter.post(DRAFTS, draft(body_of(), "2022-07-06"), 201)
    await clerk.submit()
    assert (await drafter.post(DRAFTS, draft(body_of(), "2022-07-06"), 422)).code == "invalid"


async def test_what_was_closed_was_judged_as_well(hookup: Hookup) -> None:
    drafter, _ = administrators(hookup)
    await put(hookup, closed_case("2022-05-09 09:00"))
    assert (await drafter.post(DRAFTS, draft(body_of(), "2022-05-09"), 422)).code == "invalid"
    await drafter.post(DRAFTS, draft(body_of(), "2022-05-10"), 201)
    await drafter.post(DRAFTS, draft(body_of(), "2022-04-01", valid_to="2022-05-08"), 201)


# -- what cannot be read


async def test_a_typo_that_is_stored_stops_nobody_and_can_be_corrected(hookup: Hookup) -> None:
    """As an earlier release stored it: today every request was a 500, and the corrected version refused."""
    row = SHIPPED[LIMITS].model_dump() | {
        "version": "2022-50",
        "valid_from": at("2022-07-01 00:00").date(),
        "body": body_of(judged="workingdays"),
    }
    async with hookup.service.database.unit_of_work(hookup.clock.now()) as work:
        await work.connection.execute(insert(policy_version), [row])
    clerk = hookup.client()
    made = (await clerk.submit()).body
    assert made["due"]["policy_version"] == "2022-49"
    assert (await hookup.app_get("/readyz")).status_code == 200
    shown = (await clerk.get(f"/policies/{LIMITS}/versions/2022-50")).body
    assert (shown["readable"], shown["in_force"]) == (False, False)
    assert [each["field"] for each in shown["faults"]] == ["judged"]
    # Nothing was judged by it, although cases have come since it was to begin.
    version = await bring_into_force(hookup, body_of(judged="working"), "2022-07-05", version="2022-50")
    assert (await rulebook_of(hookup)).at(at("2022-07-05 09:00").date()).policy.version == version
    hookup.set_clock("2022-07-05 09:00")
    judged = (await clerk.submit()).body
    assert (judged["due"]["policy_version"], judged["due"]["judged"]) == ("2022-50", "working")
    drafter, _ = administrators(hookup)
    again = await drafter.post(DRAFTS, draft(body_of(), "2022-08-01", "2022-50"), 422)
    assert [each["code"] for each in again.body["errors"]] == ["version-taken"]


async def test_a_case_whose_version_cannot_be_read_any_more_is_refused_in_words(hookup: Hookup) -> None:
    """And no other is."""
    clerk = hookup.client()
    await bring_into_force(hookup, body_of(confirmation_hours=48), "2022-07-05", version="gone")
    before = (await clerk.submit()).body["id"]
    hookup.set_clock("2022-07-05 09:00")
    case_id = (await clerk.submit()).body["id"]
    async with hookup.service.database.unit_of_work(hookup.clock.now()) as work:
        await work.connection.execute(
            policy_version.update().where(policy_version.c.version == "gone").values(body={"judged": "x"})
        )
    await hookup.app.state.rulebook.reload()
    refused = await clerk.get(f"/hookups/{case_id}", 409)
    assert (refused.code, is_chinese(refused.body["detail"])) == ("no-rules-then", True)
    assert (await clerk.get(f"/hookups/{before}")).body["state"] == "ACCEPTED"
    with pytest.raises(Exception, match="cases were judged by hookup_limits gone"):
        await hookup.service.migrate()


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
    from services.hookup.storage import rulebook as module

    clock = 1000.0
    monkeypatch.setattr(module, "monotonic", lambda: clock)
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


# -- what it would have changed


async def test_a_draft_of_the_limits_tells_what_it_would_have_changed(hookup: Hookup) -> None:
    drafter, approver = administrators(hookup)
    await put(hookup, closed_case(), closed_case(works_days=4), closed_case(works_days=9))
    months = {"first_month": "2022-05", "last_month": "2022-05"}
    made = await drafter.post(DRAFTS, draft(body_of(**{"limit_days.WATER.L1_LE50": 2}), "2022-08-01"), 201)
    asked = {**months, "draft_id": made.body["id"]}
    told = (await approver.post("/policies/what-if", asked)).body["total"]
    assert (told["cases"], told["on_time_before"], told["became_late"]) == (3, 2, 2)
    same = await drafter.post(DRAFTS, draft(body_of(), "2022-08-01"), 201)
    told = (await approver.post("/policies/what-if", {**months, "draft_id": same.body["id"]})).body
    assert (told["total"]["became_late"], told["total"]["became_on_time"], told["changed"]) == (0, 0, [])
    other = await drafter.post(f"/policies/{SERVICE}/drafts", draft(body_of(SERVICE), "2022-08-01"), 201)
    for body in ({**months, "draft_id": other.body["id"]}, {**asked, "policy_version": "2022-49"}):
        refused = await approver.post("/policies/what-if", body, 422)
        assert [each["field"] for each in refused.body["errors"]] == ["draft_id"]
    await approver.post("/policies/what-if", {**months, "draft_id": NOBODY}, 404)
    await hookup.client("clerk", ScopeKind.UTILITY, "W-371502").post("/policies/what-if", asked, 403)
