"""Versions of policies over HTTP: drafts, who approves them, what is refused, and what they would have changed."""

import pytest
from sqlalchemy import select

from libs.common.auth.callers import ScopeKind
from libs.common.database.tables import outbox
from services.hookup.domain.values.rules import LIMITS, MATERIALS, SERVICE
from services.hookup.storage.policies import KINDS
from tests.services.hookup.past import closed_case, put
from tests.services.hookup.policy_samples import (
    DRAFTS,
    SOURCE,
    administrators,
    body_of,
    bring_into_force,
    draft,
)
from tests.services.hookup.test_api_rules import NOBODY, assert_tells
from tests.support.hookup import SHIPPED, Hookup, Json

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
