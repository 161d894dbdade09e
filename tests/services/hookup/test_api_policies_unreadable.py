"""A stored version that this release cannot read stops only what was judged by it."""

import pytest
from sqlalchemy import insert

from libs.common.database.tables import policy_version
from libs.common.problems import is_chinese
from services.hookup.domain.values.rules import LIMITS
from tests.services.hookup.domain.samples import at
from tests.services.hookup.policy_samples import (
    DRAFTS,
    administrators,
    body_of,
    bring_into_force,
    draft,
    rulebook_of,
)
from tests.support.hookup import SHIPPED, Hookup


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
